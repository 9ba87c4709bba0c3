package casework

import (
	"strconv"
	"time"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/catalogue"
	"onewindow/models/material"
)

// What another calendar does to the dates of a case: pure rules. The law counts working days, so dates move with the
// holidays, to earlier days too. Three things stay: what has ended, a date that has passed already, and a date that would
// lie in the past, because nobody can keep one any more.

// DateKind is which of a case's dates is meant.
type DateKind string

// The dates that are counted in working days.
const (
	AcceptanceDate DateKind = "ACCEPTANCE" // of the office: to accept, or to say once what is missing
	PromisedDate   DateKind = "PROMISED"
	LegalDate      DateKind = "LEGAL"
	MaterialDate   DateKind = "MATERIAL" // of the applicant: a piece that was put off at acceptance
	StepDate       DateKind = "STEP"     // of one department
)

// MovedDate is one date of a case under two calendars. About is the requirement's key or the step's id.
type MovedDate struct {
	Kind     DateKind
	About    string
	From, To models.Date
}

// caseDate is a date of a case.
type caseDate struct {
	kind  DateKind
	about string
	at    time.Time
}

// openDates are the dates of a case that still run at a moment, in the order in which people ask for them.
func (c *Case) openDates(item *catalogue.Item, days *calendar.Calendar, now time.Time) []caseDate {
	var dates []caseDate
	if c.State == Submitted {
		dates = append(dates, caseDate{AcceptanceDate, "", c.acceptanceDue(item, days)})
	}
	if deadline := c.deadline(item, days, now); deadline != nil && c.FinishedAt == nil {
		dates = append(dates, caseDate{PromisedDate, "", deadline.PromisedDueAt}, caseDate{LegalDate, "", deadline.LegalDueAt})
		due := c.deferredDue(item, days)
		for _, requirement := range c.Progress.Requirements {
			if requirement.Status == material.Deferred {
				dates = append(dates, caseDate{MaterialDate, requirement.Key, due})
			}
		}
	}
	for i := range c.Progress.Steps {
		step := &c.Progress.Steps[i]
		if definition, found := item.Step(step.ID); found && step.StartedAt != nil && step.FinishedAt == nil {
			dates = append(dates, caseDate{StepDate, step.ID, step.stepDeadline(definition, days, now).PromisedDueAt})
		}
	}
	return dates
}

// movedDates gives what moves from one calendar to another. Held tells that nothing may: a date that has passed would change,
// or one would come to lie in the past.
func (c *Case) movedDates(item *catalogue.Item, from, to *calendar.Calendar, now time.Time) (moved []MovedDate, held bool) {
	if c.State == Draft || c.State.Final() {
		return nil, true
	}
	today := models.DateOf(now)
	next := c.openDates(item, to, now)
	for i, date := range c.openDates(item, from, now) {
		before, after := models.DateOf(date.at), models.DateOf(next[i].at)
		if before == after {
			continue
		}
		if before < today || after < today {
			return nil, true
		}
		moved = append(moved, MovedDate{date.kind, date.about, before, after})
	}
	return moved, false
}

// goOver computes with another calendar from now on.
func (m *move) goOver(to *calendar.Calendar) {
	m.former, m.calendar, m.kase.Calendar = m.calendar, to, to.Fingerprint()
}

// recall goes over to another calendar with the dates that it moves, and tells whom they concern.
func (m *move) recall(to *calendar.Calendar, moved []MovedDate) {
	changed := to.Changed(m.calendar)
	m.goOver(to)
	for _, date := range moved {
		if date.Kind == MaterialDate {
			due := date.To.End()
			m.kase.Requirement(date.About).DueAt = &due
		}
	}
	var concerns []models.Text
	for _, date := range moved {
		if date.Kind != StepDate {
			concerns = append(concerns, phrase(models.T("{}由{}改为{}", "{} moves from {} to {}"), m.dateName(date), day(date.From), day(date.To)))
		}
	}
	if len(concerns) == 0 {
		m.happened(EventDatesMoved, models.T("节假日安排有变，环节期限已重新计算", "The holidays have changed; the steps' days were counted anew"), because(changed), internal)
		return
	}
	m.happened(EventDatesMoved, models.T("节假日安排有变，日期已重新计算", "The holidays have changed; dates were counted anew"),
		phrase(models.T("{}：{}。", "{}: {}."), because(changed), sequence(concerns)))
}

// dateName calls a date what people call it.
func (m *move) dateName(date MovedDate) models.Text {
	switch date.Kind {
	case AcceptanceDate:
		return models.T("最晚受理日期", "the last day of acceptance")
	case LegalDate:
		return models.T("法定期限", "the limit by law")
	case MaterialDate:
		return phrase(models.T("“{}”的补交日期", "the day for handing in “{}”"), m.materialName(date.About))
	}
	return models.T("最晚办结日期", "the due date")
}

// because names the notices that changed the years.
func because(changed []calendar.Year) models.Text {
	reasons := make([]models.Text, len(changed))
	for i, year := range changed {
		number := plain(strconv.Itoa(year.Year))
		reasons[i] = phrase(models.T("{}年的节假日安排已公布或调整", "the State Council published or changed the holidays of {}"), number)
		if year.Source != "" {
			reasons[i] = phrase(models.T("{}（{}）", "{} ({})"), reasons[i], plain(year.Source))
		}
	}
	return sequence(reasons)
}

// sequence joins parts of a sentence.
func sequence(parts []models.Text) models.Text {
	joined := parts[0]
	for _, part := range parts[1:] {
		joined = phrase(models.T("{}；{}", "{}; {}"), joined, part)
	}
	return joined
}
