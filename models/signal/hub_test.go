package signal_test

import (
	"log/slog"
	"net"
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
	listen(t, here, there)
	mine, stopMine := here.Subscribe("case:1")
	theirs, stopTheirs := there.Subscribe("case:1")
	other, stopOther := there.Subscribe("case:2")
	defer stopTheirs()
	defer stopOther()
	here.Publish("case:1", nil)
	if !heard(mine, time.Minute) || !heard(theirs, time.Minute) {
		t.Fatal("not heard")
	}
	if len(other) > 0 {
		t.Error("another topic's watcher heard it")
	}
	here.PublishAll([]string{"case:3", "case:2"})
	if !heard(other, time.Minute) || len(theirs) > 0 {
		t.Error("signalled together, the right one did not hear it or a wrong one did")
	}
	if here.Listening() != 1 || there.Listening() != 2 {
		t.Errorf("%d and %d listen", here.Listening(), there.Listening())
	}
	stopMine()
	stopMine()
	if here.Listening() != 0 {
		t.Errorf("%d listen after the only one has left", here.Listening())
	}
	here.Publish("case:1", nil)
	if !heard(theirs, time.Minute) || heard(mine, 50*time.Millisecond) {
		t.Error("who stopped to listen heard it, or who did not stop did not")
	}
}

// listen waits until signals arrive at each hub: its subscription has no acknowledgement.
func listen(t *testing.T, hubs ...*signal.Hub) {
	t.Helper()
	for _, one := range hubs {
		signals, stop := one.Subscribe("ready")
		defer stop()
		until := time.Now().Add(time.Minute)
		for one.Publish("ready", nil); !heard(signals, 100*time.Millisecond); one.Publish("ready", nil) {
			if time.Now().After(until) {
				t.Fatal("nothing arrives")
			}
		}
	}
}

func TestARedisThatIsGoneHoldsNobodyUp(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and never answers
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	lost := hub(t, silent.Addr().String())
	began := time.Now()
	for range 1000 {
		lost.Publish("case:1", nil)
	}
	if took := time.Since(began); took > time.Minute { // each would wait for a quarter of a second
		t.Errorf("publishing waited for Redis: %s", took)
	}
}
