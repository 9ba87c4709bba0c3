package casework

import (
	"context"
	"errors"
	"slices"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/store"
)

// Intervene uses discretion: within the official's powers and limits, with authority and reason, and for the resident to see.
// What is refused is recorded too.
func (s *Service) Intervene(
	ctx context.Context, actor models.Actor, input InterveneInput,
) (*Intervention, *Application, []*models.Problem, error) {
	made := &Intervention{
		ID: models.NewID(), ApplicationID: input.ApplicationID, Kind: input.Kind, StepID: input.StepID, Authority: input.Authority, Reason: input.Reason,
		By: staffMemberOf(actor), byID: actor.ID, department: actor.DepartmentCode,
	}
	changed, problems, err := s.change(ctx, actor, input.ApplicationID, s.worker(actor), func(tx *store.Tx, m *move) ([]*models.Problem, error) {
		made.At = tx.Now
		if !m.mayIntervene(actor, input.Kind) {
			return nil, models.NotAllowed()
		}
		problems := input.problems()
		if len(problems) == 0 {
			var err error
			if problems, err = s.intervene(ctx, tx, m, input, made); err != nil {
				return nil, err
			}
		}
		if len(problems) > 0 {
			return problems, nil
		}
		return nil, s.recordIntervention(tx, m, made)
	})
	if refusal := refusalText(problems, err); refusal != nil {
		if recording := s.recordRefusal(ctx, made, refusal); recording != nil {
			return nil, nil, nil, recording
		}
	}
	if err != nil {
		return nil, nil, nil, err
	}
	application, err := s.viewOf(ctx, changed)
	if err != nil || len(problems) > 0 {
		return nil, application, problems, err
	}
	return made, application, nil, nil
}

func staffMemberOf(actor models.Actor) *StaffMember {
	member := &StaffMember{ID: actor.ID, Username: actor.Username, DisplayName: actor.DisplayName, DepartmentCode: actor.DepartmentCode}
	for _, role := range actor.Roles {
		member.Roles = append(member.Roles, string(role))
	}
	return member
}

// refusalText says why an attempt was refused; nil where it was not, where the case does not exist for the caller, and where
// this program failed.
func refusalText(problems []*models.Problem, err error) models.Text {
	var fault *models.Fault
	if errors.As(err, &fault) && (fault.Code == models.ConflictCode || fault.Code == models.Forbidden) {
		return fault.Text
	}
	if len(problems) == 0 {
		return nil
	}
	texts := make([]models.Text, len(problems))
	for i, problem := range problems {
		texts[i] = problem.Message
	}
	return list(texts)
}

// mayIntervene: an extension is an approver's; the rest an approver's or a supervisor's; each where the application is led or
// a step of it is at work within reach.
func (m *move) mayIntervene(actor models.Actor, kind InterventionKind) bool {
	if !actor.Has(models.Approver) && (kind == Extend || !actor.Has(models.Supervisor)) {
		return false
	}
	return actor.Reaches(m.kase.Lead) || slices.ContainsFunc(m.kase.Progress.Steps, func(step StepProgress) bool {
		return (step.State == StepActive || step.State == StepSuspended) && actor.Reaches(step.Department)
	})
}

// intervene applies one kind, within the limits.
func (s *Service) intervene(ctx context.Context, tx *store.Tx, m *move, input InterveneInput, made *Intervention) ([]*models.Problem, error) {
	problem, err := s.withinMonth(ctx, tx, m.actor, input.Kind)
	if err != nil || problem != nil {
		return one(problem), err
	}
	switch input.Kind {
	case Expedite:
		return nil, m.expedite(input)
	case Reassign:
		return s.reassign(ctx, tx, m, input)
	case Extend:
		if most := s.Settings.Interventions.extensionDays(m.item); *input.Days > most {
			return one(models.NewProblem("LIMIT", "days", phrase(models.T("最多可以延长{}天", "At most {} days can be given"), number(most)))), nil
		}
		step, problem := m.workToReassign(input.StepID)
		if input.StepID == nil {
			step = ""
		} else if problem != nil {
			return one(problem), nil
		}
		made.Days = input.Days
		return nil, m.extend(step, input)
	}
	if _, err := permit(m.kase.State, ActionWaive); err != nil {
		return nil, err
	}
	key, problem := m.waivable(input.RequirementID, s.Settings.Interventions.NeverWaived)
	if problem != nil {
		return one(problem), nil
	}
	id := RequirementID(m.kase.ID, key)
	made.RequirementID = &id
	return nil, m.waive(key, input)
}

// one is a list of a problem; empty where there is none.
func one(problem *models.Problem) []*models.Problem {
	if problem == nil {
		return nil
	}
	return []*models.Problem{problem}
}

// withinMonth holds an official to the number of a kind in a month; two at once are counted one after the other.
func (s *Service) withinMonth(ctx context.Context, tx *store.Tx, actor models.Actor, kind InterventionKind) (*models.Problem, error) {
	if err := tx.Lock(ctx, "casework.intervention", string(actor.ID), string(kind)); err != nil {
		return nil, err
	}
	today := models.DateOf(tx.Now)
	used, err := s.records.countInterventions(tx, actor.ID, kind, models.NewDate(today.Year(), today.Month(), 1).Start())
	if err != nil || used < s.Settings.Interventions.monthly(kind) {
		return nil, err
	}
	return models.NewProblem("LIMIT", "kind", phrase(models.T("本月此类干预已达上限（{}次）", "This month's limit for this kind is reached ({})"), number(s.Settings.Interventions.monthly(kind)))), nil
}

// reassign takes the work from who holds it: to the named colleague for one lease, or back to the queue.
func (s *Service) reassign(ctx context.Context, tx *store.Tx, m *move, input InterveneInput) ([]*models.Problem, error) {
	if _, err := permit(m.kase.State, ActionReassign); err != nil {
		return nil, err
	}
	work, problem := m.workToReassign(input.StepID)
	if problem != nil {
		return one(problem), nil
	}
	task, err := s.records.heldTask(tx.DB, m.kase.ID, work, tx.Now)
	if err != nil {
		return nil, err
	}
	if task == nil || !m.actor.Reaches(task.DepartmentCode) {
		return nil, models.NotAllowed()
	}
	if err := m.reassign(work, input); err != nil {
		return nil, err
	}
	var colleague *StaffMember
	if input.ToUsername != nil {
		if colleague, err = s.StaffByUsername(ctx, *input.ToUsername); err != nil {
			return nil, err
		}
		if colleague == nil || !colleague.does(task) {
			return one(models.NewProblem("NOT_SUITABLE", "toUsername", models.T("该人员不在承办部门，或没有办理这项任务的权限", "This person is not in the department or may not do this task"))), nil
		}
	}
	return nil, s.records.giveTask(tx, task, colleague, s.Settings.Lease)
}

// does tells whether a colleague may work a task.
func (c *StaffMember) does(task *Task) bool {
	return slices.Contains(c.Roles, string(task.Role)) && (c.DepartmentCode == task.DepartmentCode || task.Kind == TaskAcceptance && c.CityReach)
}

// recordIntervention keeps what was done; what the sample draws becomes a task for a supervisor.
func (s *Service) recordIntervention(tx *store.Tx, m *move, made *Intervention) error {
	made.UnderReview = s.Settings.Interventions.sampled(s.Keyring.Index("casework.intervention.sample", string(made.ID)))
	if err := s.records.insertIntervention(tx, made); err != nil || !made.UnderReview {
		return err
	}
	due := m.calendar.AddDays(m.today(), s.Settings.Interventions.ReviewDays, calendar.WorkingDays)
	limits := calendar.Limits{
		PromisedDays: s.Settings.Interventions.ReviewDays, LegalDays: s.Settings.Interventions.ReviewDays, PromisedUnit: calendar.WorkingDays, LegalUnit: calendar.WorkingDays,
	}
	s.records.writeTasks(tx, []taskChange{{row: m.taskRow(plannedTask{
		kind: TaskReview, step: string(made.ID), department: m.kase.Lead, role: models.Supervisor, state: TaskOpen,
		dueAt: due.End(), yellowAt: m.yellow(m.now, limits, nil),
	})}})
	return nil
}

// recordRefusal keeps, in a transaction of its own, who tried what and why it was refused.
func (s *Service) recordRefusal(ctx context.Context, attempt *Intervention, refusal models.Text) error {
	attempt.Refused, attempt.Refusal, attempt.UnderReview = true, refusal, false
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		attempt.At = tx.Now
		return s.records.insertIntervention(tx, attempt)
	})
}

// Evaluate says what was thought of an intervention afterwards: once, by a supervisor or auditor within reach who did not make it.
func (s *Service) Evaluate(ctx context.Context, actor models.Actor, id models.ID, outcome, note string) (*Intervention, []*models.Problem, error) {
	var problems []*models.Problem
	if outcome == "" {
		problems = append(problems, models.NewProblem("REQUIRED", "outcome", models.T("请填写评价结论", "Please give the outcome")))
	}
	for field, text := range map[string]string{"outcome": outcome, "note": note} {
		if problem := tooLong(field, text); problem != nil {
			problems = append(problems, problem)
		}
	}
	if len(problems) > 0 {
		return nil, problems, nil
	}
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		made, err := s.evaluable(tx, actor, id)
		if err != nil {
			return err
		}
		made.Evaluation = &InterventionEvaluation{Outcome: outcome, Note: &note, At: tx.Now, byID: actor.ID}
		return s.records.evaluate(tx, made)
	})
	if err != nil {
		return nil, nil, err
	}
	found, err := s.records.interventionByID(ctx, s.Store, id)
	if err != nil {
		return nil, nil, err
	}
	return found, nil, s.fillInterventions(ctx, []*Intervention{found})
}

func (s *Service) evaluable(tx *store.Tx, actor models.Actor, id models.ID) (*Intervention, error) {
	if _, valid := models.ParseID(string(id)); !valid {
		return nil, models.NotFound()
	}
	made, err := s.records.lockedIntervention(tx, id)
	switch {
	case err != nil:
		return nil, err
	case made == nil || !actor.Has(models.Supervisor, models.Auditor) || !actor.Reaches(made.department):
		return nil, models.NotFound()
	case made.byID == actor.ID:
		return nil, &models.Fault{Code: models.Forbidden, Text: models.T("不能评价自己作出的干预", "Nobody evaluates their own intervention")}
	case made.Refused:
		return nil, models.Conflict(models.T("这次干预未被准许，无需评价", "It was refused; there is nothing to evaluate"), "REFUSED")
	case made.Evaluation != nil:
		return nil, models.Conflict(models.T("这次干预已经评价过", "It has been evaluated already"), made.Evaluation.Outcome)
	}
	return made, nil
}

// InterventionFilter narrows the ledger of discretion: the official's department code ("": every one), and done or refused.
type InterventionFilter struct {
	Department string
	Refused    *bool
}

// Interventions is the ledger of discretion, newest first, refused attempts included: supervisors and auditors of the city see
// all, those of a department what its own officials did.
func (s *Service) Interventions(
	ctx context.Context, actor models.Actor, filter InterventionFilter, page models.PageRequest, withTotal bool,
) (*models.Page[*Intervention], error) {
	if err := checkIDCursor(page.After); err != nil {
		return nil, err
	}
	made, total, err := s.records.interventions(ctx, s.Store, ownDepartment(actor), filter, page, withTotal)
	if err != nil {
		return nil, err
	}
	if err := s.fillInterventions(ctx, made); err != nil {
		return nil, err
	}
	return models.NewPage(made, page, total, func(i *Intervention) string { return store.Cursor(i.ID) }), nil
}

// InterventionsOf gives applications what officials did with them, oldest first, with one look for all of them. Residents see
// for which department and in which role somebody acted, and no name.
func (s *Service) InterventionsOf(ctx context.Context, actor models.Actor, applications []*Application) ([][]*Intervention, error) {
	shown := make([][]*Intervention, len(applications))
	for i, a := range applications {
		made, err := s.interventionsWith(ctx, actor, a)
		if err != nil {
			return nil, err
		}
		if shown[i] = made[a.ID]; shown[i] == nil {
			shown[i] = []*Intervention{}
		}
	}
	return shown, nil
}

// hideNames leaves of an official the department and the roles.
func (s *Service) hideNames(made *Intervention) {
	department, _ := s.Catalogue.Current().Department(made.department)
	hidden := &StaffMember{DisplayName: departmentName(department).In(models.Chinese), Roles: []string{}, DepartmentCode: made.department}
	if made.By != nil {
		hidden.Roles = made.By.Roles
	}
	made.By = hidden
	if made.Evaluation != nil {
		made.Evaluation.By = nil
	}
}

// fillInterventions names who acted and on which application: a constant number of statements.
func (s *Service) fillInterventions(ctx context.Context, made []*Intervention) error {
	if len(made) == 0 {
		return nil
	}
	var staff, applications []models.ID
	for _, one := range made {
		applications, staff = append(applications, one.ApplicationID), append(staff, one.byID)
		if one.Evaluation != nil {
			staff = append(staff, one.Evaluation.byID)
		}
	}
	names, err := s.StaffByIDs(ctx, staff)
	if err != nil {
		return err
	}
	cases, err := s.records.byIDs(ctx, s.Store.Reader(ctx), applications)
	if err != nil {
		return err
	}
	for _, one := range made {
		if one.By = names[one.byID]; one.By == nil { // an account that is gone
			one.By = &StaffMember{ID: one.byID, Roles: []string{}, DepartmentCode: one.department}
		}
		if one.Evaluation != nil {
			one.Evaluation.By = names[one.Evaluation.byID]
		}
		one.Number = cases[one.ApplicationID].Number
	}
	return nil
}
