package casework

import (
	"time"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/catalogue"
)

// The order of the queue: what an official has expedited and people of the priority groups where the item or step says so,
// each a bounded time before the others.
const (
	ordinaryPriority  = 0
	groupPriority     = 100
	expeditedPriority = 1000
)

func (t *Task) leased(now time.Time) bool { return t.LeaseUntil != nil && t.LeaseUntil.After(now) }

// taskChange opens a task, or brings one into line with its case.
type taskChange struct {
	row *taskRow
	// sameHands: who holds the task keeps it; only its dates or its place in the queue change.
	sameHands bool
}

// plannedTask is the work that a case asks for at one moment.
type plannedTask struct {
	step            string
	kind            TaskKind
	department      string
	role            models.Role
	state           TaskState
	priority        int
	offered         bool
	dueAt, yellowAt time.Time
	// stopped is the light of work that stands still; "" while its clock goes on.
	stopped calendar.Light
}

// taskKey tells the tasks of one case apart.
type taskKey struct {
	kind TaskKind
	step string
}

// sameHands tells that what changed leaves the work with whom it is.
func (p plannedTask) sameHands(before plannedTask) bool {
	return p.state == before.state && p.department == before.department && p.role == before.role
}

// taskChanges compares the work that a case asked for before a move with what it asks for now.
func (m *move) taskChanges(before *Case) []taskChange {
	existing := map[taskKey]plannedTask{}
	if before != nil {
		then := *m
		if m.former != nil {
			then.calendar = m.former
		}
		for _, task := range then.tasksOf(before) {
			existing[taskKey{task.kind, task.step}] = task
		}
	}
	var changes []taskChange
	for _, task := range m.tasksOf(m.kase) {
		was, exists := existing[taskKey{task.kind, task.step}]
		switch {
		case !exists:
			changes = append(changes, taskChange{row: m.taskRow(task)})
		case was != task:
			changes = append(changes, taskChange{row: m.taskRow(task), sameHands: task.sameHands(was)})
		}
	}
	return changes
}

func (m *move) taskRow(task plannedTask) *taskRow {
	return &taskRow{
		ID: models.NewID(), ApplicationID: m.kase.ID, Kind: task.kind, StepID: task.step, Department: task.department, Role: task.role,
		State: task.state, Priority: task.priority, Offered: task.offered, DueAt: task.dueAt, YellowAt: task.yellowAt, CreatedAt: m.now,
		OrderAt: orderAt(task.dueAt, task.priority), StoppedLight: task.stopped,
	}
}

// tasksOf derives the work from a case: acceptance from submission on, a step from its start on, and what follows beside them.
func (m *move) tasksOf(c *Case) []plannedTask {
	var tasks []plannedTask
	if c.ReceivedAt != nil {
		tasks = append(tasks, m.acceptanceTask(c))
	}
	for i := range c.Progress.Steps {
		step := &c.Progress.Steps[i]
		if definition, found := m.item.Step(step.ID); found && step.StartedAt != nil {
			tasks = append(tasks, m.stepTask(c, step, definition))
		}
	}
	for _, oversight := range c.Progress.Oversights {
		tasks = append(tasks, m.oversightTask(c, oversight))
	}
	if task, promised := m.commitmentTask(c); promised {
		tasks = append(tasks, task)
	}
	tasks = append(tasks, m.callbackTasks(c)...)
	return tasks
}

func (m *move) acceptanceTask(c *Case) plannedTask {
	due := m.calendar.AddDays(models.DateOf(*c.ReceivedAt), m.item.AcceptanceDays, calendar.WorkingDays)
	task := plannedTask{
		kind: TaskAcceptance, department: c.Lead, role: models.FrontDesk, priority: c.Priority, state: TaskDone,
		dueAt: due.End(), yellowAt: m.yellow(*c.ReceivedAt, acceptanceLimits(m.item), nil),
	}
	task.takesWay(c, c.Progress.Acceptance)
	switch {
	case c.State == Submitted:
		task.state = TaskOpen
	case c.State == SupplementRequired && c.AcceptedAt == nil:
		task.state, task.stopped = TaskSuspended, calendar.Green // the acceptance days begin anew
	case c.State.Final() && c.AcceptedAt == nil:
		task.state = TaskCancelled
	}
	return task
}

func (m *move) stepTask(c *Case, step *StepProgress, definition *catalogue.StepDefinition) plannedTask {
	due := step.stepDeadline(definition, m.calendar, m.now)
	task := plannedTask{
		step: step.ID, kind: TaskStep, department: step.Department, role: definition.Role, priority: ordinaryPriority,
		dueAt: due.PromisedDueAt,
	}
	task.yellowAt = m.yellow(*step.StartedAt, stepLimits(definition), step.Stops)
	if definition.FastTrack {
		task.priority = c.Priority
	}
	task.takesWay(c, step.Handing)
	switch step.State {
	case StepActive:
		task.state = TaskOpen
	case StepSuspended:
		task.state, task.stopped = TaskSuspended, due.Light
	case StepDone:
		task.state = TaskDone
	default:
		task.state = TaskCancelled
	}
	return task
}

// takesWay looks at how the work went from hand to hand: an arbiter's lies with supervisors, an expedited case comes first.
func (p *plannedTask) takesWay(c *Case, handing Handing) {
	p.offered = handing.Offered
	if handing.Arbiter {
		p.role = models.Supervisor
	}
	if c.Progress.Expedited {
		p.priority = expeditedPriority
	}
}

// yellow is the moment from which a third or less of the days, or one, is left.
func (m *move) yellow(start time.Time, limits calendar.Limits, stops []calendar.Segment) time.Time {
	return calendar.YellowFrom(m.calendar, models.DateOf(start), limits, stops, m.today()).Start()
}

// priorityGroups are the people whom the fast track is for.
var priorityGroups = map[string]bool{
	"elderly-alone": true, "disabled": true, "pregnant": true, "elderly": true, "veteran": true, "low-income": true,
}

func priorityOf(groups []string) int {
	for _, group := range groups {
		if priorityGroups[group] {
			return groupPriority
		}
	}
	return ordinaryPriority
}
