package notify

import (
	"fmt"
	"slices"
	"time"

	"onewindow/models"
	"onewindow/models/catalogue"
)

// Rule is why somebody is reminded.
type Rule string

// MISSING_MATERIAL: a supplement notice is open and something of it has not come. DEFERRED_MATERIAL: the case was taken in
// before all was there, and something is still owed.
const (
	MissingMaterial  Rule = "MISSING_MATERIAL"
	DeferredMaterial Rule = "DEFERRED_MATERIAL"
)

// kind is the message that a rule sends.
func (r Rule) kind() Kind {
	if r == DeferredMaterial {
		return DeferredMaterialReminder
	}
	return MissingMaterialReminder
}

// reminderMinute is when on its day a reminder comes: 09:00 in the city, outside the usual quiet hours.
const reminderMinute = 9 * 60

// Wait is something that a case waits for from its applicant, until a moment.
type Wait struct {
	Rule  Rule
	DueAt time.Time
	// Keys name the requirements that are still open; never empty.
	Keys []string
}

// Facts are what the planner must know of a case.
type Facts struct {
	ApplicationID models.ID
	// ResidentID is who is told.
	ResidentID models.ID
	Waits      []Wait
	// DaysBefore is the item's own choice, in calendar days; empty: the defaults of the catalogue.
	DaysBefore []int
	// Params name the item, the case and every requirement that a wait may name.
	Params Params
}

// Planned is one reminder to come.
type Planned struct {
	// Key is unique: the case, the rule, the date it is about and how many days before.
	Key           string
	Rule          Rule
	ApplicationID models.ID
	ResidentID    models.ID
	// At is when to tell; About is the deadline.
	At, About time.Time
	Params    Params
}

// Plan says what to remind of and when: for each wait, at nine in the morning of each chosen day before its date, as far
// as that is still to come. What has passed is not made up for: the notice itself has been sent at once, and a burst of
// late reminders helps nobody. The same facts give the same keys, so that planning again changes nothing.
func Plan(facts Facts, defaults catalogue.Reminders, now time.Time) []Planned {
	daysBefore := facts.DaysBefore
	if len(daysBefore) == 0 {
		daysBefore = defaults.MissingMaterial
	}
	var plans []Planned
	for _, wait := range facts.Waits {
		date := models.DateOf(wait.DueAt)
		for _, days := range inOrder(daysBefore) {
			moment := at(date-models.Date(days), reminderMinute) // #nosec G115 -- a handful of days
			if !moment.After(now) || !moment.Before(wait.DueAt) {
				continue
			}
			plans = append(plans, Planned{
				Key:  fmt.Sprintf("%s/%s/%s/%d", facts.ApplicationID, wait.Rule, date, days),
				Rule: wait.Rule, ApplicationID: facts.ApplicationID, ResidentID: facts.ResidentID,
				At: moment, About: wait.DueAt, Params: facts.Params.only(wait.Keys),
			})
		}
	}
	return plans
}

// inOrder gives the days before, earliest reminder first, each once; a day after the date is no reminder.
func inOrder(daysBefore []int) []int {
	days := slices.DeleteFunc(slices.Clone(daysBefore), func(days int) bool { return days < 0 })
	slices.Sort(days)
	days = slices.Compact(days)
	slices.Reverse(days)
	return days
}

// only keeps of the materials those with the keys.
func (p Params) only(keys []string) Params {
	p.Materials = slices.DeleteFunc(slices.Clone(p.Materials), func(material Named) bool {
		return !slices.Contains(keys, material.Key)
	})
	return p
}

// Why a reminder that was due was not sent.
const (
	droppedNoCase     = "NO_SUCH_CASE"
	droppedFulfilled  = "NO_LONGER_TRUE"
	droppedPassed     = "DEADLINE_PASSED"
	droppedSuperseded = "SUPERSEDED"
	droppedBroken     = "UNREADABLE"
	cancelledChanged  = "CASE_CHANGED"
)

// holds reads a due reminder against what the case waits for now: it gives the message's parameters as they are true at
// this moment, or why there is nothing to say any more.
func (p Planned) holds(waits []Wait, now time.Time) (params Params, dropped string) {
	if !now.Before(p.About) {
		return params, droppedPassed
	}
	position := slices.IndexFunc(waits, func(wait Wait) bool { return wait.Rule == p.Rule && wait.DueAt.Equal(p.About) })
	if position < 0 {
		return params, droppedFulfilled
	}
	params = p.Params.only(waits[position].Keys)
	if len(params.Materials) == 0 {
		return params, droppedFulfilled
	}
	date := models.DateOf(p.About)
	left := int(date - models.DateOf(now))
	params.Day, params.DaysLeft = &date, &left
	return params, ""
}
