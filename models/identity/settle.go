package identity

import (
	"context"
	"errors"
	"slices"
	"strings"
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

// heard is what the authority and those departments have answered that were quick; of the latter what is final.
type heard struct {
	authority *Resolved
	others    []outcome
}

// final leaves what there is nothing to ask again about, in an order of its own: that of arrival must not decide what the record says.
func final(outcomes []outcome) []outcome {
	ended := slices.DeleteFunc(slices.Clone(outcomes), func(o outcome) bool { return !o.final() })
	slices.SortFunc(ended, func(a, b outcome) int { return strings.Compare(a.department, b.department) })
	return ended
}

// settle binds in one transaction: the person, the consent, the minors, a link for every department and the jobs that
// go on asking. It gives the account that the identity is bound to: where the number is bound already and the claim proven,
// the caller's phone has joined that one, and what departments answered is not kept.
func (s *Service) settle(
	ctx context.Context, accountID models.ID, claim claim, standing standing, heard heard, today models.Date,
) (owner models.ID, kept bool, err error) {
	err = s.store.InTx(ctx, func(tx *store.Tx) (err error) {
		owner, kept, err = s.settleIn(ctx, tx, accountID, claim, standing, heard, today)
		if store.IsDuplicate(err) { // the number came in elsewhere between the look and the save: the second look finds where
			return store.ErrRetry
		}
		return err
	})
	return owner, kept, err
}

func (s *Service) settleIn(
	ctx context.Context, tx *store.Tx, accountID models.ID, claim claim, standing standing, heard heard, today models.Date,
) (owner models.ID, kept bool, err error) {
	account, err := s.residents.ByIDIn(tx, accountID)
	if err != nil {
		return "", false, err
	}
	if account.Bound() { // the same request twice at once: the first one did it
		if account.NationalID == claim.id {
			return account.ID, false, nil
		}
		return "", false, errBoundAsAnother
	}
	if account, err = s.takePlace(ctx, tx, account, claim.id, standing); err != nil {
		return "", false, err
	}
	if account.Bound() {
		_, err := s.agreeAgain(tx, account, claim.channel)
		return account.ID, false, err
	}
	account.Name, account.NationalID, account.BoundAt, account.UnboundAt = claim.name, claim.id, &tx.Now, nil
	learn(account, heard.authority, claim.id)
	for _, other := range heard.others {
		if other.err == nil {
			merge(account, other.answer)
		}
	}
	if err := s.residents.Save(tx, account); err != nil {
		return "", false, err
	}
	return account.ID, true, s.settleRest(ctx, tx, account, claim.channel, heard, today)
}

// takePlace finds the account that the number is to be bound to: the caller's own, taking the place of a dependant's record
// where there is one, or the one that the person has already, which the caller's phone then joins.
func (s *Service) takePlace(
	ctx context.Context, tx *store.Tx, account *resident.Resident, id models.NationalID, standing standing,
) (*resident.Resident, error) {
	holder, err := s.residents.ByNationalIDIn(tx, id)
	var fault *models.Fault
	switch {
	case errors.As(err, &fault) && fault.Code == models.NotFoundCode:
		return account, nil
	case err != nil:
		return nil, err
	case holder.Bound() && standing != proven:
		return nil, errBoundElsewhere
	case holder.Bound() || holder.UnboundAt != nil:
		return holder, s.join(ctx, tx, account, holder)
	}
	if err := s.residents.Succeed(tx, holder, account.ID); err != nil {
		return nil, err
	}
	return account, s.house.Succeeded(ctx, tx, holder.ID, account.ID)
}

func (s *Service) settleRest(
	ctx context.Context, tx *store.Tx, account *resident.Resident, channel string, heard heard, today models.Date,
) error {
	var wards []resident.Ward
	for _, member := range wardsOf(heard.authority.Household, account.NationalID, today) {
		wards = append(wards, resident.Ward(member))
	}
	if err := s.residents.SetDependants(ctx, tx, account.ID, wards); err != nil {
		return err
	}
	if err := insertConsent(tx, s.bindingWord(account, channel)); err != nil {
		return err
	}
	authority := s.departments.Authority()
	answers := append([]outcome{{department: authority, answer: heard.authority}}, heard.others...)
	var silent []string
	for _, department := range s.departments.Connected() {
		if !slices.ContainsFunc(answers, func(o outcome) bool { return o.department == department }) {
			silent = append(silent, department)
		}
	}
	if err := s.insertLinks(tx, account.ID, answers, silent); err != nil {
		return err
	}
	return enqueueLinks(tx, account.ID, silent)
}

// keepAll stores what departments answered, in one transaction, and merges what they know into the person.
func (s *Service) keepAll(ctx context.Context, residentID models.ID, outcomes []outcome) error {
	return s.keep(ctx, residentID, outcomes, func(*store.Tx) error { return nil })
}

// keepAndTell is keepAll for what comes after the resident's answer: who was shown PENDING is told once nothing is pending any more.
func (s *Service) keepAndTell(ctx context.Context, residentID models.ID, outcomes []outcome) error {
	return s.keep(ctx, residentID, outcomes, func(tx *store.Tx) error { return s.tellWhenSettled(ctx, tx, residentID) })
}

func (s *Service) keep(ctx context.Context, residentID models.ID, outcomes []outcome, after func(*store.Tx) error) error {
	if outcomes = final(outcomes); len(outcomes) == 0 {
		return nil
	}
	return s.store.InTx(ctx, func(tx *store.Tx) error {
		person, err := s.residents.ByIDIn(tx, residentID)
		if err != nil {
			return err
		}
		// Who has taken the consent back meanwhile is not linked by what was asked before.
		rows, err := consentRows(tx.DB, residentID)
		if err != nil || s.register.Of(PurposeBinding).standing(rows) != Given {
			return err
		}
		changed, settled := false, false
		for _, outcome := range outcomes {
			fresh, err := s.storeLink(tx, residentID, outcome)
			if err != nil {
				return err
			}
			settled = settled || fresh
			if outcome.err == nil {
				changed = merge(person, outcome.answer) || changed
			}
		}
		if changed {
			if err := s.residents.Save(tx, person); err != nil {
				return err
			}
		}
		if !settled {
			return nil
		}
		return after(tx)
	})
}

// tellWhenSettled tells the person how linking has ended, in the transaction that ends it.
func (s *Service) tellWhenSettled(ctx context.Context, tx *store.Tx, residentID models.ID) error {
	pending, failed, err := unsettled(tx, residentID)
	if err != nil || pending > 0 {
		return err
	}
	if failed > 0 {
		return s.house.Tell(ctx, tx, residentID, NoticeUnlinked, "")
	}
	return s.house.Tell(ctx, tx, residentID, NoticeLinked, "")
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
		if ended, err := giveUp(tx, args); err != nil || !ended { // answered meanwhile, and told
			return err
		}
		return s.tellWhenSettled(ctx, tx, args.ResidentID)
	})
	if err != nil || again == nil {
		return err
	}
	return again
}

// bindingWord is the consent that comes with a binding.
func (s *Service) bindingWord(person *resident.Resident, channel string) word {
	return word{purpose: s.register.Of(PurposeBinding), person: person, channel: channel}
}

// agreeAgain keeps the consent that was given with a claim, where none to the present text is in force, and asks those
// departments again that were not asked any more or never answered. The person's row is held.
func (s *Service) agreeAgain(tx *store.Tx, person *resident.Resident, channel string) ([]*models.Problem, error) {
	said := s.bindingWord(person, channel)
	rows, err := consentRows(tx.DB, person.ID)
	switch {
	case err != nil:
		return nil, err
	case said.purpose.standing(rows) == Given:
		return nil, askAgain(tx, person.ID)
	case said.purpose.lately(rows, tx.Now) >= givingsADay:
		return tooOften(), nil
	}
	if err := insertConsent(tx, said); err != nil {
		return nil, err
	}
	return nil, askAgain(tx, person.ID)
}

func askAgain(tx *store.Tx, person models.ID) error {
	again, err := reopenLinks(tx, person)
	if err != nil {
		return err
	}
	return enqueueLinks(tx, person, again)
}
