package notify

import (
	"slices"
	"strings"
	"time"

	"onewindow/models"
	"onewindow/models/casework"
	"onewindow/models/catalogue"
	"onewindow/models/material"
)

// What a change of a case means for its applicant: pure rules from the case to messages and to the facts of the planner.

// appealRoute stands in a rejection that came without words of its own.
var appealRoute = models.T(
	"如不服本决定，可自收到之日起60日内申请行政复议，或在6个月内提起行政诉讼。",
	"If you disagree you may ask for administrative reconsideration within 60 days, or go to court within six months of receiving the decision.",
)

// kindOf gives the message that an event calls for; "" for events that only the timeline tells.
func kindOf(event casework.EventKind) Kind {
	switch event {
	case casework.EventSubmitted:
		return Submitted
	case casework.EventAccepted:
		return Accepted
	case casework.EventDeemedAccepted:
		return DeemedAccepted
	case casework.EventSupplementRequested:
		return SupplementRequested
	case casework.EventSupplemented:
		return Supplemented
	case casework.EventStepSuspended, casework.EventSpecialStarted:
		return StepSuspended
	case casework.EventExtended:
		return Extended
	case casework.EventDatesMoved:
		return DatesMoved
	case casework.EventApproved:
		return Approved
	case casework.EventRejected:
		return Rejected
	case casework.EventCompleted:
		return Completed
	case casework.EventLapsed:
		return Lapsed
	case casework.EventWithdrawn:
		return Withdrawn
	case casework.EventStillLacking:
		return StillLacking
	case casework.EventPathBlocked:
		return PathBlocked
	case casework.EventDeferred:
		return Deferred
	case casework.EventDeferredLate:
		return DeferredLate
	case casework.EventRatingAnswered:
		return RatingAnswered
	case casework.EventCommitmentBroken:
		return CommitmentBroken
	}
	return ""
}

// noticesOf gives what the applicant is told of a change, in the order in which it happened. dueAt is when the
// application is promised now; nil before acceptance.
func noticesOf(change casework.Change, dueAt *time.Time) []notice {
	completed := slices.ContainsFunc(change.Events, func(event *casework.Event) bool { return event.Kind == casework.EventCompleted })
	var notices []notice
	for _, event := range change.Events {
		kind := kindOf(event.Kind)
		if kind == "" || !event.Public || (kind == Approved && completed) { // approved and handed over at once: that it is ready says both
			continue
		}
		notices = append(notices, noticeOf(change, event, kind, dueAt))
		if kind == Completed {
			notices = append(notices, noticeOf(change, event, RatingInvitation, nil))
		}
	}
	return notices
}

func noticeOf(change casework.Change, event *casework.Event, kind Kind, dueAt *time.Time) notice {
	kase := change.After
	params := caseParams(kase, change.Item)
	switch kind {
	case Accepted, DeemedAccepted, Supplemented:
		params.Day = dayOf(dueAt)
	case Extended, DatesMoved:
		params.Day, params.Note = dayOf(dueAt), publicDetail(event)
	case SupplementRequested:
		if supplement := kase.Progress.Supplement; supplement != nil {
			params.Materials = materialNames(change.Item, supplement.Keys)
			params.Day = dayOf(&supplement.DueAt)
			if params.Note = plainText(supplement.Note); params.Note == nil {
				params.Note = reasonsOf(kase, supplement.Keys)
			}
		}
	case StillLacking, PathBlocked:
		params.Note = publicDetail(event)
	case StepSuspended:
		params.Steps, params.Note = standingStill(change, event.Kind), publicDetail(event)
	case Rejected:
		if params.Note = publicDetail(event); params.Note == nil {
			params.Note = appealRoute
		}
	case Deferred, DeferredLate:
		wait := firstDeferred(kase)
		params.Materials, params.Day = materialNames(change.Item, wait.Keys), dayOf(&wait.About)
	case CommitmentBroken:
		params.Note = publicDetail(event)
	case RatingAnswered:
		params.Note = plainText(kase.LastReply())
	case Completed:
		params.Results = resultWays(kase.Progress.Results)
	}
	return notice{
		residentID: kase.ApplicantID, kind: kind, applicationID: kase.ID, applicationNumber: kase.Number, params: params,
	}
}

// reasonsOf are the clerk's reasons for asking, where the notice has no words of its own: nobody mends what nobody explained.
func reasonsOf(kase *casework.Case, keys []string) models.Text {
	var chinese, english []string
	for _, key := range keys {
		requirement := kase.Requirement(key)
		if requirement == nil || len(requirement.Reason) == 0 || slices.Contains(chinese, requirement.Reason.In(models.Chinese)) {
			continue
		}
		chinese, english = append(chinese, requirement.Reason.In(models.Chinese)), append(english, requirement.Reason.In(models.English))
	}
	if len(chinese) == 0 {
		return nil
	}
	return models.T(strings.Join(chinese, "；"), strings.Join(english, "; "))
}

func caseParams(kase *casework.Case, item *catalogue.Item) Params {
	return Params{Number: kase.Number, ItemCode: item.Code, Item: item.Name}
}

func dayOf(moment *time.Time) *models.Date {
	if moment == nil {
		return nil
	}
	day := models.DateOf(*moment)
	return &day
}

func publicDetail(event *casework.Event) models.Text {
	if !event.Public {
		return nil
	}
	return event.Detail
}

// plainText is what somebody wrote: the same in every language.
func plainText(text string) models.Text {
	if text == "" {
		return nil
	}
	return models.T(text, text)
}

// materialNames gives the public names of requirements; one that the item does not know any more keeps its code.
func materialNames(item *catalogue.Item, keys []string) []Named {
	named := make([]Named, 0, len(keys))
	for _, key := range keys {
		name := models.T(key, key)
		for _, known := range item.Materials {
			if known.Key == key {
				name = known.Material.Name
			}
		}
		named = append(named, Named{key, name})
	}
	return named
}

// standingStill names the steps during which the clock stands still since the change: those that were suspended, or the
// special ones that began.
func standingStill(change casework.Change, kind casework.EventKind) (steps []Named) {
	for _, definition := range change.Item.Steps {
		began := kind == casework.EventSpecialStarted && !definition.Counts && slices.Contains(change.Started, definition.ID)
		if began || kind == casework.EventStepSuspended && wasSuspended(change, definition.ID) {
			steps = append(steps, Named{definition.ID, definition.Name})
		}
	}
	return steps
}

func wasSuspended(change casework.Change, id string) bool {
	before, after := stepOf(change.Before, id), stepOf(change.After, id)
	return after != nil && after.State == casework.StepSuspended && (before == nil || before.State != casework.StepSuspended)
}

func stepOf(kase *casework.Case, id string) *casework.StepProgress {
	if kase == nil {
		return nil
	}
	return kase.Step(id)
}

func resultWays(results []casework.Result) (ways []ResultWay) {
	for _, result := range results {
		if way := ResultWay(result.Method); !slices.Contains(ways, way) {
			ways = append(ways, way)
		}
	}
	return ways
}

// stand is what the rules read of a case.
type stand struct {
	casework.Standing
	// expires tells, of the documents that the case issued and that nothing newer has replaced, how long they are valid.
	expires map[models.ID]models.Date
}

// waitsOf gives what is true of a case and reminded of.
func waitsOf(known stand) (waits []Wait) {
	kase := known.Case
	if kase == nil {
		return nil
	}
	switch kase.State {
	case casework.Draft:
		waits = append(waits, Wait{Rule: DraftForgotten, About: models.DateOf(kase.CreatedAt).Start()})
	case casework.Submitted:
		if kase.WakeAt != nil {
			waits = append(waits, Wait{Rule: AcceptanceDue, About: *kase.WakeAt})
		}
	case casework.SupplementRequired:
		waits = append(append(waits, supplementWaits(kase)...), deferredWaits(kase)...)
	case casework.InReview:
		waits = deferredWaits(kase)
		if known.DueAt != nil {
			waits = append(waits, Wait{Rule: DecisionDue, About: *known.DueAt}, Wait{Rule: DecisionOverdue, About: *known.DueAt})
		}
	case casework.Completed:
		waits = resultWaits(known)
	}
	return waits
}

// supplementWaits is what an open notice still waits for: papers, or, when all of them are there, the word that they are.
func supplementWaits(kase *casework.Case) []Wait {
	supplement := kase.Progress.Supplement
	if supplement == nil {
		return nil
	}
	if keys := openKeys(kase, supplement.Keys); len(keys) > 0 {
		return []Wait{{Rule: MissingMaterial, About: supplement.DueAt, Since: supplement.RequestedAt, Keys: keys}}
	}
	return []Wait{{Rule: SupplementReady, About: supplement.DueAt, Since: supplement.RequestedAt}}
}

// resultWaits is what a case that has ended well is followed up with.
func resultWaits(known stand) (waits []Wait) {
	kase := known.Case
	if kase.FinishedAt == nil {
		return nil
	}
	finished := models.DateOf(*kase.FinishedAt).Start()
	if slices.ContainsFunc(kase.Progress.Results, func(result casework.Result) bool {
		return result.Method == casework.Pickup && result.State == casework.DeliveryReady
	}) {
		waits = append(waits, Wait{Rule: ResultWaits, About: finished})
	}
	if kase.Progress.Rating == nil {
		waits = append(waits, Wait{Rule: RatingWaits, About: finished})
	}
	for _, result := range kase.Progress.Results {
		date, expires := known.expires[result.DocumentID]
		wait := Wait{Rule: DocumentExpires, About: date.End()}
		if expires && !slices.ContainsFunc(waits, func(other Wait) bool { return other.Rule == wait.Rule && other.About.Equal(wait.About) }) {
			waits = append(waits, wait) // those that end together are one reminder
		}
	}
	return waits
}

func openKeys(kase *casework.Case, keys []string) (open []string) {
	for _, key := range keys {
		if requirement := kase.Requirement(key); requirement != nil && requirement.Status.Open() {
			open = append(open, key)
		}
	}
	return open
}

// deferredWaits gives the pieces that were put off at acceptance, those of one date together.
func deferredWaits(kase *casework.Case) (waits []Wait) {
	for _, requirement := range kase.Progress.Requirements {
		if requirement.Status != material.Deferred || requirement.DueAt == nil {
			continue
		}
		position := slices.IndexFunc(waits, func(wait Wait) bool { return wait.About.Equal(*requirement.DueAt) })
		if position < 0 {
			wait := Wait{Rule: DeferredMaterial, About: *requirement.DueAt, Keys: []string{requirement.Key}}
			if kase.AcceptedAt != nil {
				wait.Since = *kase.AcceptedAt
			}
			waits = append(waits, wait)
			continue
		}
		waits[position].Keys = append(waits[position].Keys, requirement.Key)
	}
	return waits
}

// firstDeferred is what was put off and has the nearest date.
func firstDeferred(kase *casework.Case) (first Wait) {
	for i, wait := range deferredWaits(kase) {
		if i == 0 || wait.About.Before(first.About) {
			first = wait
		}
	}
	return first
}

// factsOf gives the planner what it must know of a case.
func factsOf(known stand) Facts {
	if known.Case == nil {
		return Facts{}
	}
	facts := Facts{
		ApplicationID: known.Case.ID, ResidentID: known.Case.ApplicantID, Waits: waitsOf(known),
		Reminders: known.Item.Reminders, Params: caseParams(known.Case, known.Item),
	}
	var keys []string
	for _, wait := range facts.Waits {
		keys = append(keys, wait.Keys...)
	}
	facts.Params.Materials = materialNames(known.Item, keys)
	return facts
}
