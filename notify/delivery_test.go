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
	both := Addresses{Phone: phone, Devices: []Device{{ID: "device"}}}
	everywhere := both
	everywhere.OpenID, everywhere.Email = models.KnownOpenID("openid"), models.KnownEmail("w@example.cn")
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
		quota     int
		want      []Channel
		waits     []Channel
	}{
		"by day, on both":                              {Accepted, nil, both, day, 0, []Channel{SMS, Push}, nil},
		"no device: SMS alone":                         {Accepted, nil, Addresses{Phone: phone}, day, 0, []Channel{SMS}, nil},
		"no phone: SMS leads nowhere":                  {Accepted, nil, Addresses{}, day, 0, []Channel{SMS}, nil},
		"SMS off":                                      {Accepted, off(SMS), both, day, 0, []Channel{Push}, nil},
		"everything off":                               {SupplementRequested, off(SMS, Push), both, day, 0, nil, nil},
		"at night what can wait waits":                 {Accepted, nil, both, night, 0, nil, []Channel{SMS, Push}},
		"at night what is urgent goes, but not by SMS": {SupplementRequested, nil, both, night, 0, []Channel{Push}, []Channel{SMS}},
		"at night nothing waits for no one":            {Accepted, off(SMS, Push), both, night, 0, nil, nil},
		"an email makes no sound":                      {Accepted, off(SMS, Push), everywhere, night, 0, []Channel{Email}, nil},
		"an invitation to rate makes no sound":         {RatingInvitation, nil, both, day, 0, nil, nil},
		"WeChat with permissions to spare":             {Accepted, off(SMS, Push, Email), everywhere, day, 3, []Channel{WeChat}, nil},
		"the last permission is for what is costly":    {Accepted, off(SMS, Push, Email), everywhere, day, 1, nil, nil},
		"and is spent on it":                           {SupplementRequested, off(SMS, Push, Email), everywhere, day, 1, []Channel{WeChat}, nil},
		"the last but one is for a result":             {Completed, off(SMS, Push, Email), everywhere, day, 2, []Channel{WeChat}, nil},
		"without a permission nothing":                 {SupplementRequested, off(SMS, Push, Email), everywhere, day, 0, nil, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			said, _ := templateOf(test.kind, 0)
			chosen := usual(DefaultHouseRules().quiet())
			if test.chosen != nil {
				chosen.Channels = test.chosen
			}
			now := moment(t, test.now)
			var got, waits []Channel
			for _, route := range routesOf(said, chosen, test.addresses, test.quota, now) {
				if route.at.After(now) {
					waits = append(waits, route.channel)
				} else {
					got = append(got, route.channel)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("channels (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.waits, waits); diff != "" {
				t.Errorf("channels that wait (-want +got):\n%s", diff)
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
	if outcome := outbox.on(SMS).Send(context.Background(), envelope); outcome.Verdict != Taken {
		t.Fatal(outcome)
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
			outcome := outbox.on(Push).Send(context.Background(), Envelope{ID: fmt.Sprint(i), Body: strings.Repeat("字", 2000)})
			if outcome.Verdict != Taken {
				t.Error(outcome)
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
	for _, secret := range []string{"13800000001", "secret", "123456"} {
		if strings.Contains(all, secret) {
			t.Errorf("%q was printed: %s", secret, all)
		}
	}
}
