package notify

import "onewindow/models/catalogue"

// Rule is why somebody is reminded.
type Rule string

// The rules about a case. What each means, whom it tells and when stands in natureOf.
const (
	// MissingMaterial: a supplement notice is open and something of it has not come.
	MissingMaterial Rule = "MISSING_MATERIAL"
	// SupplementReady: all that a notice asked for is there, and its applicant has not handed it in yet.
	SupplementReady Rule = "SUPPLEMENT_READY"
	// DeferredMaterial: the case was taken in before all was there, and something is still owed.
	DeferredMaterial Rule = "DEFERRED_MATERIAL"
	// DocumentExpires: a document that the case issued ends.
	DocumentExpires Rule = "DOCUMENT_EXPIRES"
	// ResultWaits: a result lies at a counter and has not been fetched.
	ResultWaits Rule = "RESULT_WAITS"
	// RatingWaits: the case has ended and nobody has said how it went.
	RatingWaits Rule = "RATING_WAITS"
	// DraftForgotten: an application was begun and never submitted.
	DraftForgotten Rule = "DRAFT_FORGOTTEN"
	// AcceptanceDue, DecisionDue, DecisionOverdue are for the staff who have the work.
	AcceptanceDue   Rule = "ACCEPTANCE_DUE"
	DecisionDue     Rule = "DECISION_DUE"
	DecisionOverdue Rule = "DECISION_OVERDUE"
)

// The rules about a person: lines of the daily digest.
const (
	// DataSeen: staff have looked at the person's data.
	DataSeen Rule = "DATA_SEEN"
	// HeldBack: a message was one too many for its day; it lies in the inbox and has made no sound yet.
	HeldBack Rule = "HELD_BACK"
)

// nature is what a rule does.
type nature struct {
	kind Kind
	// staff: it tells those who have the work, and the department's supervisor too where supervisor says so.
	staff, supervisor bool
	// digest: it can wait for the one message of the morning.
	digest bool
	// materials: it is about requirements, and about nothing once none of them is open.
	materials bool
	// before gives on which days before the date it tells; nil: it tells on the days after the date.
	before func(catalogue.Reminders) []int
	after  []int
	// soon: it tells too when this many minutes have passed since it became true.
	soon int
}

// natureOf is the table of the rules; a rule that this version does not know tells nobody.
func natureOf(rule Rule) (nature, bool) {
	switch rule {
	case MissingMaterial:
		return nature{kind: MissingMaterialReminder, materials: true, before: missingDays}, true
	case SupplementReady:
		return nature{kind: SupplementReadyReminder, before: missingDays, soon: 2 * 60}, true
	case DeferredMaterial:
		return nature{kind: DeferredMaterialReminder, materials: true, before: missingDays}, true
	case DocumentExpires:
		return nature{kind: DocumentExpiresReminder, before: func(days catalogue.Reminders) []int { return days.ResultExpires }}, true
	case ResultWaits:
		return nature{kind: ResultWaitsReminder, after: []int{7, 21}}, true
	case RatingWaits:
		return nature{kind: RatingReminder, digest: true, after: []int{3}}, true
	case DraftForgotten:
		return nature{kind: DraftReminder, digest: true, after: []int{3, 14}}, true
	case AcceptanceDue:
		return nature{kind: AcceptanceDueNotice, staff: true, before: decisionDays}, true
	case DecisionDue:
		return nature{kind: DecisionDueNotice, staff: true, before: decisionDays}, true
	case DecisionOverdue:
		return nature{kind: DecisionOverdueNotice, staff: true, supervisor: true, after: []int{1, 7}}, true
	case DataSeen:
		return nature{kind: DataSeenNotice, digest: true}, true
	case HeldBack:
		return nature{digest: true}, true
	}
	return nature{}, false
}

func missingDays(days catalogue.Reminders) []int  { return days.MissingMaterial }
func decisionDays(days catalogue.Reminders) []int { return days.DecisionDue }
