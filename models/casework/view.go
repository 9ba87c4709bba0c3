package casework

import (
	"time"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/catalogue"
	"onewindow/models/material"
)

// reading is what a view is made with: one moment, one catalogue, and the documents of the cases, read beforehand in one go.
type reading struct {
	snapshot  *catalogue.Snapshot
	documents map[models.ID]*material.Document
	now       time.Time
	settings  Settings
}

// view derives from a case everything that people read of it.
func (r reading) view(c *Case, item *catalogue.Item, days *calendar.Calendar) *Application {
	application := &Application{
		ID: c.ID, Revision: c.Revision, State: c.State, StateLabel: StateLabel(c.State), Channel: c.Channel, Item: item,
		SubmittedAt: c.SubmittedAt, AcceptedAt: c.AcceptedAt, FinishedAt: c.FinishedAt,
		SubjectID: c.SubjectID, ApplicantID: c.ApplicantID, lead: item.Lead, stored: c,
	}
	if c.Lead != item.Lead.Code {
		application.lead = r.department(c.Lead)
	}
	if c.Number != "" {
		application.Number = &c.Number
	}
	if application.Deadline = c.deadline(item, days, r.now); application.Deadline != nil {
		application.DueAt = &application.Deadline.PromisedDueAt
	}
	application.Steps = r.steps(c, item, days)
	application.Checklist = r.checklist(c, item, days)
	application.Missing = c.askedFor(missing(application.Checklist))
	if supplement := c.Progress.Supplement; supplement != nil {
		application.Supplement = &SupplementView{RequestedAt: supplement.RequestedAt, DueAt: supplement.DueAt, Note: optional(supplement.Note)}
	}
	if c.LastEvent != nil {
		application.LastEvent = c.LastEvent
		application.LastEvent.Department = r.department(c.LastEvent.DepartmentCode)
	}
	application.Rating = ratingView(c.Progress.Rating)
	application.ItemChange = itemChange(r.snapshot, c)
	application.seenAt = r.now
	if c.State == Rejected {
		application.appeal = r.settings.appeal(application.lead)
		if application.RightOffice = r.department(c.Progress.RightOffice); application.RightOffice != nil {
			application.cityItems = r.snapshot.Items()
		}
	}
	application.NextAction = nextAction(application, days)
	return application
}

func (r reading) department(code string) *catalogue.Department {
	department, _ := r.snapshot.Department(code)
	return department
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// steps shows the parts; before submission there are none yet, but the item's definition tells what will come.
func (r reading) steps(c *Case, item *catalogue.Item, days *calendar.Calendar) []*Step {
	steps := make([]*Step, len(item.Steps))
	for i, definition := range item.Steps {
		step := &Step{
			ID: string(c.ID) + "." + definition.ID, Name: definition.Name, Department: definition.Department,
			State: StepWaiting, DependsOn: make([]string, len(definition.DependsOn)),
		}
		for j, predecessor := range definition.DependsOn {
			step.DependsOn[j] = string(c.ID) + "." + predecessor
		}
		steps[i] = step
		progress := c.Step(definition.ID)
		if progress == nil {
			continue
		}
		step.withArbiter = progress.Handing.Arbiter
		step.State, step.StartedAt, step.FinishedAt = progress.State, progress.StartedAt, progress.FinishedAt
		if progress.Department != definition.Department.Code {
			step.Department = r.department(progress.Department)
		}
		if progress.Decision != "" {
			step.Decision = &progress.Decision
		}
		if due := progress.stepDeadline(definition, days, r.now); due != nil {
			step.DueAt = &due.PromisedDueAt
		}
	}
	return steps
}

func (r reading) checklist(c *Case, item *catalogue.Item, days *calendar.Calendar) []*material.RequirementView {
	due, undecided := c.decisionDay(item, days, r.now)
	rows := make([]*material.RequirementView, 0, len(c.Progress.Requirements))
	for i := range c.Progress.Requirements {
		row := r.requirement(c, item, &c.Progress.Requirements[i])
		if undecided && row.Status.Met() {
			row.Flag(&c.Progress.Requirements[i], models.DateOf(r.now), due)
		}
		rows = append(rows, row)
	}
	return rows
}

func (r reading) requirement(c *Case, item *catalogue.Item, requirement *material.Requirement) *material.RequirementView {
	definition, _ := item.Material(requirement.Key)
	reason := requirement.Reason
	if from := c.awaits(requirement); from != "" {
		reason = c.Progress.Bundle.awaited(from)
	}
	document := r.documents[requirement.DocumentID]
	return &material.RequirementView{
		ID: RequirementID(c.ID, requirement.Key), Material: definition.Material, Required: requirement.Status != material.NotNeeded,
		Deferrable: definition.Deferrable, Status: requirement.Status, Reason: reason, DueAt: requirement.DueAt,
		Note: definition.Note, Document: document, Promise: definition.Promise(), Commitment: requirement.Commitment,
		Why: why(item, requirement, document, r.department), SubjectID: c.SubjectID,
	}
}

// missing are the requirements that something has still to come for, deferred ones included.
func missing(checklist []*material.RequirementView) []*material.RequirementView {
	open := []*material.RequirementView{}
	for _, row := range checklist {
		if isMissing(row.Status) {
			open = append(open, row)
		}
	}
	return open
}

func isMissing(status material.Status) bool { return status.Open() || status == material.Deferred }

// RequirementID makes the id of a requirement: the application's id and the requirement's key within the item.
func RequirementID(application models.ID, key string) string { return string(application) + "." + key }

// requirementKey reads it back; false where it is another application's or none.
func requirementKey(application models.ID, id string) (string, bool) {
	prefix := string(application) + "."
	if len(id) <= len(prefix) || id[:len(prefix)] != prefix {
		return "", false
	}
	return id[len(prefix):], true
}
