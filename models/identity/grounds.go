package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"onewindow/models"
	"onewindow/models/resident"
	"onewindow/models/store"
)

// Grounds are why a request may leave for a department: the purposes that were looked at for it, and the kinds of request that
// these allow. Only this room makes them, at the moment of the request; without them the connector sends nothing.
type Grounds struct {
	purposes []string
	requests []Request
}

// Allow tells whether they are grounds for a kind of request.
func (g Grounds) Allow(request Request) bool { return slices.Contains(g.requests, request) }

// String names the purposes, for operators.
func (g Grounds) String() string { return strings.Join(g.purposes, "+") }

// grounds are those of purposes that hold.
func (r Register) grounds(purposes ...string) Grounds {
	made := Grounds{purposes: purposes}
	for _, code := range purposes {
		made.requests = append(made.requests, r.Of(code).Requests...)
	}
	return made
}

// HandlingGrounds are those of giving a step of an application to its department and of taking it back: the law lays it down,
// nobody's consent is asked.
func (s *Service) HandlingGrounds() Grounds { return s.register.grounds(PurposeHandling) }

// ErrNoConsent says that a department may not be asked about a person.
var ErrNoConsent = errors.New("identity: no consent")

// Question is a paper that a department is to be asked for.
type Question struct {
	// Person is whom it is about, Applicant whose application needs it: the person, or a minor's guardian.
	Person, Applicant models.ID
	Sensitive         bool
}

// MayFetch gives the grounds for asking, or Withheld. It is asked before each request, the background's too: what was agreed to
// when an application began does not matter. Whoever is or was bound decides alone; for a minor without a binding the guardian
// who applies has to agree, and no guardian may have refused for that minor.
func (s *Service) MayFetch(ctx context.Context, question Question) (Grounds, error) {
	person, guarded, err := s.residents.Present(ctx, question.Applicant, question.Person)
	if err != nil {
		return Grounds{}, fmt.Errorf("may fetch: %w", err)
	}
	alone, decider := decidesAlone(person), person.ID
	if !alone {
		if !guarded || !person.IsMinorOn(models.DateOf(s.store.Clock().Now())) {
			return Grounds{}, &Withheld{Purpose: PurposeBinding}
		}
		decider = question.Applicant
	}
	rows, err := consentRows(s.store.Reader(ctx), decider, person.ID)
	if err != nil {
		return Grounds{}, fmt.Errorf("may fetch: %w", err)
	}
	withheld := func(purpose string) error {
		return &Withheld{Purpose: purpose, ForMinor: !alone, ByAnother: alone && decider != question.Applicant}
	}
	if s.register.Of(PurposeBinding).standing(ofPerson(rows, decider)) != Given {
		return Grounds{}, withheld(PurposeBinding)
	}
	needed := []string{PurposeBinding}
	if !alone {
		needed = append(needed, PurposeMinor)
	}
	if question.Sensitive {
		needed = append(needed, PurposeSensitive)
	}
	for _, code := range needed[1:] {
		if !s.holds(code, person, ofPerson(rows, person.ID)) {
			return Grounds{}, withheld(code)
		}
	}
	return s.register.grounds(needed...), nil
}

func (s *Service) holds(code string, person *resident.Resident, rows []consentRow) bool {
	purpose := s.register.Of(code)
	return purpose.allows(purpose.standingOf(person, rows, models.DateOf(s.store.Clock().Now())))
}

// mayLink gives the grounds for asking departments who a bound person is, or Withheld.
func (s *Service) mayLink(ctx context.Context, person models.ID) (Grounds, error) {
	rows, err := consentRows(s.store.Reader(ctx), person)
	if err != nil {
		return Grounds{}, fmt.Errorf("may link: %w", err)
	}
	if s.register.Of(PurposeBinding).standing(rows) != Given {
		return Grounds{}, &Withheld{Purpose: PurposeBinding}
	}
	return s.register.grounds(PurposeBinding), nil
}

// Agreed tells whether a purpose may be followed for a person now: asked by whoever acts on it, each time before acting. A
// guardian's yes counts until the age that the purpose names and until the person binds the own identity.
func (s *Service) Agreed(ctx context.Context, personID models.ID, purpose string) (bool, error) {
	rows, err := consentRows(s.store.Reader(ctx), personID)
	if err != nil {
		return false, fmt.Errorf("agreed: %w", err)
	}
	return s.agreedBy(ctx, personID, purpose, rows)
}

// AgreedIn is Agreed inside a transaction, which sees what it has written itself.
func (s *Service) AgreedIn(ctx context.Context, tx *store.Tx, personID models.ID, purpose string) (bool, error) {
	rows, err := consentRows(tx.DB.WithContext(ctx), personID)
	if err != nil {
		return false, fmt.Errorf("agreed: %w", err)
	}
	return s.agreedBy(ctx, personID, purpose, rows)
}

func (s *Service) agreedBy(ctx context.Context, personID models.ID, purpose string, rows []consentRow) (bool, error) {
	if s.register.Of(purpose) == nil {
		return false, fmt.Errorf("agreed: there is no purpose %s", purpose)
	}
	person, err := s.residents.ByID(ctx, personID)
	if err != nil {
		return false, fmt.Errorf("agreed: %w", err)
	}
	return s.holds(purpose, person, rows), nil
}

// AgreedOf is AgreedIn for many people with as many questions as for one; who is not known has not agreed.
func (s *Service) AgreedOf(ctx context.Context, tx *store.Tx, purpose string, people []models.ID) (map[models.ID]bool, error) {
	if s.register.Of(purpose) == nil {
		return nil, fmt.Errorf("agreed: there is no purpose %s", purpose)
	}
	rows, err := consentRows(tx.DB.WithContext(ctx), people...)
	if err != nil {
		return nil, fmt.Errorf("agreed: %w", err)
	}
	known, err := s.residents.ByIDs(ctx, people)
	if err != nil {
		return nil, fmt.Errorf("agreed: %w", err)
	}
	agreed := make(map[models.ID]bool, len(known))
	for id, person := range known {
		agreed[id] = s.holds(purpose, person, ofPerson(rows, id))
	}
	return agreed, nil
}

func ofPerson(rows []consentRow, person models.ID) []consentRow {
	return slices.DeleteFunc(slices.Clone(rows), func(row consentRow) bool { return row.ResidentID != person })
}
