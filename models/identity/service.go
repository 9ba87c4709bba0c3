package identity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"onewindow/models"
	"onewindow/models/resident"
	"onewindow/models/sealed"
	"onewindow/models/store"
)

// How long the resident waits: for the authority, and after its answer for the other departments.
const (
	authorityWait  = 5 * time.Second
	departmentWait = 2 * time.Second
)

// Service binds identities. It is safe for concurrent use.
type Service struct {
	store       *store.Store
	keyring     *sealed.Keyring
	residents   *resident.Service
	departments Departments
	house       House
	late        *late
	register    Register
}

// New makes the service, in a house without anything else until Furnish.
func New(database *store.Store, keyring *sealed.Keyring, residents *resident.Service, departments Departments) *Service {
	return &Service{
		store: database, keyring: keyring, residents: residents, departments: departments, house: empty(), late: newLate(), register: Purposes(),
	}
}

// Close waits for questions that are still under way, which end with it.
func (s *Service) Close() { s.late.close() }

// Bind proves who the signed-in resident is and links the identity at every connected department. What a person can mend
// comes back as problems, and then nothing was changed. No department is asked while a database connection is held.
func (s *Service) Bind(ctx context.Context, actor models.Actor, input Input) (*Binding, []*models.Problem, error) {
	if actor.Kind != models.Resident {
		return nil, nil, models.NotAllowed()
	}
	today := models.DateOf(s.store.Clock().Now())
	claim, problems := check(input, s.register.Of(PurposeBinding), today)
	if len(problems) > 0 {
		return nil, problems, nil
	}
	account, err := s.residents.ByID(ctx, actor.ID)
	if err != nil {
		return nil, nil, fmt.Errorf("bind identity: %w", err)
	}
	if claim.channel, err = s.house.Channel(ctx, actor); err != nil {
		return nil, nil, fmt.Errorf("bind identity: %w", err)
	}
	if account.Bound() {
		return s.boundAlready(ctx, account, claim)
	}
	answer, standing, problems, err := s.prove(ctx, account, claim)
	if err != nil || len(problems) > 0 {
		return nil, problems, err
	}
	if standing < holdsPhone {
		return nil, proofRequired(), s.askOwner(ctx, actor, claim, standing == fits && claim.proof == nil)
	}
	asked := s.ask(ctx, claim)
	// What comes quickly is kept in the transaction that binds. The resident waits for it in any case, and a crowd that waits for one
	// department that hangs does not bring all its answers to the database when it wants its own.
	quick := asked.until(asked.early)
	owner, kept, err := s.settle(ctx, account.ID, claim, standing, heard{answer, final(quick)}, today)
	switch {
	case errors.Is(err, errBoundElsewhere):
		return nil, proofRequired(), s.askOwner(ctx, actor, claim, true)
	case errors.Is(err, errBoundAsAnother):
		return nil, boundAsAnother(), nil
	case err != nil:
		return nil, nil, fmt.Errorf("bind identity: %w", err)
	case kept:
		quick = nil
	}
	if err := s.keepAll(ctx, owner, append(quick, asked.until(asked.deadline)...)); err != nil {
		return nil, nil, fmt.Errorf("bind identity: %w", err)
	}
	s.keepLate(ctx, owner, asked)
	binding, err := s.Of(ctx, owner)
	return binding, nil, err
}

// boundAlready answers who binds again: the same person gets the present binding, a consent that was withdrawn is in force
// again, and departments that never answered are asked anew.
func (s *Service) boundAlready(ctx context.Context, account *resident.Resident, claim claim) (*Binding, []*models.Problem, error) {
	if account.NationalID != claim.id || account.Name != claim.name {
		return nil, boundAsAnother(), nil
	}
	var problems []*models.Problem
	err := s.store.InTx(ctx, func(tx *store.Tx) error {
		locked, err := s.residents.ByIDIn(tx, account.ID)
		if err != nil {
			return err
		}
		problems, err = s.agreeAgain(tx, locked, claim.channel)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("bind identity: %w", err)
	}
	if len(problems) > 0 {
		return nil, problems, nil
	}
	binding, err := s.Describe(ctx, account)
	return binding, nil, err
}

// standing is how far somebody has proven to be who they say.
type standing int

const (
	fitsNobody standing = iota // no such number, or another name
	fits                       // name and number fit, which proves nothing
	holdsPhone                 // and the phone that signed in is the register's
	proven                     // by a second proof
)

// prove asks the authority. The claim is proven when the register holds the phone that signed in, or by a second proof.
func (s *Service) prove(ctx context.Context, account *resident.Resident, claim claim) (answer *Resolved, _ standing, _ []*models.Problem, _ error) {
	asking, cancel := context.WithTimeout(ctx, authorityWait)
	defer cancel()
	grounds := s.register.grounds(PurposeBinding) // the claim came with the consent
	verdict := s.verify(asking, grounds, claim)
	answer, err := s.departments.Resolve(asking, grounds, s.departments.Authority(), claim.id, claim.name)
	proof, unproven := verdict()
	if unproven != nil {
		err = unproven
	}
	switch {
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrMismatch):
		return nil, fitsNobody, nil, nil
	case err != nil && ctx.Err() != nil:
		return nil, fitsNobody, nil, fmt.Errorf("bind identity: %w", ctx.Err())
	case err != nil:
		return nil, fitsNobody, authorityUnavailable(), nil
	case proof:
		return answer, proven, nil, nil
	case account.Phone.IsZero() || answer.Phone != account.Phone:
		return answer, fits, nil, nil
	}
	return answer, holdsPhone, nil, nil
}

// verify asks about the second proof, where there is one, beside the question who it is and whatever comes of that one: how long
// a refusal takes must not tell whether name and number fit.
func (s *Service) verify(ctx context.Context, grounds Grounds, claim claim) (verdict func() (bool, error)) {
	if claim.proof == nil {
		return func() (bool, error) { return false, nil }
	}
	var proof bool
	var err error
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		proof, err = s.departments.VerifyProof(ctx, grounds, claim.id, claim.name, claim.proof.Kind, claim.proof.Token)
	}()
	return func() (bool, error) { <-asked; return proof, err }
}

// Link asks one department in the background: until it answers, or for 72 hours. It is safe to run again.
func (s *Service) Link(ctx context.Context, args LinkArgs) error {
	link, err := s.pending(ctx, args)
	if err != nil || link == nil {
		return err
	}
	grounds, err := s.mayLink(ctx, args.ResidentID)
	if errors.Is(err, ErrNoConsent) {
		return nil
	}
	if err != nil {
		return err
	}
	person, err := s.residents.ByID(ctx, args.ResidentID)
	if err != nil {
		return fmt.Errorf("link %s: %w", args.Department, err)
	}
	resolved, cause := s.departments.Resolve(ctx, grounds, args.Department, person.NationalID, person.Name)
	if ctx.Err() != nil {
		return fmt.Errorf("link %s: %w", args.Department, ctx.Err())
	}
	answer := outcome{args.Department, resolved, cause}
	if answer.final() {
		return s.keepAndTell(ctx, args.ResidentID, []outcome{answer})
	}
	return s.postpone(ctx, args, link.CreatedAt)
}

// Of gives the identity of a resident, masked.
func (s *Service) Of(ctx context.Context, residentID models.ID) (*Binding, error) {
	person, err := s.residents.ByID(ctx, residentID)
	if err != nil {
		return nil, fmt.Errorf("identity: %w", err)
	}
	return s.Describe(ctx, person)
}

// Describe is Of for a resident who was read already.
func (s *Service) Describe(ctx context.Context, person *resident.Resident) (*Binding, error) {
	binding := &Binding{Status: Unbound, Groups: append([]string{}, person.Groups...), Links: []*Link{}}
	if !person.Bound() {
		return binding, nil
	}
	binding.Status, binding.BoundAt = Bound, person.BoundAt
	binding.MaskedName, binding.MaskedNationalID = person.MaskedName(), person.MaskedNationalID()
	var err error
	if binding.Links, err = s.links(ctx, person.ID); err != nil {
		return nil, fmt.Errorf("identity: %w", err)
	}
	return binding, nil
}

// Subject gives a department's own identifier of a resident: for connectors, and for nobody else.
func (s *Service) Subject(ctx context.Context, residentID models.ID, department string) (subject string, found bool, err error) {
	subjects, err := s.Subjects(ctx, residentID, []string{department})
	subject, found = subjects[department]
	return subject, found, err
}

// Subjects is Subject for several departments; where the resident is not linked there is no entry.
func (s *Service) Subjects(ctx context.Context, residentID models.ID, departments []string) (map[string]string, error) {
	subjects, err := s.subjects(ctx, residentID, departments)
	if err != nil {
		return nil, fmt.Errorf("subjects: %w", err)
	}
	return subjects, nil
}

// Consents gives what a resident agreed to, in the versions that were shown, oldest first.
func (s *Service) Consents(ctx context.Context, residentID models.ID) ([]*Consent, error) {
	rows, err := consentRows(s.store.Reader(ctx), residentID)
	if err != nil {
		return nil, fmt.Errorf("consents: %w", err)
	}
	return s.consentsOf(rows), nil
}
