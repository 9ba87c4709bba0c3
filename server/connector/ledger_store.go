package connector

import (
	"context"
	"fmt"

	"onewindow/models"
	"onewindow/models/store"
)

// keepLetter keeps what was given up; what was given up before is given up anew.
func keepLetter(tx *store.Tx, letter Letter) error {
	reason := []rune(letter.Reason)
	err := tx.DB.Exec(`INSERT INTO connector_letters (id, department, operation, application_id, number, step, note, reason, failed_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (operation, application_id, step, department) DO UPDATE
		SET note = excluded.note, reason = excluded.reason, failed_at = excluded.failed_at, replayed_at = NULL`,
		models.NewID(), letter.Department, letter.Operation, letter.ApplicationID, letter.Number, letter.Step, letter.Note,
		string(reason[:min(len(reason), longestText)]), tx.Now).Error
	if err != nil {
		return fmt.Errorf("keep dead letter: %w", err)
	}
	return nil
}

// replayLetter notes that a dead letter is tried again, and gives it.
func replayLetter(tx *store.Tx, id models.ID) (Letter, error) {
	var found []Letter
	if err := tx.DB.Where("id = ? AND replayed_at IS NULL", id).Find(&found).Error; err != nil {
		return Letter{}, fmt.Errorf("read dead letter: %w", err)
	}
	if len(found) == 0 {
		return Letter{}, fmt.Errorf("%s: %w", id, ErrNoLetter)
	}
	letter := found[0]
	if err := store.One(tx.DB.Exec("UPDATE connector_letters SET replayed_at = ? WHERE id = ? AND replayed_at IS NULL", tx.Now, id)); err != nil {
		return letter, err
	}
	if letter.Operation != operationOpen {
		return letter, nil
	}
	return letter, tx.DB.Exec("UPDATE connector_handovers SET state = 'pending', reason = '' WHERE application_id = ? AND step = ? AND department = ? AND state = 'failed'",
		letter.ApplicationID, letter.Step, letter.Department).Error
}

func (l Ledger) letters(ctx context.Context, department string) ([]Letter, error) {
	query := l.Store.Reader(ctx).Where("replayed_at IS NULL")
	if department != "" {
		query = query.Where("department = ?", department)
	}
	var letters []Letter
	if err := query.Order("failed_at, id").Limit(mostListed).Find(&letters).Error; err != nil {
		return nil, fmt.Errorf("read dead letters: %w", err)
	}
	return letters, nil
}

func (l Ledger) events(ctx context.Context, status, department string) ([]KeptEvent, error) {
	query := l.Store.Reader(ctx).Select(keptEventColumns).Where("status = ?", status)
	if department != "" {
		query = query.Where("department = ?", department)
	}
	var events []KeptEvent
	if err := query.Order("received_at, event_id").Limit(mostListed).Find(&events).Error; err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	return events, nil
}

const keptEventColumns = "department, event_id, number, step, type, status, occurred_at, received_at"

func (l Ledger) find(ctx context.Context, id string) (letters []Letter, events []KeptEvent, err error) {
	if parsed, isID := models.ParseID(id); isID {
		if err := l.Store.Reader(ctx).Where("id = ?", parsed).Find(&letters).Error; err != nil {
			return nil, nil, fmt.Errorf("read dead letter: %w", err)
		}
	}
	if err := l.Store.Reader(ctx).Select(keptEventColumns).Where("event_id = ?", id).Limit(mostListed).Find(&events).Error; err != nil {
		return nil, nil, fmt.Errorf("read events: %w", err)
	}
	return letters, events, nil
}

func (l Ledger) counts(ctx context.Context) ([]Count, error) {
	var counts []Count
	err := l.Store.Reader(ctx).Raw(`SELECT department, 'events ' || status AS kind, count(*) AS count FROM connector_events GROUP BY department, status
		UNION ALL SELECT department, 'hand-overs ' || state, count(*) FROM connector_handovers GROUP BY department, state
		UNION ALL SELECT department, 'dead letters', count(*) FROM connector_letters WHERE replayed_at IS NULL GROUP BY department
		ORDER BY 1, 2`).Scan(&counts).Error
	if err != nil {
		return nil, fmt.Errorf("count: %w", err)
	}
	return counts, nil
}
