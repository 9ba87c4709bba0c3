package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/pressly/goose/v3/lock"
	"github.com/riverqueue/river/rivermigrate"
)

// The numbered changes of the schema, for each dialect. One that has been released is never edited: add first, move over,
// remove later, so that old and new replicas work side by side.
//
//go:embed migrations
var migrations embed.FS

// Migrate brings the schema up to date. Replicas that start at the same time wait for each other (advisory lock on
// PostgreSQL; the folder's lock with SQLite).
func (s *Store) Migrate(ctx context.Context) error {
	provider, err := s.migrator()
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	jobs, err := rivermigrate.New(s.jobDriver(), &rivermigrate.Config{Logger: quiet})
	if err != nil {
		return fmt.Errorf("migrate jobs: %w", err)
	}
	existing, err := jobs.ExistingVersions(ctx)
	if err == nil && len(existing) == len(jobs.AllVersions()) {
		return nil
	}
	if _, err := jobs.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate jobs: %w", err)
	}
	return nil
}

func (s *Store) migrator() (*goose.Provider, error) {
	folder, dialect := "migrations/sqlite", database.DialectSQLite3
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithSlog(quiet)}
	if s.IsPostgres() {
		folder, dialect = "migrations/postgres", database.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	files, err := fs.Sub(migrations, folder)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(dialect, s.writeSQL, files, options...)
}

// Migrated tells whether the schema is the one that this binary expects.
func (s *Store) Migrated(ctx context.Context) error {
	provider, err := s.migrator()
	if err != nil {
		return err
	}
	pending, err := provider.HasPending(ctx)
	if err == nil && pending {
		err = fmt.Errorf("the database schema is older than this program")
	}
	return err
}
