package notify

import (
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"onewindow/models"
	"onewindow/models/store"
)

// The states of a plan.
const (
	planPlanned   = "PLANNED"
	planSent      = "SENT"
	planDropped   = "DROPPED"
	planCancelled = "CANCELLED"
)

type planRow struct {
	ID            models.ID
	Key           string
	ApplicationID *models.ID
	ResidentID    models.ID
	Rule          Rule
	DueAt         time.Time
	About         time.Time
	Params        string
	State         string
	Reason        string
	Digest        bool
	Why           string
	ThingID       *models.ID
	SubjectID     *models.ID
}

func (planRow) TableName() string { return "notify_plans" }

// cancelPlans ends what was planned for a case but for the keys that still hold. It touches no row that insertPlans writes for the same
// change, so that both may be parts of one statement: it waits under a name of its own.
func cancelPlans(tx *store.Tx, applicationID models.ID, keep []string) {
	statement, arguments := "UPDATE notify_plans SET state = ?, reason = ?, settled_at = ? WHERE application_id = ? AND state = 'PLANNED'",
		[]any{planCancelled, cancelledChanged, tx.Now, applicationID}
	if len(keep) > 0 {
		statement += " AND key NOT IN (?" + strings.Repeat(", ?", len(keep)-1) + ")"
	}
	for _, key := range keep {
		arguments = append(arguments, key)
	}
	tx.Later("notify_plans_cancelled", statement, arguments, nil)
}

// insertPlans writes reminders. One that was cancelled comes back when its reason does (a second notice for the same date);
// one that was sent or dropped stays as it is.
func insertPlans(tx *store.Tx, rows []planRow) {
	table := store.Rows{
		Table:   "notify_plans",
		Columns: []string{"id", "key", "application_id", "resident_id", "rule", "due_at", "about", "params", "state", "reason", "digest", "why", "thing_id", "subject_id"},
		Conflict: `(key) DO UPDATE SET state = excluded.state, reason = excluded.reason, params = excluded.params, due_at = excluded.due_at, why = excluded.why,
			about = excluded.about, resident_id = excluded.resident_id WHERE notify_plans.state IN ('PLANNED', 'CANCELLED')`,
	}
	for _, row := range rows {
		table.Keys = append(table.Keys, row.Key)
		table.Values = append(table.Values, []any{
			row.ID, row.Key, row.ApplicationID, row.ResidentID, row.Rule, row.DueAt, row.About, row.Params, row.State, row.Reason, row.Digest, row.Why, row.ThingID, row.SubjectID,
		})
	}
	tx.Insert(table)
}

// The condition on the state is written out in each statement: only so does the partial index serve it.

// What plans are about: cases (or a person), or the things of occasions.
const (
	aboutCases  = "thing_id IS NULL"
	aboutThings = "thing_id IS NOT NULL"
)

// anyDue asks whether a plan is due, without a transaction, every second.
func anyDue(about string) dueQuestion {
	return func(db *gorm.DB, now time.Time) (bool, error) {
		var found []models.ID
		err := db.Raw("SELECT id FROM notify_plans WHERE state = 'PLANNED' AND NOT digest AND due_at <= ? AND "+about+" ORDER BY due_at LIMIT 1", now).Scan(&found).Error
		if err != nil {
			return false, fmt.Errorf("look for due reminders: %w", err)
		}
		return len(found) > 0, nil
	}
}

// takeDue takes the plans that are due after a place, in the order of the index, and locks them; what another replica has taken is
// left out.
func takeDue(tx *store.Tx, about string, after place, limit int) ([]planRow, error) {
	var rows []planRow
	err := tx.DB.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate, Options: clause.LockingOptionsSkipLocked}).
		Where("state = 'PLANNED' AND NOT digest AND due_at <= ? AND (due_at, id) > (?, ?) AND "+about, tx.Now, after.dueAt, after.id).
		Order("due_at, id").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("take due reminders: %w", err)
	}
	return rows, nil
}

// selectDueKeys gives, for cases and for the things of occasions, the keys of all plans that are due, earliest first: of several that
// have come due at once only the last is worth sending.
func selectDueKeys(tx *store.Tx, applications, things []models.ID) ([]planRow, error) {
	var all []planRow
	for _, about := range []struct {
		column string
		ids    []models.ID
	}{{"application_id", applications}, {"thing_id", things}} {
		if len(about.ids) == 0 {
			continue
		}
		var rows []planRow
		err := tx.DB.Select("key", "application_id", "thing_id", "resident_id", "rule", "about", "due_at").
			Where("state = 'PLANNED' AND due_at <= ?", tx.Now).Where(store.In(about.column, about.ids)).Order("due_at, key").Find(&rows).Error
		if err != nil {
			return nil, fmt.Errorf("read due reminders: %w", err)
		}
		all = append(all, rows...)
	}
	return all, nil
}

func settlePlans(tx *store.Tx, ids []models.ID, state, reason string) error {
	if len(ids) == 0 {
		return nil
	}
	result := tx.DB.Table("notify_plans").Where("state = 'PLANNED'").Where(store.In("id", ids)).
		Updates(map[string]any{"state": state, "reason": reason, "settled_at": tx.Now})
	if result.Error == nil && int(result.RowsAffected) != len(ids) {
		return fmt.Errorf("settle reminders: %w", store.ErrStale)
	}
	if result.Error != nil {
		return fmt.Errorf("settle reminders: %w", result.Error)
	}
	return nil
}

// selectPlans gives the plans of reminders by their keys.
func selectPlans(tx *store.Tx, keys []string) (map[string]planRow, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	var rows []planRow
	if err := tx.DB.Where(store.InTexts("key", keys)).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read plans: %w", err)
	}
	plans := make(map[string]planRow, len(rows))
	for _, row := range rows {
		plans[row.Key] = row
	}
	return plans, nil
}
