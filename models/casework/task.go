package casework

import (
	"time"

	"onewindow/models"
	"onewindow/models/calendar"
)

// TaskKind is what a staff member is asked to do.
type TaskKind string

// ACCEPTANCE: check that all is there, and accept. STEP: work one department's part. CALLBACK: answer an unhappy rating.
// OVERSIGHT: a supervisor looks at what went wrong. COMMITMENT: check what was promised in place of a paper. REVIEW:
// evaluate an intervention that the sample has drawn.
const (
	TaskAcceptance TaskKind = "ACCEPTANCE"
	TaskStep       TaskKind = "STEP"
	TaskCallback   TaskKind = "CALLBACK"
	TaskOversight  TaskKind = "OVERSIGHT"
	TaskCommitment TaskKind = "COMMITMENT"
	TaskReview     TaskKind = "REVIEW"
)

// TaskState is where the work stands.
type TaskState string

// The states of a task.
const (
	TaskOpen      TaskState = "OPEN"
	TaskClaimed   TaskState = "CLAIMED"
	TaskSuspended TaskState = "SUSPENDED"
	TaskDone      TaskState = "DONE"
	TaskCancelled TaskState = "CANCELLED"
)

// Task is the work that a staff member or a department's system does for a step, or a front desk for an application.
type Task struct {
	ID            models.ID
	ApplicationID models.ID
	Kind          TaskKind
	StepID        string // "" for ACCEPTANCE
	// DepartmentCode is whose work it is; for ACCEPTANCE the lead department (unified intake reaches it too).
	DepartmentCode string
	Role           models.Role
	State          TaskState
	Priority       int
	// Offered: another department handed it over, and nobody has taken it yet.
	Offered    bool
	DueAt      *time.Time
	AssigneeID models.ID // "" while nobody has it
	LeaseUntil *time.Time
	CreatedAt  time.Time
	orderAt    time.Time

	// Filled for reading.
	Light       calendar.Light
	Step        *Step
	Assignee    *StaffMember
	Application *Application
	// Rating is what a CALLBACK answers.
	Rating *Rating
}

// StaffMember is how staff appear to others.
type StaffMember struct {
	ID             models.ID
	Username       string
	DisplayName    string
	Roles          []string
	DepartmentCode string
	// CityReach: not bound to the own department.
	CityReach bool
}

// follow brings a task that was read into line with its row as it is being written.
func (t *Task) follow(row *taskRow, now time.Time) {
	row.AssigneeID, row.LeaseUntil = models.OptionalID(t.AssigneeID), nil
	after := row.task(now)
	after.ID, after.CreatedAt = t.ID, t.CreatedAt
	*t = *after
}
