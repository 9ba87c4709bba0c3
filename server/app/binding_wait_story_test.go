package app_test

import (
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
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
		hanging, waiting := hangingDepartment(t)
		file := o.connections(t, map[string]bool{"public-security": false})
		further(t, file, "tax", hanging.URL, hangs)
		c := openWith(t, on, map[string]string{"ONEWINDOW_CONNECTIONS": file})
		resting := leastHeld(t, c)
		done := make(chan time.Duration, 1)
		go func() {
			begun := time.Now()
			knownToTheOffice(t, c)
			done <- time.Since(begun)
		}()
		for until := time.Now().Add(patience); waiting.Load() == 0; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(until) {
				t.Fatal("the department was not asked")
			}
		}
		time.Sleep(200 * time.Millisecond) // what is stored beside the waiting is stored by now
		for len(done) == 0 {
			held := leastHeld(t, c)
			if len(done) == 0 && held > resting { // the look fell wholly into the waiting
				t.Errorf("%d connections are held, %d at rest", held, resting)
			}
		}
		if took := <-done; took > hangs/2 {
			t.Errorf("with a department that hangs, binding took %s", took)
		}
	})
}

// A department that needs longer than the resident waits is linked when it answers, without being asked again; the resident is told
// once nobody is waited for any more.
func TestALateDepartmentIsLinkedWhenItAnswers(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		o, asked := newOffice(t), atomic.Int32{}
		late := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			asked.Add(1)
			time.Sleep(2500 * time.Millisecond)
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"subject":"late-1","attributes":{}}`)
		}))
		t.Cleanup(late.Close)
		file := o.connections(t, map[string]bool{"public-security": false})
		further(t, file, "tax", late.URL, hangs)
		c := openWith(t, on, map[string]string{"ONEWINDOW_CONNECTIONS": file})
		person := knownToTheOffice(t, c)
		if status := linkOf(t, person, "tax"); status != "PENDING" {
			t.Errorf("answered before its time: %s", status)
		}
		eventually(t, "tax is linked and the resident told", func() bool {
			return linkOf(t, person, "tax") == "LINKED" && toldOf(t, person, "IDENTITY_LINKED") == 1
		})
		if asked.Load() != 1 {
			t.Errorf("the slow department was asked %d times", asked.Load())
		}
	})
}

// A department that never answers is given up after three days, which the resident is told, and asked anew by who binds again.
func TestADepartmentThatNeverAnswersIsGivenUp(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		o, asked := newOffice(t), atomic.Int32{}
		broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			asked.Add(1)
			w.WriteHeader(http.StatusServiceUnavailable)
		}))
		t.Cleanup(broken.Close)
		file := o.connections(t, map[string]bool{"public-security": false})
		further(t, file, "health", broken.URL, hangs)
		c := openWith(t, on, map[string]string{"ONEWINDOW_CONNECTIONS": file})
		person := knownToTheOffice(t, c)
		c.advance(t, "73h")
		eventually(t, "health is given up and the resident told", func() bool {
			return linkOf(t, person, "health") == "FAILED" && toldOf(t, person, "IDENTITY_UNLINKED") == 1
		})
		c.advance(t, "1m") // the job that gave up has ended
		before := asked.Load()
		change(t, person, "BindIdentity", officeClaim())
		if status := linkOf(t, person, "health"); status != "PENDING" {
			t.Errorf("after binding again: %s", status)
		}
		c.advance(t, "10s")
		eventually(t, "health is asked again", func() bool { return asked.Load() > before })
	})
}

// eventually waits for what the background does.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for until := time.Now().Add(patience); !holds(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("it never came to pass: " + what)
		}
	}
}

// hangs is how long a department that hangs is waited for at most: who waited for it waited about so long.
const hangs = time.Minute

// hangingDepartment takes requests, counts them, and never says a word.
func hangingDepartment(t *testing.T) (*httptest.Server, *atomic.Int32) {
	t.Helper()
	asked := &atomic.Int32{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // until then a server does not see its caller go
		asked.Add(1)
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	return server, asked
}

// further adds a department to a connections file, which is waited for so long.
func further(t *testing.T, file, department, url string, timeout time.Duration) {
	t.Helper()
	written, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	written = append(written, []byte("  - {department: "+department+", url: \""+url+"\", outbound_secret: "+webhook.NewSecret().Reveal()+
		", inbound_secrets: ["+webhook.NewSecret().Reveal()+"], timeout: "+timeout.String()+"}\n")...)
	if err := os.WriteFile(file, written, 0o600); err != nil {
		t.Fatal(err)
	}
}

func linkOf(t *testing.T, v *visitor, department string) string {
	t.Helper()
	for _, link := range ask[viewer](t, v, "Me", nil).Identity.Links {
		if link.Department.Code == department {
			return link.Status
		}
	}
	return ""
}

func toldOf(t *testing.T, v *visitor, kind string) (times int) {
	t.Helper()
	for _, one := range ask[viewer](t, v, "Inbox", vars{"first": 50}).Inbox.nodes() {
		if one.Kind == kind {
			times++
		}
	}
	return times
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
