package casework

import (
	"time"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/catalogue"
)

// The days of a due date are derived here and nowhere stored but as hints for queues and wake-up calls.

// deadline explains when the application is due; nil before acceptance.
func (c *Case) deadline(item *catalogue.Item, days *calendar.Calendar, now time.Time) *calendar.Deadline {
	if c.AcceptedAt == nil {
		return nil
	}
	return calendar.Compute(days, models.DateOf(*c.AcceptedAt), item.Limits(), c.Progress.Stops, models.DateOf(now), endDay(c.FinishedAt))
}

func endDay(finished *time.Time) *models.Date {
	if finished == nil {
		return nil
	}
	ended := models.DateOf(*finished)
	return &ended
}

// acceptanceDue is the end of the last day on which the office may accept or say what is missing.
func (c *Case) acceptanceDue(item *catalogue.Item, days *calendar.Calendar) time.Time {
	return days.AddDays(models.DateOf(*c.ReceivedAt), item.AcceptanceDays, calendar.WorkingDays).End()
}

// stepDeadline is the same for one step, from its start and its own waits; nil before it has begun.
func (p *StepProgress) stepDeadline(definition *catalogue.StepDefinition, days *calendar.Calendar, now time.Time) *calendar.Deadline {
	if p.StartedAt == nil {
		return nil
	}
	limits := calendar.Limits{
		PromisedDays: definition.Days, LegalDays: definition.Days, PromisedUnit: definition.Unit, LegalUnit: definition.Unit,
	}
	return calendar.Summarise(days, models.DateOf(*p.StartedAt), limits, p.Stops, models.DateOf(now), endDay(p.FinishedAt))
}

// deferredDue is when a material that was put off at acceptance must be there: inside the promise, with a day left for
// the office to look at it where the promise has one.
func (c *Case) deferredDue(item *catalogue.Item, days *calendar.Calendar) time.Time {
	limits := item.Limits()
	return days.AddDays(models.DateOf(*c.AcceptedAt), max(limits.PromisedDays-1, 0), limits.PromisedUnit).End()
}
