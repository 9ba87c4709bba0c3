package casework

import (
	"context"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/resident"
	"onewindow/models/store"
)

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

// mayWork: acceptance lies within the front desk's reach, a supervisor's task within the supervisor's; a step is worked by
// its own department alone.
func mayWork(actor models.Actor, task *Task) bool {
	if actor.Kind != models.Staff {
		return false
	}
	inHand := task.Kind == TaskStep || task.Kind == TaskAcceptance
	if inHand && task.Role == models.Supervisor { // it lies with an arbiter
		return arbiter(actor)
	}
	if task.Kind == TaskAcceptance || task.Role == models.Supervisor {
		return actor.Has(task.Role) && actor.Reaches(task.DepartmentCode)
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
	applicationIDs := make([]models.ID, len(tasks))
	for i, task := range tasks {
		applicationIDs[i] = task.ApplicationID
	}
	cases, err := s.records.byIDs(ctx, s.Store.Reader(ctx), applicationIDs)
	if err != nil {
		return err
	}
	return s.fillFrom(ctx, tasks, cases)
}

// fillFrom is fill where the applications are in memory already, and, if they are given, those whom they are about.
func (s *Service) fillFrom(ctx context.Context, tasks []*Task, cases map[models.ID]*Case, known ...people) error {
	var staffIDs []models.ID
	for _, task := range tasks {
		if task.AssigneeID != "" {
			staffIDs = append(staffIDs, task.AssigneeID)
		}
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
	people := map[models.ID]*resident.Resident{}
	for _, each := range known {
		people[each.subject.ID], people[each.applicant.ID] = each.subject, each.applicant
	}
	if len(known) == 0 {
		if people, err = s.Residents.ByIDs(ctx, peopleOf(ordered)); err != nil {
			return err
		}
	}
	for i, task := range tasks {
		views[i].people = people
		views[i].Rating = nil
		if task.Kind == TaskCallback {
			task.Rating = ratingView(ordered[i].callbacks()[task.StepID])
			views[i] = throughRating(task, views[i])
		}
		task.Application, task.Assignee = views[i], staff[task.AssigneeID]
		for _, step := range views[i].Steps {
			if task.Kind == TaskStep && step.ID == string(task.ApplicationID)+"."+task.StepID {
				task.Step = step
				if task.State == TaskSuspended {
					task.DueAt = step.DueAt
				}
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
	// Department and Role narrow what is within reach anyway; empty: all of it.
	Department string
	Role       models.Role
}

type worklistQuery struct {
	actor  models.Actor
	filter WorklistFilter
	page   models.PageRequest
}

// Worklist is the work within a staff member's reach, the most urgent first.
func (s *Service) Worklist(
	ctx context.Context, actor models.Actor, filter WorklistFilter, page models.PageRequest, withTotal bool,
) (*models.Page[*Task], error) {
	query, now := worklistQuery{actor, filter, page}, s.Store.Clock().Now().UTC()
	var tasks []*Task
	total := 0
	listed, err := query.statement(now, &tasks)
	if err != nil {
		return nil, err
	}
	statements := []store.Statement{listed}
	if withTotal {
		statements = append(statements, query.count(now, &total))
	}
	if err := s.Store.ReadTogether(ctx, statements...); err != nil {
		return nil, err
	}
	if err := s.fill(ctx, tasks); err != nil {
		return nil, err
	}
	return models.NewPage(tasks, page, total, func(t *Task) string { return store.Cursor(t.orderAt.UTC(), t.ID) }), nil
}
