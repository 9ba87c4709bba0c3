package cases

import (
	"time"

	"github.com/google/uuid"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/casework"
)

// cases makes the rows of the cases from first up to, not including, after. Events come in waves: first the first event of
// every case, then the second of every case, and so on.
func (m *maker) cases(first, after int) []*table {
	applications := &table{name: "casework_applications", columns: []string{
		"id", "number", "item_code", "item_version", "lead", "subject_id", "applicant_id", "state", "channel", "revision", "priority",
		"created_at", "submitted_at", "received_at", "accepted_at", "finished_at", "wake_at", "calendar", "progress", "last_event", "answers",
	}}
	tasks := &table{name: "casework_tasks", columns: []string{
		"id", "application_id", "kind", "step_id", "department", "role", "state", "priority", "due_at", "yellow_at", "created_at", "order_at", "stopped_light",
	}}
	events := &table{name: "casework_events", columns: []string{
		"application_id", "sequence", "id", "at", "kind", "title", "detail", "department", "actor_kind", "actor_name", "public",
	}}
	documents := m.documentTable()
	block := make([]*made, 0, after-first)
	for number := first; number < after; number++ {
		c := m.make(number)
		block = append(block, c)
		m.addCase(applications, c)
		m.addTasks(tasks, c)
		if c.result != uuid.Nil {
			m.addDocument(documents, c.result, c.person, c.progress.Results[0].Material, "APPLICATION", "", *c.finished, "JG"+c.officialNumber(), c.id)
		}
	}
	for wave := range EventsOfCase {
		for _, c := range block {
			addEvent(events, c, c.events[wave])
		}
	}
	return []*table{applications, tasks, events, documents}
}

// lastEvent is the last event by the names that the casework room stores.
type lastEvent struct {
	ID         models.ID   `json:"id"`
	Sequence   int         `json:"sequence"`
	At         time.Time   `json:"at"`
	Kind       string      `json:"kind"`
	Title      models.Text `json:"title"`
	Detail     models.Text `json:"detail,omitempty"`
	Department string      `json:"department,omitempty"`
}

func (m *maker) addCase(applications *table, c *made) {
	last := c.events[len(c.events)-1]
	var wake any
	switch c.state {
	case casework.Submitted:
		wake = c.received.Add(30 * 24 * time.Hour)
	case casework.SupplementRequired:
		wake = c.progress.Supplement.DueAt
	}
	answers := map[string]casework.Answer{"contact": {Value: "本人"}, "purpose": {Value: "办理" + c.item.Name.In(models.Chinese)}, "copies": {Value: "1"}}
	applications.add(c.id, c.officialNumber(), c.item.Code, c.item.Version, c.item.Lead.Code, c.person, c.person, string(c.state),
		string(casework.App), len(c.events), 0, c.created, c.submitted, c.received, moment(c.accepted), moment(c.finished), wake, m.snapshot.Calendar().Fingerprint(),
		textOf(c.progress), textOf(lastEvent{last.ID, last.Sequence, last.At, last.Kind, last.Title, last.Detail, last.DepartmentCode}),
		m.sealJSON("casework.answers", answers))
}

func moment(at *time.Time) any {
	if at == nil {
		return nil
	}
	return *at
}

// addTasks makes what staff have before them: acceptance, and each step that has begun.
func (m *maker) addTasks(tasks *table, c *made) {
	state := casework.TaskDone
	if c.accepted == nil {
		state = casework.TaskOpen
	}
	due := c.submitted.Add(5 * 24 * time.Hour)
	tasks.add(id(kindTask, c.number*16, c.submitted), c.id, "ACCEPTANCE", "", c.item.Lead.Code, string(models.FrontDesk), string(state), 0, due, due.Add(-24*time.Hour), c.submitted, due, "")
	for index, step := range c.progress.Steps {
		if step.StartedAt == nil {
			continue
		}
		state, stopped := casework.TaskOpen, ""
		switch step.State {
		case casework.StepDone:
			state = casework.TaskDone
		case casework.StepSuspended:
			state, stopped = casework.TaskSuspended, string(calendar.Green)
		}
		due := step.StartedAt.Add(10 * 24 * time.Hour)
		tasks.add(id(kindTask, c.number*16+index+1, *step.StartedAt), c.id, "STEP", step.ID, step.Department, string(c.item.Steps[index].Role), string(state),
			0, due, due.Add(-24*time.Hour), *step.StartedAt, due, stopped)
	}
}

func addEvent(events *table, c *made, event *casework.Event) {
	var detail any
	if event.Detail != nil {
		detail = textOf(event.Detail)
	}
	kind := models.Resident
	if event.DepartmentCode != "" {
		kind = models.Staff
	}
	events.add(c.id, event.Sequence, uuid.MustParse(string(event.ID)), event.At, event.Kind, textOf(event.Title), detail, event.DepartmentCode, string(kind), "", true)
}
