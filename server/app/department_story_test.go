package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onewindow/models"
	"onewindow/server/connector/webhook"
)

// office is a department's own server, written from the protocol alone.
type office struct {
	*httptest.Server
	ours, theirs webhook.Secret // OneWindow signs with ours, the office with theirs

	mutex sync.Mutex
	heard map[string][]map[string]any // bodies by path
	raw   [][]byte                    // all bodies, as they came
	ids   map[string][]string         // of all messages, by path
	holds map[string]string           // numbers of documents by material
	knows map[string]string           // what is said of people by their numbers, beside the one whom everybody knows
	down  bool
	// refused counts what came while it was down.
	refused atomic.Int32
	// forge answers what is fetched in the office's stead; nil: the office itself does.
	forge http.HandlerFunc
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{heard: map[string][]map[string]any{}, ids: map[string][]string{}, ours: webhook.NewSecret(), theirs: webhook.NewSecret()}
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { o.answer(t, w, r) }))
	t.Cleanup(o.Close)
	return o
}

func (o *office) answer(t *testing.T, w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if err := webhook.Verify([]webhook.Secret{o.ours}, r.Header, body, time.Now()); err != nil {
		t.Errorf("%s is not signed as the protocol says: %v", r.URL.Path, err)
	}
	var said map[string]any
	if err := json.Unmarshal(body, &said); err != nil {
		t.Errorf("%s: %v", r.URL.Path, err)
	}
	o.mutex.Lock()
	forge := o.forge
	o.mutex.Unlock()
	if forge != nil && r.URL.Path == "/v1/materials/fetch" {
		forge(w, r)
		return
	}
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.raw = append(o.raw, body)
	o.ids[r.URL.Path] = append(o.ids[r.URL.Path], r.Header.Get("webhook-id"))
	if o.down {
		o.refused.Add(1)
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	o.heard[r.URL.Path] = append(o.heard[r.URL.Path], said)
	w.Header().Set("Content-Type", "application/json")
	switch r.URL.Path {
	case "/v1/subjects/resolve":
		if number, _ := said["nationalId"].(string); o.knows[number] != "" {
			_, _ = io.WriteString(w, o.knows[number])
			return
		}
		_, _ = io.WriteString(w, `{"subject":"s-1","attributes":{"birthDate":"1987-07-07","gender":"male","region":"330108","phone":"13800000019"}}`)
	case "/v1/materials/fetch":
		if wanted, _ := said["material"].(string); o.holds[wanted] != "" {
			_, _ = fmt.Fprintf(w, `{"number":%q,"issuedOn":"2020-01-01","fields":{}}`, o.holds[wanted])
			return
		}
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"code":"not_found"}`)
	default:
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, `{}`)
	}
}

func (o *office) setDown(down bool) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.down = down
}

func (o *office) has(path string) bool {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return len(o.heard[path]) > 0
}

// wait gives the first request to a path once it has come.
func (o *office) wait(t *testing.T, path string) map[string]any {
	t.Helper()
	return o.waitFor(t, path, 1)
}

// waitFor gives a later one, counted from 1.
func (o *office) waitFor(t *testing.T, path string, count int) map[string]any {
	t.Helper()
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(100 * time.Millisecond) {
		o.mutex.Lock()
		heard := o.heard[path]
		o.mutex.Unlock()
		if len(heard) >= count {
			return heard[count-1]
		}
	}
	t.Fatalf("%d requests to %s did not come", count, path)
	return nil
}

// event posts a CloudEvent to OneWindow and gives status and answer.
func (o *office) event(t *testing.T, c *city, kind, subject, id string, data any, change func(*http.Request)) (status int, answer string) {
	t.Helper()
	return o.eventOf(t, c, "medical-insurance", kind, subject, id, data, change)
}

func (o *office) eventOf(t *testing.T, c *city, department, kind, subject, id string, data any, change func(*http.Request)) (status int, answer string) {
	t.Helper()
	body, err := json.Marshal(map[string]any{
		"specversion": "1.0", "id": id, "source": "/office", "type": kind, "subject": subject, "time": opening, "datacontenttype": "application/json", "data": data,
	})
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, c.url+"/departments/"+department+"/events", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/cloudevents+json")
	webhook.Stamp(request.Header, o.theirs, "msg-"+id, time.Now(), body)
	if change != nil {
		change(request)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	said, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, strings.TrimSpace(string(said))
}

// withOffice opens a city whose identity authority and medical insurance are one outside server.
func withOffice(t *testing.T, on ground) (*city, *office) {
	t.Helper()
	o := newOffice(t)
	return o.open(t, on, map[string]bool{"public-security": false, "medical-insurance": true}), o
}

// open opens a city in which the office stands for departments; true: it works their cases itself.
func (o *office) open(t *testing.T, on ground, departments map[string]bool) *city {
	t.Helper()
	return openWith(t, on, map[string]string{"ONEWINDOW_CONNECTIONS": o.connections(t, departments)})
}

// connections writes the connections file of such a city.
func (o *office) connections(t *testing.T, departments map[string]bool) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "connections.yaml")
	entry := `  - {department: %s, url: %q, outbound_secret: %s, inbound_secrets: [%s], handles_cases: %v, timeout: 1m}
`
	written := "identity_authority: public-security\nconnections:\n"
	for department, handles := range departments {
		written += fmt.Sprintf(entry, department, o.URL, o.ours.Reveal(), o.theirs.Reveal(), handles)
	}
	if err := os.WriteFile(file, []byte(written), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// officeClaim is what the one person whom the office knows says.
func officeClaim() vars {
	return vars{"name": "吕七夕", "nationalId": "330108198707079971", "consents": []vars{{"purpose": "IDENTITY_BINDING", "version": "1"}}}
}

// knownToTheOffice signs in the one person whom the office knows.
func knownToTheOffice(t *testing.T, c *city) *visitor {
	t.Helper()
	applicant := c.signIn(t, "+8613800000019")
	bound := change(t, applicant, "BindIdentity", officeClaim())
	if bound.Identity.Status != "BOUND" {
		t.Fatalf("identity %+v", bound.Identity)
	}
	return applicant
}

// flexibleEmployment hands in and accepts an application whose steps are worked by human resources, medical insurance and tax.
func flexibleEmployment(t *testing.T, c *city) (applicant *visitor, a application) {
	t.Helper()
	applicant = knownToTheOffice(t, c)
	a = change(t, applicant, "StartApplication", vars{"itemCode": "flexible-employment-insurance", "channel": "APP"}).Application
	a = change(t, applicant, "SaveAnswers", vars{"applicationId": a.ID, "answers": []vars{
		{"key": "work_kind", "value": "part-time"}, {"key": "insured_by_employer", "value": "false"}, {"key": "has_permit", "value": "false"},
		{"key": "pension", "value": "false"}, {"key": "medical", "value": "true"}, {"key": "bank_account", "value": "6222021234567890123"},
	}}).Application
	for _, missing := range change(t, applicant, "FetchMaterials", vars{"applicationId": a.ID}).Application.Missing {
		upload(t, applicant, a.ID, missing, nil)
	}
	a = change(t, applicant, "Submit", vars{"applicationId": a.ID}).Application
	change(t, c.staff(t, "zhang-desk"), "Accept", vars{"applicationId": a.ID})
	return applicant, a
}

// A department that has only read the protocol: its part comes signed and with what it needs, what it says is applied once, in
// its turn, and what contradicts the end is refused.
func TestADepartmentsOwnServerWorksItsStep(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		c, o := withOffice(t, on)
		applicant, a := flexibleEmployment(t, c)
		subject := a.Number + "/medical"
		approve := map[string]any{"decision": "approve", "opinion": "同意参保"}

		expect := func(what, kind, subject, id string, data any, change func(*http.Request), status int, words string) {
			t.Helper()
			if got, answer := o.event(t, c, kind, subject, id, data, change); got != status || !strings.Contains(answer, words) {
				t.Errorf("%s: %d %s, want %d with %s", what, got, answer, status, words)
			}
		}
		expect("ahead of its turn", "onewindow.case.decided", subject, "e1", approve, nil, 202, `"parked"`)
		expect("the same id again", "onewindow.case.decided", subject, "e1", approve, nil, 200, `"duplicate"`)
		expect("another department's step", "onewindow.case.decided", a.Number+"/enrol", "e2", approve, nil, 404, `"not_found"`)
		expect("an unknown application", "onewindow.case.decided", "20260302/medical", "e3", approve, nil, 404, `"not_found"`)
		expect("malformed", "onewindow.case.decided", subject, "e4", map[string]any{"decision": "perhaps"}, nil, 400, `"data.decision"`)
		expect("another's signature", "onewindow.case.decided", subject, "e5", approve, func(r *http.Request) { r.Header.Set("webhook-signature", "v1,AAAA") }, 401, `"unauthorized"`)
		expect("an old timestamp", "onewindow.case.decided", subject, "e6", approve, func(r *http.Request) { r.Header.Set("webhook-timestamp", "1700000000") }, 401, `"unauthorized"`)

		o.setDown(true) // the department is away when its turn comes: what was asked is kept
		enrol := openTask(t, c.worker(t, "human-resources", models.Reviewer), a.ID, a.ID+".enrol")
		change(t, c.worker(t, "human-resources", models.Reviewer), "Decide", vars{"taskId": enrol.ID, "decision": "APPROVE"})
		if now := untilStep(t, applicant, a.Number, a.ID+".medical", "DONE"); now.State != "IN_REVIEW" {
			t.Errorf("after what was parked: %s", now.State)
		}
		expect("against what is final", "onewindow.case.decided", subject, "e7", map[string]any{"decision": "reject", "opinion": "不同意"}, nil, 409, `"conflict"`)
		o.setDown(false)

		levy := openTask(t, c.worker(t, "tax", models.Issuer), a.ID, a.ID+".levy")
		done := change(t, c.worker(t, "tax", models.Issuer), "Decide", vars{"taskId": levy.ID, "decision": "APPROVE"}).Application
		if done.State != "COMPLETED" {
			t.Errorf("in the end: %s", done.State)
		}
	})
}

// The department is handed its step once it answers again, with just what the step needs and links that work.
func TestWhatADepartmentWasAskedIsKeptUntilItAnswers(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		c, o := withOffice(t, on)
		applicant := c.signIn(t, "+8613800000019")
		change(t, applicant, "BindIdentity", vars{
			"name": "吕七夕", "nationalId": "330108198707079971", "consents": []vars{{"purpose": "IDENTITY_BINDING", "version": "1"}},
		})
		o.setDown(true)
		a := remoteMedical(t, c, applicant)
		eventually(t, "the department is asked while it is down", func() bool { return o.refused.Load() > 0 })
		o.setDown(false)
		eventually(t, "the breaker and the spacing of attempts let it through again", func() bool {
			c.advance(t, "30m")
			time.Sleep(time.Second)
			return o.has("/v1/cases")
		})
		handed := o.wait(t, "/v1/cases")
		if handed["number"] != a.Number || handed["step"] != "file" || handed["applicant"].(map[string]any)["subject"] != "s-1" {
			t.Errorf("handed over: %v", handed)
		}
		o.mutex.Lock()
		ids := slices.Clone(o.ids["/v1/cases"])
		o.mutex.Unlock()
		if len(ids) < 2 || len(slices.Compact(ids)) != 1 {
			t.Errorf("tried again under other ids: %q", ids)
		}
		papers, _ := handed["materials"].([]any)
		if len(papers) == 0 {
			t.Fatal("no materials were handed over")
		}
		link, _ := papers[0].(map[string]any)["url"].(string)
		response, err := http.Get(link)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		if content, _ := io.ReadAll(response.Body); response.StatusCode != http.StatusOK || !bytes.HasPrefix(content, []byte("%PDF-")) {
			t.Errorf("the link gives %d and %d bytes", response.StatusCode, len(content))
		}
	})
}

// untilStep waits until a step has come to a state.
func untilStep(t *testing.T, v *visitor, number, id, state string) application {
	t.Helper()
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(100 * time.Millisecond) {
		now := progress(t, v, number)
		for _, step := range now.Steps {
			if step.ID == id && step.State == state {
				return now
			}
		}
	}
	t.Fatalf("%s did not come to %s", id, state)
	return application{}
}
