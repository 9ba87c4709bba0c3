package casework

import (
	"context"
	"errors"
	"slices"
	"time"

	"onewindow/models"
	"onewindow/models/delegation"
	"onewindow/models/store"
)

// What volunteers hand in takes effect at once and can be cancelled for some time: by the person, or by the second contact.

// coolOff begins that time, in the transaction of the hand-in.
func (s *Service) coolOff(ctx context.Context, tx *store.Tx, m *move) error {
	people, err := s.Residents.ByIDsIn(tx, []models.ID{m.actor.ID, m.kase.SubjectID})
	if err != nil {
		return err
	}
	return s.Delegations.HandedIn(ctx, tx, delegation.Given{
		By: m.kase.acting, ApplicationID: m.kase.ID, Number: m.kase.Number, Item: m.item.Name, Action: m.handedIn,
		Helper: people[m.actor.ID].DisplayName(), Person: people[m.kase.SubjectID].DisplayName(),
	})
}

// CancelHelped takes back what a volunteer handed in: the application counts as not handed in, and the volunteer's help ends. By
// the person or a guardian, within the time for it. Taken back already, it stays so.
func (s *Service) CancelHelped(ctx context.Context, actor models.Actor, id models.ID) (*Application, []*models.Problem, error) {
	c, problems, err := s.change(ctx, actor, id, s.mine(ctx, actor), func(tx *store.Tx, m *move) ([]*models.Problem, error) {
		return s.cancelHelped(ctx, tx, m, delegation.ByPerson, "")
	})
	if errors.Is(err, errNothingToDo) {
		return s.asItStands(ctx, actor, id, nil, nil, err)
	}
	return s.answer(ctx, c, problems, err)
}

// secondContact is how the timeline names who cancelled by a code.
const secondContact = "第二联系人"

// CancelHelpedByCode is CancelHelped for the second contact, who has the code of one hand-in and no account. Every refusal has one
// wording, so that nothing is learned about any application.
func (s *Service) CancelHelpedByCode(ctx context.Context, actor models.Actor, code string) (bool, []*models.Problem, error) {
	found, err := s.Delegations.ByCode(ctx, actor, code)
	if err != nil {
		return false, nil, err
	}
	if found == nil {
		return false, noSuchCode(), nil
	}
	anybody := func(*store.Tx, *Case) error { return nil } // the code says who may
	_, problems, err := s.change(ctx, models.SystemActor(), found.ApplicationID, anybody, func(tx *store.Tx, m *move) ([]*models.Problem, error) {
		m.names = secondContact
		return s.cancelHelped(ctx, tx, m, delegation.BySecondContact, found.ID)
	})
	switch {
	case errors.Is(err, errNothingToDo):
		return true, nil, nil
	case err != nil:
		return false, nil, err
	case len(problems) > 0:
		return false, noSuchCode(), nil
	}
	return true, nil, nil
}

func noSuchCode() []*models.Problem {
	return []*models.Problem{models.NewProblem("MISMATCH", "code", models.T(
		"取消码不正确，或者已经过了可以取消的时间", "The code is wrong, or the time for cancelling is over"))}
}

// cancelHelped takes an application back that a volunteer handed in. only names the hand-in whose code was given; "": any.
func (s *Service) cancelHelped(ctx context.Context, tx *store.Tx, m *move, by delegation.Canceller, only models.ID) ([]*models.Problem, error) {
	all, err := s.Delegations.HandIns(ctx, tx, m.kase.ID)
	if err != nil {
		return nil, err
	}
	if only != "" {
		all = slices.DeleteFunc(all, func(one *delegation.HandIn) bool { return one.ID != only })
	}
	if m.kase.State == Withdrawn && slices.ContainsFunc(all, func(one *delegation.HandIn) bool { return one.CancelledAt != nil }) {
		return nil, errNothingToDo
	}
	open := slices.DeleteFunc(slices.Clone(all), func(one *delegation.HandIn) bool { return !one.Cooling(m.now) })
	switch {
	case len(all) == 0:
		return []*models.Problem{models.NewProblem("NOT_HELPED", "applicationId", models.T(
			"这件申请不是志愿者代为提交的", "No volunteer handed this application in"))}, nil
	case len(open) == 0:
		return []*models.Problem{tooLateToCancel(all[0].Until)}, nil
	}
	if !withdrawable(m.kase.State) {
		return []*models.Problem{models.NewProblem("DECIDED", "applicationId", phrase(models.T(
			"申请已经“{}”，不能再取消；您可以收回对志愿者的委托，并联系承办部门",
			"The application is “{}” already and cannot be cancelled; you can take the volunteer’s delegation back and turn to the department"),
			StateLabel(m.kase.State)))}, nil
	}
	if err := m.withdrawHelped(); err != nil {
		return nil, err
	}
	return nil, s.Delegations.Cancelled(ctx, tx, open, by, m.kase.Number, m.item.Name)
}

func withdrawable(state State) bool {
	_, err := permit(state, ActionWithdraw)
	return err == nil
}

func tooLateToCancel(until time.Time) *models.Problem {
	at := until.In(models.Zone)
	return models.NewProblem("TOO_LATE", "applicationId", models.T(
		"可以取消的时间已于"+at.Format("2006年1月2日15:04")+"结束；需要时可以撤回申请",
		"The time for cancelling ended on "+at.Format("2 January 2006 15:04")+"; you can still withdraw the application"))
}

// withdrawHelped takes the application back as if it had not been handed in; that and when it was received stays on record.
func (m *move) withdrawHelped() error {
	row, err := permit(m.kase.State, ActionWithdraw)
	if err != nil {
		return err
	}
	detail := models.T("由本人在可取消的时间内取消", "Cancelled by the person within the time for it")
	if m.names != "" { // who it was stands before it
		detail = models.T("在可取消的时间内取消", "Cancelled within the time for it")
	}
	m.kase.enter(row, Withdrawn)
	m.happened(EventWithdrawn, models.T("取消志愿者代为提交的申请，视为未提交", "What a volunteer handed in was cancelled: as if not handed in"),
		detail)
	m.finish()
	return nil
}

// CoolingOff is the time in which a volunteer's hand-in can be cancelled.
type CoolingOff struct {
	Action      delegation.HandInAction
	At          time.Time
	Until       time.Time
	CancelledAt *time.Time
}

// CoolingOffOf is that of the last hand-in by a volunteer, for those whose application it is; nil: there was none.
func (s *Service) CoolingOffOf(ctx context.Context, actor models.Actor, a *Application) (*CoolingOff, error) {
	if a.SubmittedAt == nil || actor.PersonID() == "" || s.Delegations == nil {
		return nil, nil
	}
	all, err := s.handInsWith(ctx, a)
	found := all[a.ID]
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &CoolingOff{found[0].Action, found[0].At, found[0].Until, found[0].CancelledAt}, nil
}

// HelpedApplications lists what a delegate sees of other people's applications, newest first: those of the items and powers of
// the delegations that hold now. Whose they are reads of it in the access log.
func (s *Service) HelpedApplications(ctx context.Context, actor models.Actor, page models.PageRequest, withTotal bool) (*models.Page[*Application], error) {
	if !actor.MayBeDelegate() {
		return nil, models.NotAllowed()
	}
	if err := checkIDCursor(page.After); err != nil {
		return nil, err
	}
	standing, err := s.Delegations.Open(ctx, actor.ID)
	if err != nil {
		return nil, err
	}
	found, total, err := s.records.helped(s.Store.Reader(ctx), standing, page, withTotal)
	if err != nil {
		return nil, err
	}
	for _, c := range found {
		c.acting = standing[0] // it is read by a delegation, whichever
	}
	applications, err := s.viewsOf(ctx, found, true)
	if err != nil {
		return nil, err
	}
	people, err := s.peopleOfCases(ctx, found)
	if err != nil {
		return nil, err
	}
	for _, application := range applications {
		application.people = people
	}
	listed := models.NewPage(applications, page, total, func(a *Application) string { return store.Cursor(a.ID) })
	seen := found[:len(listed.Edges)]
	for _, help := range []bool{false, true} {
		some := slices.DeleteFunc(slices.Clone(seen), func(c *Case) bool { return byHelpAlone(standing, c) != help })
		var by delegation.Standing
		if help {
			by = slices.DeleteFunc(slices.Clone(standing), func(one *delegation.Delegation) bool { return one.Kind != delegation.Helper })
		}
		if err := s.recordHelp(ctx, actor, by, some...); err != nil {
			return nil, err
		}
	}
	return listed, nil
}

// byHelpAlone tells whether somebody sees a case as a volunteer and not as one of the person's own people.
func byHelpAlone(standing delegation.Standing, c *Case) bool {
	for _, one := range standing {
		if one.GrantorID == c.SubjectID && one.Kind == delegation.Personal && slices.Contains(one.ItemCodes, c.ItemCode) {
			return false
		}
	}
	return true
}
