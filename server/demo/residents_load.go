package demo

import (
	"fmt"
	"slices"

	"onewindow/models"
)

// The shapes of the file. They hold plain text and never leave this file.
type residentsYAML struct {
	AsOf         string             `yaml:"as_of"`
	Residents    []residentYAML     `yaml:"residents"`
	Unregistered []unregisteredYAML `yaml:"unregistered"`
	Households   []householdYAML    `yaml:"households"`
	Guardians    []guardianYAML     `yaml:"guardians"`
	Agents       []agentYAML        `yaml:"agents"`
}

type residentYAML struct {
	ID         string        `yaml:"id"`
	Name       string        `yaml:"name"`
	NationalID string        `yaml:"national_id"`
	Gender     string        `yaml:"gender"`
	BirthDate  string        `yaml:"birth_date"`
	Region     string        `yaml:"region"`
	Residence  string        `yaml:"residence_region"`
	Address    string        `yaml:"address"`
	Phone      string        `yaml:"phone"`
	Groups     []string      `yaml:"groups"`
	Household  string        `yaml:"household"`
	Role       string        `yaml:"role"`
	Holds      []holdingYAML `yaml:"holds"`
	Note       string        `yaml:"note"`
}

type holdingYAML struct {
	Material  string         `yaml:"material"`
	Number    string         `yaml:"number"`
	IssuedOn  string         `yaml:"issued_on"`
	ExpiresOn string         `yaml:"expires_on"`
	Fields    map[string]any `yaml:"fields"`
}

type unregisteredYAML struct {
	ID         string `yaml:"id"`
	Name       string `yaml:"name"`
	Gender     string `yaml:"gender"`
	BirthDate  string `yaml:"birth_date"`
	Birthplace string `yaml:"birthplace"`
	Mother     string `yaml:"mother"`
	Father     string `yaml:"father"`
	Household  string `yaml:"household"`
}

type householdYAML struct {
	ID      string   `yaml:"id"`
	Head    string   `yaml:"head"`
	Members []string `yaml:"members"`
}

type guardianYAML struct {
	Ward     string `yaml:"ward"`
	Guardian string `yaml:"guardian"`
	Relation string `yaml:"relation"`
}

type agentYAML struct {
	Principal string   `yaml:"principal"`
	Agent     string   `yaml:"agent"`
	Relation  string   `yaml:"relation"`
	Items     []string `yaml:"items"`
	Until     string   `yaml:"until"`
}

var groups = []string{"pregnant", "disabled", "elderly-alone", "elderly", "veteran", "low-income", "minor"}

// ParseResidents reads a file of sample residents; the error names every fault.
func ParseResidents(source []byte) (*Population, error) {
	var file residentsYAML
	if err := decode(source, &file); err != nil {
		return nil, fmt.Errorf("sample residents: %w", err)
	}
	var wrong faults
	population := &Population{AsOf: wrong.date("as_of", file.AsOf)}
	for index, raw := range file.Residents {
		where := fmt.Sprintf("residents[%d]", index)
		population.Residents = append(population.Residents, raw.resident(&wrong, where, population.AsOf))
	}
	for index, raw := range file.Unregistered {
		where := fmt.Sprintf("unregistered[%d]", index)
		wrong.oneOf(where+".gender", raw.Gender, "male", "female")
		wrong.region(where+".birthplace", raw.Birthplace)
		population.Unregistered = append(population.Unregistered, &Unregistered{
			ID: raw.ID, Name: models.NewPersonName(raw.Name), Gender: raw.Gender, BirthDate: wrong.date(where+".birth_date", raw.BirthDate),
			Birthplace: raw.Birthplace, Mother: raw.Mother, Father: raw.Father, Household: raw.Household,
		})
	}
	for _, raw := range file.Households {
		population.Households = append(population.Households, &Household{ID: raw.ID, Head: raw.Head, Members: raw.Members})
	}
	for _, raw := range file.Guardians {
		population.Guardians = append(population.Guardians, Guardianship(raw))
	}
	for index, raw := range file.Agents {
		until := wrong.date(fmt.Sprintf("agents[%d].until", index), raw.Until)
		population.Agents = append(population.Agents, Agency{raw.Principal, raw.Agent, raw.Relation, raw.Items, until})
	}
	population.check(&wrong)
	if err := wrong.err(); err != nil {
		return nil, fmt.Errorf("sample residents: %w", err)
	}
	return population, nil
}

func (raw residentYAML) resident(wrong *faults, where string, today models.Date) *Resident {
	wrong.required(where, raw.ID, raw.Name, raw.Address, raw.Household, raw.Role)
	wrong.oneOf(where+".gender", raw.Gender, "male", "female")
	wrong.region(where+".region", raw.Region)
	wrong.region(where+".residence_region", raw.Residence)
	for _, group := range raw.Groups {
		wrong.oneOf(where+".groups", group, groups...)
	}
	resident := &Resident{
		ID: raw.ID, Name: models.NewPersonName(raw.Name), Gender: raw.Gender, BirthDate: wrong.date(where+".birth_date", raw.BirthDate),
		Region: raw.Region, Residence: raw.Residence, Address: models.NewHomeAddress(raw.Address), Groups: raw.Groups,
		Household: raw.Household, Role: raw.Role, Note: raw.Note,
	}
	number, err := models.ParseNationalID(raw.NationalID, today)
	if err != nil {
		wrong.add("%s.national_id: %w", where, err)
	} else if birth, _ := number.BirthDate(); birth != resident.BirthDate {
		wrong.add("%s.birth_date: differs from the identity number", where)
	} else if isMale := (raw.NationalID[16]-'0')%2 == 1; isMale != (raw.Gender == "male") {
		wrong.add("%s.gender: differs from the identity number", where)
	}
	resident.NationalID = number
	if raw.Phone != "" {
		if resident.Phone, err = models.ParsePhone(raw.Phone); err != nil {
			wrong.add("%s.phone: %w", where, err)
		}
	}
	for index, holding := range raw.Holds {
		resident.Holds = append(resident.Holds, holding.holding(wrong, fmt.Sprintf("%s.holds[%d]", where, index)))
	}
	return resident
}

func (raw holdingYAML) holding(wrong *faults, where string) Holding {
	wrong.required(where+".material", raw.Material)
	holding := Holding{
		Material: raw.Material, Number: raw.Number, Fields: raw.Fields,
		IssuedOn: wrong.optionalDate(where+".issued_on", raw.IssuedOn), ExpiresOn: wrong.optionalDate(where+".expires_on", raw.ExpiresOn),
	}
	if holding.IssuedOn != nil && holding.ExpiresOn != nil && *holding.ExpiresOn < *holding.IssuedOn {
		wrong.add("%s.expires_on: before it was issued", where)
	}
	return holding
}

// check follows every reference.
func (p *Population) check(wrong *faults) {
	ids, numbers := map[string]bool{}, map[string]bool{}
	for _, resident := range p.Residents {
		wrong.once("resident "+resident.ID, ids, resident.ID)
		wrong.once("identity number of "+resident.ID, numbers, resident.NationalID.Reveal())
	}
	known := func(where, id string) {
		if !ids[id] {
			wrong.add("%s: there is no resident %q", where, id)
		}
	}
	for _, newborn := range p.Unregistered {
		known(newborn.ID+".mother", newborn.Mother)
		known(newborn.ID+".father", newborn.Father)
	}
	for _, household := range p.Households {
		if !slices.Contains(household.Members, household.Head) {
			wrong.add("%s: the head is no member", household.ID)
		}
		for _, member := range household.Members {
			known(household.ID, member)
			if resident := p.Resident(member); resident != nil && resident.Household != household.ID {
				wrong.add("%s: %s says otherwise", household.ID, member)
			}
		}
	}
	for _, link := range p.Guardians {
		known("guardians", link.Ward)
		known("guardians", link.Guardian)
	}
	for _, agency := range p.Agents {
		known("agents", agency.Principal)
		known("agents", agency.Agent)
	}
}
