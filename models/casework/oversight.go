package casework

import (
	"context"
	"time"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/store"
)

// Oversight is something that went wrong and that a supervisor has to look at.
type Oversight struct {
	// Kind is what went wrong; one of each for a case.
	Kind     string     `json:"kind"`
	At       time.Time  `json:"at"`
	ClosedAt *time.Time `json:"closedAt,omitempty"`
}

// OversightDeemed says that no notice came in time and the application counted as accepted.
const OversightDeemed = "deemed-acceptance"

// oversightDays are the working days in which a supervisor looks.
const oversightDays = 5

// oversee puts something before the supervisor of the lead department.
func (m *move) oversee(kind string) {
	m.kase.Progress.Oversights = append(m.kase.Progress.Oversights, Oversight{Kind: kind, At: m.now})
}

func (m *move) oversightTask(c *Case, oversight Oversight) plannedTask {
	task := m.laterTask(c, TaskOversight, oversight.Kind, models.Supervisor, oversight.At, oversightDays)
	if oversight.ClosedAt != nil {
		task.state = TaskDone
	}
	return task
}

// laterTask is work that has its own days, counted from a moment, and no step.
func (m *move) laterTask(c *Case, kind TaskKind, step string, role models.Role, from time.Time, days int) plannedTask {
	limits := calendar.Limits{PromisedDays: days, PromisedUnit: calendar.WorkingDays}
	return plannedTask{
		kind: kind, step: step, department: c.Lead, role: role, state: TaskOpen, priority: ordinaryPriority,
		dueAt: m.calendar.AddDays(models.DateOf(from), days, calendar.WorkingDays).End(), yellowAt: m.yellow(from, limits, nil),
	}
}

// closeOversight says what a supervisor found.
func (m *move) closeOversight(kind, note string) error {
	for i := range m.kase.Progress.Oversights {
		oversight := &m.kase.Progress.Oversights[i]
		if oversight.Kind != kind || oversight.ClosedAt != nil {
			continue
		}
		oversight.ClosedAt = &m.now
		m.happened(EventOverseen, models.T("督导人员已核查", "A supervisor has looked into it"), plain(note), internal)
		return nil
	}
	return models.Conflict(models.T("这项督办已经办结", "This has been dealt with already"), string(TaskDone))
}

// CloseOversight ends a supervisor's task with what was found.
func (s *Service) CloseOversight(ctx context.Context, actor models.Actor, taskID models.ID, note, key string) (*Task, []*models.Problem, error) {
	if note == "" {
		return nil, []*models.Problem{models.NewProblem("REQUIRED", "note", models.T("请写明核查情况和处理结果", "Please say what was found and done"))}, nil
	}
	if problem := tooLong("note", note); problem != nil {
		return nil, []*models.Problem{problem}, nil
	}
	request := store.Request{ActorID: actor.ID, Operation: "closeOversight", Key: key, Input: []any{taskID, note}}
	return s.workTask(ctx, actor, request, taskID, TaskOversight, func(_ *store.Tx, m *move, task *Task) ([]*models.Problem, error) {
		return nil, m.closeOversight(task.StepID, note)
	})
}

// workTask runs one piece of work on the case of a task of a kind: another kind, or a task that is not the actor's, does not
// exist; a colleague's lease is respected; the same key does it once.
func (s *Service) workTask(
	ctx context.Context, actor models.Actor, request store.Request, taskID models.ID, kind TaskKind,
	work func(tx *store.Tx, m *move, task *Task) ([]*models.Problem, error),
) (*Task, []*models.Problem, error) {
	var problems []*models.Problem
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		known, err := tx.Recall(ctx, request)
		if err != nil || known != "" {
			return err
		}
		task, err := s.workableTask(tx, actor, taskID)
		if err != nil {
			return err
		}
		if task.Kind != kind {
			return models.NotFound()
		}
		if !actor.Has(task.Role) {
			return models.NotAllowed()
		}
		if task.AssigneeID != "" && task.AssigneeID != actor.ID && task.State == TaskClaimed {
			return s.heldBy(ctx, task.AssigneeID)
		}
		_, problems, err = s.changeIn(ctx, tx, actor, task.ApplicationID, func(*store.Tx, *Case) error { return nil },
			func(tx *store.Tx, m *move) ([]*models.Problem, error) { return work(tx, m, task) })
		if err != nil || len(problems) > 0 {
			return err
		}
		return tx.Remember(request, taskID)
	})
	if err != nil || len(problems) > 0 {
		return nil, problems, err
	}
	task, err := s.Task(ctx, actor, taskID)
	return task, nil, err
}
