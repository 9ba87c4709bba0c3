package app_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onewindow/models/catalogue"
	"onewindow/models/store"
)

// notice2027 is made up: the real one comes in November 2026. New Year's Day is off, and the Sunday after it is worked.
const notice2027 = `year: 2027
source: 国务院办公厅关于2027年部分节假日安排的通知（虚构）
days_off:
  - {date: "2027-01-01", name: 元旦}
make_up_days:
  - {date: "2027-01-03", name: 元旦调休}
`

// publish takes the city's catalogue over with further files, as tools/catalogue does beside a running server, and gives the
// job that follows.
func (c *city) publish(t *testing.T, files map[string]string) catalogue.CalendarArgs {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS(filepath.Join("..", "..", "models", "catalogue", "hangzhou"))); err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	loaded, faults := catalogue.LoadFolder(folder)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if _, err := catalogue.NewService(c.store).Load(context.Background(), loaded, catalogue.FromCommand); err != nil {
		t.Fatal(err)
	}
	return catalogue.CalendarArgs{Calendar: loaded.Calendar.Fingerprint()}
}

// recalled waits until the jobs that follow on a calendar are done.
func (c *city) recalled(t *testing.T) {
	t.Helper()
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		var waiting int
		err := c.store.Reader(context.Background()).Raw("SELECT count(*) FROM river_job WHERE kind = ? AND state NOT IN ('completed', 'discarded')",
			catalogue.CalendarArgs{}.Kind()).Scan(&waiting).Error
		if err != nil {
			t.Fatal(err)
		}
		if waiting == 0 {
			return
		}
	}
	t.Fatal("the recall has not ended")
}

func dayOf(at *time.Time) string {
	if at == nil {
		return "none"
	}
	return at.In(time.FixedZone("", 8*3600)).Format(time.DateOnly)
}

// A year is published while cases run over its first days: whose dates move is told once, and everything that was
// computed follows. What has ended stays as it was, and loading the same again does nothing.
func TestAYearIsPublishedWhileCasesRunIntoIt(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		c := openWith(t, on, map[string]string{"ONEWINDOW_CLOCK": "2026-12-30T09:00:00+08:00"})
		mother, ended := birthRegistration(t, c)
		finish(t, c, ended)
		c.advanceTo(t, "2026-12-31T09:00")
		_, accepted := birthRegistration(t, c)
		submitted := submitBirthRegistration(t, c)

		before := progress(t, mother, accepted.Number)
		if dayOf(before.DueAt) != "2027-01-01" || !before.Deadline.Provisional {
			t.Fatalf("due %s, provisional %t", dayOf(before.DueAt), before.Deadline.Provisional)
		}
		if waiting := progress(t, mother, submitted.Number); dayOf(waiting.NextAction.DueAt) != "2027-01-01" {
			t.Fatalf("acceptance due %s", dayOf(waiting.NextAction.DueAt))
		}
		endedBefore := progress(t, mother, ended.Number)

		job := c.publish(t, map[string]string{"calendar/2027.yaml": notice2027})
		c.recalled(t)
		after := progress(t, mother, accepted.Number)
		if dayOf(after.DueAt) != "2027-01-03" || dayOf(&after.Deadline.LegalDueAt) != "2027-01-07" || after.Deadline.Provisional {
			t.Errorf("due %s, by law %s, provisional %t", dayOf(after.DueAt), dayOf(&after.Deadline.LegalDueAt), after.Deadline.Provisional)
		}
		if dayOf(after.Steps[0].DueAt) != "2027-01-03" {
			t.Errorf("the first step is due %s", dayOf(after.Steps[0].DueAt))
		}
		expectMoved(t, after, "国务院办公厅关于2027年部分节假日安排的通知（虚构）", "最晚办结日期由2027年1月1日改为2027年1月3日")
		waiting := progress(t, mother, submitted.Number)
		if dayOf(waiting.NextAction.DueAt) != "2027-01-03" {
			t.Errorf("acceptance due %s", dayOf(waiting.NextAction.DueAt))
		}
		expectMoved(t, waiting, "最晚受理日期由2027年1月1日改为2027年1月3日")
		if got := told(t, mother, "DATES_MOVED"); len(got) != 2 || !strings.Contains(got[0].Body+got[1].Body, "最晚办结日期由2027年1月1日改为2027年1月3日") {
			t.Errorf("the inbox says %+v", got)
		}
		endedAfter := progress(t, mother, ended.Number)
		if endedAfter.Revision != endedBefore.Revision || !endedAfter.DueAt.Equal(*endedBefore.DueAt) {
			t.Errorf("what has ended moved from %v to %v", endedBefore.DueAt, endedAfter.DueAt)
		}
		tasksFollow(t, c, accepted.ID, submitted.ID)

		c.unchanged(t, func() {
			c.publish(t, map[string]string{"calendar/2027.yaml": notice2027})
			err := c.store.InTx(context.Background(), func(tx *store.Tx) error { return tx.Enqueue(job, nil) }) // a job that comes again
			if err != nil {
				t.Fatal(err)
			}
			c.recalled(t)
		})
		// The house wakes on the new day: on the evening of 1 January nothing has been deemed accepted.
		c.advanceTo(t, "2027-01-03T20:00")
		if still := progress(t, mother, submitted.Number); still.State != "SUBMITTED" {
			t.Errorf("within the acceptance days it is %s", still.State)
		}
		c.advanceTo(t, "2027-01-04T00:01")
		if deemed := progress(t, mother, submitted.Number); deemed.State != "IN_REVIEW" {
			t.Errorf("after the acceptance days it is %s", deemed.State)
		}
	})
}

// finish brings an accepted birth registration to its end.
func finish(t *testing.T, c *city, a application) {
	t.Helper()
	for _, part := range []struct{ step, clerk string }{{"check", "li-police"}, {"register", "wang-police"}} {
		task := openTask(t, c.staff(t, part.clerk), a.ID, a.ID+"."+part.step)
		change(t, c.staff(t, part.clerk), "Decide", vars{"taskId": task.ID, "decision": "APPROVE"})
	}
}

// expectMoved finds the one event that tells why dates have moved.
func expectMoved(t *testing.T, a application, words ...string) {
	t.Helper()
	found := 0
	for _, event := range a.Timeline.nodes() {
		if event.Kind != "DATES_MOVED" {
			continue
		}
		found++
		for _, part := range words {
			if event.Detail == nil || !strings.Contains(*event.Detail, part) {
				t.Errorf("the event does not say %q: %v", part, event.Detail)
			}
		}
	}
	if found != 1 {
		t.Errorf("%d events tell that dates have moved", found)
	}
}

// tasksFollow checks the days that the worklist is sorted by.
func tasksFollow(t *testing.T, c *city, applications ...string) {
	t.Helper()
	var days []time.Time
	err := c.store.Reader(context.Background()).Raw(`SELECT due_at FROM casework_tasks
		WHERE application_id IN ? AND state IN ('OPEN', 'CLAIMED', 'SUSPENDED')`, applications).Scan(&days).Error
	if err != nil || len(days) != 2 {
		t.Fatalf("open tasks due %v: %v", days, err)
	}
	for _, due := range days {
		if dayOf(&due) != "2027-01-03" {
			t.Errorf("a task is due %s", dayOf(&due))
		}
	}
}
