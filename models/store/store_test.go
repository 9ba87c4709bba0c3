package store_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onewindow/models"
	"onewindow/models/store"
	"onewindow/models/store/storetest"
)

const start = "2026-03-02T09:00:00+08:00"

func request(actor models.ID, key string, input any) store.Request {
	return store.Request{ActorID: actor, Operation: "submit", Key: key, Input: input}
}

func remembered(t *testing.T, s *store.Store) (count int) {
	t.Helper()
	if err := s.Reader(t.Context()).Raw("SELECT count(*) FROM store_requests").Scan(&count).Error; err != nil {
		t.Fatal(err)
	}
	return count
}

func TestATransactionStandsOrFallsWhole(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func(*testing.T, *storetest.Clock) *store.Store) {
		s := open(t, storetest.NewClock(start))
		announced := 0
		work := func(end func() error) func(*store.Tx) error {
			return func(tx *store.Tx) error {
				tx.AfterCommit(func() { announced++ })
				if err := tx.Remember(request(models.NewID(), "k", 1), models.NewID()); err != nil {
					return err
				}
				return end()
			}
		}
		wrong := errors.New("wrong")
		if err := s.InTx(t.Context(), work(func() error { return wrong })); !errors.Is(err, wrong) {
			t.Errorf("got %v", err)
		}
		func() {
			defer func() { _ = recover() }()
			_ = s.InTx(t.Context(), work(func() error { panic("in the middle") }))
		}()
		if remembered(t, s) != 0 || announced != 0 {
			t.Errorf("%d rows and %d announcements of what was undone", remembered(t, s), announced)
		}
		if err := s.InTx(t.Context(), work(func() error { return nil })); err != nil || remembered(t, s) != 1 || announced != 1 {
			t.Errorf("%v: %d rows, %d announcements", err, remembered(t, s), announced)
		}
	})
}

func TestATransactionHasOneInstant(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func(*testing.T, *storetest.Clock) *store.Store) {
		clock := storetest.NewClock(start)
		s := open(t, clock)
		_ = s.InTx(t.Context(), func(tx *store.Tx) error {
			before := tx.Now
			clock.Advance(time.Hour)
			if !tx.Now.Equal(before) || tx.Now.Location() != time.UTC {
				t.Errorf("moved from %v to %v", before, tx.Now)
			}
			return nil
		})
	})
}

func TestWhatCouldNotBeSerializedIsRunAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func(*testing.T, *storetest.Clock) *store.Store) {
		s := open(t, storetest.NewClock(start))
		runs := 0
		err := s.InTx(t.Context(), func(*store.Tx) error {
			if runs++; runs < 3 {
				return store.ErrRetry
			}
			return nil
		})
		if err != nil || runs != 3 {
			t.Errorf("%v after %d runs", err, runs)
		}
	})
}

func TestTheSameRequestTwiceIsDoneOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func(*testing.T, *storetest.Clock) *store.Store) {
		clock := storetest.NewClock(start)
		s := open(t, clock)
		actor, other := models.NewID(), models.NewID()
		once := func(r store.Request) (result models.ID, fresh bool, err error) {
			err = s.InTx(context.Background(), func(tx *store.Tx) error {
				known, err := tx.Recall(context.Background(), r)
				if err != nil || known != "" {
					result, fresh = known, false
					return err
				}
				result, fresh = models.NewID(), true
				return tx.Remember(r, result)
			})
			return result, fresh, err
		}
		var done atomic.Int64
		var racing sync.WaitGroup
		for range 20 {
			racing.Go(func() {
				if _, fresh, err := once(request(actor, "same", 1)); err != nil {
					t.Error(err)
				} else if fresh {
					done.Add(1)
				}
			})
		}
		racing.Wait()
		if done.Load() != 1 {
			t.Errorf("done %d times", done.Load())
		}
		first, _, _ := once(request(actor, "same", 1))
		if again, fresh, _ := once(request(actor, "same", 1)); fresh || again != first {
			t.Error("another answer")
		}
		var fault *models.Fault
		if _, _, err := once(request(actor, "same", 2)); !errors.As(err, &fault) || fault.Code != models.ConflictCode {
			t.Errorf("other input: %v", err)
		}
		if _, fresh, _ := once(request(other, "same", 2)); !fresh {
			t.Error("another person's key is the same key")
		}
		if _, fresh, _ := once(request(actor, "", 1)); !fresh {
			t.Error("no key is remembered")
		}
		clock.Advance(24 * time.Hour)
		if _, fresh, _ := once(request(actor, "same", 2)); !fresh {
			t.Error("remembered for more than a day")
		}
	})
}

func TestAGuardedUpdateThatTouchesNothingIsStale(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func(*testing.T, *storetest.Clock) *store.Store) {
		s := open(t, storetest.NewClock(start))
		err := s.InTx(t.Context(), func(tx *store.Tx) error {
			return store.One(tx.DB.Exec("UPDATE store_requests SET operation = ? WHERE key = ?", "x", "nobody"))
		})
		if !errors.Is(err, store.ErrStale) {
			t.Errorf("got %v", err)
		}
	})
}

func TestMigratingAgainChangesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func(*testing.T, *storetest.Clock) *store.Store) {
		s := open(t, storetest.NewClock(start))
		var together sync.WaitGroup
		for range 3 {
			together.Go(func() {
				if err := s.Migrate(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		together.Wait()
		if err := s.Migrated(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestTwoServersCannotShareOneFolder(t *testing.T) {
	folder := t.TempDir()
	settings := store.Config{Folder: folder, Clock: storetest.NewClock(start), Logger: slog.New(slog.DiscardHandler)}
	first, err := store.Open(t.Context(), settings)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := store.Open(t.Context(), settings); err == nil {
		_ = second.Close()
		t.Error("a second one was let in")
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	third, err := store.Open(t.Context(), settings)
	if err != nil {
		t.Fatalf("after the first has gone: %v", err)
	}
	_ = third.Close()
}

func TestTheDemosClockNeverRunsBackAndGoesOnAfterARestart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func(*testing.T, *storetest.Clock) *store.Store) {
		s := open(t, storetest.NewClock(start))
		begin, err := time.Parse(time.RFC3339, start)
		if err != nil {
			t.Fatal(err)
		}
		clock := store.NewDemoClock(begin)
		clock.Advance(72 * time.Hour)
		clock.Advance(-time.Hour)
		if err := s.KeepClock(t.Context(), clock); err != nil {
			t.Fatal(err)
		}
		again := store.NewDemoClock(begin)
		if err := s.KeepClock(t.Context(), again); err != nil {
			t.Fatal(err)
		}
		if gap := again.Now().Sub(clock.Now()).Abs(); gap > time.Second {
			t.Errorf("after a restart it stands %v away", gap)
		}
		if again.Now().Before(begin.Add(72 * time.Hour)) {
			t.Error("it ran back")
		}
	})
}

func TestCursorsAreTakenBackOnlyAsTheyWereGiven(t *testing.T) {
	when := time.Date(2026, 3, 2, 1, 0, 0, 123456000, time.UTC)
	cursor := store.Cursor(100, when, models.ID("x"))
	var priority int
	var moment time.Time
	var id models.ID
	if err := store.ReadCursor(cursor, &priority, &moment, &id); err != nil || priority != 100 || !moment.Equal(when) || id != "x" {
		t.Errorf("%v %d %v %s", err, priority, moment, id)
	}
	for _, bad := range []string{"", "x", cursor + "x", store.Cursor(1), store.Cursor("a", "b", "c"), "////", cursor[:len(cursor)-2]} {
		var fault *models.Fault
		if err := store.ReadCursor(bad, &priority, &moment, &id); !errors.As(err, &fault) || fault.Code != models.BadUserInput {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
