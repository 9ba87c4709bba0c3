package casework

import (
	"context"

	"onewindow/models"
	"onewindow/models/catalogue"
	"onewindow/models/resident"
	"onewindow/models/store"
)

// people are those whom the rules of a case are about.
type people struct{ subject, applicant *resident.Resident }

// people reads them inside a transaction, so that it never waits for a second connection.
func (s *Service) people(tx *store.Tx, c *Case) (people, error) {
	subject, err := s.Residents.ByIDIn(tx, c.SubjectID)
	if err != nil || c.SubjectID == c.ApplicantID {
		return people{subject, subject}, err
	}
	applicant, err := s.Residents.ByIDIn(tx, c.ApplicantID)
	return people{subject, applicant}, err
}

// peopleNow reads them outside of one.
func (s *Service) peopleNow(ctx context.Context, c *Case) (people, error) {
	found, err := s.Residents.ByIDs(ctx, []models.ID{c.SubjectID, c.ApplicantID})
	if err != nil {
		return people{}, err
	}
	if found[c.SubjectID] == nil || found[c.ApplicantID] == nil {
		return people{}, models.NotFound()
	}
	return people{found[c.SubjectID], found[c.ApplicantID]}, nil
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
