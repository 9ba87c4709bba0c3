package store

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"
)

// quiet swallows the libraries' own chatter; what matters comes back as an error.
var quiet = slog.New(slog.DiscardHandler)

func (s *Store) jobDriver() riverdriver.Driver[*sql.Tx] {
	if s.IsPostgres() {
		return riverdatabasesql.New(s.writeSQL)
	}
	return riversqlite.New(s.writeSQL)
}

func (s *Store) openJobs() error {
	client, err := river.NewClient(s.jobDriver(), s.jobConfig(&river.Config{Logger: quiet}))
	if err != nil {
		return fmt.Errorf("open jobs: %w", err)
	}
	s.jobs = client
	return nil
}

// jobConfig gives River the demo's clock, so that retries and postponed jobs come when that clock gets there.
func (s *Store) jobConfig(config *river.Config) *river.Config {
	if movable, isMovable := s.clock.(rivertype.TimeGenerator); isMovable {
		config.Test.Time = movable
	}
	return config
}

// NewWorkers makes the client that works off jobs; the caller starts and stops it.
func (s *Store) NewWorkers(config *river.Config) (*river.Client[*sql.Tx], error) {
	return river.NewClient(s.jobDriver(), s.jobConfig(config))
}

// Enqueue has a job done once the transaction is committed: at least once, so its effects must happen once.
func (tx *Tx) Enqueue(args river.JobArgs, options *river.InsertOpts) error {
	if _, err := tx.store.jobs.InsertTx(tx.DB.Statement.Context, tx.SQL(), args, options); err != nil {
		return fmt.Errorf("enqueue %s: %w", args.Kind(), err)
	}
	return nil
}

// EnqueueMany is Enqueue for several jobs in one statement.
func (tx *Tx) EnqueueMany(jobs []river.InsertManyParams) error {
	if len(jobs) == 0 {
		return nil
	}
	if _, err := tx.store.jobs.InsertManyTx(tx.DB.Statement.Context, tx.SQL(), jobs); err != nil {
		return fmt.Errorf("enqueue: %w", err)
	}
	return nil
}

// DueJobs counts the jobs of a kind that are being done or should be by now.
func (s *Store) DueJobs(ctx context.Context, kind string) (int, error) {
	var count int
	err := s.Reader(ctx).Raw(`SELECT count(*) FROM river_job WHERE kind = ?
		AND (state IN ('available','running') OR (state IN ('retryable','scheduled') AND scheduled_at <= ?))`, kind, s.clock.Now().UTC()).Scan(&count).Error
	return count, err
}
