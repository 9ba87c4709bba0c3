package notify

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onewindow/models"
)

// TestRoutes says on which channels a message leaves, and when it has to wait.
func TestRoutes(t *testing.T) {
	phone := models.KnownPhone("+8613800000001")
	both := Addresses{Phone: phone, Devices: []string{"device"}}
	const day, night = "2026-03-02 10:00", "2026-03-02 23:00"
	off := func(channels ...Channel) map[Channel]bool {
		chosen := map[Channel]bool{}
		for _, channel := range channels {
			chosen[channel] = false
		}
		return chosen
	}
	tests := map[string]struct {
		kind      Kind
		chosen    map[Channel]bool
		addresses Addresses
		now       string
		want      []Channel
		waits     bool
	}{
		"by day, on both":                      {Accepted, nil, both, day, []Channel{SMS, Push}, false},
		"no device: SMS alone":                 {Accepted, nil, Addresses{Phone: phone}, day, []Channel{SMS}, false},
		"no phone: SMS leads nowhere":          {Accepted, nil, Addresses{}, day, []Channel{SMS}, false},
		"SMS off":                              {Accepted, off(SMS), both, day, []Channel{Push}, false},
		"everything off":                       {SupplementRequested, off(SMS, Push), both, day, nil, false},
		"at night what can wait waits":         {Accepted, nil, both, night, nil, true},
		"at night what is urgent goes":         {SupplementRequested, nil, both, night, []Channel{SMS, Push}, false},
		"at night nothing waits for no one":    {Accepted, off(SMS, Push), both, night, nil, false},
		"an invitation to rate makes no sound": {RatingInvitation, nil, both, day, nil, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			said, _ := templateOf(test.kind, 0)
			chosen := defaultPreferences()
			if test.chosen != nil {
				chosen.Channels = test.chosen
			}
			routes, until := routesOf(said, chosen, test.addresses, moment(t, test.now))
			var got []Channel
			for _, route := range routes {
				got = append(got, route.channel)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("channels (-want +got):\n%s", diff)
			}
			if (until != nil) != test.waits {
				t.Errorf("waits until %v", until)
			}
		})
	}
}

func readOutbox(t *testing.T, folder, name string) (lines []map[string]any) {
	t.Helper()
	file, err := os.Open(filepath.Join(folder, name))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	scanner := bufio.NewScanner(file)
	for scanner.Scan() {
		var line map[string]any
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			t.Fatalf("a line is not JSON: %v", err)
		}
		lines = append(lines, line)
	}
	return lines
}

func TestOutboxLine(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "outbox")
	outbox := NewOutbox(folder)
	envelope := Envelope{
		ID: "id-1", At: time.Date(2026, 3, 2, 1, 0, 0, 5000, time.UTC), To: "+8613800000001", Template: "login-code",
		Locale: models.Chinese, Title: "登录 & 验证码", Body: "码", Data: map[string]string{"code": "123456"},
	}
	if err := outbox.Send(SMS)(context.Background(), envelope); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(folder, "sms.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"id":"id-1","at":"2026-03-02T09:00:00+08:00","to":"+8613800000001","template":"login-code","locale":"zh","title":"登录 & 验证码","body":"码","data":{"code":"123456"}}` + "\n"
	if diff := cmp.Diff(want, string(raw)); diff != "" {
		t.Errorf("line (-want +got):\n%s", diff)
	}
	for path, mode := range map[string]os.FileMode{folder: 0o700 | os.ModeDir, filepath.Join(folder, "sms.jsonl"): 0o600} {
		info, err := os.Stat(path)
		if err != nil || info.Mode() != mode {
			t.Errorf("%s: mode %v, error %v", path, info.Mode(), err)
		}
	}
	if written, err := outbox.has(SMS, "id-1", "+8613800000001"); err != nil || !written {
		t.Errorf("has = %v, %v", written, err)
	}
	if written, err := outbox.has(Push, "id-1", "+8613800000001"); err != nil || written {
		t.Errorf("another channel has = %v, %v", written, err)
	}
}

func TestOutboxLinesStayWholeWhenManyWrite(t *testing.T) {
	folder := t.TempDir()
	outbox := NewOutbox(folder)
	var writers sync.WaitGroup
	for i := range 50 {
		writers.Go(func() {
			if err := outbox.Send(Push)(context.Background(), Envelope{ID: fmt.Sprint(i), Body: strings.Repeat("字", 2000)}); err != nil {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	if lines := readOutbox(t, folder, "push.jsonl"); len(lines) != 50 {
		t.Errorf("%d lines", len(lines))
	}
}

func TestEnvelopePrintsNothing(t *testing.T) {
	envelope := Envelope{ID: "id-1", To: "+8613800000001", Body: "secret", Data: map[string]string{"code": "123456"}}
	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("sent", "envelope", envelope)
	all := logged.String() + fmt.Sprintf("%v %+v %#v %s", envelope, envelope, envelope, envelope)
	for _, secret := range []string{"138", "secret", "123456"} {
		if strings.Contains(all, secret) {
			t.Errorf("%q was printed: %s", secret, all)
		}
	}
}
