package signal_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"onewindow/models/signal"
)

func hub(t *testing.T, address string) *signal.Hub {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: address})
	t.Cleanup(func() { _ = client.Close() })
	made := signal.New(client, slog.New(slog.DiscardHandler))
	go made.Run(t.Context())
	return made
}

func heard(signals <-chan []byte, within time.Duration) bool {
	select {
	case <-signals:
		return true
	case <-time.After(within):
		return false
	}
}

func TestASignalReachesWatchersOnEveryReplicaAndNobodyElse(t *testing.T) {
	server := miniredis.RunT(t)
	here, there := hub(t, server.Addr()), hub(t, server.Addr())
	mine, stopMine := here.Subscribe("case:1")
	theirs, stopTheirs := there.Subscribe("case:1")
	other, stopOther := there.Subscribe("case:2")
	defer stopTheirs()
	defer stopOther()
	ok := false
	for range 50 { // until both replicas listen
		here.Publish("case:1", nil)
		if ok = heard(mine, 50*time.Millisecond) && heard(theirs, 50*time.Millisecond); ok {
			break
		}
	}
	if !ok {
		t.Fatal("not heard")
	}
	if heard(other, 50*time.Millisecond) {
		t.Error("another topic's watcher heard it")
	}
	for heard(theirs, 50*time.Millisecond) { // what was published until both listened
	}
	here.PublishAll([]string{"case:3", "case:2"})
	if !heard(other, time.Second) || heard(theirs, 50*time.Millisecond) {
		t.Error("signalled together, the right one did not hear it or a wrong one did")
	}
	stopMine()
	here.Publish("case:1", nil)
	for heard(mine, 100*time.Millisecond) { // what was under way
	}
}

func TestARedisThatIsGoneHoldsNobodyUp(t *testing.T) {
	server := miniredis.RunT(t)
	lost := hub(t, server.Addr())
	server.Close()
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	for range 100 {
		lost.Publish("case:1", nil)
	}
	if ctx.Err() != nil || time.Since(began) > 500*time.Millisecond {
		t.Error("publishing waited for Redis")
	}
}
