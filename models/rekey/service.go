package rekey

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"onewindow/models"
	"onewindow/models/sealed"
	"onewindow/models/store"
)

// batchSize is how many rows are written in one transaction: few enough that nobody waits for it.
const batchSize = 200

// Files walks the bytes of the files: after an id it brings the next few to the newest key. Done is true at the end.
type Files func(ctx context.Context, after models.ID) (next models.ID, done bool, err error)

// Service is the room's use cases. It is safe for concurrent use, also by several replicas at once.
type Service struct {
	store  *store.Store
	keys   *sealed.Keyring
	tables []sealed.Table
	files  Files
}

// New makes the room's use cases for all tables of the house; files may be nil.
func New(database *store.Store, keys *sealed.Keyring, tables []sealed.Table, files Files) *Service {
	return &Service{store: database, keys: keys, tables: tables, files: files}
}

// Args is the job that brings everything to the newest keys. Table and After say how far it has come.
type Args struct {
	Field uint32          `json:"field" river:"unique"`
	Index uint32          `json:"index" river:"unique"`
	Table int             `json:"table" river:"unique"`
	After json.RawMessage `json:"after,omitempty" river:"unique"`
	// Left tells that in this walk a row could not be written, because somebody else was writing it: there is another walk.
	Left bool `json:"left,omitempty"`
	// Walk counts the walks. There are at least two: a replica that had not seen the new file may have written behind the first.
	Walk int `json:"walk,omitempty" river:"unique"`
}

// Kind names the job.
func (Args) Kind() string { return "rekey.walk" }

const (
	// headStart is how long replicas have to read the new key file before anything is moved. They look every second.
	headStart = 5 * time.Second
	// leastWalks and restBetween: the last walk finds what late replicas have written.
	leastWalks  = 2
	mostWalks   = 20
	restBetween = 3 * time.Second
	// turn is how many batches one job does before it hands over to the next, which another replica may take up.
	turn = 50
)

// Begin enqueues the walk if anything may stand under other keys than the newest. It may be called at any time, by any replica.
func (s *Service) Begin(ctx context.Context) error {
	state, err := s.store.KeyState(ctx)
	if err != nil {
		return err
	}
	field, index := s.keys.Generation(), s.keys.IndexGeneration()
	if state.FieldsDone == field && state.IndexDone == index {
		return nil
	}
	return s.store.InTx(ctx, func(tx *store.Tx) error {
		return enqueue(tx, Args{Field: field, Index: index}, headStart)
	})
}

func enqueue(tx *store.Tx, args Args, wait time.Duration) error {
	return tx.Enqueue(args, &river.InsertOpts{ScheduledAt: tx.Now.Add(wait), UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: unfinished}})
}

// Work does a turn of the walk and enqueues the next, until everything is where it should be.
func (s *Service) Work(ctx context.Context, args Args) error {
	if args.Field != s.keys.Generation() || args.Index != s.keys.IndexGeneration() {
		if _, err := s.keys.Refresh(); err != nil {
			return fmt.Errorf("rekey: %w", err)
		}
		if args.Field != s.keys.Generation() || args.Index != s.keys.IndexGeneration() {
			return nil // a newer key file has come, and a walk of its own with it
		}
	}
	to := target{args.Field, args.Index}
	if err := s.switchIndex(ctx, to); err != nil {
		return err
	}
	batches := 0
	for ; args.Table <= len(s.tables); args.Table, args.After = args.Table+1, nil {
		for done := false; !done; {
			if batches++; batches > turn {
				return s.store.InTx(ctx, func(tx *store.Tx) error { return enqueue(tx, args, 0) })
			}
			var err error
			if done, err = s.step(ctx, &args, to); err != nil {
				return err
			}
		}
	}
	return s.finish(ctx, args)
}

// step does one batch.
func (s *Service) step(ctx context.Context, args *Args, to target) (done bool, err error) {
	if args.Table == len(s.tables) {
		return s.stepFiles(ctx, args)
	}
	var after []any
	if len(args.After) > 0 {
		if after, err = readKey(args.After); err != nil {
			return false, err
		}
	}
	table := s.tables[args.Table]
	rows, err := s.batch(ctx, table, after, to)
	if err != nil || len(rows) == 0 {
		return true, err
	}
	err = s.store.InTx(ctx, func(tx *store.Tx) error {
		for _, row := range rows {
			if err := s.move(tx, table, row, to, args); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return false, err
	}
	args.After, err = writeKey(rows[len(rows)-1].key)
	return len(rows) < batchSize, err
}

func (s *Service) move(tx *store.Tx, table sealed.Table, row *stored, to target, args *Args) error {
	changes, err := renew(table, s.keys, row, to)
	if err != nil || len(changes) == 0 {
		return err
	}
	written, err := write(tx.DB, table, row, changes)
	args.Left = args.Left || !written
	return err
}

func (s *Service) stepFiles(ctx context.Context, args *Args) (done bool, err error) {
	if s.files == nil {
		return true, nil
	}
	var after models.ID
	if len(args.After) > 0 {
		if err := json.Unmarshal(args.After, &after); err != nil {
			return false, fmt.Errorf("rekey: %w", err)
		}
	}
	next, done, err := s.files(ctx, after)
	if err != nil {
		return false, err
	}
	args.After, err = json.Marshal(next)
	return done, err
}

// switchIndex has indexes written by the new generation from now on, in every replica.
func (s *Service) switchIndex(ctx context.Context, to target) error {
	state, err := s.store.KeyState(ctx)
	if err != nil || state.IndexGeneration == to.index {
		return err
	}
	return s.store.InTx(ctx, func(tx *store.Tx) error { return tx.SwitchIndex(to.index) })
}

// finish ends a walk: with another one, or with the note that all is done.
func (s *Service) finish(ctx context.Context, args Args) error {
	walk := args.Walk + 1
	return s.store.InTx(ctx, func(tx *store.Tx) error {
		if walk < leastWalks || args.Left && walk < mostWalks {
			return enqueue(tx, Args{Field: args.Field, Index: args.Index, Walk: walk}, restBetween)
		}
		return tx.KeysDone(args.Field, args.Index)
	})
}

// Status counts what stands under which generation, in the database as it is.
func (s *Service) Status(ctx context.Context) ([]Count, error) {
	var all []Count
	for _, table := range s.tables {
		for _, column := range table.Columns {
			counts, err := s.count(ctx, table.Name, column.Name, false)
			if err != nil {
				return nil, err
			}
			all = append(all, counts...)
		}
		for _, index := range table.Indexes {
			counts, err := s.count(ctx, table.Name, index.Name, true)
			if err != nil {
				return nil, err
			}
			all = append(all, counts...)
		}
	}
	return all, nil
}
