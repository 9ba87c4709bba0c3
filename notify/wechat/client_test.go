package wechat

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"onewindow/models"
	"onewindow/models/sealed"
	"onewindow/notify"
	"onewindow/notify/wire"
)

type clock struct{}

func (clock) Now() time.Time { return time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC) }

// server speaks WeChat's wire format.
type server struct {
	fetched atomic.Int32
	forced  atomic.Int32
	revoked atomic.Int32 // tokens up to this number are no good
	mutex   sync.Mutex
	sent    []map[string]any
	answer  string // to subscribe/send
	status  int
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := map[string]any{}
	_ = json.NewDecoder(r.Body).Decode(&body)
	var token int32
	_, _ = fmt.Sscanf(r.URL.Query().Get("access_token"), "token-%d", &token)
	switch r.URL.Path {
	case "/sns/jscode2session":
		switch r.URL.Query().Get("js_code") {
		case "good":
			fmt.Fprint(w, `{"openid":"o-1","session_key":"never","errcode":0}`)
		case "html":
			fmt.Fprint(w, `<html>bad gateway</html>`)
		default:
			fmt.Fprint(w, `{"errcode":40029,"errmsg":"invalid code"}`)
		}
	case "/cgi-bin/stable_token":
		number := s.fetched.Load()
		if body["force_refresh"] == true || number == 0 {
			number = s.fetched.Add(1)
		}
		if body["force_refresh"] == true {
			s.forced.Add(1)
		}
		fmt.Fprintf(w, `{"access_token":"token-%d","expires_in":7200}`, number)
	default:
		if token <= s.revoked.Load() {
			fmt.Fprint(w, `{"errcode":40001,"errmsg":"invalid credential"}`)
			return
		}
		if r.URL.Path == "/wxa/business/getuserphonenumber" {
			fmt.Fprint(w, `{"errcode":0,"phone_info":{"purePhoneNumber":"13800000005","countryCode":"86"}}`)
			return
		}
		s.mutex.Lock()
		defer s.mutex.Unlock()
		s.sent = append(s.sent, body)
		if s.status != 0 {
			w.WriteHeader(s.status)
		}
		fmt.Fprint(w, s.answer)
	}
}

func open(t *testing.T) (*server, func() *Client) {
	t.Helper()
	s := &server{answer: `{"errcode":0,"errmsg":"ok","msgid":1234567890123}`}
	listening := httptest.NewServer(s)
	t.Cleanup(listening.Close)
	shared := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()})
	t.Cleanup(func() { _ = shared.Close() })
	field, _ := sealed.NewKey(1, bytes.Repeat([]byte{1}, sealed.KeySize))
	index, _ := sealed.NewKey(2, bytes.Repeat([]byte{2}, sealed.KeySize))
	ring, err := sealed.NewKeyring([]sealed.Key{field}, index)
	if err != nil {
		t.Fatal(err)
	}
	return s, func() *Client {
		return &Client{
			URL: listening.URL, AppID: "wx1", Secret: "planted-secret", HTTP: wire.Client(), Redis: shared, Keyring: ring, Clock: clock{},
			Templates: Templates{{Kind: notify.SupplementRequested, ID: "T1", Values: map[string]string{"thing1": "title", "character_string2": "number", "date3": "day"}}},
		}
	}
}

func TestSigningIn(t *testing.T) {
	_, replica := open(t)
	client, ctx := replica(), t.Context()
	openID, err := client.OpenID(ctx, "good")
	if err != nil || openID.Reveal() != "o-1" {
		t.Fatalf("%v, %v", openID.Reveal(), err)
	}
	var refused *Refused
	if _, err := client.OpenID(ctx, "used"); !errors.As(err, &refused) || refused.Code != BadCode {
		t.Errorf("a bad code: %v", err)
	}
	if _, err := client.OpenID(ctx, "html"); !errors.Is(err, errUnreadable) {
		t.Errorf("a page in place of an answer: %v", err)
	}
	phone, err := client.Phone(ctx, "p")
	if err != nil || phone.Reveal() != "+8613800000005" {
		t.Errorf("%v, %v", phone.Reveal(), err)
	}
	client.URL = "http://127.0.0.1:1"
	if _, err := client.OpenID(ctx, "good"); err == nil || strings.Contains(err.Error(), "planted") {
		t.Errorf("an error must not repeat the secret: %v", err)
	}
}

// Two replicas that need a token at once fetch one.
func TestTheTokenIsHeldOnceForAllReplicas(t *testing.T) {
	s, replica := open(t)
	var running sync.WaitGroup
	for range 8 {
		client := replica()
		running.Go(func() {
			if _, err := client.Phone(context.Background(), "p"); err != nil {
				t.Error(err)
			}
		})
	}
	running.Wait()
	if s.fetched.Load() != 1 {
		t.Errorf("%d tokens were fetched", s.fetched.Load())
	}
	s.revoked.Store(1)
	if _, err := replica().Phone(t.Context(), "p"); err != nil || s.forced.Load() != 1 {
		t.Errorf("after a token was revoked: %v, %d by force", err, s.forced.Load())
	}
}

func TestMessages(t *testing.T) {
	envelope := notify.Envelope{
		ID: "1", To: "o-1", Template: "T1", Locale: models.Chinese, Page: "pages/inbox/index",
		Values: map[string]string{"title": "还缺材料，请补齐", "number": "330100-2026-000042", "day": "2026年3月17日"},
	}
	cases := map[string]struct {
		answer string
		status int
		change func(*notify.Envelope)
		want   notify.Verdict
		code   string
	}{
		"taken":                    {`{"errcode":0,"msgid":7}`, 0, nil, notify.Taken, ""},
		"no permission is left":    {`{"errcode":43101}`, 0, nil, notify.NoQuota, "43101"},
		"no such account":          {`{"errcode":40003}`, 0, nil, notify.BadAddress, "40003"},
		"the parameters":           {`{"errcode":47003}`, 0, nil, notify.BadMessage, "47003"},
		"the day's number":         {`{"errcode":45009}`, 0, nil, notify.Throttled, "45009"},
		"busy":                     {`{"errcode":-1}`, 0, nil, notify.Temporary, "-1"},
		"500":                      {`oops`, 500, nil, notify.Temporary, "HTTP_500"},
		"429":                      {`{}`, 429, nil, notify.Throttled, "HTTP_429"},
		"a page":                   {`<html>`, 0, nil, notify.Temporary, "HTTP_200"},
		"half a body":              {`{"errcode":`, 0, nil, notify.Temporary, "HTTP_200"},
		"a number with Chinese":    {``, 0, func(e *notify.Envelope) { e.Values["number"] = "第四十二号" }, notify.BadMessage, "PARAMETER_character_string2"},
		"a word that is not there": {``, 0, func(e *notify.Envelope) { delete(e.Values, "day") }, notify.BadMessage, "PARAMETER_date3"},
		"a template of nobody":     {``, 0, func(e *notify.Envelope) { e.Template = "T9" }, notify.BadMessage, "NO_TEMPLATE"},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			s, replica := open(t)
			s.answer, s.status = test.answer, test.status
			sent := envelope
			sent.Values = map[string]string{"title": strings.Repeat("长", 30), "number": envelope.Values["number"], "day": envelope.Values["day"]}
			if test.change != nil {
				test.change(&sent)
			}
			outcome := replica().Send(t.Context(), sent)
			if outcome.Verdict != test.want || outcome.Code != test.code {
				t.Fatalf("outcome %+v", outcome)
			}
			if test.want != notify.Taken {
				return
			}
			said := s.sent[0]["data"].(map[string]any)["thing1"].(map[string]any)["value"].(string)
			if outcome.MessageID != "7" || s.sent[0]["touser"] != "o-1" || len([]rune(said)) != 20 {
				t.Errorf("%+v, sent %v", outcome, s.sent[0])
			}
		})
	}
}
