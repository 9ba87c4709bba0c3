package resident

import (
	"context"
	"errors"
	"fmt"

	"onewindow/models"
	"onewindow/models/store"
)

// Phones gives the phones that sign in to an account, the oldest first.
func (s *Service) Phones(ctx context.Context, person *Resident) ([]*Phone, error) {
	rows, err := phonesOf(s.store.Reader(ctx), person.ID)
	if err != nil {
		return nil, fmt.Errorf("phones: %w", err)
	}
	return s.phones(rows, person)
}

// PhonesIn is Phones inside a transaction.
func (s *Service) PhonesIn(tx *store.Tx, person *Resident) ([]*Phone, error) {
	rows, err := phonesOf(tx.DB, person.ID)
	if err != nil {
		return nil, fmt.Errorf("phones: %w", err)
	}
	return s.phones(rows, person)
}

func (s *Service) phones(rows []phoneRow, person *Resident) ([]*Phone, error) {
	phones := make([]*Phone, len(rows))
	for i, row := range rows {
		number, err := s.keyring.OpenText(purposePhone, row.Phone)
		if err != nil {
			return nil, fmt.Errorf("phones: %w", err)
		}
		phones[i] = &Phone{Number: models.KnownPhone(number), AddedAt: row.AddedAt.UTC()}
		if number == "" { // from before numbers were kept beside their index
			phones[i].Number = person.Phone
		}
	}
	return phones, nil
}

// Join moves the phone of an account without an identity to a person's account, which from then on stands for it. Both
// must be locked, and into is to be saved by the caller.
func (s *Service) Join(tx *store.Tx, account, into *Resident) error {
	if account.Bound() || !account.NationalID.IsZero() {
		return errors.New("join: the account belongs to somebody")
	}
	if err := movePhones(tx, account.ID, into.ID, s.keyring.SealText(purposePhone, account.Phone.Reveal())); err != nil {
		return fmt.Errorf("join: %w", err)
	}
	if into.Phone.IsZero() {
		into.Phone = account.Phone
	}
	account.Phone = models.PhoneNumber{}
	if err := s.Save(tx, account); err != nil {
		return err
	}
	if err := setSuccessor(tx, account.ID, into.ID); err != nil {
		return fmt.Errorf("join: %w", err)
	}
	return nil
}

// RemovePhone takes a phone away from an account: who signs in with it next begins anew. False: it is not one of the account's.
// person is to be saved by the caller.
func (s *Service) RemovePhone(tx *store.Tx, person *Resident, phone models.PhoneNumber) (bool, error) {
	generation, err := tx.IndexGeneration()
	if err != nil {
		return false, fmt.Errorf("remove phone: %w", err)
	}
	indexes, err := s.keyring.Indexes(generation, purposePhoneIndex, phone.Reveal())
	if err != nil {
		return false, fmt.Errorf("remove phone: %w", err)
	}
	removed, err := deletePhone(tx, person.ID, indexes)
	if err != nil || !removed || person.Phone != phone {
		return removed, err
	}
	left, err := s.PhonesIn(tx, person)
	if err != nil {
		return false, err
	}
	person.Phone = models.PhoneNumber{}
	if len(left) > 0 {
		person.Phone = left[0].Number
	}
	return true, nil
}

// Unbind lets go of a person's phones, minors and what authorities said; name and number stay, sealed, with the applications
// that were handed in, until the person proves the identity again.
func (s *Service) Unbind(tx *store.Tx, person *Resident) error {
	if err := deletePhones(tx, person.ID); err != nil {
		return fmt.Errorf("unbind: %w", err)
	}
	if err := clearRelations(tx, person.ID); err != nil {
		return fmt.Errorf("unbind: %w", err)
	}
	person.Phone, person.Address, person.Residence, person.Groups, person.HouseholdSize = models.PhoneNumber{}, models.HomeAddress{}, "", nil, 0
	person.BoundAt, person.UnboundAt = nil, &tx.Now
	return s.Save(tx, person)
}

// OwnerOfPhone gives whose phone it is; "" where it is nobody's.
func (s *Service) OwnerOfPhone(ctx context.Context, phone models.PhoneNumber) (models.ID, error) {
	person, err := s.ByPhone(ctx, phone)
	var fault *models.Fault
	switch {
	case errors.As(err, &fault) && fault.Code == models.NotFoundCode:
		return "", nil
	case err != nil:
		return "", err
	}
	return person.ID, nil
}
