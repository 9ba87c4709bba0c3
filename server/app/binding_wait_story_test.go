package app_test

import (
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"onewindow/models/store"
	"onewindow/server/connector/webhook"
)

// While departments hang, a binding waits for them without a database connection: everybody else goes on.
func TestABindingThatWaitsHoldsNoConnection(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		o := newOffice(t)
		var waiting atomic.Int32
		hanging := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // until then a server does not see its caller go
			waiting.Add(1)
			<-r.Context().Done()
		}))
		t.Cleanup(hanging.Close)
		file := o.connections(t, map[string]bool{"public-security": false})
		written, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		written = append(written, []byte("  - {department: tax, url: \""+hanging.URL+"\", outbound_secret: "+webhook.NewSecret().Reveal()+
			", inbound_secrets: ["+webhook.NewSecret().Reveal()+"]}\n")...)
		silent := filepath.Join(t.TempDir(), "connections.yaml")
		if err := os.WriteFile(silent, written, 0o600); err != nil {
			t.Fatal(err)
		}
		c := openWith(t, on, map[string]string{"ONEWINDOW_CONNECTIONS": silent})
		resting := leastHeld(t, c)
		done := make(chan time.Duration, 1)
		go func() {
			begun := time.Now()
			knownToTheOffice(t, c)
			done <- time.Since(begun)
		}()
		for until := time.Now().Add(5 * time.Second); waiting.Load() == 0; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(until) {
				t.Fatal("the department was not asked")
			}
		}
		asked := time.Now()
		time.Sleep(200 * time.Millisecond) // what is stored beside the waiting is stored by now
		held := leastHeld(t, c)
		if passed := time.Since(asked); held > resting || passed > 1500*time.Millisecond || len(done) > 0 {
			t.Errorf("%d connections are held, %d at rest, %s after the department was asked, over: %v", held, resting, passed, len(done) > 0)
		}
		if took := <-done; took > 4*time.Second {
			t.Errorf("with a department that hangs, binding took %s", took)
		}
	})
}

// leastHeld is how many connections are held all the while; background jobs come and go. Who wants to write can.
func leastHeld(t *testing.T, c *city) int {
	t.Helper()
	if err := c.store.InTx(t.Context(), func(*store.Tx) error { return nil }); err != nil { // SQLite has one writer
		t.Fatal(err)
	}
	least := math.MaxInt
	for range 20 {
		time.Sleep(20 * time.Millisecond)
		if c.store.IsPostgres() {
			least = min(least, int(c.store.Pool().Stat().AcquiredConns()))
			continue
		}
		reader, err := c.store.Reader(t.Context()).DB()
		if err != nil {
			t.Fatal(err)
		}
		least = min(least, reader.Stats().InUse)
	}
	return least
}
