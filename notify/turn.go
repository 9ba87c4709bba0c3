package notify

import (
	"context"
	"sync"
	"time"
)

const (
	// lively is how many jobs of one channel make attempts at the same time in one process.
	lively = 4
	// hangs is how long a job waits for its provider before another job has its turn.
	hangs = time.Second
	// longestTurn is how long a job works, or waits for its turn, before the rest of it comes again as a job of its own.
	longestTurn = 20 * time.Second
)

// turns give the jobs of each channel their turn. Who hangs at the provider gives it to another, so that a few that hang never hold
// back the rest of their channel, while a channel that works well keeps few at it at once.
type turns struct {
	mutex  sync.Mutex
	places map[Channel]chan struct{}
}

func (t *turns) of(channel Channel) chan struct{} {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.places == nil {
		t.places = map[Channel]chan struct{}{}
	}
	if t.places[channel] == nil {
		t.places[channel] = make(chan struct{}, lively)
	}
	return t.places[channel]
}

// turn is one job's. It belongs to one goroutine.
type turn struct {
	places chan struct{}
	held   bool
	// over ends when the job has worked, or waited, long enough.
	over context.Context //nolint:containedctx // the turn is no longer than one call of Send
}

// take waits for the turn; false: it did not come in time, or the job has had its time.
func (t *turn) take() bool {
	if t.over.Err() != nil {
		return false
	}
	if t.held {
		return true
	}
	select {
	case t.places <- struct{}{}:
		t.held = true
	case <-t.over.Done():
	}
	return t.held
}

// give lets another job have the turn.
func (t *turn) give() {
	if t.held {
		<-t.places
		t.held = false
	}
}
