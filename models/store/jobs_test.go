package store_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"onewindow/models/store"
	"onewindow/models/store/storetest"
)

// errand is a job that says when it is done.
type errand struct{}

func (errand) Kind() string { return "store.errand" }

// A demo's server that was killed leaves the job that it was at. The next one takes it up at once, though the demo's clock
// stands months before the machine's.
func TestAJobLeftByAKilledServerIsTakenUp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func(*testing.T, *storetest.Clock) *store.Store) {
		s := open(t, storetest.NewClock(start))
		err := s.InTx(t.Context(), func(tx *store.Tx) error {
			if err := tx.Enqueue(errand{}, nil); err != nil {
				return err
			}
			return tx.DB.Exec("UPDATE river_job SET state = 'running', attempted_at = ?, attempt = 1", tx.Now).Error
		})
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan int, 1)
		workers := river.NewWorkers()
		river.AddWorker(workers, river.WorkFunc(func(_ context.Context, job *river.Job[errand]) error {
			done <- job.Attempt
			return nil
		}))
		client, err := s.NewWorkers(&river.Config{
			Workers: workers, Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 1}},
			FetchPollInterval: 50 * time.Millisecond, FetchCooldown: 50 * time.Millisecond, Logger: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := client.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = client.StopAndCancel(context.Background()) }()
		select {
		case attempt := <-done:
			if attempt != 2 {
				t.Errorf("it was attempt %d", attempt)
			}
		case <-time.After(time.Minute):
			t.Error("the job was not taken up")
		}
	})
}
