package casework

import (
	"context"
	"errors"

	"onewindow/models"
	"onewindow/models/resident"
)

// inBundle is what handing in means for a member of a bundle that is not at its turn: the wish is kept and nothing is refused.
// One that the house was first with stands as it is. False: it is handed in like any other.
func (m *move) inBundle(people people) (handled bool, problems []*models.Problem, err error) {
	part := m.kase.Progress.Bundle
	switch {
	case part == nil || part.Fallen != nil:
		return false, nil, nil
	case m.kase.State != Draft:
		if part.ByItself {
			return true, nil, errNothingToDo
		}
		return false, nil, nil
	case len(part.Waits) == 0:
		return false, nil, nil
	case !people.subject.Bound() && people.subject.ID == people.applicant.ID:
		return true, []*models.Problem{identityRequired()}, nil
	case part.Wish == WishExplicit:
		return true, nil, errNothingToDo
	}
	part.Wish, m.quiet = WishExplicit, true
	m.happened(EventHandInWished, models.T("已登记提交意愿", "Your wish to hand it in is kept"),
		phrase(models.T("等“{}”办结后自动提交", "It is handed in by itself when “{}” is done"), part.waitsNames()))
	return true, nil, nil
}

// handIn hands in a draft that has no problems.
func (m *move) handIn(people people) error {
	m.refreshFinal(people)
	m.applies = m.stepRules(people) // where authorities gave everything it is accepted at once, and steps begin
	m.kase.Priority = priorityOf(people.subject.Groups)
	return m.submit(newNumber(m.now))
}

// asItStands answers an act that changed nothing with the application as it is now.
func (s *Service) asItStands(
	ctx context.Context, actor models.Actor, id models.ID, application *Application, problems []*models.Problem, err error,
) (*Application, []*models.Problem, error) {
	if !errors.Is(err, errNothingToDo) {
		return application, problems, err
	}
	application, err = s.ByID(ctx, actor, string(id))
	return application, nil, err
}

// MayActIn tells whether a person may act in a bundle case: as its applicant, its subject or the subject's guardian. For
// whoever may not it does not exist.
func (s *Service) MayActIn(ctx context.Context, actor models.Actor, subject, applicant models.ID) error {
	return s.checkOwner(ctx, actor, &Case{SubjectID: subject, ApplicantID: applicant})
}

// MayStandFor tells whether a person may begin an application about another.
func (s *Service) MayStandFor(ctx context.Context, actor models.Actor, subject models.ID) (bool, error) {
	return s.mayStandFor(ctx, actor, subject)
}

// OfBundles shows the applications of bundle cases with everything that their forms need, by bundle case: four round trips
// however many there are. Who may see them, the caller has looked at.
func (s *Service) OfBundles(ctx context.Context, bundleCases []models.ID) (map[models.ID][]*Application, error) {
	found, err := s.records.ofBundles(s.Store.Reader(ctx), bundleCases, false)
	if err != nil {
		return nil, err
	}
	views, err := s.views(ctx, found)
	if err != nil {
		return nil, err
	}
	people, err := s.peopleOfCases(ctx, found)
	if err != nil {
		return nil, err
	}
	byBundle := map[models.ID][]*Application{}
	for i, c := range found {
		views[i].people = people
		byBundle[c.bundleCaseID()] = append(byBundle[c.bundleCaseID()], views[i])
	}
	return byBundle, nil
}

func (s *Service) peopleOfCases(ctx context.Context, cases []*Case) (map[models.ID]*resident.Resident, error) {
	var ids []models.ID
	for _, c := range cases {
		ids = append(ids, c.SubjectID, c.ApplicantID)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return s.Residents.ByIDs(ctx, ids)
}

// peopleOf gives those whom an application's rules are about; in a list they were read for all at once.
func (s *Service) peopleOf(ctx context.Context, a *Application, c *Case) (people, error) {
	if subject, applicant := a.people[c.SubjectID], a.people[c.ApplicantID]; subject != nil && applicant != nil {
		return people{subject, applicant}, nil
	}
	found, err := s.peopleWith(ctx, a)
	if err != nil {
		return people{}, err
	}
	return peopleAmong(found, c)
}
