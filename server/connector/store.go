package connector

import (
	"context"
	"fmt"
	"time"

	"onewindow/models"
	"onewindow/models/sealed"
	"onewindow/models/store"
)

type eventRow struct {
	Department string
	EventID    string
	Number     string
	Step       string
	Type       EventType
	OccurredAt time.Time
	ReceivedAt time.Time
	Status     string
	Body       []byte
}

func (eventRow) TableName() string { return "connector_events" }

// PurposeEvent binds departments' kept events to their place.
const PurposeEvent = "connector.event"

// Sealed says where this place keeps sealed values.
func Sealed() []sealed.Table {
	return []sealed.Table{{
		Name: "connector_events", Key: []string{"department", "event_id"}, Columns: []sealed.Column{{Name: "body", Purpose: PurposeEvent}},
	}}
}

// keepEvent keeps an event as applied; false where the same id came before.
func keepEvent(tx *store.Tx, department string, event *Event, body []byte) (bool, error) {
	result := tx.DB.Exec(`INSERT INTO connector_events (department, event_id, number, step, type, occurred_at, received_at, status, body)
		VALUES (?, ?, ?, ?, ?, ?, ?, 'applied', ?) ON CONFLICT (department, event_id) DO NOTHING`,
		department, event.ID, event.Number, event.Step, event.Type, event.Time.UTC(), tx.Now, body)
	if result.Error != nil {
		return false, fmt.Errorf("keep event: %w", result.Error)
	}
	return result.RowsAffected == 1, nil
}

func markEvent(tx *store.Tx, department, id, status string) error {
	return store.One(tx.DB.Exec("UPDATE connector_events SET status = ? WHERE department = ? AND event_id = ?", status, department, id))
}

// parkedAtOnce is how many parked events are read at a time.
const parkedAtOnce = 100

// parkedEvents are the next ones after one of them, in the order in which they came; nil: the first.
func parkedEvents(ctx context.Context, from *store.Store, number, step string, after *eventRow) ([]eventRow, error) {
	query := from.Reader(ctx).Where("number = ? AND step = ? AND status = 'parked'", number, step)
	if after != nil {
		query = query.Where("(received_at, department, event_id) > (?, ?, ?)", after.ReceivedAt.UTC(), after.Department, after.EventID)
	}
	var rows []eventRow
	if err := query.Order("received_at, department, event_id").Limit(parkedAtOnce).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read parked events: %w", err)
	}
	return rows, nil
}

// keepHandover notes that a department is to be given a step; the department that had it before has been taken it from.
func keepHandover(tx *store.Tx, application models.ID, step, department string) {
	tx.Insert(store.Rows{
		Table: "connector_handovers", Columns: []string{"application_id", "step", "department", "state", "since", "reason"},
		Conflict: `(application_id, step) DO UPDATE
			SET department = excluded.department, state = excluded.state, since = excluded.since, reason = excluded.reason`,
		Keys: []string{string(application) + "/" + step}, Values: [][]any{{application, step, department, "pending", tx.Now, ""}},
	})
}

func (d *Desk) markHandover(ctx context.Context, application models.ID, step, department, state, reason string) error {
	return d.Store.InTx(ctx, func(tx *store.Tx) error { return setHandover(tx, application, step, department, state, reason) })
}

// setHandover touches nothing where another department has been given the step meanwhile.
func setHandover(tx *store.Tx, application models.ID, step, department, state, reason string) error {
	return tx.DB.Exec("UPDATE connector_handovers SET state = ?, reason = ? WHERE application_id = ? AND step = ? AND department = ?",
		state, reason, application, step, department).Error
}

// endHandover notes that a step which waited to be handed over is not to be worked any more.
func endHandover(tx *store.Tx, application models.ID, step string) error {
	return tx.DB.Exec("UPDATE connector_handovers SET state = 'withdrawn', reason = 'over before it was handed over' WHERE application_id = ? AND step = ? AND state = 'pending'",
		application, step).Error
}
