package casework

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"onewindow/models"
	"onewindow/models/catalogue"
	"onewindow/models/store"
)

// The sweep takes cases in lots, each in one transaction; on PostgreSQL several lots at a time. A case that fails is set aside
// for a while.
const (
	sweepLot   = 200
	sweepHands = 2
	setAside   = time.Hour
)

// Sweep does what the house itself has to do by now: it deems accepted what got no notice in time, and ends what was not
// supplemented in time. It reads only what is due and may run on any number of replicas: what one has taken, the others pass
// over. It gives how many cases it moved; one that fails holds nobody else back.
func (s *Service) Sweep(ctx context.Context) (int, error) {
	if err := s.Store.InTx(ctx, s.records.mergeCounts); err != nil {
		return 0, err
	}
	due, err := s.records.anyDue(s.Store.Reader(ctx), s.Store.Clock().Now())
	if err != nil || !due {
		return 0, err
	}
	hands := 1
	if s.Store.IsPostgres() {
		hands = sweepHands
	}
	moved, failures := make([]int, hands+1), make([]error, hands+1)
	var working sync.WaitGroup
	for hand := range hands {
		working.Go(func() { moved[hand], failures[hand] = s.sweepLots(ctx) })
	}
	working.Wait()
	moved[hands], failures[hands] = s.sweepMembers(ctx)
	done := 0
	for _, count := range moved {
		done += count
	}
	return done, errors.Join(failures...)
}

// sweepLots takes lot after lot of the cases that stand alone, until nothing is due that nobody else has taken.
func (s *Service) sweepLots(ctx context.Context) (done int, err error) {
	for ctx.Err() == nil {
		taken, moved, err := s.wake(ctx, func(tx *store.Tx) ([]models.ID, error) { return s.records.takeDue(tx, sweepLot) })
		if done += moved; err != nil || taken < sweepLot {
			return done, err
		}
	}
	return done, nil
}

// sweepMembers takes the cases of bundles one by one: what happens to one holds the others of its bundle too, in their order.
func (s *Service) sweepMembers(ctx context.Context) (done int, err error) {
	ids, err := s.records.dueMembers(s.Store.Reader(ctx), s.Store.Clock().Now(), sweepLot)
	if err != nil {
		return 0, err
	}
	var failures []error
	for _, id := range ids {
		_, moved, err := s.wake(ctx, func(tx *store.Tx) ([]models.ID, error) {
			c, err := s.records.locked(tx, id)
			if err != nil || c == nil || c.WakeAt == nil || !c.WakeAt.Before(tx.Now) {
				return nil, err
			}
			return []models.ID{id}, nil
		})
		done, failures = done+moved, append(failures, err)
	}
	return done, errors.Join(failures...)
}

// wake does for a lot of due cases what the house has to do, in one transaction. Where that fails each half is tried by itself,
// down to the case that it is for, which is set aside.
func (s *Service) wake(ctx context.Context, take func(tx *store.Tx) ([]models.ID, error)) (taken, moved int, err error) {
	var ids []models.ID
	failure := s.Store.InTx(ctx, func(tx *store.Tx) error {
		var err error
		if ids, err = take(tx); err != nil || len(ids) == 0 {
			return err
		}
		return s.wakeTaken(ctx, tx, ids)
	})
	switch {
	case failure == nil:
		return len(ids), len(ids), nil
	case len(ids) == 0 || ctx.Err() != nil:
		return 0, 0, failure
	case len(ids) == 1:
		return 1, 0, s.setAside(ctx, ids[0], failure)
	}
	var failures []error
	for _, half := range [][]models.ID{ids[:len(ids)/2], ids[len(ids)/2:]} {
		_, some, err := s.wake(ctx, func(tx *store.Tx) ([]models.ID, error) { return s.records.stillDue(tx, half) })
		moved, failures = moved+some, append(failures, err)
	}
	return len(ids), moved, errors.Join(failures...)
}

// wakeTaken moves the cases that a transaction has taken. What they write goes to the database together.
func (s *Service) wakeTaken(ctx context.Context, tx *store.Tx, ids []models.ID) error {
	var cases []*Case
	var err error
	if len(ids) == 1 { // with the others of its bundle
		var one *Case
		if one, err = s.records.locked(tx, ids[0]); one != nil {
			cases = []*Case{one}
		}
	} else {
		cases, err = s.records.withAnswers(tx.DB, ids)
	}
	if err != nil {
		return err
	}
	found, err := s.Residents.ByIDsIn(tx, distinct(peopleOf(cases)))
	if err != nil {
		return err
	}
	officials, err := s.holdersOfAcceptance(tx, ids)
	if err != nil {
		return err
	}
	for _, c := range cases {
		known, err := peopleAmong(found, c)
		if err == nil {
			err = s.wakeCase(ctx, tx, c, &known, officials[c.ID])
		}
		if errors.Is(err, errNothingToDo) {
			err = s.records.postpone(tx, c.ID, tx.Now.Add(setAside))
		}
		if err != nil {
			return fmt.Errorf("application %s: %w", c.ID, err)
		}
	}
	return nil
}

func distinct(ids []models.ID) []models.ID {
	slices.Sort(ids)
	return slices.Compact(ids)
}

func (s *Service) wakeCase(ctx context.Context, tx *store.Tx, c *Case, known *people, official models.Text) (err error) {
	defer func() { // a case that breaks a rule of this program must not end the sweep of all others
		if fault := recover(); fault != nil {
			err = fmt.Errorf("%v", fault)
		}
	}()
	_, _, err = s.changeLocked(ctx, tx, models.SystemActor(), c, func(*store.Tx, *Case) error { return nil },
		func(tx *store.Tx, m *move) ([]*models.Problem, error) {
			m.people = known
			switch m.kase.State {
			case SupplementRequired:
				if m.kase.Progress.Supplement.DueAt.Before(m.now) {
					return nil, m.lapse()
				}
				return nil, m.deferredLate()
			case InReview:
				return nil, m.deferredLate()
			case Submitted:
				if err := s.preparedSteps(tx, m); err != nil {
					return nil, err
				}
				if err := m.deemAccept(official); err != nil {
					return nil, err
				}
				return nil, s.conclude(ctx, tx, m, "")
			}
			m.kase.WakeAt = nil
			return nil, nil
		})
	return err
}

// setAside lets a case that fails wait for an hour, so that the sweep does not come back to it every second.
func (s *Service) setAside(ctx context.Context, id models.ID, failure error) error {
	s.Logger.ErrorContext(ctx, "case set aside by the sweep", "application", id, "for", setAside.String(), "error", failure)
	if s.OnSetAside != nil {
		s.OnSetAside()
	}
	return s.Store.InTx(ctx, func(tx *store.Tx) error { return s.records.postpone(tx, id, tx.Now.Add(setAside)) })
}

// Standing is a case as it stands inside a transaction, with what its dates follow from.
type Standing struct {
	Case *Case
	Item *catalogue.Item
	// DueAt is when the decision is promised while the clock runs; nil before acceptance, after the end and while it stands still.
	DueAt *time.Time
}

// Standings tells, for reminders, how applications stand inside the transaction. Those that do not exist are left out, and so is, with
// a word to the operators, one whose item's version is nowhere to be found: the others' reminders do not wait for it.
func (s *Service) Standings(ctx context.Context, tx *store.Tx, ids []models.ID) (map[models.ID]Standing, error) {
	found, err := s.records.byIDs(ctx, tx.DB, ids)
	if err != nil {
		return nil, err
	}
	standings := make(map[models.ID]Standing, len(found))
	for id, c := range found {
		item, err := s.item(ctx, c)
		var fault *models.Fault
		if errors.As(err, &fault) && fault.Code == models.NotFoundCode {
			s.Logger.ErrorContext(ctx, "no reminders of an application whose item is not known", "application", c.ID, "error", err)
			continue
		}
		if err != nil {
			return nil, err
		}
		standings[id] = s.Stand(c, item, tx.Now)
	}
	return standings, nil
}

// Stand tells how one case stands that is at hand already.
func (s *Service) Stand(c *Case, item *catalogue.Item, now time.Time) Standing {
	standing := Standing{Case: c, Item: item}
	if c.State == InReview && !c.clockStands(item) {
		standing.DueAt = s.DueAt(c, item, now)
	}
	return standing
}

// clockStands tells whether something stops the promise clock now, so that its end is not known yet.
func (c *Case) clockStands(item *catalogue.Item) bool {
	for _, stop := range c.Progress.Stops {
		if stop.IsWait() && stop.To == nil {
			return true
		}
	}
	for _, definition := range item.Steps {
		if step := c.Step(definition.ID); !definition.Counts && step != nil && step.StartedAt != nil && step.FinishedAt == nil {
			return true
		}
	}
	return false
}

// holdersOfAcceptance names who has, or had last, the acceptance of cases in hand; nil where nobody had.
func (s *Service) holdersOfAcceptance(tx *store.Tx, ids []models.ID) (map[models.ID]models.Text, error) {
	holders, err := s.records.lastHolders(tx.DB, ids)
	if err != nil || len(holders) == 0 {
		return nil, err
	}
	staff, err := s.StaffByIDs(tx.DB.Statement.Context, distinct(slices.Collect(maps.Values(holders))))
	if err != nil {
		return nil, err
	}
	named := make(map[models.ID]models.Text, len(holders))
	for id, holder := range holders {
		if staff[holder] != nil {
			named[id] = plain(staff[holder].DisplayName)
		}
	}
	return named, nil
}

// OpenTasks gives the work of applications that is still to be done, for reminding those who have it.
func (s *Service) OpenTasks(_ context.Context, tx *store.Tx, ids []models.ID) ([]*Task, error) {
	return s.records.openTasks(tx.DB, ids, tx.Now)
}
