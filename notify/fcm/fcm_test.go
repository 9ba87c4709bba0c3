package fcm

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"onewindow/models"
	"onewindow/notify"
)

type clock struct{}

func (clock) Now() time.Time { return time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC) }

func TestPushes(t *testing.T) {
	var sent map[string]any
	fail := func(w http.ResponseWriter, status int, grpc, code string) {
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"error":{"code":%d,"message":"m","status":%q,"details":[{"@type":"type.googleapis.com/google.firebase.fcm.v1.FcmError","errorCode":%q}]}}`, status, grpc, code)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct{ Message map[string]any }
		_ = json.NewDecoder(r.Body).Decode(&body)
		sent = body.Message
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Retry-After", "9")
		switch sent["token"] {
		case "dead":
			fail(w, 404, "NOT_FOUND", "UNREGISTERED")
		case "bad":
			fail(w, 400, "INVALID_ARGUMENT", "INVALID_ARGUMENT")
		case "stranger":
			fail(w, 403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH")
		case "quota":
			fail(w, 429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED")
		case "500":
			fail(w, 500, "INTERNAL", "INTERNAL")
		case "html":
			fmt.Fprint(w, "<html>")
		default:
			fmt.Fprint(w, `{"name":"projects/p1/messages/7"}`)
		}
	}))
	defer server.Close()
	client, err := New(t.Context(), Config{Project: "p1", URL: server.URL, Clock: clock{}})
	if err != nil {
		t.Fatal(err)
	}
	for token, want := range map[string]notify.Verdict{
		"dead": notify.BadAddress, "bad": notify.BadMessage, "stranger": notify.BadMessage, "quota": notify.Throttled, "500": notify.Temporary, "html": notify.Temporary, "ok": notify.Taken,
	} {
		outcome := client.Send(t.Context(), notify.Envelope{
			ID: "1", Token: token, Locale: models.Chinese, Title: "还缺材料，请补齐", Body: "请登录查看", Urgent: true, CollapseKey: "case-1",
			ExpiresAt: clock{}.Now().Add(time.Hour),
		})
		if outcome.Verdict != want {
			t.Errorf("%s: %+v", token, outcome)
		}
		if want == notify.Throttled && outcome.RetryAfter != 9*time.Second {
			t.Errorf("retry after %v", outcome.RetryAfter)
		}
		if android, _ := sent["android"].(map[string]any); android["collapse_key"] != "case-1" || android["ttl"] != "3600s" || android["priority"] != "high" {
			t.Errorf("android %v", android)
		}
	}
}

// Whatever a provider does instead of answering, the attempt ends in its time, and may be made again.
func TestAProviderThatDoesNotAnswerProperly(t *testing.T) {
	for name, act := range map[string]http.HandlerFunc{
		"hangs": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		},
		"half a body": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, `{"name":"projects/p1/mess`)
		},
		"takes it and breaks off": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			if connection, _, err := http.NewResponseController(w).Hijack(); err == nil {
				_ = connection.Close()
			}
		},
		"an error page": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusBadGateway)
			fmt.Fprint(w, "<html><body>502</body></html>")
		},
		"too much, in no form": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusTooManyRequests)
			fmt.Fprint(w, "slow down")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(act)
			t.Cleanup(server.Close)
			client, err := New(t.Context(), Config{Project: "p1", URL: server.URL, Clock: clock{}})
			if err != nil {
				t.Fatal(err)
			}
			wait := time.Minute
			if name == "hangs" {
				wait = 500 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), wait)
			defer cancel()
			begun := time.Now()
			outcome := client.Send(ctx, notify.Envelope{ID: "1", Token: "t", Title: "x", Body: "y", ExpiresAt: clock{}.Now().Add(time.Hour)})
			if outcome.Verdict != notify.Temporary && outcome.Verdict != notify.Throttled || time.Since(begun) > 30*time.Second {
				t.Errorf("%+v after %s", outcome, time.Since(begun))
			}
			if name == "too much, in no form" && outcome.Verdict != notify.Throttled {
				t.Errorf("a provider that has had enough: %+v", outcome)
			}
		})
	}
}

// An attempt is one request: what broke off after it was taken would otherwise ring several times, and none of it is written down.
func TestAnAttemptIsOneRequest(t *testing.T) {
	for name, act := range map[string]http.HandlerFunc{
		"HTTP_503": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
		},
		"NO_ANSWER": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, `{"name":"projects/p1/mess`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				act(w, r)
			}))
			t.Cleanup(server.Close)
			client, err := New(t.Context(), Config{Project: "p1", URL: server.URL, Clock: clock{}})
			if err != nil {
				t.Fatal(err)
			}
			outcome := client.Send(t.Context(), notify.Envelope{ID: "1", Token: "t", Title: "x", Body: "y", ExpiresAt: clock{}.Now().Add(time.Hour)})
			if outcome.Verdict != notify.Temporary || outcome.Code != name || requests.Load() != 1 {
				t.Errorf("%d requests, %+v", requests.Load(), outcome)
			}
			if name == "HTTP_503" && outcome.RetryAfter != time.Second {
				t.Errorf("retry after %s", outcome.RetryAfter)
			}
		})
	}
}
