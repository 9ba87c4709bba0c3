package store

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"strings"
	"time"

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

// never is longer than any demo: River takes no "not at all".
const never = 100 * 365 * 24 * time.Hour

// jobConfig gives River the demo's clock, so that retries and postponed jobs come when that clock gets there. Its own
// housekeeping stays on the machine's clock and would take every job under way for a stuck one: a demo does without it.
func (s *Store) jobConfig(config *river.Config) *river.Config {
	if movable, isMovable := s.clock.(rivertype.TimeGenerator); isMovable {
		config.Test.Time = movable
		config.RescueStuckJobsAfter = never
		config.Logger = slog.New(movedClockLog{config.Logger.Handler()})
	}
	return config
}

// NewWorkers makes the client that works off jobs; the caller starts and stops it. The logger must be given.
func (s *Store) NewWorkers(config *river.Config) (*river.Client[*sql.Tx], error) {
	_, isMovable := s.clock.(rivertype.TimeGenerator)
	if s.IsPostgres() && !isMovable {
		config.ID = newWorkerName()
	} else if err := s.write.Exec("UPDATE river_job SET state = 'available' WHERE state = 'running'").Error; err != nil {
		// A demo is one process, and so is what runs on SQLite: a job that is under way while none runs was left by one that was killed.
		return nil, fmt.Errorf("take up jobs: %w", err)
	}
	return river.NewClient(s.jobDriver(), s.jobConfig(config))
}

// movedClockLog leaves out what River says only because two clocks differ: that its housekeeping removed the queue's entry,
// which nothing here reads, and that leadership was lost and taken again when the clock jumped.
type movedClockLog struct{ slog.Handler }

func (l movedClockLog) Handle(ctx context.Context, record slog.Record) error {
	for _, about := range []string{"Error fetching queue settings", "reelection deadline elapsed"} {
		if strings.HasSuffix(record.Message, about) {
			return nil
		}
	}
	return l.Handler.Handle(ctx, record)
}

func (l movedClockLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	return movedClockLog{l.Handler.WithAttrs(attrs)}
}

func (l movedClockLog) WithGroup(name string) slog.Handler {
	return movedClockLog{l.Handler.WithGroup(name)}
}

// DepartmentQueue is where the jobs stand that ask departments' systems: what hangs there keeps nothing else waiting.
const DepartmentQueue = "departments"

// Enqueue has a job done once the transaction is committed: at least once, so its effects must happen once.
func (tx *Tx) Enqueue(args river.JobArgs, options *river.InsertOpts) error {
	return tx.EnqueueMany([]river.InsertManyParams{{Args: args, InsertOpts: options}})
}

// EnqueueMany is Enqueue for several jobs. All jobs of a transaction are written in one statement, with what else waits.
func (tx *Tx) EnqueueMany(jobs []river.InsertManyParams) error {
	tx.jobs = append(tx.jobs, jobs...)
	return nil
}

func (tx *Tx) enqueue(jobs []river.InsertManyParams) error {
	if len(jobs) == 0 {
		return nil
	}
	CountStatement(tx.DB.Statement.Context)
	if _, err := tx.store.jobs.InsertManyTx(tx.DB.Statement.Context, tx.SQL(), jobs); err != nil {
		return fmt.Errorf("enqueue: %w", err)
	}
	return nil
}

// DueJobs counts the jobs of some kinds that are being done or should be by now.
func (s *Store) DueJobs(ctx context.Context, kinds ...string) (int, error) {
	var count int
	err := s.Reader(ctx).Raw(`SELECT count(*) FROM river_job WHERE kind IN ?
		AND (state IN ('available','running') OR (state IN ('retryable','scheduled') AND scheduled_at <= ?))`, kinds, s.clock.Now().UTC()).Scan(&count).Error
	return count, err
}
