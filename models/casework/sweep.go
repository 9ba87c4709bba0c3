package casework

import (
	"context"
	"errors"

	"onewindow/models"
	"onewindow/models/material"
	"onewindow/models/store"
)

// sweepLot is how many cases one look of the sweep takes.
const sweepLot = 200

// Sweep does what the house itself has to do by now: it deems accepted what got no notice in time, and ends what was not
// supplemented in time. It reads only what is due and may run on any number of replicas. It gives how many cases it moved.
func (s *Service) Sweep(ctx context.Context) (int, error) {
	if err := s.Store.InTx(ctx, s.records.mergeCounts); err != nil {
		return 0, err
	}
	done := 0
	for {
		ids, err := s.records.due(s.Store.Reader(ctx), s.Store.Clock().Now(), sweepLot)
		if err != nil {
			return done, err
		}
		moved := 0
		var failures []error
		for _, id := range ids {
			if err := s.wake(ctx, id); err != nil {
				failures = append(failures, err) // one case that fails holds nobody else back
				continue
			}
			moved++
		}
		done += moved
		if len(ids) < sweepLot || moved == 0 || ctx.Err() != nil {
			return done, errors.Join(failures...)
		}
	}
}

func (s *Service) wake(ctx context.Context, id models.ID) error {
	_, _, err := s.change(ctx, models.SystemActor(), id, func(*store.Tx, *Case) error { return nil },
		func(tx *store.Tx, m *move) ([]*models.Problem, error) {
			if m.kase.WakeAt == nil || !m.kase.WakeAt.Before(m.now) {
				return nil, errNothingToDo
			}
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
				official, err := s.holderOfAcceptance(tx, id)
				if err != nil {
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
	return unlessNothing(err)
}

// OpenSupplements tells, for reminders, which of the applications still wait for materials, as they stand inside the
// transaction.
func (s *Service) OpenSupplements(_ context.Context, tx *store.Tx, ids []models.ID) (map[models.ID]*Case, error) {
	found, err := s.records.byIDs(tx.DB.Statement.Context, tx.DB, ids)
	if err != nil {
		return nil, err
	}
	for id, c := range found {
		if !stillWaits(c) {
			delete(found, id)
		}
	}
	return found, nil
}

func stillWaits(c *Case) bool {
	for _, requirement := range c.Progress.Requirements {
		if requirement.Status == material.Deferred && requirement.DueAt != nil {
			return true
		}
	}
	if c.Progress.Supplement == nil {
		return false
	}
	for _, key := range c.Progress.Supplement.Keys {
		if c.Requirement(key).Status.Open() {
			return true
		}
	}
	return false
}

// holderOfAcceptance names who has, or had last, the acceptance in hand; nil where nobody had.
func (s *Service) holderOfAcceptance(tx *store.Tx, id models.ID) (models.Text, error) {
	holder, err := s.records.lastHolder(tx.DB, id)
	if err != nil || holder == "" {
		return nil, err
	}
	staff, err := s.StaffByIDs(tx.DB.Statement.Context, []models.ID{holder})
	if err != nil || staff[holder] == nil {
		return nil, err
	}
	return plain(staff[holder].DisplayName), nil
}
