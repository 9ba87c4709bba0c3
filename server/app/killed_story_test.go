package app_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"onewindow/models"
	"onewindow/models/store"
	"onewindow/server/app"
	"onewindow/server/config"
)

// asServer makes this test's program run as a server, put together like the real one, so that it can be killed.
const asServer = "STORY_SERVER_ARGUMENTS"

// TestMain is a server where a story asks for one.
func TestMain(m *testing.M) {
	if arguments := os.Getenv(asServer); arguments != "" {
		os.Exit(serve(strings.Split(arguments, "\n")))
	}
	os.Exit(m.Run())
}

func serve(arguments []string) int {
	environment := map[string]string{}
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		environment[name] = value
	}
	settings, err := config.Load(arguments, environment)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	system, err := app.New(ctx, settings, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer system.Close()
	fmt.Println("http://" + system.Address())
	if err := system.Run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// process is a city whose system runs in a process of its own.
type process struct {
	*city
	command *exec.Cmd
}

// startProcess starts a server on a ground and waits until it says where it is.
func startProcess(t *testing.T, on ground) *process {
	t.Helper()
	arguments, environment := on.settings()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), asServer+"="+strings.Join(arguments, "\n"))
	for name, value := range environment {
		command.Env = append(command.Env, name+"="+value)
	}
	var said strings.Builder
	command.Stderr = &said
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill(); _ = command.Wait() })
	url, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		_ = command.Wait()
		t.Fatalf("the server did not start: %v\n%s", err, said.String())
	}
	go func() { _, _ = io.Copy(io.Discard, output) }()
	running := &process{newCity(t, strings.TrimSpace(url), on.folder), command}
	running.ready(t)
	return running
}

// ready waits until the server answers.
func (p *process) ready(t *testing.T) {
	t.Helper()
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		if _, err := p.guest().try("BrowseServices", vars{"first": 1}); err == nil {
			return
		}
	}
	t.Fatal("the server does not answer")
}

// kill ends the server as a power cut would: no signal that it could hear.
func (p *process) kill(t *testing.T) {
	t.Helper()
	if err := p.command.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = p.command.Wait()
}

// again starts the server on the same ground; people keep their tokens.
func (p *process) again(t *testing.T, on ground) *process {
	t.Helper()
	next := startProcess(t, on)
	for who, v := range p.signedIn {
		moved := *v
		moved.url = next.url
		next.signedIn[who] = &moved
	}
	return next
}

// A server that is killed between an answer and the next request has lost nothing that was answered, and its clock goes on.
func TestAServerKilledBetweenRequests(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		first := startProcess(t, on)
		mother := first.resident(t, "r06")
		first.advance(t, "48h")
		submitted := submitBirthRegistration(t, first.city)
		before, was := progress(t, mother, submitted.Number), first.now(t)
		first.kill(t)
		checkWhole(t, on)

		second := first.again(t, on)
		mother = second.signedIn["r06"]
		if now := second.now(t); now.Before(was) || now.Sub(was) > 10*time.Minute {
			t.Errorf("the clock stood at %v and goes on at %v", was, now)
		}
		after := progress(t, mother, submitted.Number)
		if after.State != "SUBMITTED" || after.Revision != before.Revision || len(after.Timeline.Edges) != len(before.Timeline.Edges) {
			t.Errorf("after the restart: %s, revision %d and %d events, there were %d and %d",
				after.State, after.Revision, len(after.Timeline.Edges), before.Revision, len(before.Timeline.Edges))
		}
		repeated := change(t, mother, "Submit", vars{"applicationId": submitted.ID, "idempotencyKey": "submit-" + submitted.ID})
		if repeated.Application.Number != submitted.Number {
			t.Errorf("the same click after the restart gave the number %s, it was %s", repeated.Application.Number, submitted.Number)
		}
		if got := told(t, mother, "SUBMITTED"); len(got) != 1 {
			t.Errorf("the inbox says %+v", got)
		}
		change(t, second.staff(t, "zhang-desk"), "Accept", vars{"applicationId": submitted.ID})
		second.kill(t)
		third := second.again(t, on) // killed at once after the answer
		if got := progress(t, third.signedIn["r06"], submitted.Number); got.State != "IN_REVIEW" {
			t.Errorf("accepted before the second kill, now %s", got.State)
		}
	})
}

// hand is one of those who are busy when the server is killed: it saves ever further answers into its own draft.
type hand struct {
	draft    application
	sent     int          // the last answer that was sent
	answered atomic.Int64 // the last one that was answered
	revision int          // as answered
}

// A server that is killed while many are at work has all that it answered, and of what it did not answer all or nothing.
func TestAServerKilledAtWork(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		first := startProcess(t, on)
		mother := first.resident(t, "r06")
		hands := make([]*hand, 4)
		for i := range hands {
			draft := change(t, mother, "StartApplication", vars{"itemCode": "childbirth-benefit"}).Application
			hands[i] = &hand{draft: draft, revision: draft.Revision}
		}
		var busy sync.WaitGroup
		for _, one := range hands {
			busy.Go(func() { one.work(mother) })
		}
		eventually(t, "everybody is at work", func() bool {
			return !slices.ContainsFunc(hands, func(one *hand) bool { return one.answered.Load() < 5 })
		})
		first.kill(t)
		busy.Wait()
		checkWhole(t, on)

		second := first.again(t, on)
		mother = second.signedIn["r06"]
		for _, one := range hands {
			one.check(t, mother)
		}
	})
}

// work saves one answer after the other until the server is gone.
func (h *hand) work(v *visitor) {
	for h.sent = 1; ; h.sent++ {
		got, err := v.try("SaveAnswers", input(vars{
			"applicationId": h.draft.ID, "revision": h.revision, "answers": []vars{{"key": "hospital", "value": fmt.Sprintf("第%d医院", h.sent)}},
		}))
		if err != nil {
			return
		}
		var said struct{ SaveAnswers payload }
		raw, _ := json.Marshal(got.Data)
		if json.Unmarshal(raw, &said) != nil || !got.ok() {
			return
		}
		h.revision = said.SaveAnswers.Application.Revision
		h.answered.Store(int64(h.sent))
	}
}

// check: what was answered is there; what was sent and not answered is there wholly or not at all.
func (h *hand) check(t *testing.T, v *visitor) {
	t.Helper()
	kept := change(t, v, "SaveAnswers", vars{"applicationId": h.draft.ID, "answers": []vars{}}).Application
	value := *kept.field("hospital").Value
	saves := kept.Revision - 1 - h.draft.Revision // without the look just now
	if answered := int(h.answered.Load()); saves != answered && saves != h.sent {
		t.Errorf("%d saves are there; %d were answered, %d sent", saves, answered, h.sent)
	}
	if want := fmt.Sprintf("第%d医院", saves); value != want {
		t.Errorf("the answer is %s after %d saves", value, saves)
	}
}

// checkWhole looks into the database that a killed server left: every application has all its events, numbered without a
// gap.
func checkWhole(t *testing.T, on ground) {
	t.Helper()
	left, err := store.Open(context.Background(), store.Config{
		DatabaseURL: on.database, Folder: on.folder, Clock: store.SystemClock{}, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = left.Close() }()
	var cases []struct {
		ID       models.ID
		Progress string
		Events   int
		Last     int
	}
	err = left.Reader(context.Background()).Raw(`SELECT id, progress,
		(SELECT COUNT(*) FROM casework_events e WHERE e.application_id = a.id) AS events,
		(SELECT COALESCE(MAX(sequence), 0) FROM casework_events e WHERE e.application_id = a.id) AS last
		FROM casework_applications a`).Scan(&cases).Error
	if err != nil {
		t.Fatal(err)
	}
	if len(cases) == 0 {
		t.Fatal("the killed server left no application")
	}
	for _, kept := range cases {
		var said struct {
			EventCount int `json:"eventCount"`
		}
		if err := json.Unmarshal([]byte(kept.Progress), &said); err != nil {
			t.Fatal(err)
		}
		if kept.Events == 0 || kept.Events != kept.Last || kept.Events != said.EventCount {
			t.Errorf("%s has %d events up to number %d, and says that it has %d", kept.ID, kept.Events, kept.Last, said.EventCount)
		}
	}
}
