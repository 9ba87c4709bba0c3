package casework

import (
	"context"
	"time"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/store"
)

// Claim takes a task for a staff member for half an hour.
func (s *Service) Claim(ctx context.Context, actor models.Actor, id models.ID) (*Task, []*models.Problem, error) {
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		task, err := s.workableTask(tx, actor, id)
		if err != nil {
			return err
		}
		if task.Offered { // the case is locked before the task, as everywhere
			if err := s.takeOver(ctx, tx, actor, task); err != nil {
				return err
			}
		}
		taken, err := s.records.claim(tx, task, actor.ID, tx.Now.Add(Lease))
		if err != nil || taken {
			return err
		}
		return s.notOpen(ctx, task)
	})
	if err != nil {
		return nil, nil, err
	}
	task, err := s.Task(ctx, actor, id)
	return task, nil, err
}

// notOpen says why a task cannot be taken: somebody holds it, or it is over.
func (s *Service) notOpen(ctx context.Context, task *Task) error {
	if task.State == TaskClaimed {
		return s.heldBy(ctx, task.AssigneeID)
	}
	return models.Conflict(models.T("任务已经结束或暂停", "The task has ended or stands still"), string(task.State))
}

// workableTask reads a task of the actor's own work; another department's task does not exist for it.
func (s *Service) workableTask(tx *store.Tx, actor models.Actor, id models.ID) (*Task, error) {
	if _, valid := models.ParseID(string(id)); !valid {
		return nil, models.NotFound()
	}
	task, err := s.records.task(tx.DB, id, tx.Now)
	if err != nil {
		return nil, err
	}
	if task == nil || !mayWork(actor, task) {
		return nil, models.NotFound()
	}
	return task, nil
}

// mayWork: acceptance lies within the front desk's reach; a step is worked by its own department alone.
func mayWork(actor models.Actor, task *Task) bool {
	if actor.Kind != models.Staff {
		return false
	}
	if task.Role == models.Supervisor { // it lies with an arbiter
		return arbiter(actor)
	}
	if task.Kind == TaskAcceptance {
		return actor.Has(models.FrontDesk) && actor.Reaches(task.DepartmentCode)
	}
	return task.DepartmentCode == actor.DepartmentCode
}

// Task shows one task.
func (s *Service) Task(ctx context.Context, actor models.Actor, id models.ID) (*Task, error) {
	now := s.Store.Clock().Now()
	task, err := s.records.task(s.Store.Reader(ctx), id, now)
	if err != nil {
		return nil, err
	}
	if task == nil || !mayWork(actor, task) {
		return nil, models.NotFound()
	}
	return task, s.fill(ctx, []*Task{task})
}

// fill gives tasks their applications, steps and assignees: the same number of statements for one as for a page.
func (s *Service) fill(ctx context.Context, tasks []*Task) error {
	var applicationIDs, staffIDs []models.ID
	for _, task := range tasks {
		applicationIDs = append(applicationIDs, task.ApplicationID)
		if task.AssigneeID != "" {
			staffIDs = append(staffIDs, task.AssigneeID)
		}
	}
	cases, err := s.records.byIDs(ctx, s.Store.Reader(ctx), applicationIDs)
	if err != nil {
		return err
	}
	ordered := make([]*Case, len(tasks))
	for i, task := range tasks {
		ordered[i] = cases[task.ApplicationID]
	}
	views, err := s.views(ctx, ordered)
	if err != nil {
		return err
	}
	staff := map[models.ID]*StaffMember{}
	if len(staffIDs) > 0 {
		if staff, err = s.StaffByIDs(ctx, staffIDs); err != nil {
			return err
		}
	}
	people, err := s.Residents.ByIDs(ctx, peopleOf(ordered))
	if err != nil {
		return err
	}
	for i, task := range tasks {
		views[i].people = people
		task.Application, task.Assignee = views[i], staff[task.AssigneeID]
		for _, step := range views[i].Steps {
			if task.Kind == TaskStep && step.ID == string(task.ApplicationID)+"."+task.StepID {
				task.Step = step
			}
		}
	}
	return nil
}

func peopleOf(cases []*Case) []models.ID {
	ids := make([]models.ID, 0, 2*len(cases))
	for _, c := range cases {
		ids = append(ids, c.ApplicantID, c.SubjectID)
	}
	return ids
}

// WorklistFilter narrows the worklist.
type WorklistFilter struct {
	State *TaskState
	// Mine: only what the caller has claimed.
	Mine  bool
	Light *calendar.Light
}

type worklistQuery struct {
	actor     models.Actor
	filter    WorklistFilter
	page      models.PageRequest
	withTotal bool
}

// Worklist is the work within a staff member's reach, the most urgent first.
func (s *Service) Worklist(
	ctx context.Context, actor models.Actor, filter WorklistFilter, page models.PageRequest, withTotal bool,
) (*models.Page[*Task], error) {
	tasks, total, err := s.records.worklist(s.Store.Reader(ctx), worklistQuery{actor, filter, page, withTotal}, s.Store.Clock().Now())
	if err != nil {
		return nil, err
	}
	if err := s.fill(ctx, tasks); err != nil {
		return nil, err
	}
	return models.NewPage(tasks, page, total, func(t *Task) string { return store.Cursor(t.Priority, t.DueAt.UTC(), t.ID) }), nil
}

// where spells the reach, the roles and the filter.
func (q worklistQuery) where(now time.Time) (string, []any) {
	reach, arguments := q.reach()
	switch {
	case q.filter.State == nil:
		reach += " AND state IN ('OPEN','CLAIMED','SUSPENDED')"
	case *q.filter.State == TaskOpen: // a lease that has run out counts as open
		reach += " AND (state = 'OPEN' OR (state = 'CLAIMED' AND lease_until <= ?))"
		arguments = append(arguments, now)
	case *q.filter.State == TaskClaimed:
		reach += " AND state = 'CLAIMED' AND lease_until > ?"
		arguments = append(arguments, now)
	default:
		reach += " AND state = ?"
		arguments = append(arguments, *q.filter.State)
	}
	if q.filter.Mine {
		reach += " AND assignee_id = ?"
		arguments = append(arguments, q.actor.ID)
	}
	if q.filter.Light == nil {
		return reach, arguments
	}
	switch *q.filter.Light {
	case calendar.Red:
		return reach + " AND due_at < ?", append(arguments, now)
	case calendar.Yellow:
		return reach + " AND due_at >= ? AND yellow_at <= ?", append(arguments, now, now)
	}
	return reach + " AND yellow_at > ?", append(arguments, now)
}

// reach: a front desk sees acceptance within its reach, the other roles the steps of their own department that ask for
// them, a supervisor everything within reach.
func (q worklistQuery) reach() (string, []any) {
	roles := make([]string, 0, len(q.actor.Roles))
	for _, role := range q.actor.Roles {
		if role != models.FrontDesk {
			roles = append(roles, string(role))
		}
	}
	parts, arguments := "1 = 0", []any{}
	if q.actor.Has(models.FrontDesk) && q.actor.CityReach {
		parts += " OR role = 'FRONT_DESK'"
	} else if q.actor.Has(models.FrontDesk) {
		parts += " OR (role = 'FRONT_DESK' AND department = ?)"
		arguments = append(arguments, q.actor.DepartmentCode)
	}
	if len(roles) > 0 {
		parts += " OR (department = ? AND role IN ?)"
		arguments = append(arguments, q.actor.DepartmentCode, roles)
	}
	if q.actor.Has(models.Supervisor) {
		if q.actor.CityReach {
			parts += " OR 1 = 1"
		} else {
			parts += " OR department = ?"
			arguments = append(arguments, q.actor.DepartmentCode)
		}
	}
	return "(" + parts + ")", arguments
}
