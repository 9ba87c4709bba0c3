package notify

import (
	"fmt"
	"slices"
	"time"

	"onewindow/models"
	"onewindow/models/catalogue"
)

// longestAfter bounds how long after its date a reminder that comes late is still worth its sound.
const longestAfter = 30 * 24 * time.Hour

// Wait is something that is true of a case and about a moment: a deadline that comes, or a day on which something ended.
type Wait struct {
	Rule Rule
	// About is the deadline of a rule that reminds before, and the beginning of one that reminds after.
	About time.Time
	// Since is when it became true; the zero value: nobody knows.
	Since time.Time
	// Keys name the requirements that are still open; never empty where the rule is about materials.
	Keys []string
}

// Facts are what the planner must know of a case.
type Facts struct {
	ApplicationID models.ID
	// ResidentID is whose case it is: who is told, where staff are not.
	ResidentID models.ID
	Waits      []Wait
	// Reminders are the item's own choices, in calendar days; an empty list: the defaults.
	Reminders catalogue.Reminders
	// Params name the item, the case and every requirement that a wait may name.
	Params Params
}

// Planned is one reminder to come.
type Planned struct {
	// Key is unique: the case, the rule, the date it is about and which of the rule's reminders it is.
	Key           string
	Rule          Rule
	ApplicationID models.ID
	ResidentID    models.ID
	// At is when to tell; About is the date that the rule is about.
	At, About time.Time
	Params    Params
	// Digest: it waits for the one message of that morning.
	Digest bool
	// Why says to operators which of the rule's days this is, and who chose it.
	Why string
	// ThingID and SubjectID are what an occasion is about and whose it is; "" for cases.
	ThingID, SubjectID models.ID
}

// Plan says what to remind of and when: for each wait, at the reminders' hour of each of its days, as far as that is still to
// come. What has passed is not made up for: the notice itself has been sent at once, and a burst of late reminders helps
// nobody. The same facts give the same keys, so that planning again changes nothing.
func Plan(facts Facts, timetable Timetable, now time.Time) []Planned {
	var plans []Planned
	for _, wait := range facts.Waits {
		rule, known := natureOf(wait.Rule)
		if !known {
			continue
		}
		for _, next := range rule.occasions(wait, facts.Reminders, timetable, now) {
			plans = append(plans, Planned{
				Key:  fmt.Sprintf("%s/%s/%s/%s", facts.ApplicationID, wait.Rule, models.DateOf(wait.About), next.name),
				Rule: wait.Rule, ApplicationID: facts.ApplicationID, ResidentID: facts.ResidentID,
				At: next.at, About: wait.About, Params: facts.Params.only(wait.Keys), Digest: rule.digest, Why: next.why,
			})
		}
	}
	return plans
}

// reminding is one of the times at which a rule tells; name tells it from the rule's others.
type reminding struct {
	name, why string
	at        time.Time
}

// occasions are the times to come at which a rule tells of a date.
func (n nature) occasions(wait Wait, item catalogue.Reminders, timetable Timetable, now time.Time) (times []reminding) {
	if when := now.Add(time.Duration(n.soon) * time.Minute); n.soon > 0 && when.Before(wait.About) {
		times = append(times, reminding{"soon", fmt.Sprintf("%d minutes after it became true", n.soon), when})
	}
	minute := timetable.Reminder
	if n.digest {
		minute = timetable.Digest
	}
	for _, mark := range n.marks(wait, item, timetable) {
		when := at(mark.day, minute)
		if when.After(now) && (n.before == nil || when.Before(wait.About)) {
			times = append(times, reminding{mark.name, mark.why, when})
		}
	}
	return times
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
	droppedRead       = "READ_ALREADY"
	droppedNobody     = "NOBODY_HAS_IT"
	cancelledChanged  = "CASE_CHANGED"
)

// holds reads a due reminder against what is true of the case now: it gives the message's parameters as they are true at this
// moment, or why there is nothing to say any more.
func (p Planned) holds(waits []Wait, now time.Time) (params Params, dropped string) {
	rule, known := natureOf(p.Rule)
	switch {
	case !known:
		return params, droppedBroken
	case rule.before != nil && !now.Before(p.About), rule.before == nil && now.After(p.About.Add(longestAfter)):
		return params, droppedPassed
	}
	position := slices.IndexFunc(waits, func(wait Wait) bool { return wait.Rule == p.Rule && wait.About.Equal(p.About) })
	if position < 0 {
		return params, droppedFulfilled
	}
	params = p.Params.only(waits[position].Keys)
	if rule.materials && len(params.Materials) == 0 {
		return params, droppedFulfilled
	}
	date := models.DateOf(p.About)
	params.Day = &date
	if rule.before != nil {
		left := int(date - models.DateOf(now))
		params.DaysLeft = &left
	}
	return params, ""
}
