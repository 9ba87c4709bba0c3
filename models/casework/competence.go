package casework

import (
	"context"
	"slices"

	"onewindow/models"
	"onewindow/models/catalogue"
	"onewindow/models/store"
)

// RefuseInput says that an application belongs to another department.
type RefuseInput struct {
	ApplicationID models.ID
	// RightDepartment is the department's code.
	RightDepartment string
	Reason          string
	IdempotencyKey  string
}

// RefuseNotCompetent ends an application that this department has no power over, at once and naming the right one.
func (s *Service) RefuseNotCompetent(ctx context.Context, actor models.Actor, input RefuseInput) (*Application, []*models.Problem, error) {
	if problem := tooLong("reason", input.Reason); problem != nil {
		return nil, []*models.Problem{problem}, nil
	}
	request := store.Request{ActorID: actor.ID, Operation: "refuseNotCompetent", Key: input.IdempotencyKey, Input: input}
	return s.once(ctx, actor, request, input.ApplicationID, s.frontDesk(actor), func(_ *store.Tx, m *move) ([]*models.Problem, error) {
		if _, err := permit(m.kase.State, ActionRefuse); err != nil {
			return nil, err
		}
		right, problems := m.rightDepartment(s.Catalogue.Current(), input)
		if len(problems) > 0 {
			return problems, nil
		}
		return nil, m.refuseNotCompetent(right, s.Catalogue.Current().Items(), input.Reason)
	})
}

// rightDepartment finds the department that is named; where none is, the problem says which ones handle such matters.
func (m *move) rightDepartment(city *catalogue.Snapshot, input RefuseInput) (*catalogue.Department, []*models.Problem) {
	var problems []*models.Problem
	if input.Reason == "" {
		problems = append(problems, models.NewProblem("REQUIRED", "reason", models.T("请说明为什么不属于本部门职权范围", "Please say why it is not this department’s to decide")))
	}
	right, known := city.Department(input.RightDepartment)
	switch {
	case !known:
		problems = append(problems, models.NewProblem("UNKNOWN_DEPARTMENT", "rightDepartment", m.suggestion(city.Departments())))
	case right.Code == m.kase.Lead:
		problems = append(problems, models.NewProblem("SAME_DEPARTMENT", "rightDepartment", models.T("所填部门就是本部门", "That is your own department")))
	}
	return right, problems
}

// suggestion names the departments whose tags the item has.
func (m *move) suggestion(departments []*catalogue.Department) models.Text {
	var names []models.Text
	for _, department := range departments {
		handles := slices.ContainsFunc(m.item.Tags, func(tag string) bool { return slices.Contains(department.Handles, tag) })
		if handles && department.Code != m.kase.Lead {
			names = append(names, phrase(models.T("{}（{}）", "{} ({})"), department.Name, plain(department.Code)))
		}
	}
	asked := models.T("请指明有权办理的部门", "Please name the department that is competent")
	if len(names) == 0 {
		return asked
	}
	return phrase(models.T("{}，可能是：{}", "{}; it may be: {}"), asked, list(names))
}

// refuseNotCompetent refuses at the counter: the right office is named with its phone and with what can be begun there.
func (m *move) refuseNotCompetent(right *catalogue.Department, items []*catalogue.Item, reason string) error {
	row, err := permit(m.kase.State, ActionRefuse)
	if err != nil {
		return err
	}
	m.kase.enter(row, Rejected)
	m.kase.Progress.RightOffice = right.Code
	m.happened(EventRejected, models.T("不属于本部门职权范围，不予受理", "Not taken on: another department is competent"),
		phrase(models.T("理由：{}。{}{}", "Reason: {}. {} {}"), plain(reason), rightOffice(right, items), m.settings.appeal(m.office())), of(m.kase.Lead))
	m.finish()
	return nil
}

// namedItems bounds how many items of the right office are named.
const namedItems = 5

// rightOffice tells where to go instead, and what can be begun there right away.
func rightOffice(right *catalogue.Department, items []*catalogue.Item) models.Text {
	var names []models.Text
	for _, item := range items {
		if item.Lead.Code == right.Code && len(names) < namedItems {
			names = append(names, item.Name)
		}
	}
	told := phrase(models.T("请向{}申请。", "Please apply to {}."), right.Name)
	if right.Phone != "" {
		told = phrase(models.T("请向{}申请，电话{}。", "Please apply to {}, phone {}."), right.Name, plain(right.Phone))
	}
	if len(names) == 0 {
		return told
	}
	return phrase(models.T("{}您可以用已填写的内容和材料直接在本平台向该部门申请，例如：{}。", "{} With what you have filled in and handed in you can begin there on this platform, for example: {}."),
		told, list(names))
}

// office is the department that answers for the application: the one that it was handed to, else the item's lead.
func (m *move) office() *catalogue.Department {
	if m.lead != nil {
		return m.lead
	}
	return m.item.Lead
}
