package casework

import (
	"context"
	"slices"

	"onewindow/models"
	"onewindow/models/catalogue"
	"onewindow/models/resident"
	"onewindow/models/store"
)

// people are those whom the rules of a case are about.
type people struct{ subject, applicant *resident.Resident }

// people reads them inside a transaction, so that it never waits for a second connection.
func (s *Service) people(tx *store.Tx, c *Case) (people, error) {
	found, err := s.Residents.ByIDsIn(tx, slices.Compact([]models.ID{c.SubjectID, c.ApplicantID}))
	if err != nil {
		return people{}, err
	}
	return peopleAmong(found, c)
}

// whom is people once for each move.
func (s *Service) whom(tx *store.Tx, m *move) (people, error) {
	if m.people == nil {
		found, err := s.people(tx, m.kase)
		if err != nil {
			return people{}, err
		}
		m.people = &found
	}
	return *m.people, nil
}

func peopleAmong(found map[models.ID]*resident.Resident, c *Case) (people, error) {
	if found[c.SubjectID] == nil || found[c.ApplicantID] == nil {
		return people{}, models.NotFound()
	}
	return people{found[c.SubjectID], found[c.ApplicantID]}, nil
}

// peopleNow reads them outside of one.
func (s *Service) peopleNow(ctx context.Context, c *Case) (people, error) {
	found, err := s.Residents.ByIDs(ctx, []models.ID{c.SubjectID, c.ApplicantID})
	if err != nil {
		return people{}, err
	}
	return peopleAmong(found, c)
}

// facts gives the rules what they see of the people: nothing while no identity is bound.
func (p people) facts(c *Case, today models.Date) catalogue.Facts {
	return catalogue.Facts{
		Subject: personFacts(p.subject, today), Applicant: personFacts(p.applicant, today), HouseholdSize: p.householdSize(),
		Channel: catalogue.RuleChannel(string(c.Channel)), Today: today,
	}
}

func personFacts(person *resident.Resident, today models.Date) *catalogue.Person {
	if person.BirthDate == nil {
		return nil
	}
	return &catalogue.Person{
		Age: person.AgeOn(today), Region: person.Region, Residence: person.Residence, Gender: person.Gender, Groups: person.Groups,
	}
}

// householdSize counts the subject at least, once the identity is known.
func (p people) householdSize() int {
	if p.subject.BirthDate == nil {
		return p.subject.HouseholdSize
	}
	return max(p.subject.HouseholdSize, 1)
}
