package fcm

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
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
		"dead": notify.BadAddress, "bad": notify.BadAddress, "quota": notify.Throttled, "500": notify.Temporary, "html": notify.Temporary, "ok": notify.Taken,
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
