package casework

import (
	"time"

	"onewindow/models"
	"onewindow/models/catalogue"
)

// EventKind is what happened. It is plain text on the wire: later versions may tell of more.
type EventKind = string

// What can happen to an application. Each is a line of the timeline, and nothing changes without one.
const (
	EventStarted             EventKind = "STARTED"
	EventAnswersSaved        EventKind = "ANSWERS_SAVED"
	EventItemChanged         EventKind = "ITEM_CHANGED"
	EventMaterialAttached    EventKind = "MATERIAL_ATTACHED"
	EventMaterialReused      EventKind = "MATERIAL_REUSED"
	EventMaterialsFetched    EventKind = "MATERIALS_FETCHED"
	EventSubmitted           EventKind = "SUBMITTED"
	EventAccepted            EventKind = "ACCEPTED"
	EventDeemedAccepted      EventKind = "DEEMED_ACCEPTED"
	EventSupplementRequested EventKind = "SUPPLEMENT_REQUESTED"
	EventSupplemented        EventKind = "SUPPLEMENTED"
	EventLapsed              EventKind = "LAPSED"
	EventStepStarted         EventKind = "STEP_STARTED"
	EventSpecialStarted      EventKind = "SPECIAL_STEP_STARTED" // a step of the item that no limit counts
	EventStepDecided         EventKind = "STEP_DECIDED"
	EventStepSkipped         EventKind = "STEP_SKIPPED"
	EventStepSuspended       EventKind = "STEP_SUSPENDED"
	EventStepResumed         EventKind = "STEP_RESUMED"
	EventExtended            EventKind = "EXTENDED"
	EventDatesMoved          EventKind = "DATES_MOVED" // by another calendar of holidays
	EventDepartmentReceived  EventKind = "DEPARTMENT_RECEIVED"
	EventDepartmentProgress  EventKind = "DEPARTMENT_PROGRESS"
	EventApproved            EventKind = "APPROVED"
	EventRejected            EventKind = "REJECTED"
	EventCompleted           EventKind = "COMPLETED"
	EventWithdrawn           EventKind = "WITHDRAWN"
	EventRated               EventKind = "RATED"
	EventRatingAnswered      EventKind = "RATING_ANSWERED"
	EventDeferred            EventKind = "DEFERRED"
	EventDeferredLate        EventKind = "DEFERRED_LATE"
	EventOverseen            EventKind = "OVERSEEN"
	EventCommitted           EventKind = "COMMITTED"
	EventCommitmentChecked   EventKind = "COMMITMENT_CHECKED"
	EventCommitmentBroken    EventKind = "COMMITMENT_BROKEN"
	EventTransferred         EventKind = "TRANSFERRED"
	EventTransferTaken       EventKind = "TRANSFER_TAKEN"
	EventExpedited           EventKind = "EXPEDITED"
	EventReassigned          EventKind = "REASSIGNED"
	EventMaterialWaived      EventKind = "MATERIAL_WAIVED"
	EventMaterialVerified    EventKind = "MATERIAL_VERIFIED"
	// Of a bundle: a wish to be handed in later, an earlier result taken over, what is still lacking at its turn, out and in again.
	EventHandInWished   EventKind = "HAND_IN_WISHED"
	EventResultReceived EventKind = "RESULT_RECEIVED"
	EventStillLacking   EventKind = "STILL_LACKING"
	EventPathBlocked    EventKind = "PATH_BLOCKED"
	EventFellOut        EventKind = "FELL_OUT"
	EventCameBack       EventKind = "CAME_BACK"
)

// Event is one thing that happened to an application. Its title and detail are kept in both languages as they were told.
type Event struct {
	ID            models.ID
	ApplicationID models.ID
	// Sequence numbers the events of one application from 1 without a gap.
	Sequence int
	At       time.Time
	Kind     EventKind
	Title    models.Text
	Detail   models.Text // nil: none
	// DepartmentCode is the department that it came from; "" for the applicant's own acts.
	DepartmentCode string
	// Department is filled for reading.
	Department *catalogue.Department
	ActorKind  models.ActorKind
	ActorID    models.ID
	// Public: shown to the applicant.
	Public bool
	Actor  *EventActor
}

// EventActor is how the timeline names who acted: staff by name for staff, others by what they are.
type EventActor struct{ DisplayName string }

// Change is what one transaction did to a case: handed, inside that transaction, to everyone who must act on it
// (messages and reminders, hand-overs to departments).
type Change struct {
	// Before is nil when the case was started.
	Before *Case
	After  *Case
	Events []*Event
	Item   *catalogue.Item
	Actor  models.Actor
	Now    time.Time
	// Started and Cancelled are the ids of the steps that became ACTIVE or CANCELLED.
	Started   []string
	Cancelled []string
	// Moved are the steps that went from one department to another.
	Moved []Moved
}

// Moved is a step that one department gave away or another got; "" where it lies with an arbiter.
type Moved struct{ Step, From, To string }
