package sim

import (
	"context"
	"fmt"
	"io"
	"log/slog"
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

	"onewindow/models/identity/identitytest"
	"onewindow/server/connector"
	"onewindow/server/connector/webhook"
)

// window is OneWindow's inbound door as the departments see it.
type window struct {
	*httptest.Server
	mutex    sync.Mutex
	secrets  map[string][]webhook.Secret
	received []*connector.Event
	faults   []string
	tries    int
	// answer gives the status for a try; nil takes everything.
	answer func(try int, event *connector.Event) int
}

func openWindow(t *testing.T, answer func(int, *connector.Event) int) *window {
	t.Helper()
	made := &window{secrets: map[string][]webhook.Secret{}, answer: answer}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /departments/{code}/events", made.take)
	made.Server = httptest.NewServer(mux)
	t.Cleanup(made.Close)
	return made
}

func (w *window) take(writer http.ResponseWriter, request *http.Request) {
	body, _ := io.ReadAll(request.Body)
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if err := webhook.Verify(w.secrets[request.PathValue("code")], request.Header, body, time.Now()); err != nil {
		w.faults = append(w.faults, err.Error())
	}
	event, err := connector.ParseEvent(body)
	if err != nil {
		w.faults = append(w.faults, fmt.Sprintf("%v: %s", err, body))
		writer.WriteHeader(http.StatusBadRequest)
		return
	}
	w.tries++
	status := http.StatusAccepted
	if w.answer != nil {
		status = w.answer(w.tries, event)
	}
	if status < 300 {
		w.received = append(w.received, event)
	}
	writer.WriteHeader(status)
}

// know tells the window the departments' secrets.
func (w *window) know(simulation *Simulation) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	for _, connection := range simulation.Connections().Connections {
		w.secrets[connection.Department] = connection.InboundSecrets
	}
}

// events gives "number/step type" of everything taken so far.
func (w *window) events() []string {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	var lines []string
	for _, event := range w.received {
		lines = append(lines, event.Number+"/"+event.Step+" "+strings.TrimPrefix(string(event.Type), "onewindow.case."))
	}
	return lines
}

func (w *window) tried() int {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.tries
}

func (w *window) check(t *testing.T) {
	t.Helper()
	w.mutex.Lock()
	defer w.mutex.Unlock()
	for _, fault := range w.faults {
		t.Errorf("the department sent something wrong: %s", fault)
	}
}

// await waits until a condition holds.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func openCase(t *testing.T, w *town, department string, handed connector.Case) {
	t.Helper()
	if err := w.client(t, department).OpenCase(context.Background(), identitytest.Handling(t), handed); err != nil {
		t.Fatal(err)
	}
}

var cardCase = connector.Case{Number: "HZ-1", Step: "make", ItemCode: "social-security-card", ItemVersion: 1, Subject: "s", Form: map[string]string{"phone": "13800000001"}}

func TestADepartmentWorksACaseByItself(t *testing.T) {
	door := openWindow(t, nil)
	w := start(t, func(config *Config) { config.EventsBaseURL = func() string { return door.URL } })
	door.know(w.Simulation)
	openCase(t, w, "human-resources", cardCase)
	openCase(t, w, "human-resources", cardCase) // the same again: nothing twice
	await(t, "three events", func() bool { return len(door.events()) >= 3 })
	openCase(t, w, "human-resources", cardCase) // and not after it was decided either
	time.Sleep(100 * time.Millisecond)
	door.check(t)
	if got, want := door.events(), []string{"HZ-1/make received", "HZ-1/make progress", "HZ-1/make decided"}; !slices.Equal(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	progress, decision := door.received[1].Progress, door.received[2].Decision
	if !progress.Public || progress.Title == "" {
		t.Error("the progress is not for the public")
	}
	document := decision.Document
	if !decision.Approve || decision.Opinion == "" || document.IssuedOn.String() != "2026-03-02" || document.ExpiresOn.String() != "2036-03-02" || len(document.Number) != 10 || document.File == nil {
		t.Error("the decision has no document as the catalogue wants it")
	}
	if !door.received[2].Time.Equal(demoDay.moment) {
		t.Errorf("decided at %v, which is not the house's clock", door.received[2].Time)
	}
}

func TestManyCasesAtOnce(t *testing.T) {
	door := openWindow(t, nil)
	w := start(t, func(config *Config) { config.EventsBaseURL = func() string { return door.URL } })
	door.know(w.Simulation)
	const cases = 20
	for index := range cases {
		for _, department := range []string{"human-resources", "medical-insurance"} {
			openCase(t, w, department, connector.Case{Number: fmt.Sprintf("HZ-%d", index), Step: department, ItemCode: "retirement"})
		}
	}
	await(t, "all events", func() bool { return len(door.events()) >= cases*2*3 })
	door.check(t)
	seen := map[string]int{}
	for _, line := range door.events() {
		seen[line]++
	}
	if len(seen) != cases*2*3 {
		t.Errorf("%d different events, want %d", len(seen), cases*2*3)
	}
	for _, event := range door.received {
		if event.Decision != nil && event.Decision.Document != nil {
			t.Error("a step without a result issued a document")
		}
	}
}

func TestEventsAreSentUntilTheyAreTaken(t *testing.T) {
	var ids []string
	door := openWindow(t, func(try int, event *connector.Event) int {
		ids = append(ids, event.ID)
		return []int{500, 429, 202, 200, 202}[min(try, 5)-1]
	})
	known := false
	var mutex sync.Mutex
	w := start(t, func(config *Config) {
		config.EventsBaseURL = func() string { mutex.Lock(); defer mutex.Unlock(); return map[bool]string{true: door.URL}[known] }
	})
	door.know(w.Simulation)
	openCase(t, w, "human-resources", cardCase)
	time.Sleep(50 * time.Millisecond)
	mutex.Lock()
	known = true // OneWindow listens only now
	mutex.Unlock()
	await(t, "three events", func() bool { return len(door.events()) >= 3 })
	door.check(t)
	if len(ids) != 5 || ids[0] != ids[1] || ids[1] != ids[2] || ids[2] == ids[3] || ids[3] == ids[4] {
		t.Errorf("the tries had the ids %v", ids)
	}
}

func TestACaseIsOverWhenOneWindowKnowsItNot(t *testing.T) {
	for _, status := range []int{http.StatusNotFound, http.StatusConflict} {
		door := openWindow(t, func(int, *connector.Event) int { return status })
		w := start(t, func(config *Config) { config.EventsBaseURL = func() string { return door.URL } })
		door.know(w.Simulation)
		openCase(t, w, "human-resources", cardCase)
		await(t, "the first event", func() bool { return door.tried() >= 1 })
		time.Sleep(100 * time.Millisecond)
		if tried := door.tried(); tried != 1 {
			t.Errorf("status %d: %d tries, want 1", status, tried)
		}
	}
}

func TestWithdrawingStopsACase(t *testing.T) {
	door := openWindow(t, nil)
	var listens atomic.Bool // nothing is told before everything was withdrawn
	w := start(t, func(config *Config) {
		config.EventsBaseURL = func() string { return map[bool]string{true: door.URL}[listens.Load()] }
	})
	door.know(w.Simulation)
	withdraw := func(number string) {
		if err := w.client(t, "human-resources").WithdrawCase(context.Background(), identitytest.Handling(t), number, "make", "withdrawn"); err != nil {
			t.Fatal(err)
		}
	}
	openCase(t, w, "human-resources", cardCase)
	withdraw("HZ-1")
	withdraw("HZ-1")
	withdraw("HZ-2") // overtakes the case itself
	overtaken := cardCase
	overtaken.Number = "HZ-2"
	openCase(t, w, "human-resources", overtaken)
	listens.Store(true)
	time.Sleep(500 * time.Millisecond)
	if got := door.events(); len(got) != 0 {
		t.Errorf("got %v after it was withdrawn", got)
	}
}

// A process that is killed between two reports goes on with the same event, and does not begin anew.
func TestCasesGoOnAfterARestart(t *testing.T) {
	folder := t.TempDir()
	down := openWindow(t, func(int, *connector.Event) int { return http.StatusServiceUnavailable })
	first := start(t, func(config *Config) {
		config.EventsBaseURL = func() string { return down.URL }
		config.DataDir = folder
	})
	down.know(first.Simulation)
	openCase(t, first, "medical-insurance", connector.Case{Number: "HZ-9", Step: "enrol", ItemCode: "medical-insurance-newborn", Subject: "s", Form: map[string]string{"child_name": "林小年"}})
	await(t, "the first try", func() bool { return down.tried() >= 1 })
	first.Close()
	file := filepath.Join(folder, "simulated-departments", "medical-insurance.json")
	kept, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(kept), `"HZ-9"`) || strings.Contains(string(kept), "林小年") {
		t.Errorf("kept %s, %v", kept, err)
	}

	door := openWindow(t, nil)
	second := start(t, func(config *Config) {
		config.EventsBaseURL = func() string { return door.URL }
		config.DataDir = folder
		config.Clock = fixedClock{demoDay.moment.Add(72 * time.Hour)}
	})
	door.know(second.Simulation)
	await(t, "all events", func() bool { return len(door.events()) >= 3 })
	if got := door.events(); got[0] != "HZ-9/enrol received" || got[2] != "HZ-9/enrol decided" {
		t.Errorf("got %v", got)
	}
	if !door.received[0].Time.Equal(demoDay.moment) || !door.received[1].Time.Equal(demoDay.moment.Add(72*time.Hour)) {
		t.Error("what had happened before the restart has another time after it")
	}
	// A department that dies between the answer and its own note of it sends the event again, rightly: so only the note is the end.
	await(t, "the note that the case is done", func() bool {
		noted, err := os.ReadFile(file)
		return err == nil && strings.Contains(string(noted), `"stage":"done"`)
	})
	second.Close()

	quiet := openWindow(t, nil)
	third := start(t, func(config *Config) {
		config.EventsBaseURL = func() string { return quiet.URL }
		config.DataDir = folder
	})
	quiet.know(third.Simulation)
	openCase(t, third, "medical-insurance", connector.Case{Number: "HZ-9", Step: "enrol", ItemCode: "medical-insurance-newborn"})
	time.Sleep(100 * time.Millisecond)
	if got := quiet.events(); len(got) != 0 {
		t.Errorf("a finished case was worked again: %v", got)
	}
}

func TestBrokenFileOfCasesIsNamed(t *testing.T) {
	folder := t.TempDir()
	if err := os.MkdirAll(filepath.Join(folder, "simulated-departments"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "simulated-departments", "health.json"), []byte("[{"), 0o600); err != nil {
		t.Fatal(err)
	}
	config := Config{Departments: []string{"public-security", "health"}, Residents: start(t, nil).people, DataDir: folder, Clock: demoDay, Logger: slog.New(slog.DiscardHandler)}
	if _, err := Start(context.Background(), config); err == nil || !strings.Contains(err.Error(), "health") {
		t.Errorf("got %v", err)
	}
}

func TestSamplePDFHoldsNoSurprises(t *testing.T) {
	content := string(samplePDF("id-card", `33)(\12`))
	if !strings.HasPrefix(content, "%PDF-1.4") || !strings.HasSuffix(content, "%%EOF\n") || !strings.Contains(content, "(No. 3312)") {
		t.Errorf("got %s", content)
	}
	table := content[strings.LastIndex(content, "startxref\n")+10:]
	var offset int
	if _, err := fmt.Sscan(table, &offset); err != nil || !strings.HasPrefix(content[offset:], "xref\n0 9\n") {
		t.Errorf("the table of objects is not where the file says: %v", err)
	}
	for line, entry := range strings.Split(content[offset:], "\n")[3:11] {
		var place int
		if _, err := fmt.Sscanf(entry, "%010d", &place); err != nil || !strings.HasPrefix(content[place:], fmt.Sprintf("%d 0 obj", line+1)) {
			t.Errorf("object %d is not where the table says", line+1)
		}
	}
}
