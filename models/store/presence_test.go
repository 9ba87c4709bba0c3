package store_test

import (
	"testing"
	"time"

	"onewindow/models"
	"onewindow/models/store"
	"onewindow/models/store/storetest"
)

// leave puts a job under way in the name of a worker.
func leave(t *testing.T, house *store.Store, worker string) {
	t.Helper()
	err := house.InTx(t.Context(), func(tx *store.Tx) error {
		return tx.DB.Exec(`INSERT INTO river_job (state, attempt, max_attempts, attempted_at, attempted_by, args, kind, queue)
			VALUES ('running', 1, 25, now(), ARRAY['present-earlier', ?], '{}', 'store.errand', 'default')`, worker).Error
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The jobs of a worker that is gone are taken up at the second look, those of one that lives and of one that never showed itself
// are left alone.
func TestJobsOfAWorkerThatIsGoneAreTakenUp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func(*testing.T, *storetest.Clock) *store.Store) {
		house := open(t, storetest.NewClock(start))
		if !house.IsPostgres() {
			if found, err := house.Appear(t.Context(), "present-1"); found != nil || err != nil {
				t.Fatalf("one process shows itself to itself: %v, %v", found, err)
			}
			return
		}
		appear := func(name string) *store.Presence {
			presence, err := house.Appear(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(presence.Hide)
			return presence
		}
		looks := func(by *store.Presence, want int) {
			t.Helper()
			if taken, err := by.Look(t.Context()); err != nil || taken != want {
				t.Fatalf("took up %d jobs, want %d, %v", taken, want, err)
			}
		}
		mine, theirs := appear("present-"+string(models.NewID())), appear("present-theirs")
		leave(t, house, "present-theirs")
		leave(t, house, "silent")
		looks(mine, 0)
		looks(mine, 0)
		theirs.Hide()
		looks(mine, 0)
		if _, err := theirs.Look(t.Context()); err != nil { // back before it was missed twice
			t.Fatal(err)
		}
		looks(mine, 0)
		theirs.Hide()
		looks(mine, 0)
		taken := 0
		for until := time.Now().Add(time.Minute); taken == 0 && time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
			again, err := mine.Look(t.Context()) // PostgreSQL lets go of the lock a moment after the connection has gone
			if taken += again; err != nil {
				t.Fatal(err)
			}
		}
		if taken != 1 {
			t.Fatalf("took up %d jobs, want 1", taken)
		}
		looks(mine, 0)
		var running int
		if err := house.Reader(t.Context()).Raw("SELECT count(*) FROM river_job WHERE state = 'running'").Scan(&running).Error; err != nil || running != 1 {
			t.Errorf("%d jobs under way are left, want the silent one's, %v", running, err)
		}
	})
}

// A job whose time has come is available at the next look, whether or not the library has a leader; one that is to be unique is the
// library's own.
func TestJobsWhoseTimeHasCome(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func(*testing.T, *storetest.Clock) *store.Store) {
		house := open(t, storetest.NewClock(start))
		if !house.IsPostgres() {
			return
		}
		presence, err := house.Appear(t.Context(), "present-"+string(models.NewID()))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(presence.Hide)
		err = house.InTx(t.Context(), func(tx *store.Tx) error {
			return tx.DB.Exec(`INSERT INTO river_job (state, max_attempts, scheduled_at, args, kind, queue, unique_key) VALUES
				('scheduled', 25, now() - interval '1 second', '{}', 'come', 'default', NULL),
				('retryable', 25, now() - interval '1 second', '{}', 'come', 'default', NULL),
				('scheduled', 25, now() + interval '1 minute', '{}', 'to come', 'default', NULL),
				('scheduled', 25, now() - interval '1 second', '{}', 'unique', 'default', 'x')`).Error
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := presence.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
		var kinds []string
		if err := house.Reader(t.Context()).Raw("SELECT kind FROM river_job WHERE state = 'available' ORDER BY id").Scan(&kinds).Error; err != nil {
			t.Fatal(err)
		}
		if len(kinds) != 2 || kinds[0] != "come" || kinds[1] != "come" {
			t.Errorf("available: %v", kinds)
		}
	})
}
