package store_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"onewindow/models/store"
	"onewindow/models/store/storetest"
)

// The connection of a transaction breaks at its first, at a later and at a written-together statement: the work is run again, and is done
// once.
func TestWorkIsRunAgainWhenItsConnectionBreaks(t *testing.T) {
	clock := storetest.NewClock("2026-03-02T09:00:00+08:00")
	url := storetest.NewDatabase(t)
	house := storetest.Open(t, url, clock)
	other, err := store.Open(t.Context(), store.Config{DatabaseURL: url, Folder: t.TempDir(), Clock: clock, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	if err := house.InTx(t.Context(), func(tx *store.Tx) error { return tx.DB.Exec("CREATE TABLE done (what text)").Error }); err != nil {
		t.Fatal(err)
	}
	for cut := range 3 {
		runs := 0
		err := house.InTx(t.Context(), func(tx *store.Tx) error {
			var own int
			if err := tx.DB.Raw("SELECT pg_backend_pid()").Scan(&own).Error; err != nil {
				return err
			}
			runs++
			for step := range 3 {
				if runs == 1 && step == cut {
					if err := other.Reader(context.WithoutCancel(t.Context())).Exec("SELECT pg_terminate_backend(?, 60000)", own).Error; err != nil {
						return err
					}
				}
				if err := tx.DB.Exec("INSERT INTO done VALUES (?)", fmt.Sprintf("%d %d", cut, step)).Error; err != nil {
					return fmt.Errorf("insert: %w", err)
				}
			}
			return nil
		})
		if err != nil || runs < 2 {
			t.Errorf("cut before step %d: %d runs, %v", cut, runs, err)
		}
	}
	var done int
	if err := house.Reader(t.Context()).Raw("SELECT count(*) FROM done").Scan(&done).Error; err != nil || done != 9 {
		t.Errorf("%d rows, want 9, %v", done, err)
	}
}

// A connection that breaks at the commit leaves open whether it was done: the work is not run again.
func TestWorkIsNotRunAgainWhenItsCommitBreaks(t *testing.T) {
	clock := storetest.NewClock("2026-03-02T09:00:00+08:00")
	url := storetest.NewDatabase(t)
	house := storetest.Open(t, url, clock)
	other := storetest.Open(t, url, clock)
	runs := 0
	err := house.InTx(t.Context(), func(tx *store.Tx) error {
		runs++
		var own int
		if err := tx.DB.Raw("SELECT pg_backend_pid()").Scan(&own).Error; err != nil {
			return err
		}
		return other.Reader(t.Context()).Exec("SELECT pg_terminate_backend(?, 60000)", own).Error
	})
	if err == nil || !store.IsAway(err) || runs != 1 {
		t.Errorf("%d runs, %v", runs, err)
	}
}

func TestWhatCountsAsAway(t *testing.T) {
	for name, test := range map[string]struct {
		err  error
		want bool
	}{
		"shut down":          {&pgconn.PgError{Code: "57P01"}, true},
		"starting":           {fmt.Errorf("begin: %w", &pgconn.PgError{Code: "57P03"}), true},
		"no place":           {&pgconn.PgError{Code: "53300"}, true},
		"connection failure": {&pgconn.PgError{Code: "08006"}, true},
		"bad connection":     {driver.ErrBadConn, true},
		"a duplicate":        {&pgconn.PgError{Code: "23505"}, false},
		"a cancelled query":  {&pgconn.PgError{Code: "57014"}, false},
		"nothing of it":      {errors.New("connection"), false},
		"nothing at all":     {nil, false},
	} {
		if got := store.IsAway(test.err); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
