package casework

import (
	"slices"

	"onewindow/models"
)

// Action is something that may happen to an application.
type Action string

// The actions of the table.
const (
	ActionEdit              Action = "EDIT"    // answers and materials of a draft
	ActionHandIn            Action = "HAND_IN" // a material that was asked for or deferred
	ActionSubmit            Action = "SUBMIT"
	ActionAccept            Action = "ACCEPT"
	ActionDeemAccept        Action = "DEEM_ACCEPT"
	ActionRequestSupplement Action = "REQUEST_SUPPLEMENT"
	ActionSupplement        Action = "SUPPLEMENT"
	ActionLapse             Action = "LAPSE"
	ActionReport            Action = "REPORT" // a line for the timeline from a department
	ActionSuspend           Action = "SUSPEND_STEP"
	ActionResume            Action = "RESUME_STEP"
	ActionExtend            Action = "EXTEND"
	ActionApproveStep       Action = "APPROVE_STEP"
	ActionRejectStep        Action = "REJECT_STEP"
	ActionIssue             Action = "ISSUE"
	ActionWithdraw          Action = "WITHDRAW"
	ActionRate              Action = "RATE"
	ActionReply             Action = "REPLY_TO_RATING"
	ActionRefuse            Action = "REFUSE_NOT_COMPETENT"
	ActionDeferredLate      Action = "DEFERRED_LATE"    // a deferred material has not come in time
	ActionCheckCommitment   Action = "CHECK_COMMITMENT" // what was promised in place of a paper
	ActionTransfer          Action = "TRANSFER"         // a piece of work goes to another department
	ActionTakeOver          Action = "TAKE_OVER"        // the department that it was handed to takes it
	ActionExpedite          Action = "EXPEDITE"
	ActionReassign          Action = "REASSIGN"
	ActionWaive             Action = "WAIVE_MATERIAL"
	ActionVerify            Action = "VERIFY_DOCUMENT" // a paper was compared with its original
)

// Party is who may bring an action about.
type Party string

// The parties of the table. Reach (whose department, whose case) is checked beside it.
const (
	TheApplicant     Party = "applicant"
	TheFrontDesk     Party = "front desk"
	TheStepsReviewer Party = "step's staff"
	TheDepartment    Party = "department system"
	TheApprover      Party = "approver"
	TheIssuer        Party = "issuer"
	TheSupervisor    Party = "supervisor"
	TheArbiter       Party = "arbiter" // a supervisor of the whole city
	TheHouse         Party = "system"
)

// ClockEffect is what an action does to the clocks.
type ClockEffect string

// The effects. The four waits are never merged.
const (
	ClockNone            ClockEffect = ""
	ClockAcceptanceRuns  ClockEffect = "acceptance starts"
	ClockPromiseRuns     ClockEffect = "promise starts"
	ClockWaits           ClockEffect = "stands still for the applicant"
	ClockGoesOn          ClockEffect = "goes on"
	ClockSpecial         ClockEffect = "stands still for a special step"
	ClockPromiseExtended ClockEffect = "promise moves"
	ClockEnds            ClockEffect = "ends"
)

// Transition is one row of the table: from, action, who, guard, effect on the clock, notice, to.
type Transition struct {
	From   State
	Action Action
	Who    []Party
	// Guard says in words what must hold besides; the code of the action checks it.
	Guard string
	Clock ClockEffect
	// Notice is the event that tells it.
	Notice EventKind
	// To are the states that it can lead to; the first is the ordinary one.
	To []State
}

// Table is the whole life of an application. Whatever is not in it is refused with CONFLICT and the present state. The
// diagram in docs/casework.md and the golden test of every state and action come from it.
var Table = []Transition{
	{Draft, ActionEdit, []Party{TheApplicant, TheHouse}, "revision as read", ClockNone, EventAnswersSaved, []State{Draft}},
	{Draft, ActionSubmit, []Party{TheApplicant, TheHouse}, "identity bound; every answer and requirement fine; all conditions met", ClockAcceptanceRuns, EventSubmitted, []State{Submitted, InReview}},
	{Draft, ActionWithdraw, []Party{TheApplicant}, "", ClockEnds, EventWithdrawn, []State{Withdrawn}},

	{Submitted, ActionAccept, []Party{TheFrontDesk, TheHouse}, "nothing missing that cannot be deferred", ClockPromiseRuns, EventAccepted, []State{InReview, Approved, Completed}},
	{Submitted, ActionDeemAccept, []Party{TheHouse}, "the acceptance days have passed without a notice", ClockPromiseRuns, EventDeemedAccepted, []State{InReview, Approved, Completed}},
	{Submitted, ActionRequestSupplement, []Party{TheFrontDesk, TheSupervisor}, "once; a second by a supervisor's recorded override, and only for what the first named", ClockWaits, EventSupplementRequested, []State{SupplementRequired}},
	{Submitted, ActionTransfer, []Party{TheFrontDesk, TheArbiter}, "another department; an arbiter after the second refusal", ClockNone, EventTransferred, []State{Submitted}},
	{Submitted, ActionTakeOver, []Party{TheFrontDesk}, "handed over and not yet taken", ClockNone, EventTransferTaken, []State{Submitted}},
	{Submitted, ActionExpedite, []Party{TheApprover, TheSupervisor}, "authority and reason; once", ClockNone, EventExpedited, []State{Submitted}},
	{Submitted, ActionReassign, []Party{TheApprover, TheSupervisor}, "authority and reason", ClockNone, EventReassigned, []State{Submitted}},
	{Submitted, ActionWaive, []Party{TheApprover, TheSupervisor}, "authority and reason; material open and one that may be waived", ClockNone, EventMaterialWaived, []State{Submitted}},
	{Submitted, ActionVerify, []Party{TheFrontDesk}, "an uploaded paper that is there; not somebody else's lease", ClockNone, EventMaterialVerified, []State{Submitted}},
	{Submitted, ActionRefuse, []Party{TheFrontDesk}, "another department is competent, and named", ClockEnds, EventRejected, []State{Rejected}},
	{Submitted, ActionWithdraw, []Party{TheApplicant}, "", ClockEnds, EventWithdrawn, []State{Withdrawn}},

	{SupplementRequired, ActionHandIn, []Party{TheApplicant}, "asked for or deferred", ClockNone, EventMaterialAttached, []State{SupplementRequired}},
	{SupplementRequired, ActionSupplement, []Party{TheApplicant}, "all that was asked for is there", ClockGoesOn, EventSupplemented, []State{InReview, Submitted}},
	{SupplementRequired, ActionLapse, []Party{TheHouse}, "the supplement deadline has passed", ClockEnds, EventLapsed, []State{Lapsed}},
	{SupplementRequired, ActionReport, []Party{TheDepartment}, "step active", ClockNone, EventDepartmentProgress, []State{SupplementRequired}},
	{SupplementRequired, ActionApproveStep, []Party{TheStepsReviewer, TheDepartment}, "another step asked; task role; not somebody else's lease", ClockNone, EventStepDecided, []State{SupplementRequired}},
	{SupplementRequired, ActionRejectStep, []Party{TheApprover, TheDepartment}, "another step asked", ClockEnds, EventRejected, []State{Rejected}},
	{SupplementRequired, ActionSuspend, []Party{TheStepsReviewer}, "another step asked; with a notice number", ClockSpecial, EventStepSuspended, []State{SupplementRequired}},
	{SupplementRequired, ActionResume, []Party{TheStepsReviewer}, "step stands still", ClockGoesOn, EventStepResumed, []State{SupplementRequired}},
	{SupplementRequired, ActionTransfer, []Party{TheStepsReviewer, TheArbiter}, "another step asked; another department; an arbiter after the second refusal", ClockNone, EventTransferred, []State{SupplementRequired}},
	{SupplementRequired, ActionTakeOver, []Party{TheStepsReviewer, TheDepartment}, "another step asked; handed over and not yet taken", ClockNone, EventTransferTaken, []State{SupplementRequired}},
	{SupplementRequired, ActionExpedite, []Party{TheApprover, TheSupervisor}, "authority and reason; once", ClockNone, EventExpedited, []State{SupplementRequired}},
	{SupplementRequired, ActionReassign, []Party{TheApprover, TheSupervisor}, "another step asked; authority and reason", ClockNone, EventReassigned, []State{SupplementRequired}},
	{SupplementRequired, ActionWaive, []Party{TheApprover, TheSupervisor}, "authority and reason; material open and one that may be waived", ClockGoesOn, EventMaterialWaived, []State{SupplementRequired}},
	{SupplementRequired, ActionDeferredLate, []Party{TheHouse}, "a deferred material's date has passed; told once", ClockNone, EventDeferredLate, []State{SupplementRequired}},
	{SupplementRequired, ActionCheckCommitment, []Party{TheStepsReviewer}, "of the lead department; a promise not checked yet, or broken and now repaired", ClockNone, EventCommitmentChecked, []State{SupplementRequired}},
	{SupplementRequired, ActionVerify, []Party{TheStepsReviewer}, "another step asked; an uploaded paper that the step sees; not somebody else's lease", ClockNone, EventMaterialVerified, []State{SupplementRequired}},
	{SupplementRequired, ActionWithdraw, []Party{TheApplicant}, "", ClockEnds, EventWithdrawn, []State{Withdrawn}},

	{InReview, ActionHandIn, []Party{TheApplicant}, "deferred at acceptance", ClockNone, EventMaterialAttached, []State{InReview}},
	{InReview, ActionReport, []Party{TheDepartment}, "step active", ClockNone, EventDepartmentProgress, []State{InReview}},
	{InReview, ActionRequestSupplement, []Party{TheStepsReviewer, TheDepartment, TheSupervisor}, "once for each step; a second by a supervisor's recorded override, and only for what the first named", ClockWaits, EventSupplementRequested, []State{SupplementRequired}},
	{InReview, ActionSuspend, []Party{TheStepsReviewer}, "with a notice number", ClockSpecial, EventStepSuspended, []State{InReview}},
	{InReview, ActionResume, []Party{TheStepsReviewer}, "step stands still", ClockGoesOn, EventStepResumed, []State{InReview}},
	{InReview, ActionExtend, []Party{TheApprover}, "once; authority and reason; days within the item's and the official's limits; the legal limit not passed", ClockPromiseExtended, EventExtended, []State{InReview}},
	{InReview, ActionTransfer, []Party{TheStepsReviewer, TheArbiter}, "step active; another department; an arbiter after the second refusal", ClockNone, EventTransferred, []State{InReview}},
	{InReview, ActionTakeOver, []Party{TheStepsReviewer, TheDepartment}, "handed over and not yet taken", ClockNone, EventTransferTaken, []State{InReview}},
	{InReview, ActionExpedite, []Party{TheApprover, TheSupervisor}, "authority and reason; once", ClockNone, EventExpedited, []State{InReview}},
	{InReview, ActionReassign, []Party{TheApprover, TheSupervisor}, "step active; authority and reason", ClockNone, EventReassigned, []State{InReview}},
	{InReview, ActionWaive, []Party{TheApprover, TheSupervisor}, "authority and reason; material open and one that may be waived", ClockNone, EventMaterialWaived, []State{InReview}},
	{InReview, ActionApproveStep, []Party{TheStepsReviewer, TheDepartment}, "step active; task role; not somebody else's lease", ClockNone, EventStepDecided, []State{InReview, Approved, Completed}},
	{InReview, ActionRejectStep, []Party{TheApprover, TheDepartment}, "step active", ClockEnds, EventRejected, []State{Rejected}},
	{InReview, ActionDeferredLate, []Party{TheHouse}, "a deferred material's date has passed; told once", ClockNone, EventDeferredLate, []State{InReview}},
	{InReview, ActionCheckCommitment, []Party{TheStepsReviewer}, "of the lead department; a promise not checked yet, or broken and now repaired", ClockNone, EventCommitmentChecked, []State{InReview}},
	{InReview, ActionVerify, []Party{TheStepsReviewer}, "an uploaded paper that the step sees; not somebody else's lease", ClockNone, EventMaterialVerified, []State{InReview}},
	{InReview, ActionWithdraw, []Party{TheApplicant}, "", ClockEnds, EventWithdrawn, []State{Withdrawn}},

	{Approved, ActionCheckCommitment, []Party{TheStepsReviewer}, "of the lead department; a promise not checked yet, or broken and now repaired", ClockNone, EventCommitmentChecked, []State{Approved}},
	{Approved, ActionIssue, []Party{TheIssuer, TheHouse}, "", ClockNone, EventCompleted, []State{Completed}},

	{Completed, ActionCheckCommitment, []Party{TheStepsReviewer}, "of the lead department; a promise not checked yet, or broken and now repaired", ClockNone, EventCommitmentChecked, []State{Completed}},
	{Completed, ActionReply, []Party{TheSupervisor}, "an unhappy rating not answered yet", ClockNone, EventRatingAnswered, []State{Completed}},
	{Rejected, ActionReply, []Party{TheSupervisor}, "an unhappy rating not answered yet", ClockNone, EventRatingAnswered, []State{Rejected}},
	{Completed, ActionRate, []Party{TheApplicant}, "once, and one follow-up", ClockNone, EventRated, []State{Completed}},
	{Rejected, ActionRate, []Party{TheApplicant}, "once, and one follow-up", ClockNone, EventRated, []State{Rejected}},
}

// permit finds the row of the table, or says that it cannot be.
func permit(state State, action Action) (Transition, error) {
	for _, row := range Table {
		if row.From == state && row.Action == action {
			return row, nil
		}
	}
	return Transition{}, refused(state)
}

// enter moves the case along a row; a state that the row does not lead to is a fault of this program.
func (c *Case) enter(row Transition, to State) {
	if !slices.Contains(row.To, to) {
		panic("casework: " + string(row.From) + " does not lead to " + string(to) + " by " + string(row.Action)) //nolint:forbidigo // a fault of this program: nothing of the transaction may stay
	}
	c.State = to
}

// refused is the answer to what the table does not allow.
func refused(state State) *models.Fault {
	label := StateLabel(state)
	return models.Conflict(models.T(
		"申请当前状态为“"+label.In(models.Chinese)+"”，不能进行这项操作",
		"The application stands at “"+label.In(models.English)+"”; this cannot be done now",
	), string(state))
}
