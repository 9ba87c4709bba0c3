package casework

import (
	"slices"
	"strings"
	"time"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/catalogue"
	"onewindow/models/delegation"
	"onewindow/models/material"
)

// move is one action on one case: it changes the case in memory and collects what has to be stored and told with it. It asks
// no clock and no database: the rules below are plain functions of what it was given.
type move struct {
	kase     *Case
	item     *catalogue.Item
	calendar *calendar.Calendar
	// former is the calendar that the case was computed with until a recall; nil: the same.
	former *calendar.Calendar
	actor  models.Actor
	// names are both of who acts and for whom, where that is by a delegation; "" otherwise.
	names string
	now   time.Time
	// settings are the city's limits; lead is the department that answers for the case where it is not the item's own.
	settings Settings
	lead     *catalogue.Department
	// applies tells whether a step takes part (its `when`), from the answers and facts.
	applies func(step *catalogue.StepDefinition) bool
	// people are those whom the case is about, once they have been read.
	people *people
	// quiet leaves the revision as it is: what a bundle passes on must not make a conflict of the applicant's next save.
	quiet bool
	// handedIn is what the applicant's side has handed in; "": nothing.
	handedIn delegation.HandInAction

	events    []*Event
	started   []string
	cancelled []string
	moved     []Moved
}

func (m *move) today() models.Date { return models.DateOf(m.now) }

// happened adds an event to the timeline.
func (m *move) happened(kind EventKind, title, detail models.Text, options ...func(*Event)) *Event {
	m.kase.Progress.EventCount++
	event := &Event{
		ID: models.NewID(), ApplicationID: m.kase.ID, Sequence: m.kase.Progress.EventCount, At: m.now, Kind: kind,
		Title: title, Detail: detail, DepartmentCode: m.actor.DepartmentCode,
		ActorKind: m.actor.Kind, ActorID: m.actor.ID, Public: true,
	}
	if m.actor.Kind == models.Staff {
		event.Actor = &EventActor{DisplayName: m.actor.DisplayName}
	}
	if m.names != "" {
		event.Actor, event.Detail = &EventActor{DisplayName: m.names}, withNames(detail, m.names)
	}
	for _, option := range options {
		option(event)
	}
	m.events = append(m.events, event)
	if event.Public {
		m.kase.LastEvent = event
	}
	return event
}

// asEnglish gives the words around names in English.
func asEnglish(names string) string {
	return strings.NewReplacer(byVolunteer, "(volunteer) ", actingFor, " for ", secondContact, "the second contact", "（", " (", "）", ")").Replace(names)
}

// withNames says in the timeline's words who acted for whom, for every client that shows them.
func withNames(detail models.Text, names string) models.Text {
	by := models.T("由"+names+"办理", "Done by "+asEnglish(names))
	if len(detail) == 0 {
		return by
	}
	return phrase(models.T("{}；{}", "{}; {}"), by, detail)
}

// internal hides an event from the applicant; of names its department.
func internal(event *Event) { event.Public = false }

func of(department string) func(*Event) {
	return func(event *Event) { event.DepartmentCode = department }
}

// stepName and materialName name what the item defines.
func (m *move) stepName(id string) models.Text {
	definition, _ := m.item.Step(id)
	return definition.Name
}

func (m *move) materialName(key string) models.Text {
	definition, _ := m.item.Material(key)
	return definition.Material.Name
}

// Step finds a department's part by its id, nil if there is none.
func (c *Case) Step(id string) *StepProgress {
	for i := range c.Progress.Steps {
		if c.Progress.Steps[i].ID == id {
			return &c.Progress.Steps[i]
		}
	}
	return nil
}

// Requirement finds a requirement by its key, nil if there is none.
func (c *Case) Requirement(key string) *material.Requirement {
	for i := range c.Progress.Requirements {
		if c.Progress.Requirements[i].Key == key {
			return &c.Progress.Requirements[i]
		}
	}
	return nil
}

// clone copies a case deeply enough that a move on the copy leaves the original as it was.
func (c *Case) clone() *Case {
	copied := *c
	copied.Progress.Steps = slices.Clone(c.Progress.Steps)
	for i := range copied.Progress.Steps {
		copied.Progress.Steps[i].Stops = slices.Clone(copied.Progress.Steps[i].Stops)
	}
	copied.Progress.Requirements = slices.Clone(c.Progress.Requirements)
	copied.Progress.Stops = slices.Clone(c.Progress.Stops)
	copied.Progress.Noticed = slices.Clone(c.Progress.Noticed)
	copied.Progress.Notices = slices.Clone(c.Progress.Notices)
	copied.Progress.LateTold = slices.Clone(c.Progress.LateTold)
	copied.Progress.Oversights = slices.Clone(c.Progress.Oversights)
	copied.Progress.Rating = c.Progress.Rating.clone()
	copied.Progress.Results = slices.Clone(c.Progress.Results)
	copied.Progress.Bundle = c.Progress.Bundle.clone()
	if c.Progress.Supplement != nil {
		supplement := *c.Progress.Supplement
		copied.Progress.Supplement = &supplement
	}
	return &copied
}

// finish ends a case: the clocks stop, open waits end, steps that have not ended are cancelled.
func (m *move) finish() {
	m.kase.FinishedAt = &m.now
	m.kase.WakeAt = nil
	m.kase.Progress.Supplement = nil
	closeStops(m.kase.Progress.Stops, m.today())
	for i := range m.kase.Progress.Steps {
		step := &m.kase.Progress.Steps[i]
		closeStops(step.Stops, m.today())
		switch step.State {
		case StepActive, StepSuspended:
			m.cancelled = append(m.cancelled, step.ID)
			step.State, step.FinishedAt = StepCancelled, &m.now
		case StepWaiting:
			step.State, step.FinishedAt = StepCancelled, &m.now
		}
	}
}

// closeStops ends every open wait on a day: that day counts again.
func closeStops(stops []calendar.Segment, today models.Date) {
	for i := range stops {
		if stops[i].IsWait() && stops[i].To == nil {
			stops[i].To = &today
		}
	}
}

// closeKind ends the open waits of one kind.
func closeKind(stops []calendar.Segment, kind calendar.SegmentKind, today models.Date) {
	for i := range stops {
		if stops[i].Kind == kind && stops[i].To == nil {
			stops[i].To = &today
		}
	}
}
