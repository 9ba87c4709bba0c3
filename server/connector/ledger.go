package connector

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"

	"onewindow/models"
	"onewindow/models/store"
)

// mostListed bounds a list, and what is tried again at once.
const mostListed = 1000

// ErrNoLetter says that an id names nothing that was given up.
var ErrNoLetter = errors.New("no such dead letter, or it is being tried again already")

// Ledger is what operators see of the traffic with departments: what was given up, parked or in conflict. It shows codes,
// numbers and moments, never what a message said. It works on the database of a server that runs or does not.
type Ledger struct{ Store *store.Store }

// Letter is what a department was to be told and was not: a dead letter until it is tried again.
type Letter struct {
	ID         models.ID
	Department string
	// Operation is "cases.open" or "cases.withdraw".
	Operation     string
	ApplicationID models.ID
	Number, Step  string
	// Note is the reason of a withdrawal, a code or a short sentence of ours.
	Note string
	// Reason is why it was given up.
	Reason     string
	FailedAt   time.Time
	ReplayedAt *time.Time
}

// TableName names the table.
func (Letter) TableName() string { return "connector_letters" }

// KeptEvent is an event of a department as operators see it.
type KeptEvent struct {
	Department             string
	ID                     string `gorm:"column:event_id"`
	Number, Step           string
	Type                   EventType
	Status                 string
	OccurredAt, ReceivedAt time.Time
}

// TableName names the table.
func (KeptEvent) TableName() string { return "connector_events" }

// Count is how much of something a department has.
type Count struct {
	Department string
	// Kind is what is counted: "events parked", "hand-overs failed", "dead letters" and their like.
	Kind  string
	Count int64
}

// Counts sums everything up by department.
func (l Ledger) Counts(ctx context.Context) ([]Count, error) { return l.counts(ctx) }

// Dead lists what was given up and not tried again, the oldest first, at most a thousand; of one department or, where empty, of all.
func (l Ledger) Dead(ctx context.Context, department string) ([]Letter, error) {
	return l.letters(ctx, department)
}

// Events lists the parked ("parked") or conflicting ("conflict") events, the oldest first, at most a thousand.
func (l Ledger) Events(ctx context.Context, status, department string) ([]KeptEvent, error) {
	return l.events(ctx, status, department)
}

// Find gives the dead letters and events that an id names: more than one where departments chose the same.
func (l Ledger) Find(ctx context.Context, id string) ([]Letter, []KeptEvent, error) {
	return l.find(ctx, id)
}

// Replay has dead letters tried again with all patience, all of them or none, and gives how many; ErrNoLetter where one is none.
func (l Ledger) Replay(ctx context.Context, ids []models.ID) (int, error) {
	if len(ids) > mostListed {
		return 0, errors.New("at most 1,000 at once")
	}
	err := l.Store.InTx(ctx, func(tx *store.Tx) error {
		var jobs []river.InsertManyParams
		for _, id := range ids {
			letter, err := replayLetter(tx, id)
			if err != nil {
				return err
			}
			jobs = append(jobs, letter.job())
		}
		return tx.EnqueueMany(jobs)
	})
	if err != nil {
		return 0, err
	}
	return len(ids), nil
}

// job is what tries a letter again. It is due by its own moment, so that it is due on a demo's clock too.
func (l Letter) job() river.InsertManyParams {
	options := patient()
	options.ScheduledAt = l.FailedAt
	if l.Operation == operationWithdraw {
		return river.InsertManyParams{Args: WithdrawArgs{l.ApplicationID, l.Number, l.Step, l.Department, l.Note}, InsertOpts: options}
	}
	return river.InsertManyParams{Args: HandoverArgs{l.ApplicationID, l.Step, l.Department}, InsertOpts: options}
}
