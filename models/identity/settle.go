package identity

import (
	"context"
	"errors"
	"slices"
	"time"

	"onewindow/models"
	"onewindow/models/resident"
	"onewindow/models/store"
)

var (
	errBoundElsewhere = errors.New("the identity is bound to another account")
	errBoundAsAnother = errors.New("the account is bound to another identity")
)

// outcome is what came of asking one department.
type outcome struct {
	department string
	answer     *Resolved
	err        error
}

// final tells that there is nothing to ask again.
func (o outcome) final() bool {
	return o.err == nil || errors.Is(o.err, ErrNotFound) || errors.Is(o.err, ErrMismatch)
}

// settle binds in one transaction: the person, the consent, the minors, a link for every department and the jobs that
// go on asking.
func (s *Service) settle(ctx context.Context, accountID models.ID, claim claim, answer *Resolved, today models.Date) error {
	err := s.store.InTx(ctx, func(tx *store.Tx) error {
		account, err := s.residents.ByIDIn(tx, accountID)
		if err != nil {
			return err
		}
		if account.Bound() { // the same request twice at once: the first one did it
			if account.NationalID == claim.id {
				return nil
			}
			return errBoundAsAnother
		}
		if err := s.takePlace(tx, account.ID, claim.id); err != nil {
			return err
		}
		account.Name, account.NationalID, account.BoundAt = claim.name, claim.id, &tx.Now
		learn(account, answer, claim.id)
		if err := s.residents.Save(tx, account); err != nil {
			return err
		}
		return s.settleRest(ctx, tx, account, answer, today)
	})
	if store.IsDuplicate(err) { // another account bound the number between the look and the save
		return errBoundElsewhere
	}
	return err
}

// takePlace makes the number free for the account, where it stands on the record of a dependant without an account.
func (s *Service) takePlace(tx *store.Tx, account models.ID, id models.NationalID) error {
	holder, err := s.residents.ByNationalIDIn(tx, id)
	var fault *models.Fault
	switch {
	case errors.As(err, &fault) && fault.Code == models.NotFoundCode:
		return nil
	case err != nil:
		return err
	case holder.Bound():
		return errBoundElsewhere
	}
	return s.residents.Succeed(tx, holder, account)
}

func (s *Service) settleRest(ctx context.Context, tx *store.Tx, account *resident.Resident, answer *Resolved, today models.Date) error {
	var wards []resident.Ward
	for _, member := range wardsOf(answer.Household, account.NationalID, today) {
		wards = append(wards, resident.Ward(member))
	}
	if err := s.residents.SetDependants(ctx, tx, account.ID, wards); err != nil {
		return err
	}
	if err := insertConsent(tx, account.ID, PurposeBinding, currentConsent); err != nil {
		return err
	}
	departments := s.departments.Connected()
	if !slices.Contains(departments, s.departments.Authority()) {
		departments = append(slices.Clone(departments), s.departments.Authority())
	}
	if err := insertLinks(tx, account.ID, departments); err != nil {
		return err
	}
	if err := s.storeLink(tx, account.ID, outcome{department: s.departments.Authority(), answer: answer}); err != nil {
		return err
	}
	return enqueueLinks(tx, account.ID, slices.DeleteFunc(slices.Clone(departments),
		func(department string) bool { return department == s.departments.Authority() }))
}

// keepAll stores what departments answered, in one transaction, and merges what they know into the person.
func (s *Service) keepAll(ctx context.Context, residentID models.ID, outcomes []outcome) error {
	outcomes = slices.DeleteFunc(outcomes, func(o outcome) bool { return !o.final() })
	if len(outcomes) == 0 {
		return nil
	}
	// The order of arrival must not decide what the record says.
	slices.SortFunc(outcomes, func(a, b outcome) int { return compare(a.department, b.department) })
	return s.store.InTx(ctx, func(tx *store.Tx) error {
		person, err := s.residents.ByIDIn(tx, residentID)
		if err != nil {
			return err
		}
		changed := false
		for _, outcome := range outcomes {
			if err := s.storeLink(tx, residentID, outcome); err != nil {
				return err
			}
			if outcome.err == nil {
				changed = merge(person, outcome.answer) || changed
			}
		}
		if !changed {
			return nil
		}
		return s.residents.Save(tx, person)
	})
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// postpone counts a question without an answer: the next one comes later, or, after 72 hours, never.
func (s *Service) postpone(ctx context.Context, args LinkArgs, since time.Time) error {
	var again *Snooze
	err := s.store.InTx(ctx, func(tx *store.Tx) error {
		again = nil
		attempts, err := countAttempt(tx, args)
		if err != nil {
			return err
		}
		if left := since.Add(Linking).Sub(tx.Now); left > 0 {
			again = &Snooze{After: min(waitAfter(attempts), left)}
			return nil
		}
		return giveUp(tx, args)
	})
	if err != nil || again == nil {
		return err
	}
	return again
}
