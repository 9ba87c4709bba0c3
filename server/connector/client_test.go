package connector

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"onewindow/models"
	"onewindow/models/identity"
	"onewindow/models/identity/identitytest"
	"onewindow/server/connector/webhook"
)

const (
	plantedNumber = "330105199206199962"
	plantedName   = "周雨水"
)

type fixedClock struct{ moment time.Time }

func (c fixedClock) Now() time.Time { return c.moment }

// bench is one department's fake system and the client that asks it.
type bench struct {
	client   *Client
	secret   webhook.Secret
	requests atomic.Int64
	registry *prometheus.Registry
	// asking and handling are grounds for questions about a person, and for handing steps over.
	asking, handling identity.Grounds
}

// newBench starts a fake system; advance, if given, moves the wall clock of the client.
func newBench(t *testing.T, timeout time.Duration, now func() time.Time, handle http.HandlerFunc) *bench {
	t.Helper()
	made := &bench{
		secret: webhook.NewSecret(), registry: prometheus.NewRegistry(), asking: identitytest.Asking(t), handling: identitytest.Handling(t),
	}
	server := httptest.NewServer(http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		made.requests.Add(1)
		handle(writer, request)
	}))
	t.Cleanup(server.Close)
	directory, err := NewDirectory(Options{
		Connections: &Connections{IdentityAuthority: "health", Connections: []Connection{{
			Department: "health", URL: server.URL, OutboundSecret: made.secret, Timeout: timeout, HandlesCases: true,
		}}},
		Registerer: made.registry, Now: now, Clock: fixedClock{time.Date(2026, 3, 2, 9, 0, 0, 0, models.Zone)},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(directory.Close)
	if made.client, err = directory.Client("health"); err != nil {
		t.Fatal(err)
	}
	return made
}

func (b *bench) resolve() (*Subject, error) {
	return b.client.Resolve(context.Background(), b.asking, ResolveRequest{NationalID: models.KnownNationalID(plantedNumber), Name: models.NewPersonName(plantedName)})
}

func answer(status int, body string) http.HandlerFunc {
	return func(writer http.ResponseWriter, request *http.Request) {
		_, _ = io.Copy(io.Discard, request.Body)
		writer.WriteHeader(status)
		_, _ = io.WriteString(writer, body)
	}
}

const wholeSubject = `{"subject":"s-1","attributes":{"birthDate":"1992-06-19","gender":"female","region":"330106","residence":"330106",
	"address":"杭州市西湖区样例路1号","phone":"13800000002","groups":["pregnant"],"household":[{"name":"林小年","nationalId":"330106202602119961","relation":"child"},
	{"name":"新生儿","relation":"child"}],"later":true}}`

// What a register cannot say properly of a person's phone, groups and household is left out, each by itself, and the person is known.
func TestWhatCannotBeReadOfAPersonIsLeftOut(t *testing.T) {
	department := newBench(t, time.Second, time.Now, answer(200, `{"subject":"s-1","attributes":{"gender":"female","phone":"0571-12345",
		"groups":["elderly","<b>","老年"],"household":[{"name":"林小年","nationalId":"330106202602119961","relation":"child"},
		{"name":"林","nationalId":"330106202602119962","relation":"child"},{"relation":"child"},{"name":"林老","nationalId":"330106400211996","relation":"father"}]}}`))
	subject, err := department.resolve()
	if err != nil {
		t.Fatal(err)
	}
	said := subject.Attributes
	if said.Gender != "female" || said.Phone.Reveal() != "" || len(said.Household) != 1 || said.Household[0].Name.Reveal() != "林小年" || !slices.Equal(said.Groups, []string{"elderly"}) {
		t.Errorf("got %d groups, %d of the household, phone %v", len(said.Groups), len(said.Household), said.Phone.Reveal() != "")
	}
	want := []string{"attributes.groups[1]", "attributes.groups[2]", "attributes.phone", "attributes.household[1]", "attributes.household[2]", "attributes.household[3]"}
	if !slices.Equal(subject.LeftOut, want) {
		t.Errorf("left out %v, want %v", subject.LeftOut, want)
	}
}

// What is tried again is the same message under the same id, though its links are new; another question, another errand and a question
// without one have ids of their own.
func TestAMessageThatIsSentAgainKeepsItsID(t *testing.T) {
	var ids []string
	department := newBench(t, time.Second, time.Now, func(writer http.ResponseWriter, request *http.Request) {
		ids = append(ids, request.Header.Get("webhook-id"))
		answer(http.StatusServiceUnavailable, "")(writer, request)
	})
	hand := func(errand, link string) {
		ctx := context.Background()
		if errand != "" {
			ctx = OnErrand(ctx, errand)
		}
		handed := Case{Number: "HZ-1", Step: "check", ItemCode: "birth-registration", ItemVersion: 1, Subject: "s-1", Priority: "normal", Materials: []CaseMaterial{{Code: "photo", URL: link}}}
		if err := department.client.OpenCase(ctx, department.handling, handed); err == nil {
			t.Fatal("taken")
		}
	}
	hand("1", "https://window.example.cn/files/a")
	hand("1", "https://window.example.cn/files/b")
	hand("2", "https://window.example.cn/files/b")
	hand("", "https://window.example.cn/files/b")
	if err := department.client.WithdrawCase(OnErrand(context.Background(), "1"), department.handling, "HZ-1", "check", "withdrawn"); err == nil {
		t.Fatal("taken")
	}
	if len(ids) != 5 || ids[0] != ids[1] || len(slices.Compact(slices.Sorted(slices.Values(ids)))) != 4 {
		t.Errorf("ids %q", ids)
	}
}

func TestResolveReadsASubject(t *testing.T) {
	var request struct{ NationalID, Name string }
	var department *bench
	department = newBench(t, time.Second, time.Now, func(writer http.ResponseWriter, incoming *http.Request) {
		body, _ := io.ReadAll(incoming.Body)
		if err := webhook.Verify([]webhook.Secret{department.secret}, incoming.Header, body, time.Now()); err != nil {
			t.Errorf("the request is not signed: %v", err)
		}
		if incoming.Method != http.MethodPost || incoming.URL.Path != "/v1/subjects/resolve" || incoming.URL.RawQuery != "" {
			t.Errorf("asked %s %s", incoming.Method, incoming.URL)
		}
		if err := json.Unmarshal(body, &request); err != nil {
			t.Error(err)
		}
		answer(http.StatusOK, wholeSubject)(writer, incoming)
	})
	subject, err := department.resolve()
	if err != nil {
		t.Fatal(err)
	}
	if request.NationalID != plantedNumber || request.Name != plantedName {
		t.Errorf("asked about %+v", request)
	}
	told := subject.Attributes
	got := fmt.Sprint(subject.ID, told.BirthDate, told.Gender, told.Region, told.Residence, told.Address.Reveal(), told.Phone.Reveal(), told.Groups,
		told.Household[0].Name.Reveal(), told.Household[0].NationalID.Reveal(), told.Household[0].Relation, told.Household[1].NationalID.IsZero())
	if want := "s-11992-06-19female330106330106杭州市西湖区样例路1号+8613800000002[pregnant]林小年330106202602119961childtrue"; strings.ReplaceAll(got, " ", "") != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Whatever a department answers, the caller gets one of the protocol's answers or a Failure that says whether another try is worth it.
func TestAnswersOfADepartment(t *testing.T) {
	huge := func(writer http.ResponseWriter, _ *http.Request) {
		chunk := bytes.Repeat([]byte(" "), 1<<20)
		for range 40 {
			if _, err := writer.Write(chunk); err != nil {
				return
			}
		}
	}
	cutShort := func(writer http.ResponseWriter, _ *http.Request) {
		writer.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(writer, wholeSubject[:50])
	}
	cases := []struct {
		name   string
		handle http.HandlerFunc
		want   string
	}{
		{"not found", answer(404, `{"code":"not_found"}`), "not found"},
		{"mismatch", answer(409, `{"code":"mismatch"}`), "mismatch"},
		{"a web server's own 404", answer(404, "<html>404</html>"), "temporary"},
		{"404 without a code", answer(404, ""), "temporary"},
		{"another conflict", answer(409, `{"code":"conflict"}`), "permanent"},
		{"500", answer(500, "panic"), "temporary"},
		{"503", answer(503, ""), "temporary"},
		{"429", answer(429, ""), "temporary"},
		{"400", answer(400, `{}`), "permanent"},
		{"401 while a secret is replaced", answer(401, `{"code":"unauthorized"}`), "temporary"},
		{"201 in place of 200", answer(201, wholeSubject), "temporary"},
		{"a maintenance page", answer(200, "<!DOCTYPE html><html>系统维护中</html>"), "temporary"},
		{"empty", answer(200, ""), "temporary"},
		{"null", answer(200, "null"), "temporary"},
		{"a list", answer(200, "[]"), "temporary"},
		{"half a body", answer(200, wholeSubject[:60]), "temporary"},
		{"broken off", cutShort, "temporary"},
		{"a subject twice", answer(200, `{"subject":"s-1","subject":"s-2"}`), "temporary"},
		{"GBK", answer(200, "{\"subject\":\"\xb2\xe2\"}"), "temporary"},
		{"UTF-16", answer(200, "\xff\xfe{\x00}\x00"), "temporary"},
		{"a byte order mark", answer(200, "\ufeff"+wholeSubject), "temporary"},
		{"deeply nested", answer(200, `{"subject":"s-1","later":`+strings.Repeat("[", 50_000)), "temporary"},
		{"two bodies", answer(200, wholeSubject+wholeSubject), "temporary"},
		{"no UTF-8", answer(200, "{\"subject\":\"\xff\xfe\"}"), "temporary"},
		{"deep nesting", answer(200, strings.Repeat("[", 100_000)), "temporary"},
		{"huge", huge, "temporary"},
		{"no subject", answer(200, `{"attributes":{}}`), "temporary"},
		{"subject is a number", answer(200, `{"subject":7}`), "temporary"},
		{"attributes are a text", answer(200, `{"subject":"s","attributes":"none"}`), "temporary"},
		{"birth date in another form", answer(200, `{"subject":"s","attributes":{"birthDate":"19/06/1992"}}`), "temporary"},
		{"born tomorrow", answer(200, `{"subject":"s","attributes":{"birthDate":"2026-03-03"}}`), "temporary"},
		{"unknown gender", answer(200, `{"subject":"s","attributes":{"gender":"女"}}`), "temporary"},
		{"region of five digits", answer(200, `{"subject":"s","attributes":{"region":"33010"}}`), "temporary"},
		{"a redirect", func(writer http.ResponseWriter, request *http.Request) {
			http.Redirect(writer, request, "/elsewhere", http.StatusTemporaryRedirect)
		}, "temporary"},
		{"hang-up", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "temporary"},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			department := newBench(t, 5*time.Second, time.Now, test.handle)
			subject, err := department.resolve()
			if err == nil || subject != nil {
				t.Fatalf("got a subject (%v) from rubbish", err)
			}
			var failure *Failure
			got := "permanent"
			switch {
			case errors.Is(err, ErrNotFound):
				got = "not found"
			case errors.Is(err, ErrMismatch):
				got = "mismatch"
			case !errors.As(err, &failure):
				t.Errorf("not a Failure: %v", err)
			case failure.Temporary:
				got = "temporary"
			}
			if got != test.want {
				t.Errorf("got %s (%v), want %s", got, err, test.want)
			}
			if strings.Contains(err.Error(), plantedNumber) || strings.Contains(err.Error(), plantedName) || strings.Contains(err.Error(), "http://") {
				t.Errorf("the error tells too much: %v", err)
			}
			if department.requests.Load() != 1 {
				t.Errorf("%d requests, want 1", department.requests.Load())
			}
		})
	}
}

func TestSlowDepartmentsCostTheTimeoutAndNoMore(t *testing.T) {
	for name, handle := range map[string]http.HandlerFunc{
		"no answer": func(_ http.ResponseWriter, request *http.Request) {
			_, _ = io.Copy(io.Discard, request.Body)
			<-request.Context().Done()
		},
		"a body that drips": func(writer http.ResponseWriter, request *http.Request) {
			_, _ = io.Copy(io.Discard, request.Body)
			for request.Context().Err() == nil {
				_, _ = io.WriteString(writer, " ")
				writer.(http.Flusher).Flush()
				time.Sleep(5 * time.Millisecond)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			department := newBench(t, 100*time.Millisecond, time.Now, handle)
			begun := time.Now()
			_, err := department.resolve()
			if !IsTemporary(err) || !errors.Is(err, errTooSlow) {
				t.Errorf("got %v", err)
			}
			if took := time.Since(begun); took > 30*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestCallerWhoGoesAwayIsNoFailureOfTheDepartment(t *testing.T) {
	department := newBench(t, time.Minute, time.Now, func(_ http.ResponseWriter, request *http.Request) {
		_, _ = io.Copy(io.Discard, request.Body)
		<-request.Context().Done()
	})
	for range failuresToOpen + 1 {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		_, err := department.client.Resolve(ctx, department.asking, ResolveRequest{})
		cancel()
		if !IsTemporary(err) || !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v", err)
		}
	}
	if state := department.client.breaker.current(); state != closed {
		t.Errorf("the breaker is in state %d", state)
	}
}

func TestRetryAfterIsPassedOn(t *testing.T) {
	department := newBench(t, time.Second, time.Now, func(writer http.ResponseWriter, request *http.Request) {
		writer.Header().Set("Retry-After", "7")
		answer(429, "")(writer, request)
	})
	_, err := department.resolve()
	var failure *Failure
	if !errors.As(err, &failure) || failure.RetryAfter != 7*time.Second || failure.Status != 429 {
		t.Errorf("got %v", err)
	}
}

func TestFailingDepartmentIsLeftAlone(t *testing.T) {
	var mutex sync.Mutex
	moment, healthy := time.Now(), false
	now := func() time.Time { mutex.Lock(); defer mutex.Unlock(); return moment }
	advance := func(length time.Duration) { mutex.Lock(); defer mutex.Unlock(); moment = moment.Add(length) }
	department := newBench(t, time.Second, now, func(writer http.ResponseWriter, request *http.Request) {
		mutex.Lock()
		status, body := 500, ""
		if healthy {
			status, body = 200, wholeSubject
		}
		mutex.Unlock()
		answer(status, body)(writer, request)
	})
	expect := func(step string, requests int64, wantGood bool) {
		t.Helper()
		_, err := department.resolve()
		if (err == nil) != wantGood || (err != nil && !IsTemporary(err)) {
			t.Errorf("%s: got %v", step, err)
		}
		if got := department.requests.Load(); got != requests {
			t.Errorf("%s: %d requests so far, want %d", step, got, requests)
		}
	}
	for try := range failuresToOpen {
		expect("failing", int64(try+1), false)
	}
	expect("open", 5, false)
	advance(leftAlone - time.Second)
	expect("still open", 5, false)
	advance(2 * time.Second)
	expect("one try", 6, false)
	expect("open again", 6, false)
	advance(leftAlone)
	mutex.Lock()
	healthy = true
	mutex.Unlock()
	expect("the try succeeds", 7, true)
	expect("closed", 8, true)

	got := metricLines(t, department.registry)
	for _, want := range []string{
		"onewindow_connector_requests_total health subjects.resolve left_alone 3",
		"onewindow_connector_requests_total health subjects.resolve ok 2",
		"onewindow_connector_requests_total health subjects.resolve temporary 6",
		"onewindow_connector_request_duration_seconds health subjects.resolve 8",
		"onewindow_connector_breaker_state health 0",
	} {
		if !strings.Contains(got, want+"\n") {
			t.Errorf("%q is not in the metrics:\n%s", want, got)
		}
	}
}

// metricLines gives name, label values and value of every metric; of a histogram the count.
func metricLines(t *testing.T, registry *prometheus.Registry) string {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			lines.WriteString(family.GetName())
			for _, label := range metric.GetLabel() {
				lines.WriteString(" " + label.GetValue())
			}
			value := metric.GetCounter().GetValue() + metric.GetGauge().GetValue() + float64(metric.GetHistogram().GetSampleCount())
			_, _ = fmt.Fprintf(&lines, " %v\n", value)
		}
	}
	return lines.String()
}

func TestHalfOpenLetsOneTryThrough(t *testing.T) {
	moment := time.Now()
	gate := &breaker{now: func() time.Time { return moment }}
	for range failuresToOpen {
		gate.enter()
		gate.leave(failed)
	}
	moment = moment.Add(leftAlone)
	if ok, _ := gate.enter(); !ok {
		t.Fatal("the try is not let through")
	}
	if ok, _ := gate.enter(); ok {
		t.Error("a second try is let through beside the first")
	}
	gate.leave(abandoned)
	if ok, _ := gate.enter(); !ok {
		t.Error("after an abandoned try no other is let through")
	}
	gate.leave(answered)
	if gate.current() != closed {
		t.Error("a good try does not close")
	}
}

func TestADepartmentGetsABoundedNumberOfRequestsAtOnce(t *testing.T) {
	var under, most atomic.Int64
	department := newBench(t, time.Minute, time.Now, func(writer http.ResponseWriter, request *http.Request) {
		if now := under.Add(1); now > most.Load() {
			most.Store(now)
		}
		for until := time.Now().Add(20 * time.Second); most.Load() < 2 && time.Now().Before(until); { // the first waits for a second
			time.Sleep(time.Millisecond)
		}
		time.Sleep(10 * time.Millisecond)
		under.Add(-1)
		answer(200, wholeSubject)(writer, request)
	})
	var group sync.WaitGroup
	for range 3 * DefaultRates().AtOnce {
		group.Go(func() {
			if _, err := department.resolve(); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if most.Load() > int64(DefaultRates().AtOnce) || most.Load() < 2 {
		t.Errorf("%d requests at once, want 2 to %d", most.Load(), DefaultRates().AtOnce)
	}
}

func TestVerifyProof(t *testing.T) {
	for body, want := range map[string]error{`{"proven":true}`: nil, `{"proven":false}`: ErrMismatch, `{}`: ErrMismatch} {
		department := newBench(t, time.Second, time.Now, answer(200, body))
		if err := department.client.VerifyProof(context.Background(), department.asking, ProofRequest{Kind: ProofFace, Token: "x"}); !errors.Is(err, want) {
			t.Errorf("%s: %v", body, err)
		}
	}
	department := newBench(t, time.Second, time.Now, answer(200, "<html>proven</html>"))
	if err := department.client.VerifyProof(context.Background(), department.asking, ProofRequest{}); !IsTemporary(err) {
		t.Errorf("a page proves nothing, got %v", err)
	}
}

func TestFetchMaterial(t *testing.T) {
	ask := func(status int, body string) (*Document, error) {
		department := newBench(t, time.Second, time.Now, answer(status, body))
		return department.client.FetchMaterial(context.Background(), department.asking, MaterialRequest{Subject: "s", Material: "id-card"})
	}
	document, err := ask(200, `{"number":"N-1","issuedOn":"2018-06-01","expiresOn":"2038-06-01","fields":{"paid_months":12345678901234567890},"file":{"name":"a.pdf","contentType":"application/pdf","base64":"JVBERg=="}}`)
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(document.Number, document.IssuedOn, document.ExpiresOn, document.Fields, document.File.Name, string(document.File.Content))
	if want := "N-12018-06-01 2038-06-01 map[paid_months:12345678901234567890]a.pdf%PDF"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if plainRecord, err := ask(200, `{"fields":{"dwellings":0}}`); err != nil || plainRecord.File != nil {
		t.Errorf("a record without number and file: %v", err)
	}
	for _, body := range []string{"", `{"code":"not_found"}`, "404 page not found"} {
		if _, err := ask(404, body); !errors.Is(err, ErrNotFound) {
			t.Errorf("404 %q: %v", body, err)
		}
	}
	if _, err := ask(404, "<html>"); !IsTemporary(err) {
		t.Errorf("a web server's own 404: %v", err)
	}
	for _, body := range []string{
		`{}`, `{"number":7}`, `{"number":"a\u0007"}`, `{"number":"a","issuedOn":"2018-6-1"}`, `{"number":"a","issuedOn":"2020-01-02","expiresOn":"2020-01-01"}`,
		`{"number":"a","fields":[]}`, `{"number":"a","file":{"name":"a.pdf","base64":"%%%"}}`, `{"number":"a","file":{"name":"a.pdf"}}`, `{"number":"a","file":{"base64":"JVBERg=="}}`,
	} {
		if _, err := ask(200, body); !IsTemporary(err) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestCasesAreHandedOverAndWithdrawn(t *testing.T) {
	var paths []string
	var bodies []map[string]any
	status := 202
	department := newBench(t, time.Second, time.Now, func(writer http.ResponseWriter, request *http.Request) {
		var body map[string]any
		if err := json.NewDecoder(request.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		paths, bodies = append(paths, request.URL.EscapedPath()), append(bodies, body)
		writer.WriteHeader(status)
	})
	due, issued := time.Date(2026, 3, 4, 15, 59, 59, 0, time.UTC), models.NewDate(2026, 3, 2)
	handed := Case{
		Number: "HZ-1", Step: "check", ItemCode: "retirement", ItemVersion: 2, Subject: "s-1", Form: map[string]string{"child_name": "林小年"},
		Materials: []CaseMaterial{{Code: "id-card", Number: "N", IssuedOn: &issued, SHA256: "ab", URL: "http://files/x"}}, DueAt: &due, Priority: "elderly",
	}
	if err := department.client.OpenCase(context.Background(), department.handling, handed); err != nil {
		t.Fatal(err)
	}
	if err := department.client.WithdrawCase(context.Background(), department.handling, "HZ/1", "check", "withdrawn"); err != nil {
		t.Fatal(err)
	}
	got, _ := json.Marshal([]any{paths, bodies})
	want := `[["/v1/cases","/v1/cases/HZ%2F1/steps/check/withdraw"],[{"applicant":{"subject":"s-1"},"dueAt":"2026-03-04T23:59:59+08:00","form":{"child_name":"林小年"},` +
		`"item":{"code":"retirement","version":2},"materials":[{"code":"id-card","issuedOn":"2026-03-02","number":"N","sha256":"ab","url":"http://files/x"}],"number":"HZ-1","priority":"elderly","step":"check"},` +
		`{"reason":"withdrawn"}]]`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	status = 500
	if err := department.client.OpenCase(context.Background(), department.handling, handed); !IsTemporary(err) {
		t.Errorf("got %v", err)
	}
	status = 422
	if err := department.client.OpenCase(context.Background(), department.handling, handed); err == nil || IsTemporary(err) {
		t.Errorf("got %v", err)
	}
}

func TestDirectoryKnowsWhoIsConnected(t *testing.T) {
	department := newBench(t, time.Second, time.Now, answer(200, "{}"))
	directory, err := NewDirectory(Options{
		Connections: &Connections{IdentityAuthority: "health", Connections: []Connection{{Department: "health", HandlesCases: true, InboundSecrets: []webhook.Secret{department.secret}}, {Department: "tax"}}},
		Registerer:  prometheus.NewRegistry(), Now: time.Now, Clock: fixedClock{},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(directory.Connected(), directory.IdentityAuthority(), directory.HandlesCases("health"), directory.HandlesCases("tax"),
		directory.HandlesCases("moon"), len(directory.InboundSecrets("health")), len(directory.InboundSecrets("moon"))); got != "[health tax]healthtrue false false 1 0" && got != "[health tax] health true false false 1 0" {
		t.Errorf("got %s", got)
	}
	if _, err := directory.Client("moon"); !errors.Is(err, ErrNotConnected) {
		t.Errorf("got %v", err)
	}
}

// Messages are full of personal data: however they are printed by accident, nothing of it may show.
func TestMessagesPrintAsStars(t *testing.T) {
	number, name := models.KnownNationalID(plantedNumber), models.NewPersonName(plantedName)
	var logged bytes.Buffer
	for _, message := range []any{
		ResolveRequest{NationalID: number, Name: name}, &Subject{ID: plantedNumber}, Attributes{Region: plantedNumber}, ProofRequest{NationalID: number, Token: plantedNumber},
		MaterialRequest{Subject: plantedNumber}, &Document{Number: plantedNumber, File: &File{Name: plantedName}}, &Case{Form: map[string]string{"a": plantedNumber}},
		CaseMaterial{Number: plantedNumber}, Member{Name: name}, File{Content: []byte(plantedNumber)}, &Event{Decision: &Decision{Opinion: plantedName}, Progress: &Progress{Title: plantedName}},
	} {
		_, _ = fmt.Fprintf(&logged, "%v %+v %#v %s ", message, message, message, message)
		encoded, _ := json.Marshal(message)
		logged.Write(encoded)
		slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "message", message)
		slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "message", message)
	}
	if strings.Contains(logged.String(), plantedNumber) || strings.Contains(logged.String(), plantedName) {
		t.Errorf("personal data in: %s", logged.String())
	}
}

func TestADocumentOfAnotherPersonIsTold(t *testing.T) {
	holder := models.KnownNationalID("33010519920619996X")
	for body, another := range map[string]bool{
		`{"number":"1"}`: false,
		`{"number":"1","subject":"s-1","fields":{"nationalId":"33010519920619996x","spouse":{"nationalId":"110101190001010014"}}}`: false,
		`{"number":"1","subject":"s-2"}`:                              true,
		`{"number":"` + plantedNumber + `"}`:                          true,
		`{"number":"330105199206199963"}`:                             false, // no national ID: the check digit is wrong
		`{"number":"1","fields":{"nationalId":"110101190001010014"}}`: true,
	} {
		document, err := DecodeDocument([]byte(body))
		if err != nil || document.OfAnother("s-1", holder) != another {
			t.Errorf("%s: %v, want another %v", body, err, another)
		}
	}
	if own := (&Document{Number: plantedNumber}); own.OfAnother("s-1", models.KnownNationalID(plantedNumber)) {
		t.Error("the person's own number on the card is taken for another's")
	}
}

// Every kind of request that the client can send, and with which grounds: with those of another kind, or none, nothing leaves.
func TestNothingLeavesWithoutGrounds(t *testing.T) {
	department := newBench(t, time.Second, time.Now, answer(404, `{"code":"not_found"}`))
	ctx, handed := context.Background(), Case{Number: "HZ/1", Step: "check", ItemCode: "x", Subject: "s"}
	sends := map[string]func(identity.Grounds) error{
		"Resolve": func(grounds identity.Grounds) error {
			_, err := department.client.Resolve(ctx, grounds, ResolveRequest{})
			return err
		},
		"VerifyProof": func(grounds identity.Grounds) error {
			return department.client.VerifyProof(ctx, grounds, ProofRequest{Kind: ProofFace})
		},
		"FetchMaterial": func(grounds identity.Grounds) error {
			_, err := department.client.FetchMaterial(ctx, grounds, MaterialRequest{})
			return err
		},
		"FetchMaterial, sensitive": func(grounds identity.Grounds) error {
			_, err := department.client.FetchMaterial(ctx, grounds, MaterialRequest{Sensitive: true})
			return err
		},
		"OpenCase": func(grounds identity.Grounds) error { return department.client.OpenCase(ctx, grounds, handed) },
		"WithdrawCase": func(grounds identity.Grounds) error {
			return department.client.WithdrawCase(ctx, grounds, "HZ/1", "check", "withdrawn")
		},
	}
	if len(sends) != len(identity.Requests()) {
		t.Errorf("%d kinds of request are known, %d are sent", len(identity.Requests()), len(sends))
	}
	for name, send := range sends {
		handling := name == "OpenCase" || name == "WithdrawCase"
		for _, test := range []struct {
			grounds identity.Grounds
			leaves  bool
		}{{identity.Grounds{}, false}, {department.asking, !handling}, {department.handling, handling}} {
			before := department.requests.Load()
			err := send(test.grounds)
			if left := department.requests.Load() > before; left != test.leaves || errors.Is(err, ErrNoGrounds) == test.leaves {
				t.Errorf("%s on %s left: %v, %v", name, test.grounds, left, err)
			}
		}
		if err := send(identitytest.Plain(t)); name == "FetchMaterial, sensitive" && !errors.Is(err, ErrNoGrounds) {
			t.Errorf("a sensitive paper was asked for like any other: %v", err)
		}
	}
}

// Whoever adds a way of asking a department cannot leave the grounds out.
func TestEveryWayOfAskingTakesGrounds(t *testing.T) {
	client, grounds := reflect.TypeFor[*Client](), reflect.TypeFor[identity.Grounds]()
	ways := 0
	for method := range client.Methods() {
		if method.Type.NumIn() < 2 || method.Type.In(1) != reflect.TypeFor[context.Context]() {
			continue
		}
		if ways++; method.Type.NumIn() < 3 || method.Type.In(2) != grounds {
			t.Errorf("%s asks a department and takes no grounds", method.Name)
		}
	}
	if ways != len(identity.Requests())-1 { // a sensitive paper is asked for like another
		t.Errorf("%d ways of asking", ways)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	senders := 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(file, "_test.go") {
			senders += bytes.Count(source, []byte(".http.Do("))
			senders += bytes.Count(source, []byte("http.NewRequest"))
		}
	}
	if senders != 2 {
		t.Errorf("requests are made or sent at %d places, beside those of Client.send", senders-2)
	}
}
