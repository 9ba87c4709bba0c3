package casework

import (
	"context"
	"time"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/catalogue"
	"onewindow/models/resident"
)

// DueIfSubmittedNow tells when an application would be due if it were handed in and accepted now.
func (s *Service) DueIfSubmittedNow(item *catalogue.Item) *calendar.Deadline {
	today := models.DateOf(s.Store.Clock().Now())
	return calendar.Compute(s.Catalogue.Current().Calendar(), today, item.Limits(), nil, today, nil)
}

// DueAt tells when a case is promised as it stands at a moment; nil before acceptance.
func (s *Service) DueAt(c *Case, item *catalogue.Item, now time.Time) *time.Time {
	days := s.Catalogue.KnownCalendar(c.Calendar)
	if days == nil { // nobody has looked at the case here yet
		days = s.Catalogue.Current().Calendar()
	}
	deadline := c.deadline(item, days, now)
	if deadline == nil {
		return nil
	}
	return &deadline.PromisedDueAt
}

// Subjects and Applicants name the people of applications, with one look for all of them.
func (s *Service) Subjects(ctx context.Context, applications []*Application) ([]*resident.Resident, error) {
	return s.named(ctx, applications, func(a *Application) models.ID { return a.SubjectID })
}

// Applicants names who acts.
func (s *Service) Applicants(ctx context.Context, applications []*Application) ([]*resident.Resident, error) {
	return s.named(ctx, applications, func(a *Application) models.ID { return a.ApplicantID })
}

func (s *Service) named(ctx context.Context, applications []*Application, id func(*Application) models.ID) ([]*resident.Resident, error) {
	people := make([]*resident.Resident, len(applications))
	for i, a := range applications {
		if people[i] = a.people[id(a)]; people[i] != nil {
			continue
		}
		found, err := s.peopleWith(ctx, a)
		if err != nil {
			return nil, err
		}
		people[i] = found[id(a)]
	}
	return people, nil
}
