package demo

import "onewindow/models"

// Population is everybody whom the simulated departments know.
type Population struct {
	// AsOf is the day for which the data was written: ages, expiry dates and groups make sense on it.
	AsOf         models.Date
	Residents    []*Resident
	Unregistered []*Unregistered
	Households   []*Household
	Guardians    []Guardianship
	Agents       []Agency
}

// Resident is one sample resident.
type Resident struct {
	// ID is the number within the sample data, e.g. "r01".
	ID         string
	Name       models.PersonName
	NationalID models.NationalID
	// Gender is "male" or "female".
	Gender    string
	BirthDate models.Date
	// Region is where the person is registered, Residence where the person lives (GB/T 2260).
	Region    string
	Residence string
	Address   models.HomeAddress
	// Phone is zero for those who have none.
	Phone     models.PhoneNumber
	Groups    []string
	Household string
	// Role is the place in the household as the register words it, e.g. "户主".
	Role  string
	Holds []Holding
	Note  string
}

// Holding is a certificate or a record that some department's system has about a resident.
type Holding struct {
	Material string
	// Number is empty where the data gives none.
	Number string
	// IssuedOn is nil for what is produced when it is asked for, ExpiresOn for what does not expire.
	IssuedOn  *models.Date
	ExpiresOn *models.Date
	Fields    map[string]any
}

// Unregistered is a newborn without an identity number.
type Unregistered struct {
	ID             string
	Name           models.PersonName
	Gender         string
	BirthDate      models.Date
	Birthplace     string
	Mother, Father string
	Household      string
}

// Household is one household of the register.
type Household struct {
	ID      string
	Head    string
	Members []string
}

// Guardianship says who is whose guardian; Relation is the guardian's, e.g. "mother".
type Guardianship struct{ Ward, Guardian, Relation string }

// Agency is a signed authorisation to act for somebody.
type Agency struct {
	Principal, Agent, Relation string
	Items                      []string
	Until                      models.Date
}

// Resident finds a resident by the number within the sample data; nil if there is none.
func (p *Population) Resident(id string) *Resident {
	for _, resident := range p.Residents {
		if resident.ID == id {
			return resident
		}
	}
	return nil
}

// ByNationalID finds a resident by identity number; nil if there is none.
func (p *Population) ByNationalID(number models.NationalID) *Resident {
	for _, resident := range p.Residents {
		if resident.NationalID == number {
			return resident
		}
	}
	return nil
}

// HouseholdOf gives the other members of a resident's household.
func (p *Population) HouseholdOf(resident *Resident) []*Resident {
	var others []*Resident
	for _, other := range p.Residents {
		if other.Household == resident.Household && other != resident {
			others = append(others, other)
		}
	}
	return others
}

// IsParent tells whether one resident is the father or mother of another by the list of guardians.
func (p *Population) IsParent(guardian, ward *Resident) bool {
	for _, link := range p.Guardians {
		if link.Guardian == guardian.ID && link.Ward == ward.ID {
			return link.Relation == "father" || link.Relation == "mother"
		}
	}
	return false
}
