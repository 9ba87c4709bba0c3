package notify

import (
	"context"
	"fmt"
	"sync"
	"time"

	"onewindow/models"
	"onewindow/models/store"
)

// roundBatch is how many things one question of a round gives.
const roundBatch = 500

// Once a day the planner looks for what comes within the days of the occasions that it has to look for by itself. How far it has
// looked is stored, so that a day on which the house was closed is made up for, and any number of replicas look once.

// goRounds looks for what is due today and has not been looked for.
func (s *Service) goRounds(ctx context.Context) error {
	now := s.store.Clock().Now()
	today := models.DateOf(now)
	if s.rounds.hourly(now) {
		if err := s.forgetUnreached(ctx); err != nil {
			return fmt.Errorf("round of the unreached: %w", err)
		}
	}
	for rule, occasion := range s.occasions {
		if occasion.Find == nil || s.rounds.done(rule, today) {
			continue
		}
		err := s.store.InTx(ctx, func(tx *store.Tx) error { return s.goRound(ctx, tx, occasion) })
		if err != nil {
			return fmt.Errorf("round of %s: %w", rule, err)
		}
		s.rounds.end(rule, today)
	}
	return nil
}

func (s *Service) goRound(ctx context.Context, tx *store.Tx, occasion Occasion) error {
	today := models.DateOf(tx.Now)
	through, err := lockRound(tx, occasion.Rule, today-1)
	if err != nil || through == today {
		return err
	}
	if through > today { // a clock that was ahead has been put right
		return saveRound(tx, occasion.Rule, today)
	}
	for _, days := range occasion.Before {
		if err := s.lookFor(ctx, tx, occasion, later(through+1, days), later(today, days), through+1); err != nil {
			return err
		}
	}
	return saveRound(tx, occasion.Rule, today)
}

// lookFor plans for all that is due from a day to another; reminders of the days from since on are not too late.
func (s *Service) lookFor(ctx context.Context, tx *store.Tx, occasion Occasion, from, to, since models.Date) error {
	var after models.ID
	for {
		dues, err := occasion.Find(ctx, tx, from, to, after, roundBatch)
		if err != nil {
			return err
		}
		if err := s.expect(ctx, tx, occasion.Rule, dues, since.Start()); err != nil {
			return err
		}
		if len(dues) < roundBatch {
			return nil
		}
		after = dues[len(dues)-1].ThingID
	}
}

// rounds remembers what this replica has looked for, so that it asks the database once a day.
type rounds struct {
	mutex sync.Mutex
	day   map[Rule]models.Date
	hour  time.Time
}

// hourly tells, once in each hour, that it is time.
func (r *rounds) hourly(now time.Time) bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	hour := now.Truncate(time.Hour)
	if r.hour.Equal(hour) {
		return false
	}
	r.hour = hour
	return true
}

func (r *rounds) done(rule Rule, today models.Date) bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.day[rule] == today
}

func (r *rounds) end(rule Rule, today models.Date) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.day == nil {
		r.day = map[Rule]models.Date{}
	}
	r.day[rule] = today
}
