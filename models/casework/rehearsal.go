package casework

import (
	"context"
	"fmt"
	"time"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/catalogue"
)

// A rehearsal replays a decided case under another definition of its item: other limits, other steps. It is a pure function
// of what the case itself recorded. Days are those of the case's own clock, waits left out, in the promise's unit.

// Pace is how long something took of what was allowed.
type Pace struct {
	Days   int
	OnTime bool
}

// StepPace is a department's part in it.
type StepPace struct {
	Department *catalogue.Department
	Pace
}

// Rehearsal is one case as it went, and as it would have gone.
type Rehearsal struct {
	Then, Now           Pace
	StepsThen, StepsNow []StepPace
	// Assumed names the steps that the case never saw: they are assumed to take all of their days.
	Assumed []string
}

// Why a case cannot be replayed.
const (
	NotDecided  = "NOT_DECIDED"   // it ended in another way
	NotRecorded = "NOT_RECORDED"  // a step that is needed has no end, e.g. because another one rejected the case first
	NoSteps     = "NO_STEPS_LEFT" // none of the steps that it went through is left
)

// Rehearse replays a case, or says why that cannot be done. What it assumes: a step that the case went through takes as
// long as it did, wherever it stands now; one that was skipped is skipped again; a new one takes all of its days; whoever
// waits for steps begins on the day on which the last of them ends; and an extension that was given is given again.
func (c *Case) Rehearse(before, after *catalogue.Item, days *calendar.Calendar) (*Rehearsal, string) {
	decided, last := c.decision()
	if decided == nil {
		return nil, NotDecided
	}
	then := c.pace(before, days, *decided)
	r := &Rehearsal{Then: then}
	clock := replay{c: c, item: after, days: days, reached: map[string]int{}}
	if reason := clock.run(last, r); reason != "" {
		return nil, reason
	}
	for i := range c.Progress.Steps {
		step := &c.Progress.Steps[i]
		if definition, found := before.Step(step.ID); found && step.FinishedAt != nil && step.StartedAt != nil && step.Decision != "" {
			r.StepsThen = append(r.StepsThen, step.pace(definition, days))
		}
		if definition, found := after.Step(step.ID); found && step.FinishedAt != nil && step.StartedAt != nil && step.Decision != "" {
			r.StepsNow = append(r.StepsNow, step.pace(definition, days))
		}
	}
	return r, ""
}

// decision gives when the case was decided, and by which step if that was a refusal.
func (c *Case) decision() (at *time.Time, rejecting string) {
	if c.AcceptedAt == nil || (c.State != Approved && c.State != Completed && c.State != Rejected) {
		return nil, ""
	}
	for _, step := range c.Progress.Steps {
		if step.Decision == "" || step.FinishedAt == nil {
			continue
		}
		if step.Decision == Reject {
			return step.FinishedAt, step.ID
		}
		if at == nil || step.FinishedAt.After(*at) {
			at = step.FinishedAt
		}
	}
	return at, ""
}

// pace reads the case's clock at a moment as its end.
func (c *Case) pace(item *catalogue.Item, days *calendar.Calendar, at time.Time) Pace {
	day := models.DateOf(at)
	deadline := calendar.Summarise(days, models.DateOf(*c.AcceptedAt), item.Limits(), c.stops(item, days, at), day, &day)
	return Pace{deadline.UsedDays, deadline.Light != calendar.Red}
}

func (p *StepProgress) pace(definition *catalogue.StepDefinition, days *calendar.Calendar) StepPace {
	deadline := p.stepDeadline(definition, days, *p.FinishedAt)
	return StepPace{definition.Department, Pace{deadline.UsedDays, deadline.Light != calendar.Red}}
}

// replay walks a case through the steps of another definition.
type replay struct {
	c    *Case
	item *catalogue.Item
	days *calendar.Calendar
	// reached is the day of the case's clock on which a step ends.
	reached map[string]int
}

func (r *replay) run(rejecting string, into *Rehearsal) string {
	end, isKnown := r.begin(), false
	if rejecting != "" {
		if _, found := r.item.Step(rejecting); !found {
			return NoSteps
		}
	}
	for _, definition := range r.item.Steps {
		if rejecting != "" && definition.ID != rejecting {
			continue
		}
		reached, reason := r.end(definition, into)
		if reason != "" {
			return reason
		}
		isKnown = isKnown || r.c.Step(definition.ID) != nil
		end = max(end, reached)
	}
	if !isKnown {
		return NoSteps
	}
	allowed := r.item.PromisedDays
	for _, stop := range r.c.Progress.Stops {
		if stop.Kind == calendar.Extension {
			allowed += stop.Days
		}
	}
	into.Now = Pace{end, end <= allowed}
	return ""
}

// begin is the day of the clock on which the first step began: later than acceptance where that was deemed.
func (r *replay) begin() int {
	first, isKnown := 0, false
	for i := range r.c.Progress.Steps {
		if step := &r.c.Progress.Steps[i]; step.StartedAt != nil {
			if used := r.used(*step.StartedAt); !isKnown || used < first {
				first, isKnown = used, true
			}
		}
	}
	return first
}

// used reads the case's clock, as the other definition lets it run, on the day of a moment.
func (r *replay) used(at time.Time) int { return r.c.pace(r.item, r.days, at).Days }

// end gives the day of the clock on which a step ends: after those that it waits for, and as long after as it took.
func (r *replay) end(definition *catalogue.StepDefinition, into *Rehearsal) (int, string) {
	if reached, isKnown := r.reached[definition.ID]; isKnown {
		return reached, ""
	}
	end := r.begin()
	for _, id := range definition.DependsOn {
		before, found := r.item.Step(id)
		if !found {
			continue // the loader refuses such a definition
		}
		reached, reason := r.end(before, into)
		if reason != "" {
			return 0, reason
		}
		end = max(end, reached)
	}
	took, reason := r.took(definition, into)
	r.reached[definition.ID] = end + took
	return end + took, reason
}

func (r *replay) took(definition *catalogue.StepDefinition, into *Rehearsal) (days int, reason string) {
	step := r.c.Step(definition.ID)
	switch {
	case step == nil:
		into.Assumed = append(into.Assumed, definition.ID)
		if !definition.Counts {
			return 0, ""
		}
		return definition.Days, ""
	case step.State == StepSkipped:
		return 0, ""
	case step.StartedAt == nil || step.FinishedAt == nil || step.Decision == "":
		return 0, NotRecorded
	}
	return r.used(*step.FinishedAt) - r.used(*step.StartedAt), ""
}

// rehearsalPage is how many decided cases are read at once.
const rehearsalPage = 500

// Decided gives every decided case that was accepted between two days, both included, with the item as it was and the
// calendar that it was computed with: page by page, so that their number does not matter. It only reads.
func (s *Service) Decided(ctx context.Context, from, to models.Date, each func(*Case, *catalogue.Item, *calendar.Calendar) error) error {
	after := models.ID("")
	for {
		page, err := s.records.decidedCases(s.Store.Reader(ctx), from.Start(), to.End(), after, rehearsalPage)
		if err != nil {
			return err
		}
		for _, c := range page {
			item, err := s.item(ctx, c)
			if err != nil {
				return err
			}
			days, err := s.days(ctx, c)
			if err != nil {
				return err
			}
			if err := each(c, item, days); err != nil {
				return fmt.Errorf("application %s: %w", c.ID, err)
			}
		}
		if len(page) < rehearsalPage {
			return nil
		}
		after = page[len(page)-1].ID
	}
}
