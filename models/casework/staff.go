package casework

import (
	"context"
	"slices"

	"onewindow/models"
	"onewindow/models/catalogue"
	"onewindow/models/store"
)

// Accept takes an application on; deferred are the requirements that may be handed in afterwards.
func (s *Service) Accept(ctx context.Context, actor models.Actor, id models.ID, deferred []string) (*Application, []*models.Problem, error) {
	keys := make([]string, len(deferred))
	for i, requirement := range deferred {
		key, found := requirementKey(id, requirement)
		if !found {
			return nil, nil, models.NotFound()
		}
		keys[i] = key
	}
	c, problems, err := s.change(ctx, actor, id, s.frontDesk(actor), func(tx *store.Tx, m *move) ([]*models.Problem, error) {
		if err := s.preparedSteps(tx, m); err != nil {
			return nil, err
		}
		if err := m.accept(keys); err != nil {
			return nil, err
		}
		return nil, s.conclude(ctx, tx, m, "")
	})
	return s.answer(ctx, c, problems, err)
}

func (s *Service) answer(ctx context.Context, c *Case, problems []*models.Problem, err error) (*Application, []*models.Problem, error) {
	if err != nil {
		return nil, nil, err
	}
	application, err := s.viewOf(ctx, c)
	return application, problems, err
}

// frontDesk lets the front desk of the lead department and of unified intake act, unless a colleague holds the task.
func (s *Service) frontDesk(actor models.Actor) func(*store.Tx, *Case) error {
	return func(tx *store.Tx, c *Case) error {
		if !sees(actor, c) {
			return models.NotFound()
		}
		if !actor.Has(models.FrontDesk) || !actor.Reaches(c.Lead) {
			return models.NotAllowed()
		}
		return s.notHeldByOthers(tx, actor, c.ID, "")
	}
}

// notHeldByOthers looks, with the case locked, whether a piece of work still is the actor's to do, and names the colleague who
// holds the task's lease.
func (s *Service) notHeldByOthers(tx *store.Tx, actor models.Actor, application models.ID, step string) error {
	held, err := s.records.heldTask(tx.DB, application, step, tx.Now)
	if err != nil || held == nil {
		return err
	}
	return s.notHeld(tx.DB.Statement.Context, actor, held)
}

func (s *Service) notHeld(ctx context.Context, actor models.Actor, held *Task) error {
	if held.Role == models.Supervisor && held.State == TaskOpen {
		return waitsForArbiter(Submitted)
	}
	if !mayWork(actor, held) { // handed on meanwhile
		return models.NotFound()
	}
	if held.AssigneeID == "" || held.AssigneeID == actor.ID {
		return nil
	}
	return s.heldBy(ctx, held.AssigneeID)
}

func (s *Service) heldBy(ctx context.Context, holder models.ID) error {
	name := ""
	staff, err := s.StaffByIDs(ctx, []models.ID{holder})
	if err != nil {
		return err
	}
	if member := staff[holder]; member != nil {
		name = member.DisplayName
	}
	return models.Conflict(phrase(models.T("任务正由{}办理", "{} is working on this task"), plain(name)), name)
}

// SupplementItem is one piece that is asked for, and why.
type SupplementItem struct{ RequirementID, Reason string }

// SupplementInput is a supplement notice.
type SupplementInput struct {
	ApplicationID  models.ID
	Items          []*SupplementItem
	Note           string
	IdempotencyKey string
	// Override is a supervisor's word for a second notice; nil: the stage's first.
	Override *Override
	// StepID names the step that a supervisor's override is for, where several have asked.
	StepID string
}

// RequestSupplement tells everything that is missing, once for each stage; a supervisor may ask once more, on the record.
func (s *Service) RequestSupplement(ctx context.Context, actor models.Actor, input SupplementInput) (*Application, []*models.Problem, error) {
	id, items, note, key := input.ApplicationID, input.Items, input.Note, input.IdempotencyKey
	reasons := map[string]models.Text{}
	for _, item := range items {
		requirement, found := requirementKey(id, item.RequirementID)
		if !found {
			return nil, nil, models.NotFound()
		}
		if problem := tooLong("items", item.Reason); problem != nil {
			return nil, []*models.Problem{problem}, nil
		}
		reasons[requirement] = plain(item.Reason)
	}
	if len(reasons) == 0 {
		return nil, []*models.Problem{models.NewProblem("REQUIRED", "items", models.T("请列明需要补正的材料", "Please name what is missing"))}, nil
	}
	if problem := tooLong("note", note); problem != nil {
		return nil, []*models.Problem{problem}, nil
	}
	if problems := input.Override.problems(); len(problems) > 0 {
		return nil, problems, nil
	}
	request := store.Request{ActorID: actor.ID, Operation: "requestSupplement", Key: key, Input: []any{id, items, note, input.Override, input.StepID}}
	return s.once(ctx, actor, request, id, s.worker(actor), func(tx *store.Tx, m *move) ([]*models.Problem, error) {
		asking := s.askingStage
		if input.Override != nil {
			asking = func(_ *store.Tx, actor models.Actor, c *Case) (string, error) {
				return overridingStage(actor, c, input.StepID)
			}
		}
		stage, err := asking(tx, actor, m.kase)
		if err != nil {
			return nil, err
		}
		if input.Override != nil {
			if problems := m.beyondFirst(stage, reasons); len(problems) > 0 {
				return problems, nil
			}
		}
		return nil, m.requestSupplementBy(stage, reasons, note, input.Override)
	})
}

// worker lets the staff who see a case act on it; what exactly they may do is looked at by the action.
func (s *Service) worker(actor models.Actor) func(*store.Tx, *Case) error {
	return func(_ *store.Tx, c *Case) error {
		if !sees(actor, c) {
			return models.NotFound()
		}
		return nil
	}
}

// askingStage finds for which stage a staff member asks: acceptance for the front desk of an application that waits for it,
// else the active step of the own department.
func (s *Service) askingStage(tx *store.Tx, actor models.Actor, c *Case) (string, error) {
	if _, err := permit(c.State, ActionRequestSupplement); err != nil {
		return "", err
	}
	if c.State == Submitted {
		return stageAcceptance, s.frontDesk(actor)(tx, c)
	}
	item, err := s.item(tx.DB.Statement.Context, c)
	if err != nil {
		return "", err
	}
	var held error = models.NotAllowed()
	for _, step := range c.Progress.Steps {
		definition, _ := item.Step(step.ID)
		if step.Handing.Arbiter || step.Department != actor.DepartmentCode || !actor.Has(definition.Role, models.Approver) {
			continue
		}
		if step.State == StepSuspended {
			held = stepRefused(step.State)
		}
		if step.State != StepActive {
			continue
		}
		// Of several steps of one department, the first that no colleague is working on.
		if held = s.notHeldByOthers(tx, actor, c.ID, step.ID); held == nil {
			return step.ID, nil
		}
	}
	return "", held
}

// DecideInput is how a step ends.
type DecideInput struct {
	TaskID         models.ID
	Decision       Decision
	Opinion        string
	IdempotencyKey string
}

// Decide ends a step: APPROVE by the step's role, REJECT by an approver with the reason.
func (s *Service) Decide(ctx context.Context, actor models.Actor, input DecideInput) (*Task, []*models.Problem, error) {
	if problem := tooLong("opinion", input.Opinion); problem != nil {
		return nil, []*models.Problem{problem}, nil
	}
	if input.Decision == Reject && input.Opinion == "" {
		return nil, []*models.Problem{models.NewProblem("REQUIRED", "opinion", models.T("不予批准须说明理由", "A rejection needs its reason"))}, nil
	}
	request := store.Request{
		ActorID: actor.ID, Operation: "decideTask", Key: input.IdempotencyKey, Input: []any{input.TaskID, input.Decision, input.Opinion},
	}
	if _, valid := models.ParseID(string(input.TaskID)); !valid {
		return nil, nil, models.NotFound()
	}
	var task *Task
	var changed *Case
	var known []people
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		task, changed, known = nil, nil, nil
		fresh, err := tx.Claim(request, input.TaskID)
		if err != nil || !fresh {
			return err
		}
		task, changed, err = s.decide(ctx, tx, actor, input, &known)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	if task == nil { // done before: as it stands now
		task, err := s.Task(ctx, actor, input.TaskID)
		return task, nil, err
	}
	return task, nil, s.fillFrom(ctx, []*Task{task}, map[models.ID]*Case{changed.ID: changed}, known...)
}

// decide holds the case of a task before it looks at the task: what it sees of both is how they stand. The people that it had
// to look at are known afterwards.
func (s *Service) decide(ctx context.Context, tx *store.Tx, actor models.Actor, input DecideInput, known *[]people) (*Task, *Case, error) {
	before, err := s.records.lockedOfTask(tx, input.TaskID)
	if err != nil {
		return nil, nil, err
	}
	task, err := s.workableTask(tx, actor, input.TaskID)
	if err != nil {
		return nil, nil, err
	}
	if err := mayDecide(actor, task, input.Decision); err != nil {
		return nil, nil, err
	}
	changed, _, err := s.changeLocked(ctx, tx, actor, before, s.worker(actor), s.decision(ctx, task, input, known))
	return task, changed, err
}

func mayDecide(actor models.Actor, task *Task, decision Decision) error {
	if task.Kind == TaskReview {
		return models.Conflict(models.T("复核任务请用评价干预的操作", "A review is answered by evaluating the intervention"), string(task.State))
	}
	if task.Kind != TaskStep {
		return models.Conflict(models.T("受理任务请用受理或补正操作", "An acceptance task is accepted or answered with a supplement notice"), string(task.State))
	}
	if decision == Reject && !actor.Has(models.Approver) {
		return models.NotAllowed()
	}
	if decision == Approve && !actor.Has(task.Role) {
		return models.NotAllowed()
	}
	return nil
}

func (s *Service) decision(ctx context.Context, task *Task, input DecideInput, known *[]people) func(*store.Tx, *move) ([]*models.Problem, error) {
	return func(tx *store.Tx, m *move) ([]*models.Problem, error) {
		if err := s.notHeld(ctx, m.actor, task); err != nil {
			return nil, err
		}
		if err := s.decideStep(ctx, tx, m, task.StepID, input); err != nil {
			return nil, err
		}
		if m.people != nil {
			*known = append(*known, *m.people)
		}
		for _, planned := range m.tasksOf(m.kase) {
			if planned.kind == task.Kind && planned.step == task.StepID {
				task.follow(m.taskRow(planned), m.now)
			}
		}
		return nil, nil
	}
}

func (s *Service) decideStep(ctx context.Context, tx *store.Tx, m *move, step string, input DecideInput) error {
	if input.Decision == Reject {
		return m.rejectStep(step, input.Opinion)
	}
	if err := s.preparedSteps(tx, m); err != nil {
		return err
	}
	if err := m.approveStep(step, input.Opinion); err != nil {
		return err
	}
	return s.conclude(ctx, tx, m, step)
}

// Suspend begins a special step that the law does not count.
func (s *Service) Suspend(
	ctx context.Context, actor models.Actor, taskID models.ID, reason, notice string, until *models.Date,
) (*Application, []*models.Problem, error) {
	var problems []*models.Problem
	if reason == "" {
		problems = append(problems, models.NewProblem("REQUIRED", "reason", models.T("请说明原因", "Please give the reason")))
	}
	if notice == "" {
		problems = append(problems, models.NewProblem("REQUIRED", "noticeNumber", models.T("暂停计时须有书面通知书编号", "The clock stops only with the number of a written notice")))
	}
	if problem := tooLong("reason", reason+notice); problem != nil {
		problems = append(problems, problem)
	}
	if len(problems) > 0 {
		return nil, problems, nil
	}
	return s.stepAction(ctx, actor, taskID, func(m *move, step string) ([]*models.Problem, error) {
		if problem := m.untilProblem(step, until); problem != nil {
			return []*models.Problem{problem}, nil
		}
		return nil, m.suspendStep(step, reason, notice, until)
	})
}

// Resume ends a special step.
func (s *Service) Resume(ctx context.Context, actor models.Actor, taskID models.ID) (*Application, []*models.Problem, error) {
	return s.stepAction(ctx, actor, taskID, func(m *move, step string) ([]*models.Problem, error) {
		return nil, m.resumeStep(step)
	})
}

func (s *Service) stepAction(
	ctx context.Context, actor models.Actor, taskID models.ID, act func(m *move, step string) ([]*models.Problem, error),
) (*Application, []*models.Problem, error) {
	var changed *Case
	var problems []*models.Problem
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		task, err := s.workableTask(tx, actor, taskID)
		if err != nil {
			return err
		}
		if task.Kind != TaskStep {
			return models.Conflict(models.T("受理任务没有特别程序", "An acceptance task has no special procedure"), string(task.State))
		}
		if !actor.Has(task.Role, models.Approver) {
			return models.NotAllowed()
		}
		changed, problems, err = s.changeIn(ctx, tx, actor, task.ApplicationID, s.worker(actor), func(tx *store.Tx, m *move) ([]*models.Problem, error) {
			if err := s.notHeldByOthers(tx, actor, m.kase.ID, task.StepID); err != nil {
				return nil, err
			}
			return act(m, task.StepID)
		})
		return err
	})
	return s.answer(ctx, changed, problems, err)
}

// preparedSteps lets the rules of the steps be evaluated on the case's answers and people; where a step has none, nobody is
// looked at.
func (s *Service) preparedSteps(tx *store.Tx, m *move) error {
	if !slices.ContainsFunc(m.item.Steps, func(step *catalogue.StepDefinition) bool { return step.When != nil }) {
		return nil
	}
	people, err := s.whom(tx, m)
	if err != nil {
		return err
	}
	m.applies = m.stepRules(people)
	return nil
}
