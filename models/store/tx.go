package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/riverqueue/river"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Tx is one transaction with one instant.
type Tx struct {
	// DB speaks inside the transaction.
	DB *gorm.DB
	// Now is the instant of everything that happens in the transaction, to the microsecond, which both databases keep.
	Now time.Time

	store *Store
	after []func()
	// indexGeneration is known once it was asked for.
	indexGeneration *uint32

	// What is written together before the next statement; rows are added to places from open on. failed is why it could not be.
	waiting  []*waiting
	jobs     []river.InsertManyParams
	open     int
	flushing bool
	failed   error
	// connection is PostgreSQL's own, for the pipeline; nil with SQLite.
	connection *sql.Conn
}

type txKey struct{}

const (
	attempts     = 8
	firstBackoff = 5 * time.Millisecond
)

// InTx runs work in one transaction. It refuses nesting, rolls back on an error or a panic, gives back the commit's own
// error, and runs the work again when the database could not serialize it, or the connection broke before the commit was sent: work
// must be safe to run again from the start.
func (s *Store) InTx(ctx context.Context, work func(tx *Tx) error) error {
	if ctx.Value(txKey{}) != nil {
		return errors.New("store: a transaction inside a transaction")
	}
	ctx = context.WithValue(ctx, txKey{}, true)
	backoff := firstBackoff
	for attempt := 1; ; attempt++ {
		after, err := s.once(ctx, work)
		if err == nil {
			for _, announce := range after {
				announce()
			}
			return nil
		}
		if attempt == attempts || !retryable(err) || ctx.Err() != nil {
			return err
		}
		time.Sleep(backoff/2 + rand.N(backoff)) // #nosec G404 -- jitter
		backoff *= 2
	}
}

func (s *Store) once(ctx context.Context, work func(tx *Tx) error) (after []func(), err error) {
	tx := &Tx{Now: s.clock.Now().UTC().Truncate(time.Microsecond), store: s}
	outside := s.write.WithContext(ctx)
	if s.IsPostgres() {
		if tx.connection, err = s.writeSQL.Conn(ctx); err != nil {
			return nil, fmt.Errorf("begin: %w", err)
		}
		defer func() { _ = tx.connection.Close() }()
		outside.Statement.ConnPool = tx.connection
	}
	db := outside.Begin()
	if db.Error != nil {
		return nil, fmt.Errorf("begin: %w", db.Error)
	}
	db.Statement.ConnPool = &ordered{db.Statement.ConnPool, tx}
	tx.DB = db
	done := false
	defer func() {
		if !done {
			db.Rollback()
		}
	}()
	if err := work(tx); err != nil {
		return nil, err
	}
	if err := tx.flush(); err != nil {
		return nil, err
	}
	done = true
	if err := db.Commit().Error; err != nil {
		return nil, &commitError{err}
	}
	return tx.after, nil
}

// ordered runs the statements of a transaction after what waits to be written: each sees all that was changed before it.
type ordered struct {
	gorm.ConnPool
	tx *Tx
}

func (o *ordered) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	if err := o.tx.flush(); err != nil {
		return nil, err
	}
	return o.ConnPool.PrepareContext(ctx, query)
}

func (o *ordered) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if err := o.tx.flush(); err != nil {
		return nil, err
	}
	return o.ConnPool.ExecContext(ctx, query, args...)
}

func (o *ordered) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := o.tx.flush(); err != nil {
		return nil, err
	}
	return o.ConnPool.QueryContext(ctx, query, args...)
}

func (o *ordered) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	_ = o.tx.flush() // a row has no place for another error: it is kept, and the transaction cannot be committed
	return o.ConnPool.QueryRowContext(ctx, query, args...)
}

// Commit and Rollback end the transaction.
func (o *ordered) Commit() error   { return o.inner().Commit() }
func (o *ordered) Rollback() error { return o.inner().Rollback() }

func (o *ordered) inner() gorm.TxCommitter {
	committer, commits := o.ConnPool.(gorm.TxCommitter)
	if !commits {
		panic(fmt.Sprintf("store: unexpected connection %T", o.ConnPool)) //nolint:forbidigo // a fault of this program
	}
	return committer
}

// AfterCommit has something announced once the transaction has been committed, and never otherwise. A process that dies
// between the two announces nothing: only what may be lost (live signals, caches) goes here, the rest is a job.
func (tx *Tx) AfterCommit(announce func()) { tx.after = append(tx.after, announce) }

// Locked reads rows so that no other transaction changes them before this one ends.
func (tx *Tx) Locked() *gorm.DB {
	return tx.DB.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate})
}

// IsPostgres tells the dialect.
func (tx *Tx) IsPostgres() bool { return tx.store.IsPostgres() }

// SQL is the transaction itself, for libraries that join it.
func (tx *Tx) SQL() *sql.Tx {
	inTurn, _ := tx.DB.Statement.ConnPool.(*ordered)
	switch pool := inTurn.ConnPool.(type) {
	case *sql.Tx:
		return pool
	case *gorm.PreparedStmtTX:
		if inner, isTx := pool.Tx.(*sql.Tx); isTx {
			return inner
		}
	}
	panic(fmt.Sprintf("store: unexpected connection %T", inTurn.ConnPool)) //nolint:forbidigo // a fault of this program
}

// ErrRetry makes InTx run the work again, e.g. after a number drawn by lot was taken already.
var ErrRetry = errors.New("store: run again")

// commitError is what came of a commit. Where the connection broke nobody knows whether it was done: the work is not run again.
type commitError struct{ cause error }

func (e *commitError) Error() string { return "commit: " + e.cause.Error() }
func (e *commitError) Unwrap() error { return e.cause }

func retryable(err error) bool {
	if errors.Is(err, ErrRetry) || isSQLiteBusy(err) {
		return true
	}
	var committing *commitError
	if IsAway(err) && !errors.As(err, &committing) {
		return true
	}
	var failure *pgconn.PgError
	if errors.As(err, &failure) {
		switch failure.Code {
		case "40001", "40P01": // serialization_failure, deadlock_detected
			return true
		}
	}
	return false
}

// IsDuplicate tells that a unique constraint refused the row.
func IsDuplicate(err error) bool { return errors.Is(err, gorm.ErrDuplicatedKey) }

// ErrStale is what a guarded update answers that touched no row: someone else was first.
var ErrStale = errors.New("store: someone else changed it first")

// One reads the outcome of a guarded change: exactly one row must have been touched.
func One(result *gorm.DB) error {
	if result.Error != nil {
		return result.Error
	}
	if result.RowsAffected != 1 {
		return ErrStale
	}
	return nil
}
