package resident

import (
	"context"
	"fmt"
	"slices"

	"onewindow/models"
	"onewindow/models/sealed"
	"onewindow/models/store"
)

// Service keeps the people. It is safe for concurrent use.
type Service struct {
	store   *store.Store
	keyring *sealed.Keyring
}

// New makes the service.
func New(database *store.Store, keyring *sealed.Keyring) *Service {
	return &Service{store: database, keyring: keyring}
}

func (s *Service) today() models.Date { return models.DateOf(s.store.Clock().Now()) }

// SignInByPhone gives the account of a phone whose owner has just proven to hold it, and makes one for a phone never
// seen before.
func (s *Service) SignInByPhone(ctx context.Context, tx *store.Tx, phone models.PhoneNumber) (person *Resident, created bool, err error) {
	generation, err := tx.IndexGeneration()
	if err != nil {
		return nil, false, fmt.Errorf("sign in by phone: %w", err)
	}
	if person, err = s.byPhone(tx.DB.WithContext(ctx), generation, phone); err != nil || person != nil {
		return person, false, err
	}
	person = &Resident{ID: models.NewID(), Phone: phone, CreatedAt: tx.Now}
	if err = s.insert(tx, person); err == nil {
		err = s.insertPhone(tx, person.ID, phone)
	}
	if store.IsDuplicate(err) { // the same phone signed in elsewhere at this moment: the second look finds its account
		return nil, false, fmt.Errorf("sign in by phone: %w", store.ErrRetry)
	}
	if err != nil {
		return nil, false, fmt.Errorf("sign in by phone: %w", err)
	}
	return person, true, nil
}

// StandIn keeps the record that stands for an account of the house among people, so that what it does has a name: no phone signs in
// to it, and it is nobody's subject.
func (s *Service) StandIn(tx *store.Tx, id models.ID, name models.PersonName) error {
	known, err := s.byID(tx.Locked(), id)
	switch {
	case err != nil:
	case known == nil:
		if err = s.insert(tx, &Resident{ID: id, Name: name, CreatedAt: tx.Now}); store.IsDuplicate(err) {
			err = store.ErrRetry // another replica made it at this moment
		}
	case known.Name != name:
		known.Name = name
		err = s.update(tx, known)
	}
	if err != nil {
		return fmt.Errorf("stand in: %w", err)
	}
	return nil
}

// ByID finds a person, or answers that there is none.
func (s *Service) ByID(ctx context.Context, id models.ID) (*Resident, error) {
	return s.one(s.byID(s.store.Reader(ctx), id))
}

// ByIDIn is ByID inside a transaction; the row is kept from others until the transaction ends.
func (s *Service) ByIDIn(tx *store.Tx, id models.ID) (*Resident, error) {
	return s.one(s.byID(tx.Locked(), id))
}

// ByIDsIn is ByIDs inside a transaction; the rows are kept from others until the transaction ends, always in one order.
func (s *Service) ByIDsIn(tx *store.Tx, ids []models.ID) (map[models.ID]*Resident, error) {
	people, err := s.byIDs(tx.Locked().Order("id"), ids)
	if err != nil {
		return nil, fmt.Errorf("residents: %w", err)
	}
	return people, nil
}

// ByIDs finds many people in one query; whoever does not exist is not in the answer.
func (s *Service) ByIDs(ctx context.Context, ids []models.ID) (map[models.ID]*Resident, error) {
	people, err := s.byIDs(s.store.Reader(ctx), ids)
	if err != nil {
		return nil, fmt.Errorf("residents: %w", err)
	}
	return people, nil
}

// ByPhone finds the account of a phone, or answers that there is none.
func (s *Service) ByPhone(ctx context.Context, phone models.PhoneNumber) (*Resident, error) {
	generation, err := s.store.IndexGeneration(ctx)
	if err != nil {
		return nil, fmt.Errorf("resident: %w", err)
	}
	return s.one(s.byPhone(s.store.Reader(ctx), generation, phone))
}

// ByPhoneIn is ByPhone inside a transaction; nil: there is no such account.
func (s *Service) ByPhoneIn(tx *store.Tx, phone models.PhoneNumber) (*Resident, error) {
	generation, err := tx.IndexGeneration()
	if err != nil {
		return nil, fmt.Errorf("resident: %w", err)
	}
	person, err := s.byPhone(tx.DB, generation, phone)
	if err != nil {
		return nil, fmt.Errorf("resident: %w", err)
	}
	return person, nil
}

// ByNationalID finds a person by identity number, or answers that there is none.
func (s *Service) ByNationalID(ctx context.Context, id models.NationalID) (*Resident, error) {
	generation, err := s.store.IndexGeneration(ctx)
	if err != nil {
		return nil, fmt.Errorf("resident: %w", err)
	}
	return s.one(s.byNationalID(s.store.Reader(ctx), generation, id))
}

// ByNationalIDIn is ByNationalID inside a transaction.
func (s *Service) ByNationalIDIn(tx *store.Tx, id models.NationalID) (*Resident, error) {
	generation, err := tx.IndexGeneration()
	if err != nil {
		return nil, fmt.Errorf("resident: %w", err)
	}
	return s.one(s.byNationalID(tx.Locked(), generation, id))
}

func (s *Service) one(person *Resident, err error) (*Resident, error) {
	if err != nil {
		return nil, fmt.Errorf("resident: %w", err)
	}
	if person == nil {
		return nil, models.NotFound()
	}
	return person, nil
}

// Save stores a changed person. A revision that is not the present one is store.ErrStale, a number that is another's
// is a duplicate (store.IsDuplicate). Phones are not changed by it.
func (s *Service) Save(tx *store.Tx, person *Resident) error {
	if err := s.update(tx, person); err != nil {
		return fmt.Errorf("save resident: %w", err)
	}
	person.Revision++
	return nil
}

// Succeed lets an account take the place of a dependant's record of the same number: the number and the guardians pass
// over, and the account acts for whatever was done about the dependant.
func (s *Service) Succeed(tx *store.Tx, dependant *Resident, account models.ID) error {
	if dependant.Bound() || !dependant.Phone.IsZero() {
		return fmt.Errorf("succeed: the record has an owner")
	}
	if err := succeed(tx, dependant.ID, account); err != nil {
		return fmt.Errorf("succeed: %w", err)
	}
	return nil
}

// Dependants gives the minors whom the register gives to a guardian, the eldest first. Whoever has come of age is gone
// from the list on that day.
func (s *Service) Dependants(ctx context.Context, guardian models.ID) ([]*Dependant, error) {
	relations, people, err := s.dependants(s.store.Reader(ctx), guardian)
	if err != nil {
		return nil, fmt.Errorf("dependants: %w", err)
	}
	today := s.today()
	people = slices.DeleteFunc(people, func(person *Resident) bool { return !person.IsMinorOn(today) })
	slices.SortFunc(people, func(a, b *Resident) int { return int(*a.BirthDate - *b.BirthDate) })
	dependants := make([]*Dependant, 0, len(people))
	for _, person := range people {
		dependants = append(dependants, &Dependant{ID: person.ID, DisplayName: person.DisplayName(), Relation: relations[person.ID]})
	}
	return dependants, nil
}

// Guardians gives who has people in their care by the register, as long as these are minors.
func (s *Service) Guardians(ctx context.Context, tx *store.Tx, ids []models.ID) (map[models.ID][]models.ID, error) {
	relations, err := guardians(tx, ids)
	if err != nil {
		return nil, fmt.Errorf("guardians: %w", err)
	}
	if len(relations) == 0 {
		return nil, nil
	}
	people, err := s.ByIDs(ctx, ids)
	if err != nil {
		return nil, err
	}
	found, today := map[models.ID][]models.ID{}, models.DateOf(tx.Now)
	for _, relation := range relations {
		if person := people[relation.DependantID]; person != nil && person.IsMinorOn(today) {
			found[relation.DependantID] = append(found[relation.DependantID], relation.GuardianID)
		}
	}
	return found, nil
}

// SetDependants makes the given minors the guardian's, and no others. Whoever is not known yet gets a record.
func (s *Service) SetDependants(ctx context.Context, tx *store.Tx, guardian models.ID, wards []Ward) error {
	if err := clearRelations(tx, guardian); err != nil {
		return fmt.Errorf("dependants: %w", err)
	}
	seen := map[models.ID]bool{guardian: true}
	for _, ward := range wards {
		person, err := s.wardRecord(tx.DB.WithContext(ctx), tx, ward)
		if err == nil && !seen[person.ID] {
			seen[person.ID] = true
			err = insertRelation(tx, guardian, person.ID, ward.Relation)
		}
		if store.IsDuplicate(err) { // the other parent is being bound at this moment
			err = store.ErrRetry
		}
		if err != nil {
			return fmt.Errorf("dependants: %w", err)
		}
	}
	return nil
}

// Known finds the record of a person by the number, or the account of the phone, or makes one: the account that the owner of the phone
// will find, or where there is no phone a record whose place an account takes with the number.
func (s *Service) Known(ctx context.Context, tx *store.Tx, who Ward, phone models.PhoneNumber) (*Resident, error) {
	generation, err := tx.IndexGeneration()
	if err != nil {
		return nil, fmt.Errorf("known person: %w", err)
	}
	person, err := s.byNationalID(tx.DB.WithContext(ctx), generation, who.NationalID)
	switch {
	case err != nil || person != nil:
	case !phone.IsZero():
		person, _, err = s.SignInByPhone(ctx, tx, phone)
	default:
		person, err = s.wardRecord(tx.DB.WithContext(ctx), tx, who)
	}
	if store.IsDuplicate(err) {
		err = store.ErrRetry
	}
	if err != nil {
		return nil, fmt.Errorf("known person: %w", err)
	}
	return person, nil
}

// MayActFor tells whether somebody may act for a person without a delegation: the person, and the guardians of a person
// who is a minor today.
func (s *Service) MayActFor(ctx context.Context, actor, subject models.ID) (bool, error) {
	if actor == "" || subject == "" {
		return false, nil
	}
	if actor == subject {
		return true, nil
	}
	person, successor, guarded, err := s.standing(s.store.Reader(ctx), actor, subject)
	if err != nil {
		return false, fmt.Errorf("may act for: %w", err)
	}
	if person == nil {
		return false, nil
	}
	return successor == actor || (guarded && person.IsMinorOn(s.today())), nil
}

// Present gives who a record's person is today, whoever took its place included, and whether somebody is that person's
// guardian by the register.
func (s *Service) Present(ctx context.Context, guardian, subject models.ID) (*Resident, bool, error) {
	person, successor, guarded, err := s.standing(s.store.Reader(ctx), guardian, subject)
	switch {
	case err != nil:
		return nil, false, fmt.Errorf("present: %w", err)
	case person == nil:
		return nil, false, models.NotFound()
	case successor != "":
		person, err = s.ByID(ctx, successor)
	}
	return person, guarded, err
}
