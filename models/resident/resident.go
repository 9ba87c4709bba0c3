package resident

import (
	"time"

	"onewindow/models"
)

// Resident is a person: with a phone one who signs in, with BoundAt one whose identity is proven, without a phone a
// dependant whom the register names.
type Resident struct {
	ID         models.ID
	Phone      models.PhoneNumber
	Name       models.PersonName
	NationalID models.NationalID
	Address    models.HomeAddress
	BirthDate  *models.Date
	Gender     string // male, female, or "" where nothing is known
	Region     string // GB/T 2260 code: where registered
	Residence  string // GB/T 2260 code: where living
	Groups     []string
	// HouseholdSize counts the person too; 0 where nothing is known.
	HouseholdSize int
	BoundAt       *time.Time
	// UnboundAt is set while the person has taken the binding back: the record waits for who proves to be that person again.
	UnboundAt *time.Time
	CreatedAt time.Time
	// Revision guards against two changes at once.
	Revision int
}

// Majority is the age from which nobody acts for a person by guardianship alone (Civil Code, Article 17).
const Majority = 18

// DisplayName is the masked name, or the last digits of the phone while no name is known.
func (r *Resident) DisplayName() string {
	if !r.Name.IsZero() {
		return r.Name.Masked()
	}
	phone := r.Phone.Reveal()
	return "用户" + phone[max(0, len(phone)-4):]
}

// MaskedPhone gives 138****5678, nil where there is no phone.
func (r *Resident) MaskedPhone() *string {
	if r.Phone.IsZero() {
		return nil
	}
	masked := r.Phone.Masked()
	return &masked
}

// MaskedNationalID gives 110***********002X, nil while no identity is bound.
func (r *Resident) MaskedNationalID() *string {
	if r.NationalID.IsZero() {
		return nil
	}
	masked := r.NationalID.Masked()
	return &masked
}

// MaskedName gives 张*三, nil while no name is known.
func (r *Resident) MaskedName() *string {
	if r.Name.IsZero() {
		return nil
	}
	masked := r.Name.Masked()
	return &masked
}

// Bound tells whether the identity is proven.
func (r *Resident) Bound() bool { return r.BoundAt != nil }

// AgeOn gives the full years on a day; -1 where the day of birth is not known.
func (r *Resident) AgeOn(day models.Date) int {
	if r.BirthDate == nil {
		return -1
	}
	return models.AgeOn(*r.BirthDate, day)
}

// IsMinorOn tells whether the person is known to be under age on a day. Whose birth is not known is taken for an adult:
// nobody gets power over a person by a gap in the data.
func (r *Resident) IsMinorOn(day models.Date) bool {
	age := r.AgeOn(day)
	return age >= 0 && age < Majority
}

// Ward is a minor as the register names them to a guardian.
type Ward struct {
	Name       models.PersonName
	NationalID models.NationalID
	Relation   string
}

// Dependant is a minor whom the register gives to a guardian.
type Dependant struct {
	ID          models.ID
	DisplayName string
	Relation    string
}

// Phone is one of the phones that sign in to an account.
type Phone struct {
	Number  models.PhoneNumber
	AddedAt time.Time
}

// Masked gives 138****5678.
func (p *Phone) Masked() string { return p.Number.Masked() }
