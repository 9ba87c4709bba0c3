package conform_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"onewindow/server/connector"
	"onewindow/server/connector/conform"
	"onewindow/server/connector/webhook"
)

// forgetful is a department's server that decides whatever it is given, with one fault.
type forgetful struct {
	fault          string
	ours, theirs   webhook.Secret
	mailbox        *conform.Mailbox
	mutex          sync.Mutex
	given, recalls map[string]bool
	told           int
	telling        sync.WaitGroup
}

func (f *forgetful) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	f.mutex.Lock()
	defer f.mutex.Unlock()
	status, answer := f.answer(r, body)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, answer)
}

func (f *forgetful) answer(r *http.Request, body []byte) (int, string) {
	var said struct{ Number, Step, NationalID string }
	switch {
	case webhook.Verify([]webhook.Secret{f.ours}, r.Header, body, time.Now()) != nil:
		return http.StatusUnauthorized, `{"code":"unauthorized"}`
	case json.Unmarshal(body, &said) != nil || r.Method != http.MethodPost:
		return http.StatusBadRequest, `{"code":"invalid"}`
	case strings.HasSuffix(r.URL.Path, "/withdraw"):
		number := strings.Split(r.URL.Path, "/")[3]
		if f.fault == "withdrawals are forgotten" && !f.given[number] {
			return http.StatusNotFound, `{"code":"not_found"}`
		}
		f.recalls[number] = true
	case r.URL.Path != "/v1/cases":
		return http.StatusNotFound, `{"code":"not_found"}`
	case !f.recalls[said.Number] && (!f.given[said.Number] || f.fault == "cases are worked twice"):
		f.given[said.Number] = true
		f.telling.Go(func() { f.decide(said.Number, said.Step) })
	}
	return http.StatusAccepted, "{}"
}

// decide tells that a case was received and decided, once more where it is told to come later.
func (f *forgetful) decide(number, step string) {
	for i, event := range []connector.Event{{Type: connector.CaseReceived}, {Type: connector.CaseDecided, Decision: &connector.Decision{Approve: true}}} {
		f.mutex.Lock()
		f.told++
		event.ID = fmt.Sprintf("e-%d", f.told)
		f.mutex.Unlock()
		if f.fault == "one id for all of a case" {
			event.ID = number
		}
		event.Source, event.Number, event.Step, event.Time = "urn:test", number, step, time.Now().Add(time.Duration(i)*time.Second)
		body, err := connector.EncodeEvent(event)
		for status := http.StatusTooManyRequests; err == nil && status == http.StatusTooManyRequests; {
			request := httptest.NewRequest(http.MethodPost, "/departments/health/events", bytes.NewReader(body))
			request.Header.Set("Content-Type", "application/cloudevents+json")
			webhook.Stamp(request.Header, f.theirs, "msg-"+event.ID, time.Now(), body)
			recorder := httptest.NewRecorder()
			f.mailbox.ServeHTTP(recorder, request)
			status = recorder.Code
		}
	}
}

// What a department does twice, forgets or mixes up is named by the check of its sentence, and by no other.
func TestWhatIsDoneTwiceOrForgottenIsNamed(t *testing.T) {
	for fault, want := range map[string][]string{
		"none": nil, "cases are worked twice": {"event.once"}, "one id for all of a case": {"event.id"},
		"withdrawals are forgotten": {"withdraw.early", "event.withdrawn"},
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			f := &forgetful{fault: fault, ours: webhook.NewSecret(), theirs: webhook.NewSecret(), given: map[string]bool{}, recalls: map[string]bool{}}
			f.mailbox = &conform.Mailbox{Department: "health", Inbound: []webhook.Secret{f.theirs}, Wait: 10 * time.Second}
			server := httptest.NewServer(f)
			defer server.Close()
			system := conform.System{
				URL: server.URL, Outbound: []webhook.Secret{f.ours}, HandlesCases: true, Item: "conformance", Step: "conformance", Mailbox: f.mailbox,
			}
			fails := names(system.Check(context.Background()), conform.Fail)
			f.telling.Wait()
			if !slices.Equal(fails, want) {
				t.Errorf("failed %v, want %v", fails, want)
			}
		})
	}
}
