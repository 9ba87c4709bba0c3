package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"onewindow/models/store"
)

// copied is a copy of an application, row for row, with ids and a number of its own, and the ids of its tasks by step ("" for
// the acceptance): hundreds of cases in one state without living each of them through.
type copied struct {
	application
	tasks map[string]string
}

var copies atomic.Int64

// copyOf copies an application with its events and tasks. Change may turn its row into another state.
func (c *city) copyOf(t *testing.T, id string, change map[string]any) copied {
	t.Helper()
	made := copied{tasks: map[string]string{}}
	made.ID = uuid.Must(uuid.NewV7()).String()
	made.Number = fmt.Sprintf("20260302%09d", copies.Add(1))
	err := c.store.InTx(context.Background(), func(tx *store.Tx) error {
		copyRows := func(table, condition string, edit func(row map[string]any)) error {
			rows := []map[string]any{}
			if err := tx.DB.Table(table).Where(condition, id).Find(&rows).Error; err != nil {
				return err
			}
			for _, row := range rows {
				for column, value := range row {
					if raw, isRaw := value.(json.RawMessage); isRaw {
						row[column] = string(raw)
					}
				}
				edit(row)
				if err := tx.DB.Table(table).Create(row).Error; err != nil {
					return err
				}
			}
			return nil
		}
		err := copyRows("casework_applications", "id = ?", func(row map[string]any) {
			row["id"] = made.ID
			if row["number"] != nil {
				row["number"] = made.Number
			}
			maps.Copy(row, change)
		})
		if err == nil {
			err = copyRows("casework_events", "application_id = ?", func(row map[string]any) {
				row["application_id"], row["id"] = made.ID, uuid.Must(uuid.NewV7()).String()
			})
		}
		if err != nil {
			return err
		}
		return copyRows("casework_tasks", "application_id = ?", func(row map[string]any) {
			row["application_id"], row["id"] = made.ID, uuid.Must(uuid.NewV7()).String()
			if kind := fmt.Sprint(row["kind"]); kind == "STEP" || kind == "ACCEPTANCE" {
				made.tasks[fmt.Sprint(row["step_id"])] = fmt.Sprint(row["id"])
			}
		})
	})
	if err != nil {
		t.Fatalf("copy %s: %v", id, err)
	}
	return made
}

// stateOf reads an application's state from its row.
func (c *city) stateOf(t *testing.T, id string) string {
	t.Helper()
	var state []string
	if err := c.store.Reader(context.Background()).Table("casework_applications").Where("id = ?", id).Pluck("state", &state).Error; err != nil || len(state) != 1 {
		t.Fatalf("the state of %s: %v, %v", id, state, err)
	}
	return state[0]
}

// task is the task that somebody would work on: the acceptance while it waits for that, else the check of the documents; one
// that does not exist where there is none.
func (k copied) task(accepted bool) string {
	if id, found := k.tasks["check"]; found && accepted {
		return id
	}
	if id, found := k.tasks[""]; found {
		return id
	}
	return uuid.Nil.String()
}

// inEveryState lives one application through to each state; the states are named as the golden page shows them.
func inEveryState(t *testing.T, c *city) (states []string, ids map[string]string) {
	t.Helper()
	ids = map[string]string{}
	mother, lapsing := birthRegistration(t, c)
	askForMore(t, c, lapsing)
	c.advanceTo(t, "2026-03-18T09:00")
	ids["LAPSED"] = lapsing.ID
	ids["DRAFT"] = draftBirthRegistration(t, c).ID
	ids["SUBMITTED"] = submitBirthRegistration(t, c).ID
	accepted := func() application { _, a := birthRegistration(t, c); return a }
	ids["IN_REVIEW"] = accepted().ID
	waiting := accepted()
	askForMore(t, c, waiting)
	ids["SUPPLEMENT_REQUIRED"] = waiting.ID
	reviewer, approver := c.staff(t, "li-police"), c.staff(t, "wang-police")
	check := func(a application) string { return openTask(t, reviewer, a.ID, a.ID+".check").ID }
	special := accepted()
	change(t, reviewer, "SuspendStep", vars{"taskId": check(special), "reason": "听证", "noticeNumber": "杭公听〔2026〕1号", "until": "2026-03-25"})
	ids["IN_REVIEW, special step"] = special.ID
	rejected := accepted()
	change(t, approver, "Decide", vars{"taskId": check(rejected), "decision": "REJECT", "opinion": "不符合条件"})
	ids["REJECTED"] = rejected.ID
	withdrawn := accepted()
	change(t, mother, "Withdraw", vars{"applicationId": withdrawn.ID})
	ids["WITHDRAWN"] = withdrawn.ID
	completed := accepted()
	change(t, reviewer, "Decide", vars{"taskId": check(completed), "decision": "APPROVE"})
	change(t, approver, "Decide", vars{"taskId": openTask(t, approver, completed.ID, completed.ID+".register").ID, "decision": "APPROVE"})
	ids["COMPLETED"] = completed.ID
	// Its results are electronic, so that it never rests between approval and completion: a copy does.
	ids["APPROVED"] = c.copyOf(t, completed.ID, map[string]any{"state": "APPROVED", "finished_at": nil}).ID
	return slices.Sorted(maps.Keys(ids)), ids
}
