package app

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/riverqueue/river"

	"onewindow/server/connector"
)

// laneWidth is how many jobs of one department a replica works on at once, of the laneWorkers for all departments together: one
// that hangs holds these and no others.
const (
	laneWidth   = 4
	laneWorkers = 32
	// lanePoll is how often they are looked for: nobody sits and waits for them.
	lanePoll = 500 * time.Millisecond
)

// laneWait is how long a job waits for its department's lane before it steps back for another department's.
const laneWait = 200 * time.Millisecond

// lanes keep departments' jobs from standing in each other's way.
type lanes struct {
	mutex  sync.Mutex
	places map[string]chan struct{}
}

func (l *lanes) of(department string) chan struct{} {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.places == nil {
		l.places = map[string]chan struct{}{}
	}
	if l.places[department] == nil {
		l.places[department] = make(chan struct{}, laneWidth)
	}
	return l.places[department]
}

// toDepartment is a job that asks a department's system.
type toDepartment interface {
	river.JobArgs
	ToDepartment() string
}

// inLane does a department's job when its lane has a place; otherwise the job comes again in a moment, at no attempt's cost.
func inLane[T toDepartment](l *lanes, work func(context.Context, *river.Job[T]) error) func(context.Context, *river.Job[T]) error {
	return func(ctx context.Context, job *river.Job[T]) error {
		lane, patience := l.of(job.Args.ToDepartment()), time.NewTimer(laneWait)
		defer patience.Stop()
		select {
		case lane <- struct{}{}:
			defer func() { <-lane }()
			return work(connector.OnErrand(ctx, fmt.Sprint(job.ID, " ", job.CreatedAt.UnixNano())), job)
		case <-patience.C:
			return river.JobSnooze(time.Second + rand.N(2*time.Second)) // #nosec G404 -- spreads, protects nothing
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
