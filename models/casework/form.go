package casework

import (
	"context"
	"maps"

	"onewindow/models"
	"onewindow/models/catalogue"
	"onewindow/models/material"
)

// texts are the answers as the catalogue takes them.
func (c *Case) texts() map[string]string {
	texts := make(map[string]string, len(c.Answers))
	for key, answer := range c.Answers {
		if !answer.Aside {
			texts[key] = answer.Value
		}
	}
	return texts
}

// refresh computes the requirements anew from the answers as they stand: what an unknown rule asks for counts as needed for the
// time being.
func (m *move) refresh(people people) {
	state := m.item.Evaluate(m.kase.texts(), people.facts(m.kase, m.today()))
	m.kase.Progress.Requirements = requirements(m.kase.Progress.Requirements, state)
}

// refreshFinal does it once more for submission, where nothing is unknown; hidden answers are not handed in.
func (m *move) refreshFinal(people people) {
	state := m.item.EvaluateFinal(m.kase.texts(), people.facts(m.kase, m.today()))
	m.kase.Progress.Requirements = requirements(m.kase.Progress.Requirements, state)
	m.kase.Answers = cloneAnswers(m.kase.Answers)
	maps.DeleteFunc(m.kase.Answers, func(_ string, answer Answer) bool { return answer.Aside })
	for _, field := range state.Fields {
		if !field.Visible {
			delete(m.kase.Answers, field.Field.Key)
		}
	}
}

// requirements brings the stored rows in line with what the form says is needed. A document that was handed in stays with its
// requirement while a changed answer makes it not needed, and counts again when it is.
func requirements(stored []material.Requirement, state *catalogue.FormState) []material.Requirement {
	known := make(map[string]material.Requirement, len(stored))
	for _, requirement := range stored {
		known[requirement.Key] = requirement
	}
	groups := map[string]string{}
	rows := make([]material.Requirement, 0, len(state.Materials))
	for _, needed := range state.Materials {
		requirement, exists := known[needed.Material.Key]
		if !exists {
			requirement = material.Requirement{Key: needed.Material.Key, Material: needed.Material.Material.Code, Status: material.Missing}
		}
		requirement.Undecided = needed.Needed == catalogue.Unknown
		switch {
		case !needed.Counts():
			requirement.Status = material.NotNeeded
		case requirement.Status == material.NotNeeded && requirement.ReplacedBy == "":
			requirement.Status = material.Missing
			if requirement.DocumentID != "" {
				requirement.Status = requirement.Way
			}
		}
		if needed.Material.OneOf != "" && needed.Counts() {
			groups[requirement.Key] = needed.Material.OneOf
		}
		rows = append(rows, requirement)
	}
	return material.SettleGroups(rows, groups)
}

// stepRules evaluates a step's `when` on the answers and people; what cannot be decided takes place.
func (m *move) stepRules(people people) func(*catalogue.StepDefinition) bool {
	state := m.item.EvaluateFinal(m.kase.texts(), people.facts(m.kase, m.today()))
	skipped := map[string]bool{}
	for _, step := range state.Steps {
		skipped[step.Step.ID] = step.Takes == catalogue.False
	}
	return func(definition *catalogue.StepDefinition) bool { return !skipped[definition.ID] }
}

// submissionProblems is everything that stands between a draft and its submission, all at once.
func (m *move) submissionProblems(people people) []*models.Problem {
	var problems []*models.Problem
	if !people.subject.Bound() && people.subject.ID == people.applicant.ID {
		problems = append(problems, identityRequired())
	}
	state := m.item.EvaluateFinal(m.kase.texts(), people.facts(m.kase, m.today()))
	problems = append(problems, state.AllProblems()...)
	problems = append(problems, state.NotEligible()...)
	for _, condition := range state.UnknownConditions() {
		problems = append(problems, undecided(condition))
	}
	for _, requirement := range requirements(m.kase.Progress.Requirements, state) {
		if requirement.Status.Open() && !m.deferrable(requirement.Key) {
			problems = append(problems, m.materialProblem(requirement.Key))
		}
		if requirement.EndsBefore(m.today()) {
			problems = append(problems, m.endedProblem(requirement))
		}
	}
	return problems
}

func undecided(condition *catalogue.ConditionState) *models.Problem {
	return models.NewProblem("UNKNOWN", "", phrase(models.T("尚不能确认是否符合条件：{}", "It cannot be told yet whether this holds: {}"), condition.Condition.Text))
}

// prepare reads what the form of an application is evaluated on. The window asks for several fields of one application at
// the same time: what is read here goes into a copy, never into the application.
func (s *Service) prepare(ctx context.Context, a *Application) (*move, people, error) {
	kase := *a.stored
	if kase.Answers == nil {
		answers, err := s.answersWith(ctx, a)
		if err != nil {
			return nil, people{}, err
		}
		kase.Answers = answers[a.ID]
	}
	people, err := s.peopleOf(ctx, a, &kase)
	if err != nil {
		return nil, people, err
	}
	item, err := s.item(ctx, &kase)
	if err != nil {
		return nil, people, err
	}
	return &move{kase: &kase, item: item, calendar: s.Catalogue.Current().Calendar(), now: s.Store.Clock().Now()}, people, nil
}

// Ready tells whether a submission would be taken as it stands.
func (s *Service) Ready(ctx context.Context, a *Application) (bool, error) {
	if a.State != Draft {
		return false, nil
	}
	blockers, err := s.Blockers(ctx, a)
	return err == nil && len(blockers) == 0, err
}

// FormOf shows the questions with the application's answers. Staff of a department see the answers that their steps need, in
// normal form; sensitive ones are masked for everyone but the applicant.
func (s *Service) FormOf(ctx context.Context, actor models.Actor, a *Application) ([]*FormField, error) {
	m, people, err := s.prepare(ctx, a)
	if err != nil {
		return nil, err
	}
	facts := people.facts(m.kase, m.today())
	state := m.item.Evaluate(m.kase.texts(), facts)
	if a.State != Draft {
		state = m.item.EvaluateFinal(m.kase.texts(), facts)
	}
	if a.beforeSubmission {
		showMissing(state, m.item.EvaluateFinal(m.kase.texts(), facts))
	}
	delegate, err := s.readsAsDelegate(ctx, actor, a)
	if err != nil {
		return nil, err
	}
	fields := make([]*FormField, 0, len(state.Fields))
	for _, field := range state.Fields {
		if actor.Kind == models.Staff && !staffSees(actor, a, field.Field.Key) {
			continue
		}
		shown := a.formField(actor, field, m.kase.Answers)
		if delegate && shown.Value != nil {
			*shown.Value = maskedForDelegate(field.Field, *shown.Value)
		}
		fields = append(fields, shown)
	}
	return fields, nil
}

// showMissing puts what a submission would say of a field to the field. Whether fields are shown stays as it is while the form is
// filled in.
func showMissing(state, final *catalogue.FormState) {
	for i, field := range state.Fields {
		if field.Problem == nil && field.Visible {
			field.Problem = final.Fields[i].Problem
		}
	}
}

// Blockers is everything that stands between a draft and its submission, all at once; none for any other state.
func (s *Service) Blockers(ctx context.Context, a *Application) ([]*models.Problem, error) {
	if a.State != Draft {
		return []*models.Problem{}, nil
	}
	m, people, err := s.prepare(ctx, a)
	if err != nil {
		return nil, err
	}
	problems := append([]*models.Problem{}, m.forDelegate(m.submissionProblems(people))...)
	if a.ItemChange != nil {
		problems = append(problems, a.ItemChange)
	}
	return problems, nil
}

// readsAsDelegate tells whether somebody reads an application neither as its applicant nor subject nor guardian.
func (s *Service) readsAsDelegate(ctx context.Context, actor models.Actor, a *Application) (bool, error) {
	if a.stored.acting != nil {
		return true, nil
	}
	if !actor.MayBeDelegate() || actor.ID == a.SubjectID || actor.ID == a.ApplicantID {
		return false, nil
	}
	return models.OfLot(a.Lot(), "read as delegate "+string(a.SubjectID), func([]*Application) (bool, error) {
		allowed, err := s.Residents.MayActFor(ctx, actor.ID, a.SubjectID)
		return !allowed, err
	})
}

func (a *Application) formField(actor models.Actor, field *catalogue.FieldState, answers map[string]Answer) *FormField {
	shown := &FormField{
		Key: field.Field.Key, Type: field.Field.Type, Label: field.Field.Label, Required: field.Field.Required, Visible: field.Visible,
		Choices: field.Field.Choices, Problem: field.Problem,
	}
	if answer, answered := answers[field.Field.Key]; answered {
		value := answer.Value
		if actor.Kind == models.Staff {
			value = masked(field.Field.Type, value)
		}
		shown.Value, shown.Prefilled, shown.PrefilledFrom, shown.PrefilledAt = &value, answer.Source != "", answer.Words(), answer.At
	}
	for _, problem := range a.refusedAnswers {
		if problem.Field != nil && *problem.Field == shown.Key {
			shown.Problem = problem
		}
	}
	return shown
}

func masked(kind catalogue.FieldType, value string) string {
	switch kind {
	case catalogue.NationalIDField:
		return models.KnownNationalID(value).Masked()
	case catalogue.PhoneField:
		return models.KnownPhone(value).Masked()
	case catalogue.BankAccountField:
		return "****" + value[max(0, len(value)-4):]
	}
	return value
}

// staffSees: the lead department and whoever has the whole city in reach see the form; another department the answers that its
// steps are given.
func staffSees(actor models.Actor, a *Application, key string) bool {
	if actor.Reaches(a.stored.Lead) {
		return true
	}
	for _, step := range a.Item.Steps {
		if step.Department.Code != actor.DepartmentCode {
			continue
		}
		if step.Sees == nil {
			return true
		}
		for _, seen := range step.Sees.Form {
			if seen == key {
				return true
			}
		}
	}
	return false
}
