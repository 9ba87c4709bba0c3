package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"onewindow/models"
)

// Config says where the database is.
type Config struct {
	// DatabaseURL is postgres://…; empty: SQLite in Folder.
	DatabaseURL string
	// Folder holds the SQLite file onewindow.db.
	Folder string
	// Connections bounds the pool of PostgreSQL and the readers of SQLite; 0: 16.
	Connections int
	Clock       models.Clock
	Logger      *slog.Logger
	// beside opens a SQLite folder without taking it for this process alone.
	beside bool
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	write, read *gorm.DB
	writeSQL    *sql.DB
	readSQL     *sql.DB
	pool        *pgxpool.Pool
	lock        *sql.DB
	jobs        *river.Client[*sql.Tx]
	clock       models.Clock
	logger      *slog.Logger
}

// The settings of the SQLite driver: one instant format in UTC so that moments compare as text, writers that queue
// instead of failing (_txlock=immediate), and a write-ahead log. synchronous=NORMAL survives a killed process; a loss
// of power may lose the last commits but never the file.
const sqliteSettings = "?_busy_timeout=10000&_journal_mode=WAL&_foreign_keys=1&_synchronous=NORMAL&_txlock=immediate&_time_format=sqlite&_timezone=UTC"

// Open connects, and with SQLite takes the folder for this process alone. It does not migrate.
func Open(ctx context.Context, config Config) (*Store, error) {
	if config.Connections == 0 {
		config.Connections = 16
	}
	s := &Store{clock: config.Clock, logger: config.Logger}
	var err error
	if config.DatabaseURL == "" {
		err = s.openSQLite(ctx, config)
	} else {
		err = s.openPostgres(ctx, config)
	}
	if err == nil {
		err = s.openJobs()
	}
	if err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

func gormConfig(prepare bool) *gorm.Config {
	return &gorm.Config{
		// The values of a statement may be personal; errors come back to the caller, who logs them.
		Logger:                 logger.Discard,
		TranslateError:         true,
		SkipDefaultTransaction: true,
		PrepareStmt:            prepare,
		DisableAutomaticPing:   true,
	}
}

func (s *Store) openSQLite(ctx context.Context, config Config) error {
	if err := os.MkdirAll(config.Folder, 0o700); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	if !config.beside {
		if err := s.lockFolder(ctx, config.Folder); err != nil {
			return err
		}
	}
	var err error
	file := "file:" + filepath.ToSlash(filepath.Join(config.Folder, "onewindow.db")) + sqliteSettings
	if s.writeSQL, err = sql.Open("sqlite", file); err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	s.writeSQL.SetMaxOpenConns(1)
	if s.readSQL, err = sql.Open("sqlite", file); err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	s.readSQL.SetMaxOpenConns(config.Connections)
	s.readSQL.SetMaxIdleConns(config.Connections)
	if s.write, err = gorm.Open(sqliteDialector{s.writeSQL}, gormConfig(true)); err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	if s.read, err = gorm.Open(sqliteDialector{s.readSQL}, gormConfig(true)); err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	return s.count()
}

// lockFolder keeps a second server off the same folder: the in-process Redis and the one writer allow one. The lock is
// SQLite's own, so that it ends with the process however that ends, on every operating system.
func (s *Store) lockFolder(ctx context.Context, folder string) error {
	var err error
	file := "file:" + filepath.ToSlash(filepath.Join(folder, "lock.db")) + "?_busy_timeout=2000"
	if s.lock, err = sql.Open("sqlite", file); err != nil {
		return fmt.Errorf("lock data folder: %w", err)
	}
	s.lock.SetMaxOpenConns(1)
	s.lock.SetConnMaxLifetime(0)
	if _, err = s.lock.ExecContext(ctx, "PRAGMA locking_mode = EXCLUSIVE"); err == nil {
		_, err = s.lock.ExecContext(ctx, "BEGIN EXCLUSIVE")
	}
	if isSQLiteBusy(err) {
		return fmt.Errorf("the data folder is in use by another OneWindow server: stop it, or choose another with ONEWINDOW_DATA")
	}
	if err != nil {
		return fmt.Errorf("lock data folder: %w", err)
	}
	return nil
}

func (s *Store) openPostgres(ctx context.Context, config Config) error {
	settings, err := pgxpool.ParseConfig(config.DatabaseURL)
	if err != nil {
		return errors.New("database URL: not of the form postgres://user@host:port/name") // the cause repeats the password
	}
	settings.MaxConns = int32(min(config.Connections, 1000)) // #nosec G115 -- bounded
	settings.ConnConfig.RuntimeParams["timezone"] = "UTC"
	if s.pool, err = pgxpool.NewWithConfig(ctx, settings); err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	s.writeSQL = stdlib.OpenDBFromPool(s.pool)
	s.readSQL = s.writeSQL
	if s.write, err = gorm.Open(postgres.New(postgres.Config{Conn: s.writeSQL}), gormConfig(false)); err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	s.read = s.write
	return s.count()
}

// Close gives the connections back.
func (s *Store) Close() error {
	var failures []error
	for _, db := range []*sql.DB{s.writeSQL, s.readSQL, s.lock} {
		if db != nil {
			failures = append(failures, db.Close())
		}
	}
	if s.pool != nil {
		s.pool.Close()
	}
	return errors.Join(failures...)
}

// IsPostgres tells the dialect, for the few statements that differ.
func (s *Store) IsPostgres() bool { return s.pool != nil }

// Pool is PostgreSQL's own pool, for hot statements that are worth a pipeline; nil with SQLite.
func (s *Store) Pool() *pgxpool.Pool { return s.pool }

// Reader is for reading outside a transaction: each statement sees what was committed before it.
func (s *Store) Reader(ctx context.Context) *gorm.DB { return s.read.WithContext(ctx) }

// Clock is the clock that transactions take their instant from.
func (s *Store) Clock() models.Clock { return s.clock }

// Ping tells whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return s.readSQL.PingContext(ctx)
}
