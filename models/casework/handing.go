package casework

import (
	"context"

	"onewindow/models"
	"onewindow/models/store"
)

// arbiter tells who decides whose work it is where departments do not agree: a supervisor of the whole city.
func arbiter(actor models.Actor) bool { return actor.Has(models.Supervisor) && actor.CityReach }

// TransferInput names a piece of work and whose it should be.
type TransferInput struct {
	TaskID       models.ID
	ToDepartment string
	Reason       string
}

// Transfer hands a piece of work to another department; number, clock and followers stay.
func (s *Service) Transfer(ctx context.Context, actor models.Actor, input TransferInput) (*Task, []*models.Problem, error) {
	var task *Task
	var problems []*models.Problem
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		var err error
		if task, err = s.transferableTask(tx, actor, input.TaskID); err != nil {
			return err
		}
		if problems = s.transferProblems(task, input, arbiter(actor)); len(problems) > 0 {
			return nil
		}
		_, _, err = s.changeIn(ctx, tx, actor, task.ApplicationID, s.worker(actor), s.handOn(task, input))
		if err != nil {
			return err
		}
		task, err = s.records.task(tx.DB, task.ID, tx.Now)
		return err
	})
	if err != nil || len(problems) > 0 {
		return nil, problems, err
	}
	return task, nil, s.fill(ctx, []*Task{task})
}

// transferableTask is a task that the actor may hand on: its own department's in the task's role or as approver, and any
// where the actor is an arbiter.
func (s *Service) transferableTask(tx *store.Tx, actor models.Actor, id models.ID) (*Task, error) {
	if _, valid := models.ParseID(string(id)); !valid {
		return nil, models.NotFound()
	}
	task, err := s.records.task(tx.DB, id, tx.Now)
	if err != nil {
		return nil, err
	}
	switch {
	case task == nil || !arbiter(actor) && !mayWork(actor, task):
		return nil, models.NotFound()
	case task.Kind != TaskAcceptance && task.Kind != TaskStep:
		return nil, models.Conflict(models.T("这项任务不能转办", "This task cannot be handed on"), string(task.State))
	case !arbiter(actor) && !actor.Has(task.Role, models.Approver):
		return nil, models.NotAllowed()
	}
	return task, nil
}

func (s *Service) transferProblems(task *Task, input TransferInput, byArbiter bool) []*models.Problem {
	var problems []*models.Problem
	if input.Reason == "" {
		problems = append(problems, models.NewProblem("REQUIRED", "reason", models.T("请说明转办理由", "Please say why it goes there")))
	}
	if problem := tooLong("reason", input.Reason); problem != nil {
		problems = append(problems, problem)
	}
	_, known := s.Catalogue.Current().Department(input.ToDepartment)
	switch {
	case !known:
		problems = append(problems, models.NewProblem("UNKNOWN_DEPARTMENT", "toDepartment", models.T("没有这个部门", "There is no such department")))
	case input.ToDepartment == task.DepartmentCode && !byArbiter:
		problems = append(problems, models.NewProblem("SAME_DEPARTMENT", "toDepartment", models.T("任务已在该部门", "The work is with that department already")))
	}
	return problems
}

func (s *Service) handOn(task *Task, input TransferInput) func(*store.Tx, *move) ([]*models.Problem, error) {
	return func(tx *store.Tx, m *move) ([]*models.Problem, error) {
		if !arbiter(m.actor) {
			if err := s.notHeldByOthers(tx, m.actor, m.kase.ID, task.StepID); err != nil {
				return nil, err
			}
		}
		to, _ := s.Catalogue.Current().Department(input.ToDepartment)
		line, err := m.transfer(task.StepID, to, input.Reason, arbiter(m.actor))
		if err != nil {
			return nil, err
		}
		return nil, s.records.insertTransfer(tx, line)
	}
}

// takeOver notes that the department takes what it was handed, before one of its staff claims the task.
func (s *Service) takeOver(ctx context.Context, tx *store.Tx, actor models.Actor, task *Task) error {
	_, _, err := s.changeIn(ctx, tx, actor, task.ApplicationID, s.worker(actor), func(_ *store.Tx, m *move) ([]*models.Problem, error) {
		if handing, _, err := m.handing(task.StepID); err == nil && !handing.Offered {
			return nil, errNothingToDo // a colleague was first
		}
		return nil, m.takeOver(task.StepID)
	})
	return unlessNothing(err)
}

// TransferFilter narrows the bounce ledger by department codes; "" means every one.
type TransferFilter struct{ From, To string }

// Transfers is the bounce ledger, newest first: supervisors and auditors of the city see all, everybody else what their own
// department gave or was given.
func (s *Service) Transfers(
	ctx context.Context, actor models.Actor, filter TransferFilter, page models.PageRequest, withTotal bool,
) (*models.Page[*Transfer], error) {
	if err := checkIDCursor(page.After); err != nil {
		return nil, err
	}
	lines, total, err := s.records.transfers(ctx, s.Store, transferQuery{own: ownDepartment(actor), filter: filter, page: page, withTotal: withTotal})
	if err != nil {
		return nil, err
	}
	if err := s.fillTransfers(ctx, lines); err != nil {
		return nil, err
	}
	return models.NewPage(lines, page, total, func(line *Transfer) string { return store.Cursor(line.ID) }), nil
}

// ownDepartment is the department that a ledger is narrowed to; "" for supervisors and auditors of the city.
func ownDepartment(actor models.Actor) string {
	if actor.CityReach && actor.Has(models.Supervisor, models.Auditor) {
		return ""
	}
	return actor.DepartmentCode
}

// fillTransfers names what the lines of a page are about: a constant number of statements.
func (s *Service) fillTransfers(ctx context.Context, lines []*Transfer) error {
	ids, staff := make([]models.ID, len(lines)), make([]models.ID, len(lines))
	for i, line := range lines {
		ids[i], staff[i] = line.ApplicationID, line.ByID
	}
	cases, err := s.records.byIDs(ctx, s.Store.Reader(ctx), ids)
	if err != nil {
		return err
	}
	names, err := s.StaffByIDs(ctx, staff)
	if err != nil {
		return err
	}
	snapshot := s.Catalogue.Current()
	for _, line := range lines {
		c := cases[line.ApplicationID]
		if line.Item, err = s.item(ctx, c); err != nil {
			return err
		}
		line.Number, line.State, line.StateLabel = c.Number, c.State, StateLabel(c.State)
		line.StepName = (&move{item: line.Item}).workName(line.StepID)
		line.From, _ = snapshot.Department(line.FromCode)
		line.To, _ = snapshot.Department(line.ToCode)
		line.By = names[line.ByID]
	}
	return nil
}

// TransferPairs tells which departments hand work to each other in a month such as "2026-03", the most frequent first.
func (s *Service) TransferPairs(ctx context.Context, actor models.Actor, month string) ([]*TransferPair, error) {
	first, err := models.ParseDate(month + "-01")
	if err != nil {
		return nil, models.BadInput(models.T("month 应形如 2026-03", "month must look like 2026-03"))
	}
	rows, err := s.records.transferPairs(ctx, s.Store, ownDepartment(actor), first.Start(), first.Start().AddDate(0, 1, 0))
	if err != nil {
		return nil, err
	}
	snapshot := s.Catalogue.Current()
	pairs := make([]*TransferPair, len(rows))
	for i, row := range rows {
		pair := &TransferPair{Transfers: row.Transfers, Refusals: row.Refusals, Arbitrations: row.Arbitrations, Assigned: row.Assigned}
		pair.From, _ = snapshot.Department(row.FromDepartment)
		pair.To, _ = snapshot.Department(row.ToDepartment)
		pairs[i] = pair
	}
	return pairs, nil
}
