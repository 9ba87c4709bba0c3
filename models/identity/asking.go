package identity

import (
	"context"
	"sync"
	"time"

	"onewindow/models"
)

// questionWait bounds one question; the connection's own time-out comes before it.
const questionWait = time.Minute

// question is one question, put to all departments but the authority at the same time.
type question struct {
	asked   int
	answers chan outcome
	// early and deadline come when a quarter and all of the departments' time has passed.
	early, deadline <-chan time.Time
}

// ask puts the question. It is not called off when the resident has been answered: a department that takes three seconds is
// linked after three seconds, and one that hangs is known for it.
func (s *Service) ask(ctx context.Context, claim claim) *question {
	ctx, end := s.late.begin(ctx)
	grounds := s.register.grounds(PurposeBinding) // the claim came with the consent
	q := &question{early: time.After(departmentWait / 4), deadline: time.After(departmentWait)}
	departments := s.departments.Connected()
	q.answers = make(chan outcome, len(departments))
	var asking sync.WaitGroup
	for _, department := range departments {
		if department == s.departments.Authority() {
			continue
		}
		q.asked++
		asking.Go(func() {
			resolved, err := s.departments.Resolve(ctx, grounds, department, claim.id, claim.name)
			q.answers <- outcome{department, resolved, err}
		})
	}
	go func() { asking.Wait(); end() }()
	return q
}

// until gives what comes before a moment, at the latest when nobody is left to answer.
func (q *question) until(moment <-chan time.Time) []outcome {
	var outcomes []outcome
	for q.asked > 0 {
		select {
		case answer := <-q.answers:
			outcomes = append(outcomes, answer)
			q.asked--
		case <-moment:
			return outcomes
		}
	}
	return outcomes
}

// keepLate stores what comes after that, as it comes. Whatever is lost here is asked again by the jobs.
func (s *Service) keepLate(ctx context.Context, residentID models.ID, q *question) {
	if q.asked == 0 {
		return
	}
	ctx, end := s.late.begin(ctx)
	go func() {
		defer end()
		for ; q.asked > 0; q.asked-- {
			select {
			case answer := <-q.answers:
				_ = s.keepAndTell(ctx, residentID, []outcome{answer}) // the job asks again
			case <-ctx.Done():
				return
			}
		}
	}()
}

// late is what goes on after a resident has been answered.
type late struct {
	closing context.Context //nolint:containedctx // the end of the house, which outlives every request
	cancel  context.CancelFunc
	working sync.WaitGroup
}

func newLate() *late {
	l := &late{}
	l.closing, l.cancel = context.WithCancel(context.Background())
	return l
}

// begin gives a context that outlives the request and ends with the house; end must be called.
func (l *late) begin(ctx context.Context) (_ context.Context, end func()) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), questionWait)
	stop := context.AfterFunc(l.closing, cancel)
	l.working.Add(1)
	return ctx, func() { stop(); cancel(); l.working.Done() }
}

func (l *late) close() {
	l.cancel()
	l.working.Wait()
}
