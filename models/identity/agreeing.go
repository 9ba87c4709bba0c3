package identity

import (
	"context"
	"fmt"

	"onewindow/models"
	"onewindow/models/resident"
	"onewindow/models/store"
)

// Decision is a yes to a purpose.
type Decision struct {
	Purpose string
	// Version is that of the text which was shown.
	Version string
	// OnBehalfOf is a minor in the caller's care; nil: the caller.
	OnBehalfOf *models.ID
}

// The bounds of changing one's mind: saying no is never refused, and what is shown of the past ends somewhere.
const (
	// givingsADay is how often one purpose is agreed to within a day.
	givingsADay = 10
	// mostShown is how many consents, and acts about one purpose, are shown.
	mostShown = 100
)

// Told is what stands after somebody has spoken: what the person agreed to, and every purpose.
type Told struct {
	Consents []*Consent
	Purposes []*PurposeView
}

// Refusal is a no to a purpose.
type Refusal struct {
	Purpose    string
	OnBehalfOf *models.ID
}

// Give keeps a consent: each giving is a row of its own. What is in force already stays as it is.
func (s *Service) Give(ctx context.Context, actor models.Actor, decision Decision) (*Told, []*models.Problem, error) {
	return s.decide(ctx, actor, decision, s.give)
}

// Withdraw takes a consent back, as easily as it was given, or refuses what the law alone would allow: from the commit on it
// does not count. What was handed in goes on under the law's basis. A consent that was never given does not exist; one that was
// withdrawn before stays so.
func (s *Service) Withdraw(ctx context.Context, actor models.Actor, refusal Refusal) (*Told, []*models.Problem, error) {
	return s.decide(ctx, actor, Decision{Purpose: refusal.Purpose, OnBehalfOf: refusal.OnBehalfOf}, s.withdraw)
}

// word is somebody who speaks about a purpose, for whom and by which device.
type word struct {
	purpose *Purpose
	person  *resident.Resident
	// guardian is nil where the person speaks.
	guardian *models.ID
	channel  string
	version  string
	// standing and lately are what was said before: where it stands, and how often it was agreed to within a day.
	standing Standing
	lately   int
}

func (s *Service) decide(
	ctx context.Context, actor models.Actor, decision Decision, apply func(context.Context, *store.Tx, word) ([]*models.Problem, error),
) (*Told, []*models.Problem, error) {
	if actor.Kind != models.Resident {
		return nil, nil, models.NotAllowed()
	}
	person, guardian, err := s.concerned(ctx, actor, decision.OnBehalfOf)
	if err != nil {
		return nil, nil, err
	}
	channel, err := s.house.Channel(ctx, actor)
	if err != nil {
		return nil, nil, fmt.Errorf("consent: %w", err)
	}
	var problems []*models.Problem
	err = s.store.InTx(ctx, func(tx *store.Tx) error {
		locked, err := s.residents.ByIDIn(tx, person.ID)
		if err != nil {
			return err
		}
		purpose := s.register.Of(decision.Purpose)
		if problems = mayDecide(purpose, locked, guardian != nil, models.DateOf(tx.Now)); len(problems) > 0 {
			return nil
		}
		rows, err := consentRows(tx.DB, person.ID)
		if err != nil {
			return err
		}
		problems, err = apply(ctx, tx, word{
			purpose: purpose, person: locked, guardian: guardian, channel: channel, version: decision.Version,
			standing: purpose.standingOf(locked, rows, models.DateOf(tx.Now)), lately: purpose.lately(rows, tx.Now),
		})
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("consent: %w", err)
	}
	if guardian != nil && decidesAlone(person) { // what the young person said is the young person's own
		return &Told{}, problems, nil
	}
	told, err := s.told(ctx, actor, person, guardian != nil)
	return told, problems, err
}

// concerned finds for whom somebody speaks. A person who is not in the caller's care does not exist for the caller.
func (s *Service) concerned(ctx context.Context, actor models.Actor, onBehalfOf *models.ID) (*resident.Resident, *models.ID, error) {
	if onBehalfOf == nil || *onBehalfOf == actor.ID {
		person, err := s.residents.ByID(ctx, actor.ID)
		return person, nil, err
	}
	person, guarded, err := s.residents.Present(ctx, actor.ID, *onBehalfOf)
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("consent: %w", err)
	case person.ID == actor.ID:
		return person, nil, nil
	case !guarded || !person.IsMinorOn(models.DateOf(s.store.Clock().Now())):
		return nil, nil, models.NotFound()
	}
	return person, &actor.ID, nil
}

func (s *Service) give(_ context.Context, tx *store.Tx, said word) ([]*models.Problem, error) {
	switch current := said.purpose.Current().Version; {
	case said.purpose.Basis == ByLaw && !said.purpose.Refusable:
		return lawBased(said.purpose), nil
	case said.version != current:
		return otherVersion(said.purpose), nil
	case said.standing == Given:
		return nil, nil
	case said.lately >= givingsADay:
		return tooOften(), nil
	}
	if err := insertConsent(tx, said); err != nil {
		return nil, err
	}
	if said.purpose.Code != PurposeBinding {
		return nil, nil
	}
	return nil, askAgain(tx, said.person.ID)
}

func (s *Service) withdraw(ctx context.Context, tx *store.Tx, said word) ([]*models.Problem, error) {
	if !said.purpose.Withdrawable() {
		return lawBased(said.purpose), nil
	}
	if said.standing == Withdrawn {
		return nil, nil
	}
	ended, err := endConsents(tx, said)
	if err != nil {
		return nil, err
	}
	switch {
	case ended == 0 && !said.purpose.Refusable && said.purpose.With == "":
		return neverGiven(), nil
	case ended == 0:
		err = insertRefusal(tx, said)
	case said.purpose.Code == PurposeBinding:
		err = stopAsking(tx, said.person.ID)
	}
	if err != nil {
		return nil, err
	}
	// Whoever spoke is told, and the person in whose place a guardian spoke: somebody else may hold the phone.
	for _, told := range []*models.ID{&said.person.ID, said.guardian} {
		if told == nil {
			continue
		}
		if err := s.house.TellWithdrawn(ctx, tx, *told, said.purpose); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// PurposesOf gives all purposes as they stand with the caller, or those that concern a minor in the caller's care. What a minor said
// who decides alone does not exist for the guardian.
func (s *Service) PurposesOf(ctx context.Context, actor models.Actor, onBehalfOf *models.ID) ([]*PurposeView, error) {
	if actor.Kind != models.Resident {
		return nil, models.NotAllowed()
	}
	person, guardian, err := s.concerned(ctx, actor, onBehalfOf)
	if err != nil {
		return nil, err
	}
	if guardian != nil && decidesAlone(person) {
		return nil, models.NotFound()
	}
	told, err := s.told(ctx, actor, person, guardian != nil)
	if err != nil {
		return nil, err
	}
	return told.Purposes, nil
}

func (s *Service) told(ctx context.Context, actor models.Actor, person *resident.Resident, forMinor bool) (*Told, error) {
	rows, err := consentRows(s.store.Reader(ctx), actor.ID, person.ID)
	if err != nil {
		return nil, fmt.Errorf("purposes: %w", err)
	}
	own, today := ofPerson(rows, person.ID), models.DateOf(s.store.Clock().Now())
	told := &Told{Consents: s.consentsOf(own)}
	for i := range s.register {
		purpose := &s.register[i]
		if forMinor && purpose.Giver == OnlySelf {
			continue
		}
		standing := purpose.standingOf(person, own, today)
		if purpose.With != "" && standing != Withdrawn {
			standing = s.register.Of(purpose.With).standing(ofPerson(rows, actor.ID))
		}
		view := purpose.view(standing)
		for _, row := range own {
			if row.Purpose == purpose.Code {
				view.History = append(view.History, row.acts()...)
			}
		}
		view.History = latest(view.History)
		told.Purposes = append(told.Purposes, view)
	}
	return told, nil
}

// latest bounds what is shown to the end of a list.
func latest[T any](all []T) []T { return all[max(0, len(all)-mostShown):] }

// consentsOf are the rows in which somebody agreed, the latest hundred.
func (s *Service) consentsOf(rows []consentRow) []*Consent {
	consents := make([]*Consent, 0, len(rows))
	for _, row := range rows {
		purpose := s.register.Of(row.Purpose)
		if row.GivenAt == nil || purpose == nil {
			continue
		}
		consent := &Consent{
			Purpose: row.Purpose, Version: row.Version, Text: purpose.text(row.Version), GivenAt: row.GivenAt.UTC(),
			Current: row.Version == purpose.Current().Version, ConsentSource: sourceOf(row.GivenBy, row.GivenChannel),
		}
		if row.WithdrawnAt != nil {
			at := row.WithdrawnAt.UTC()
			consent.WithdrawnAt = &at
		}
		consents = append(consents, consent)
	}
	return latest(consents)
}
