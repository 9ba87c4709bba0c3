package store_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"onewindow/models/store"
)

// A command works beside the server that holds the folder, on the server's clock; where no server has been it makes nothing.
func TestACommandBesideAServer(t *testing.T) {
	ctx, folder := context.Background(), t.TempDir()
	if _, err := store.OpenBeside(ctx, "", folder); !errors.Is(err, store.ErrNoRecords) {
		t.Fatalf("in an empty folder: %v", err)
	}
	clock := store.NewDemoClock(time.Time{})
	server, err := store.Open(ctx, store.Config{Folder: folder, Clock: clock, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	if err := server.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	clock.Advance(300 * time.Hour)
	if err := server.KeepClock(ctx, clock); err != nil {
		t.Fatal(err)
	}
	for name, open := range map[string]func(context.Context, string, string) (*store.Store, error){"open": store.OpenBeside, "prepare": store.PrepareBeside} {
		beside, err := open(ctx, "", folder)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if apart := beside.Clock().Now().Sub(clock.Now()); apart.Abs() > time.Second {
			t.Errorf("%s: the clocks are %s apart", name, apart)
		}
		if err := beside.InTx(ctx, func(tx *store.Tx) error { return tx.DB.Exec("UPDATE store_clock SET offset_ms = offset_ms").Error }); err != nil {
			t.Errorf("%s: writing beside the server: %v", name, err)
		}
		_ = beside.Close()
	}
}
