package casework

import (
	"strconv"
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
	return calendar.Compute(days, models.DateOf(*c.AcceptedAt), item.Limits(), c.stops(item, days, now), models.DateOf(now), endDay(c.FinishedAt))
}

// stops are what stopped or moved the promise clock: the waits and the extension that are stored, and the item's special
// steps, which neither limit counts for as long as they may take.
func (c *Case) stops(item *catalogue.Item, days *calendar.Calendar, now time.Time) []calendar.Segment {
	stops := c.Progress.Stops
	for _, definition := range item.Steps {
		if definition.Counts {
			continue
		}
		if step := c.Step(definition.ID); step != nil && step.StartedAt != nil {
			stops = append(stops[:len(stops):len(stops)], step.special(definition, days, now))
		}
	}
	return stops
}

// special is the wait that a step makes which the limits leave out: from its start to its end, at most as long as it may
// last. A day on which it takes longer counts again, because that delay is the office's own.
func (p *StepProgress) special(definition *catalogue.StepDefinition, days *calendar.Calendar, now time.Time) calendar.Segment {
	wait := calendar.Segment{
		Kind: calendar.SpecialStep, From: models.DateOf(*p.StartedAt), To: endDay(p.FinishedAt), Reason: specialReason(definition),
	}
	if definition.MaxDays == 0 {
		return wait
	}
	after := models.DateOf(p.stepDeadline(definition, days, now).LegalDueAt) + 1
	if wait.To != nil && *wait.To <= after || wait.To == nil && models.DateOf(now) < after {
		return wait
	}
	wait.To = &after
	return wait
}

// specialReason says why the clock stands still during a special step, and by which rule.
func specialReason(definition *catalogue.StepDefinition) models.Text {
	reason := phrase(models.T("“{}”的时间依法不计入办理期限", "The time of “{}” does not count by law"), definition.Name)
	if len(definition.Basis) > 0 {
		reason = phrase(models.T("{}（{}）", "{} ({})"), reason, list(plainEach(definition.Basis)))
	}
	return reason
}

// specialLength tells the applicant for how long a special step may take.
func specialLength(definition *catalogue.StepDefinition) models.Text {
	if definition.MaxDays == 0 {
		return specialReason(definition)
	}
	most := strconv.Itoa(definition.MaxDays)
	return phrase(models.T("{}，最长{}个工作日", "{}, for at most {} working days"), specialReason(definition), plain(most))
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

func acceptanceLimits(item *catalogue.Item) calendar.Limits {
	return calendar.Limits{PromisedDays: item.AcceptanceDays, PromisedUnit: calendar.WorkingDays}
}

// stepDeadline is the same for one step, from its start and its own waits; nil before it has begun.
func (p *StepProgress) stepDeadline(definition *catalogue.StepDefinition, days *calendar.Calendar, now time.Time) *calendar.Deadline {
	if p.StartedAt == nil {
		return nil
	}
	return calendar.Summarise(days, models.DateOf(*p.StartedAt), stepLimits(definition), p.Stops, models.DateOf(now), endDay(p.FinishedAt))
}

// stepLimits are a step's own days; by law a special step may take as long as its maximum.
func stepLimits(definition *catalogue.StepDefinition) calendar.Limits {
	limits := calendar.Limits{
		PromisedDays: definition.Days, LegalDays: definition.Days, PromisedUnit: definition.Unit, LegalUnit: definition.Unit,
	}
	if !definition.Counts && definition.MaxDays > 0 {
		limits.LegalDays, limits.LegalUnit = definition.MaxDays, calendar.WorkingDays
	}
	return limits
}

// deferredDue is when a material that was put off at acceptance must be there: inside the promise, with a day left for
// the office to look at it where the promise has one. An extension of the promise moves it too.
func (c *Case) deferredDue(item *catalogue.Item, days *calendar.Calendar) time.Time {
	limits := item.Limits()
	for _, stop := range c.Progress.Stops {
		if stop.Kind == calendar.Extension {
			limits.PromisedDays += stop.Days
		}
	}
	return days.AddDays(models.DateOf(*c.AcceptedAt), max(limits.PromisedDays-1, 0), limits.PromisedUnit).End()
}
