package connector

import (
	"sync"
	"time"
)

const (
	// failuresToOpen is how many failures in a row open the circuit.
	failuresToOpen = 5
	// leftAlone is how long an open circuit lets nothing through.
	leftAlone = 30 * time.Second
)

// breakerState is exported to the metrics as its number.
type breakerState int

const (
	closed   breakerState = 0
	halfOpen breakerState = 1
	open     breakerState = 2
)

// breaker leaves a department alone that keeps failing. Closed lets everything through; after failuresToOpen failures
// in a row it opens; after leftAlone one request at a time is let through to try, and its end decides.
type breaker struct {
	now func() time.Time

	mutex    sync.Mutex
	state    breakerState
	failures int
	openedAt time.Time
	trying   bool
}

// verdict is how a request that was let through ended.
type verdict int

const (
	// answered: the department answered by the protocol, whatever the answer.
	answered verdict = iota
	// failed: the department did not.
	failed
	// abandoned: the caller went away, which says nothing about the department.
	abandoned
)

// enter tells whether a request may go; if so, leave must follow. wait is how long an open circuit stays so.
func (b *breaker) enter() (ok bool, wait time.Duration) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.state == closed {
		return true, 0
	}
	if b.state == open {
		if remaining := leftAlone - b.now().Sub(b.openedAt); remaining > 0 {
			return false, remaining
		}
		b.state, b.trying = halfOpen, false
	}
	if b.trying {
		return false, time.Second
	}
	b.trying = true
	return true, 0
}

// leave records how the request ended.
func (b *breaker) leave(end verdict) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	switch end {
	case answered:
		// A request that was let through before the circuit opened and ends well closes it too: the department lives.
		b.state, b.failures, b.trying = closed, 0, false
	case failed:
		b.failures++
		if b.state == halfOpen || (b.state == closed && b.failures >= failuresToOpen) {
			b.state, b.openedAt, b.trying = open, b.now(), false
		}
	case abandoned:
		b.trying = false
	}
}

func (b *breaker) current() breakerState {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.state
}
