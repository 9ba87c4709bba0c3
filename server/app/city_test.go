package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"onewindow/models/store"
	"onewindow/models/store/storetest"
	"onewindow/server/app"
	"onewindow/server/config"
	"onewindow/server/demo"
)

const (
	// opening is when every story begins: the first working Monday of March 2026, at nine.
	opening = "2026-03-02T09:00:00+08:00"
	// redisVariable names the Redis that stories on PostgreSQL use; without it they use the one in the process.
	redisVariable = "ONEWINDOW_TEST_REDIS_URL"
	// patience is how long a story waits for what has to happen: a machine that is busy with something else is slow, not wrong.
	// What must happen sooner than this is said where it is held, or measured by the figures.
	patience = time.Minute
)

// ground is what a city stands on.
type ground struct {
	database, redis string
	// folder keeps the data; empty: a folder of the test's own.
	folder string
}

// grounds gives a story every ground that there is: SQLite with the Redis in the process always, and PostgreSQL with the
// real Redis where the environment names them.
func grounds(t *testing.T, story func(t *testing.T, on ground)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { story(t, ground{folder: t.TempDir()}) })
	if os.Getenv(storetest.ServerVariable) == "" {
		return
	}
	t.Run("postgres", func(t *testing.T) {
		story(t, ground{database: storetest.NewDatabase(t), redis: os.Getenv(redisVariable), folder: t.TempDir()})
	})
}

// each runs a story in a city of its own on every ground.
func each(t *testing.T, story func(t *testing.T, c *city)) {
	t.Helper()
	grounds(t, func(t *testing.T, on ground) { story(t, open(t, on)) })
}

// settings are those of a demo on a ground, as the command line and the environment would say them.
func (g ground) settings() (arguments []string, environment map[string]string) {
	arguments = []string{"-demo", "-addr", "127.0.0.1:0", "-ops-addr", "127.0.0.1:0", "-data", g.folder}
	return arguments, map[string]string{
		"ONEWINDOW_CLOCK": opening, "ONEWINDOW_DATABASE_URL": g.database, "ONEWINDOW_REDIS_URL": g.redis,
	}
}

// city is a whole running system with its simulated departments, and the people of the sample data in front of it.
type city struct {
	url    string
	folder string
	people *demo.Population
	roster *demo.Roster
	// store is nil where the system runs in a process of its own.
	store    *store.Store
	counting *statementCount
	// faulty: the story breaks something, and the system has to complain.
	faulty *bool
	// said is what the system has logged so far.
	said func() string

	mutex    sync.Mutex
	signedIn map[string]*visitor
}

func newCity(t *testing.T, url, folder string) *city {
	t.Helper()
	people, err := demo.Residents()
	if err != nil {
		t.Fatal(err)
	}
	roster, err := demo.Staff()
	if err != nil {
		t.Fatal(err)
	}
	return &city{url: url, folder: folder, people: people, roster: roster, signedIn: map[string]*visitor{}}
}

// open starts a city in this process, and ends it with the test. What the system itself calls an error fails the story.
func open(t *testing.T, on ground) *city {
	t.Helper()
	return openWith(t, on, nil)
}

// openWith starts it with further settings.
func openWith(t *testing.T, on ground, further map[string]string) *city {
	t.Helper()
	arguments, environment := on.settings()
	maps.Copy(environment, further)
	settings, err := config.Load(arguments, environment)
	if err != nil {
		t.Fatal(err)
	}
	people, err := demo.Residents()
	if err != nil {
		t.Fatal(err)
	}
	log := &watchedLog{}
	system, err := app.New(context.Background(), settings, slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if err != nil {
		t.Fatal(err)
	}
	counting, faulty := &statementCount{}, new(bool)
	system.Wrap(counting.wrap)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- system.Run(ctx) }()
	t.Cleanup(func() {
		said := log.text() // what is said while it stops does not count
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the system ended with: %v", err)
		}
		system.Close()
		if strings.Contains(said, "level=ERROR") != *faulty || t.Failed() {
			t.Errorf("the system's log:\n%s", worthReading(said))
		}
		nothingPersonal(t, people, "the log", said)
		nothingPersonal(t, people, "what left the house", wordsThatLeft(t, on.folder))
	})
	c := newCity(t, "http://"+system.Address(), on.folder)
	listening.Store(c.url, system.Listening)
	c.store, c.counting, c.faulty, c.said = system.Store(), counting, faulty, log.text
	return c
}

// worthReading leaves out what is only said to whoever looks for a fault.
func worthReading(said string) string {
	var lines []string
	for line := range strings.Lines(said) {
		if !strings.Contains(line, "level=DEBUG") && !strings.Contains(line, "level=INFO") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

// wordsThatLeft is everything that left by SMS, push, WeChat and email, but for the addresses.
func wordsThatLeft(t *testing.T, folder string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "outbox", "*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var words strings.Builder
	for _, name := range files {
		lines, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(lines) {
			var fields map[string]any
			if err := json.Unmarshal(line, &fields); err != nil {
				t.Fatalf("a line of %s is not JSON: %v", filepath.Base(name), err)
			}
			delete(fields, "to")
			fmt.Fprintln(&words, fields)
		}
	}
	return words.String()
}

// nothingPersonal finds, in every story, the particulars of the people in front of the system where they must not stand.
func nothingPersonal(t *testing.T, people *demo.Population, where, said string) {
	t.Helper()
	for _, person := range people.Residents {
		for what, secret := range map[string]string{
			"number": person.NationalID.Reveal(), "phone": strings.TrimPrefix(person.Phone.Reveal(), "+86"), "name": person.Name.Reveal(), "address": person.Address.Reveal(),
		} {
			if secret != "" && strings.Contains(said, secret) {
				t.Errorf("%s holds the %s of %s", where, what, person.ID)
			}
		}
	}
}

// watchedLog keeps what is logged.
type watchedLog struct {
	mutex sync.Mutex
	said  bytes.Buffer
}

func (w *watchedLog) Write(line []byte) (int, error) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.said.Write(line)
}

func (w *watchedLog) text() string {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.said.String()
}

// advance moves the demo's clock on and gives the time then.
func (c *city) advance(t *testing.T, by string) time.Time {
	t.Helper()
	return c.clock(t, func() (*http.Response, error) {
		return http.Post(c.url+"/demo/clock", "application/json", strings.NewReader(`{"advance":"`+by+`"}`))
	})
}

// now is the demo's time.
func (c *city) now(t *testing.T) time.Time {
	t.Helper()
	return c.clock(t, func() (*http.Response, error) { return http.Get(c.url + "/demo/clock") })
}

func (c *city) clock(t *testing.T, ask func() (*http.Response, error)) time.Time {
	t.Helper()
	response, err := ask()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var said struct{ Now time.Time }
	if err := json.NewDecoder(response.Body).Decode(&said); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("the demo's clock answers %d: %v", response.StatusCode, err)
	}
	return said.Now
}

// advanceTo moves the demo's clock on to just after a moment such as "2026-03-07T09:00".
func (c *city) advanceTo(t *testing.T, moment string) {
	t.Helper()
	wanted, err := time.Parse("2006-01-02T15:04Z07:00", moment+"+08:00")
	if err != nil {
		t.Fatal(err)
	}
	c.advance(t, (wanted.Sub(c.now(t)) + 2*time.Second).String())
}

// outgoingMessage is one line of the outbox.
type outgoingMessage struct {
	ID, To, Template, Locale, Title, Body string
	At                                    time.Time
	Data                                  map[string]string
}

// outbox reads what was sent on a channel to a phone, oldest first.
func (c *city) outbox(t *testing.T, channel, to string) []outgoingMessage {
	t.Helper()
	written, err := os.ReadFile(filepath.Join(c.folder, "outbox", channel+".jsonl"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	var sent []outgoingMessage
	for line := range bytes.Lines(written[:bytes.LastIndexByte(written, '\n')+1]) { // a line that is being written is not there yet
		var message outgoingMessage
		if err := json.Unmarshal(line, &message); err != nil {
			t.Fatalf("a line of the outbox is not JSON: %v", err)
		}
		if message.To == to {
			sent = append(sent, message)
		}
	}
	return sent
}
