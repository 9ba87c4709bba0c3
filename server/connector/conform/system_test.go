package conform_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"onewindow/models"
	"onewindow/server/connector"
	"onewindow/server/connector/conform"
	"onewindow/server/connector/sim"
	"onewindow/server/connector/webhook"
	"onewindow/server/demo"
)

type fixedClock struct{ moment time.Time }

func (c fixedClock) Now() time.Time { return c.moment }

// town starts two simulated departments, whose events go to a mailbox, and gives how to check each.
func town(t *testing.T) map[string]conform.System {
	t.Helper()
	people, err := demo.Residents()
	if err != nil {
		t.Fatal(err)
	}
	var mailbox *conform.Mailbox
	door := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { mailbox.ServeHTTP(w, r) }))
	t.Cleanup(door.Close)
	simulation, err := sim.Start(context.Background(), sim.Config{
		Departments: []string{sim.IdentityAuthority, "medical-insurance"}, Issuers: map[string]string{"id-card": sim.IdentityAuthority},
		Residents: people, EventsBaseURL: func() string { return door.URL }, Logger: slog.New(slog.DiscardHandler), Pace: 300 * time.Millisecond,
		Clock: fixedClock{time.Date(2026, 3, 2, 9, 0, 0, 0, models.Zone)},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(simulation.Close)
	resident := people.Residents[0]
	systems := map[string]conform.System{}
	for _, connection := range simulation.Connections().Connections {
		system := conform.System{
			URL: connection.URL, Outbound: []webhook.Secret{connection.OutboundSecret}, NationalID: resident.NationalID, Name: resident.Name,
			HandlesCases: connection.HandlesCases, Item: "conformance", Step: "conformance",
		}
		if connection.Department == sim.IdentityAuthority {
			system.ProofToken, system.Material = sim.ProofToken, "id-card"
		}
		if connection.HandlesCases {
			mailbox = &conform.Mailbox{Department: connection.Department, Inbound: connection.InboundSecrets, Wait: 20 * time.Second}
			system.Mailbox = mailbox
		}
		systems[connection.Department] = system
	}
	return systems
}

func names(results []conform.Result, verdict conform.Verdict) []string {
	var found []string
	for _, result := range results {
		if result.Verdict == verdict {
			found = append(found, result.Name)
		}
	}
	return found
}

func TestTheSimulatedDepartmentsConform(t *testing.T) {
	for department, system := range town(t) {
		results := system.Check(context.Background())
		var printed strings.Builder
		if !conform.Write(&printed, results) {
			t.Errorf("%s:\n%s", department, &printed)
		}
		want := []string{"case.open", "case.again", "case.large", "withdraw.open", "withdraw.again", "withdraw.early", "event.decided", "event.form", "event.again", "event.once", "event.id", "event.withdrawn", "signature.overlap"}
		if system.HandlesCases {
			want = []string{"proof.good", "proof.bad", "fetch.known", "signature.overlap"}
		}
		if skipped := names(results, conform.Skip); !slices.Equal(skipped, want) {
			t.Errorf("%s: skipped %v, want %v", department, skipped, want)
		}
		if strings.Contains(printed.String(), system.NationalID.Reveal()) || strings.Contains(printed.String(), system.Name.Reveal()) {
			t.Errorf("%s: the person is in the output", department)
		}
	}
}

// A spoilt server stands before a good one; each fault fails the checks of its sentence and no other.
func TestABrokenServerFailsTheRightChecks(t *testing.T) {
	good := town(t)[sim.IdentityAuthority]
	good.ProofToken, good.Material = "", ""
	answers := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	cases := []struct {
		name  string
		spoil func(through http.Handler) http.HandlerFunc
		want  []string
	}{
		{"everybody is somebody", func(http.Handler) http.HandlerFunc { return answers(200, `{"subject":"s-1"}`) }, []string{
			"resolve.unknown", "resolve.mismatch", "fetch.material", "fetch.subject", "signature.none", "signature.stranger", "signature.body", "signature.id",
			"signature.rubbish", "signature.scheme", "timestamp.stale", "timestamp.early", "timestamp.rubbish", "timestamp.near", "signature.several",
			"request.path", "request.method", "request.json", "request.cut", "request.encoding", "request.deep", "request.type", "request.huge", "request.many",
		}},
		{"a mismatch is not told apart", func(through http.Handler) http.HandlerFunc {
			return rewrite(through, func(status int, body string) (int, string) {
				if status == 409 {
					return 404, `{"code":"not_found"}`
				}
				return status, body
			})
		}, []string{"resolve.mismatch"}},
		{"the subject is the number", func(through http.Handler) http.HandlerFunc {
			return rewrite(through, func(status int, body string) (int, string) {
				return status, strings.Replace(body, `"subject":"`, `"subject":"`+good.NationalID.Reveal(), 1)
			})
		}, []string{"resolve.opaque"}},
		{"a day that is none", func(through http.Handler) http.HandlerFunc {
			return rewrite(through, func(status int, body string) (int, string) {
				return status, strings.Replace(body, `"birthDate":"`, `"birthDate":"on `, 1)
			})
		}, []string{"resolve.known", "resolve.same", "resolve.opaque"}},
		{"signatures are not looked at", func(through http.Handler) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				if webhook.Verify(good.Outbound, r.Header, body, time.Now()) != nil {
					answers(404, `{"code":"not_found"}`)(w, r)
					return
				}
				r.Body = io.NopCloser(strings.NewReader(string(body)))
				through.ServeHTTP(w, r)
			}
		}, []string{"signature.none", "signature.stranger", "signature.body", "signature.id", "signature.rubbish", "signature.scheme", "timestamp.stale", "timestamp.early", "timestamp.rubbish"}},
		{"only the first signature is looked at", func(through http.Handler) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				first, _, _ := strings.Cut(r.Header.Get(webhook.HeaderSignature), " ")
				r.Header.Set(webhook.HeaderSignature, first)
				through.ServeHTTP(w, r)
			}
		}, []string{"signature.several"}},
		{"pages in place of answers", func(through http.Handler) http.HandlerFunc {
			return rewrite(through, func(status int, body string) (int, string) {
				if status == 404 {
					return 404, "<html>404</html>"
				}
				return status, body
			})
		}, []string{"resolve.unknown", "fetch.material", "fetch.subject", "timestamp.near", "signature.several", "request.type", "request.huge", "request.many"}},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			through := passOn(t, good.URL)
			server := httptest.NewServer(test.spoil(through))
			defer server.Close()
			broken := good
			broken.URL = server.URL
			if fails := names(broken.Check(context.Background()), conform.Fail); !slices.Equal(fails, test.want) {
				t.Errorf("failed %v, want %v", fails, test.want)
			}
		})
	}
}

func TestAServerThatIsNotThereOrHangs(t *testing.T) {
	hanging := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	defer hanging.Close()
	system := conform.System{URL: "http://127.0.0.1:1", Outbound: []webhook.Secret{webhook.NewSecret()}, Timeout: 30 * time.Millisecond}
	if results := system.Check(context.Background()); len(results) != 1 || !strings.HasPrefix(results[0].String(), "FAIL reach") {
		t.Errorf("nobody there: %v", results)
	}
	system.URL, system.Timeout = hanging.URL, 300*time.Millisecond
	results := system.Check(context.Background())
	if passes := names(results, conform.Pass); !slices.Equal(passes, []string{"reach"}) {
		t.Errorf("hanging: passed %v", passes)
	}
	if !strings.Contains(results[4].String(), "no answer within") {
		t.Errorf("hanging: %s", results[4])
	}
}

// passOn hands a request to the good server.
func passOn(t *testing.T, url string) http.Handler {
	t.Helper()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request, err := http.NewRequestWithContext(r.Context(), r.Method, url+r.URL.Path, r.Body)
		if err != nil {
			t.Error(err)
			return
		}
		request.Header = r.Header
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return // the good server closed on a request that is too large
		}
		defer func() { _ = response.Body.Close() }()
		w.Header().Set("Content-Type", response.Header.Get("Content-Type"))
		w.WriteHeader(response.StatusCode)
		_, _ = io.Copy(w, response.Body)
	})
}

func rewrite(through http.Handler, change func(status int, body string) (int, string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		recorder := httptest.NewRecorder()
		through.ServeHTTP(recorder, r)
		status, body := change(recorder.Code, recorder.Body.String())
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// A decision is not taken for granted: the mailbox finds fault with what is not signed, not addressed or no event.
func TestTheMailboxFindsFault(t *testing.T) {
	secret := webhook.NewSecret()
	event, err := connector.EncodeEvent(connector.Event{ID: "e", Source: "s", Type: connector.CaseReceived, Number: "N", Step: "s", Time: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	send := func(mailbox *conform.Mailbox, path, kind string, body []byte, signing webhook.Secret) int {
		request := httptest.NewRequest(http.MethodPost, path, strings.NewReader(string(body)))
		request.Header.Set("Content-Type", kind)
		webhook.Stamp(request.Header, signing, "msg", time.Now(), body)
		recorder := httptest.NewRecorder()
		mailbox.ServeHTTP(recorder, request)
		return recorder.Code
	}
	mailbox := &conform.Mailbox{Department: "health", Inbound: []webhook.Secret{secret}}
	const here, kind = "/departments/health/events", "application/cloudevents+json; charset=utf-8"
	for want, got := range map[string]int{
		"first turned away": send(mailbox, here, kind, event, secret) - 429, "then taken": send(mailbox, here, kind, event, secret) - 202,
		"another signature": send(mailbox, here, kind, event, webhook.NewSecret()) - 400, "elsewhere": send(mailbox, "/events", kind, event, secret) - 400,
		"another type": send(mailbox, here, "application/json", event, secret) - 400, "no event": send(mailbox, here, kind, []byte("{}"), secret) - 400,
	} {
		if got != 0 {
			t.Errorf("%s: off by %d", want, got)
		}
	}
}
