package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"
)

// ErrNoRecords says that no server has kept anything at a place yet.
var ErrNoRecords = errors.New("no server has kept records here")

// besideConnections is what a command takes of the database while a server works.
const besideConnections = 4

// OpenBeside opens the records of a server that runs or does not, for a command: on the clock that the server keeps, a demo's
// moved one too. It makes and migrates nothing: where no server has been the error is ErrNoRecords.
func OpenBeside(ctx context.Context, databaseURL, folder string) (*Store, error) {
	if _, err := os.Stat(filepath.Join(folder, "onewindow.db")); err != nil && databaseURL == "" {
		return nil, fmt.Errorf("%s: %w", folder, ErrNoRecords)
	}
	opened, clock, err := openBeside(ctx, databaseURL, folder)
	if err != nil {
		return nil, err
	}
	if err := opened.AdoptClock(ctx, clock); err != nil {
		_ = opened.Close()
		return nil, err
	}
	return opened, nil
}

// PrepareBeside is OpenBeside for a command that may come before the first server: it migrates the records, or makes them.
func PrepareBeside(ctx context.Context, databaseURL, folder string) (*Store, error) {
	if _, err := os.Stat(folder); err != nil && databaseURL == "" {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	opened, clock, err := openBeside(ctx, databaseURL, folder)
	if err != nil {
		return nil, err
	}
	if err = opened.Migrate(ctx); err == nil {
		err = opened.AdoptClock(ctx, clock)
	}
	if err != nil {
		_ = opened.Close()
		return nil, err
	}
	return opened, nil
}

func openBeside(ctx context.Context, databaseURL, folder string) (*Store, *DemoClock, error) {
	clock := NewDemoClock(time.Time{})
	opened, err := Open(ctx, Config{
		DatabaseURL: databaseURL, Folder: folder, Connections: besideConnections, Clock: clock, Logger: slog.New(slog.DiscardHandler), beside: true,
	})
	return opened, clock, err
}
