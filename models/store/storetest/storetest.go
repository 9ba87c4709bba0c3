// Package storetest opens databases for tests: SQLite in a folder of the test's own always, and PostgreSQL in a database
// of the test's own where ONEWINDOW_TEST_DATABASE_URL names a server.
package storetest

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"onewindow/models/store"
)

// ServerVariable names the PostgreSQL server that tests make and drop databases on.
const ServerVariable = "ONEWINDOW_TEST_DATABASE_URL"

// Clock is a clock that a test moves.
type Clock struct {
	mutex sync.Mutex
	now   time.Time
}

// NewClock starts at a moment such as "2026-03-02T09:00:00+08:00".
func NewClock(moment string) *Clock {
	now, err := time.Parse(time.RFC3339, moment)
	if err != nil {
		panic(err)
	}
	return &Clock{now: now}
}

// Now is the test's moment.
func (c *Clock) Now() time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.now
}

// NowOrNil makes jobs follow the test's clock.
func (c *Clock) NowOrNil() *time.Time {
	now := c.Now()
	return &now
}

// Advance moves the clock on.
func (c *Clock) Advance(by time.Duration) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.now = c.now.Add(by)
}

// Each runs a test on every database that there is.
func Each(t *testing.T, run func(t *testing.T, open func(t *testing.T, clock *Clock) *store.Store)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		run(t, func(t *testing.T, clock *Clock) *store.Store { return Open(t, "", clock) })
	})
	if os.Getenv(ServerVariable) == "" {
		return
	}
	t.Run("postgres", func(t *testing.T) {
		run(t, func(t *testing.T, clock *Clock) *store.Store { return Open(t, NewDatabase(t), clock) })
	})
}

// Open gives a migrated store; an empty URL means SQLite in the test's own folder.
func Open(t testing.TB, databaseURL string, clock *Clock) *store.Store {
	t.Helper()
	return openStore(t, databaseURL, t.TempDir(), clock)
}

// OpenIn gives a migrated SQLite store in a folder, as the server on it holds it.
func OpenIn(t testing.TB, folder string, clock *Clock) *store.Store {
	t.Helper()
	return openStore(t, "", folder, clock)
}

func openStore(t testing.TB, databaseURL, folder string, clock *Clock) *store.Store {
	t.Helper()
	opened, err := store.Open(context.Background(), store.Config{
		DatabaseURL: databaseURL, Folder: folder, Connections: 8, Clock: clock, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatalf("open store: %v", err)
	}
	t.Cleanup(func() { _ = opened.Close() })
	if err := opened.Migrate(context.Background()); err != nil {
		t.Fatalf("migrate: %v", err)
	}
	return opened
}

// NewDatabase makes an empty PostgreSQL database that is dropped with the test, and gives its URL.
func NewDatabase(t testing.TB) string {
	t.Helper()
	server := os.Getenv(ServerVariable)
	if server == "" {
		t.Skip(ServerVariable + " is not set")
	}
	name := "onewindow_test_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	execute(t, server, fmt.Sprintf("CREATE DATABASE %s", name))
	t.Cleanup(func() { execute(t, server, fmt.Sprintf("DROP DATABASE IF EXISTS %s WITH (FORCE)", name)) })
	parsed, err := url.Parse(server)
	if err != nil {
		t.Fatalf("%s is not a URL", ServerVariable)
	}
	parsed.Path = "/" + name
	return parsed.String()
}

func execute(t testing.TB, server, statement string) {
	t.Helper()
	connection, err := pgx.Connect(context.Background(), server)
	if err != nil {
		t.Fatalf("connect to the test server: %v", err)
	}
	defer func() { _ = connection.Close(context.Background()) }()
	if _, err := connection.Exec(context.Background(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
