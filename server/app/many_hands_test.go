package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onewindow/models/casework"
)

// The crowd: so many hands, on so many applications, for so long.
const (
	hands        = 64
	crowded      = 20
	crowdedTime  = 10 * time.Second
	crowdedShort = 3 * time.Second
)

// Many hands at once on the same applications, everybody with everything that there is to do, while days pass and the sweep
// runs: afterwards every history is one that the table allows, without a gap or a double, and tasks, clocks and ledgers agree
// with it. The seed makes the same attempts again; who comes first is the machine's.
func TestManyHandsOnTheSameApplications(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		c := openWith(t, on, map[string]string{"ONEWINDOW_RATE_PERSON_BURST": "1000000", "ONEWINDOW_RATE_ANONYMOUS_BURST": "1000000"})
		_, ids := inEveryState(t, c)
		var cases []copied
		for i := range crowded {
			from := []string{"DRAFT", "SUBMITTED", "IN_REVIEW", "IN_REVIEW", "SUPPLEMENT_REQUIRED"}[i%5]
			cases = append(cases, c.copyOf(t, ids[from], nil))
		}
		crowd(t, c, cases)
		for _, one := range cases {
			soundHistory(t, c, one.ID)
			soundTasks(t, c, one.ID)
			soundLedgers(t, c, one.ID)
			soundClock(t, c, one.ID)
		}
	})
}

// crowd lets all hands loose until the time is up. Whatever they are answered, it is no INTERNAL.
func crowd(t *testing.T, c *city, cases []copied) {
	t.Helper()
	people := make([]*visitor, 0, len(callers))
	for _, caller := range callers {
		people = append(people, c.caller(t, caller.who))
	}
	until := time.Now().Add(crowdedTime)
	if testing.Short() {
		until = time.Now().Add(crowdedShort)
	}
	var done, refusals atomic.Int64
	var waiting sync.WaitGroup
	for hand := range hands {
		waiting.Go(func() {
			random := rand.New(rand.NewPCG(20260302, uint64(hand)))                                         // #nosec G404 -- the same attempts every time
			for time.Now().Before(until) || done.Load() < hands && time.Now().Before(until.Add(patience)) { // a slow machine takes longer
				if hand == 0 && random.IntN(40) == 0 {
					if response, err := http.Post(c.url+"/demo/clock", "application/json", strings.NewReader(`{"advance":"20h"}`)); err == nil {
						_ = response.Body.Close()
					}
				}
				got, err := oneHand(c, random, people, cases)
				code, _ := refusalOf(got)
				switch {
				case err != nil:
					t.Errorf("hand %d: %v", hand, err)
				case code == "INTERNAL":
					t.Errorf("hand %d: %s", hand, got.Raw)
				case code == "" && strings.Contains(got.Raw, `"problems":[]`):
					done.Add(1)
				default:
					refusals.Add(1)
				}
			}
		})
	}
	waiting.Wait()
	time.Sleep(2 * time.Second) // sweep and jobs come to rest
	c.advance(t, "1s")          // which comes back when they have
	t.Logf("%d hands: %d done, %d refused", hands, done.Load(), refusals.Load())
	if done.Load() < hands {
		t.Errorf("only %d things were done", done.Load())
	}
}

// oneHand tries one thing at random: half of the time on the case's first work, else on a later step's.
func oneHand(c *city, random *rand.Rand, people []*visitor, cases []copied) (answer, error) {
	chosen, what := cases[random.IntN(len(cases))], attempts[random.IntN(len(attempts))]
	fields := what.fields(chosen, true)
	if _, onTask := fields["taskId"]; onTask {
		fields["taskId"] = someTask(c, random, chosen.ID)
	}
	switch {
	case what.operation == "Transfer":
		fields["toDepartment"] = []string{"health", "civil-affairs", "public-security", "education"}[random.IntN(4)]
	case slices.Contains([]string{"Withdraw", "RefuseNotCompetent"}, what.operation) && random.IntN(4) > 0, strings.HasSuffix(what.name, "REJECT") && random.IntN(4) > 0:
		what, fields = attempts[0], attempts[0].fields(chosen, true) // too many endings would leave nothing to do
	case what.operation == "Decide" && random.IntN(2) == 0:
		fields["idempotencyKey"] = fmt.Sprintf("%v-%d", fields["taskId"], random.IntN(2))
	}
	return people[random.IntN(len(people))].try(what.operation, input(fields))
}

// someTask is one of a case's tasks as they are now.
func someTask(c *city, random *rand.Rand, id string) string {
	var tasks []string
	err := c.store.Reader(context.Background()).Table("casework_tasks").Where("application_id = ?", id).Order("id").Pluck("CAST(id AS text)", &tasks).Error
	if err != nil || len(tasks) == 0 {
		return nobodys
	}
	return tasks[random.IntN(len(tasks))]
}

// storedCase is what a case's row says.
type storedCase struct {
	State    string
	Progress string
	Priority int
}

type storedProgress struct {
	Steps []struct {
		ID, Department, State string
		Handing               casework.Handing
	}
	EventCount int
}

func (c *city) storedCase(t *testing.T, id string) (storedCase, storedProgress) {
	t.Helper()
	var row storedCase
	if err := c.store.Reader(context.Background()).Table("casework_applications").Select("state, CAST(progress AS text) AS progress, priority").Where("id = ?", id).Take(&row).Error; err != nil {
		t.Fatal(err)
	}
	var progress storedProgress
	if err := json.Unmarshal([]byte(row.Progress), &progress); err != nil {
		t.Fatal(err)
	}
	return row, progress
}

// soundHistory replays the events through the table: numbered without a gap, each allowed where the ones before have led.
func soundHistory(t *testing.T, c *city, id string) {
	t.Helper()
	row, progress := c.storedCase(t, id)
	var events []struct {
		Sequence int
		Kind     string
	}
	if err := c.store.Reader(context.Background()).Table("casework_events").Where("application_id = ?", id).Order("sequence").Find(&events).Error; err != nil {
		t.Fatal(err)
	}
	if len(events) != progress.EventCount {
		t.Errorf("%s counts %d events and has %d", id, progress.EventCount, len(events))
	}
	possible := []casework.State{casework.Draft}
	for i, event := range events {
		if event.Sequence != i+1 {
			t.Errorf("%s: event %d has the number %d", id, i+1, event.Sequence)
		}
		next := follow(possible, event.Kind)
		if len(next) == 0 {
			t.Errorf("%s: %s cannot follow at %v (event %d)", id, event.Kind, possible, event.Sequence)
			return
		}
		possible = next
	}
	if !slices.Contains(possible, casework.State(row.State)) {
		t.Errorf("%s is %s, its history leads to %v", id, row.State, possible)
	}
}

// follow gives the states to which an event can lead from those that are possible.
func follow(possible []casework.State, kind string) []casework.State {
	var next []casework.State
	told := false
	for _, row := range casework.Table {
		if row.Notice != kind {
			continue
		}
		told = true
		if slices.Contains(possible, row.From) {
			next = append(next, row.To...)
		}
	}
	switch {
	case kind == casework.EventApproved:
		if slices.Contains(possible, casework.Approved) {
			return []casework.State{casework.Approved}
		}
		return nil
	case !told, strings.HasPrefix(kind, "MATERIAL") && slices.Contains(possible, casework.Draft): // tells of no move; a draft takes papers by its own row
		return possible
	}
	slices.Sort(next)
	return slices.Compact(next)
}

// soundTasks holds the tasks to the steps: one for each that has begun, with its department, in the state that it asks for.
func soundTasks(t *testing.T, c *city, id string) {
	t.Helper()
	row, progress := c.storedCase(t, id)
	var tasks []struct{ Kind, StepID, Department, Role, State string }
	if err := c.store.Reader(context.Background()).Table("casework_tasks").Where("application_id = ?", id).Find(&tasks).Error; err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, one := range tasks {
		if seen[one.Kind+one.StepID] {
			t.Errorf("%s has two tasks %s %s", id, one.Kind, one.StepID)
		}
		seen[one.Kind+one.StepID] = true
		if one.Kind != "STEP" {
			continue
		}
		for _, step := range progress.Steps {
			if step.ID != one.StepID {
				continue
			}
			allowed := map[string][]string{
				"ACTIVE": {"OPEN", "CLAIMED"}, "SUSPENDED": {"SUSPENDED"}, "DONE": {"DONE"}, "CANCELLED": {"CANCELLED"},
			}[step.State]
			if !slices.Contains(allowed, one.State) || step.Department != one.Department || step.Handing.Arbiter && one.State == "OPEN" && one.Role != "SUPERVISOR" {
				t.Errorf("%s (%s): the step %+v has the task %+v", id, row.State, step, one)
			}
		}
	}
	for _, step := range progress.Steps {
		if (step.State == "ACTIVE" || step.State == "SUSPENDED" || step.State == "DONE") != seen["STEP"+step.ID] && step.State != "CANCELLED" {
			t.Errorf("%s: the step %s is %s, a task: %v", id, step.ID, step.State, seen["STEP"+step.ID])
		}
	}
}

// soundLedgers: one row for each effect, and one event for each row.
func soundLedgers(t *testing.T, c *city, id string) {
	t.Helper()
	count := func(table, condition string, arguments ...any) (number int64) {
		err := c.store.Reader(context.Background()).Table(table).Where("application_id = ?", id).Where(condition, arguments...).Count(&number).Error
		if err != nil {
			t.Fatal(err)
		}
		return number
	}
	for _, one := range []struct {
		table, condition string
		events           []string
		most             int64
	}{
		{"casework_transfers", "1 = 1", []string{"TRANSFERRED"}, 1 << 30},
		{"casework_interventions", "refusal IS NULL AND kind = 'EXTEND'", []string{"EXTENDED"}, 1},
		{"casework_interventions", "refusal IS NULL AND kind = 'EXPEDITE'", []string{"EXPEDITED"}, 1},
		{"casework_interventions", "refusal IS NULL AND kind = 'REASSIGN'", []string{"REASSIGNED"}, 1 << 30},
		{"casework_interventions", "refusal IS NULL AND kind = 'WAIVE_MATERIAL'", []string{"MATERIAL_WAIVED"}, 1 << 30},
		{"notify_messages", "kind = 'COMPLETED'", []string{"COMPLETED"}, 1},
		{"notify_messages", "kind = 'REJECTED'", []string{"REJECTED"}, 1},
		{"notify_messages", "kind = 'WITHDRAWN'", []string{"WITHDRAWN"}, 1},
		{"notify_messages", "kind = 'EXTENDED'", []string{"EXTENDED"}, 1},
	} {
		rows, events := count(one.table, one.condition), count("casework_events", "kind IN ?", one.events)
		if rows != events || rows > one.most {
			t.Errorf("%s: %d rows of %s where %s, %d events %v", id, rows, one.table, one.condition, events, one.events)
		}
	}
}

// soundClock: while it runs, the running days add up to those that are allowed; afterwards to those that were used.
func soundClock(t *testing.T, c *city, id string) {
	t.Helper()
	const text = `{ application(id: "%s") { finishedAt deadline { allowedDays usedDays segments { kind days } } } }`
	got := read[application](t, "clock", c.resident(t, "r06").query(t, strings.ReplaceAll(text, "%s", id)))
	if got.Deadline == nil || got.FinishedAt != nil {
		return
	}
	running := 0
	for _, segment := range got.Deadline.Segments {
		if segment.Kind == "RUNNING" {
			running += segment.Days
		}
	}
	if running != got.Deadline.AllowedDays {
		t.Errorf("%s: %d days run, %d are allowed: %+v", id, running, got.Deadline.AllowedDays, got.Deadline)
	}
}
