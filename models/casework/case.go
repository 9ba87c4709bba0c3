package casework

import (
	"time"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/delegation"
	"onewindow/models/material"
)

// State is where an application stands in its life.
type State string

// The states of design: DRAFT to COMPLETED, and the four other ends.
const (
	Draft              State = "DRAFT"
	Submitted          State = "SUBMITTED"
	SupplementRequired State = "SUPPLEMENT_REQUIRED"
	InReview           State = "IN_REVIEW"
	Approved           State = "APPROVED"
	Rejected           State = "REJECTED"
	Completed          State = "COMPLETED"
	Withdrawn          State = "WITHDRAWN"
	Lapsed             State = "LAPSED"
)

// Final tells that nothing but a rating can follow.
func (s State) Final() bool {
	switch s {
	case Rejected, Completed, Withdrawn, Lapsed:
		return true
	}
	return false
}

// Channel is the way by which an application was begun.
type Channel string

// The channels of the contract.
const (
	App         Channel = "APP"
	MiniProgram Channel = "MINI_PROGRAM"
	KioskDevice Channel = "KIOSK"
	Window      Channel = "WINDOW"
	CallCentre  Channel = "CALL_CENTRE"
	Web         Channel = "WEB"
)

// StepState is where a department's part stands.
type StepState string

// The states of a step.
const (
	StepWaiting   StepState = "WAITING"
	StepActive    StepState = "ACTIVE"
	StepSuspended StepState = "SUSPENDED"
	StepDone      StepState = "DONE"
	StepSkipped   StepState = "SKIPPED"
	StepCancelled StepState = "CANCELLED"
)

// Decision is what a step ends with.
type Decision string

// The two decisions.
const (
	Approve Decision = "APPROVE"
	Reject  Decision = "REJECT"
)

// Case is an application as it is stored: one row, one revision. Everything that people read of it is derived.
type Case struct {
	ID          models.ID
	Number      string // "" until it is submitted
	ItemCode    string
	ItemVersion int
	Lead        string // department code
	SubjectID   models.ID
	ApplicantID models.ID
	State       State
	Channel     Channel
	Revision    int
	Priority    int
	CreatedAt   time.Time
	SubmittedAt *time.Time
	// ReceivedAt is when the last piece that acceptance waits for came in; the acceptance days count from it.
	ReceivedAt *time.Time
	AcceptedAt *time.Time
	FinishedAt *time.Time
	// WakeAt is the earliest moment at which the house itself has to act: deemed acceptance or lapse.
	WakeAt *time.Time
	// Calendar is the fingerprint of the calendar that its dates are computed with, from submission on.
	Calendar string
	// Progress is everything else that moves, kept together on disk with the row.
	Progress Progress
	// Answers are the form's answers in their normal form, sealed in the database.
	Answers   map[string]Answer
	LastEvent *Event

	// acting is the delegation by which it is being acted on; nil: nobody acts for another. It is never stored.
	acting *delegation.Delegation
}

// Progress is the part of a case that is stored as one JSON value.
type Progress struct {
	Steps        []StepProgress         `json:"steps"`
	Requirements []material.Requirement `json:"requirements"`
	// Stops are the waits and the extension: what the due date is computed from.
	Stops      []calendar.Segment `json:"stops,omitempty"`
	Supplement *Supplement        `json:"supplement,omitempty"`
	// Noticed names the stages ("acceptance" or a step's id) that have given their one supplement notice.
	Noticed []string `json:"noticed,omitempty"`
	// Notices are the notices themselves, in their order.
	Notices []Notice `json:"notices,omitempty"`
	// LateTold names the deferred requirements whose delay has been told.
	LateTold   []string    `json:"lateTold,omitempty"`
	Oversights []Oversight `json:"oversights,omitempty"`
	// RightOffice is the department that was named when this one turned out not to be competent.
	RightOffice string          `json:"rightOffice,omitempty"`
	Results     []Result        `json:"results,omitempty"`
	Rating      *RatingProgress `json:"rating,omitempty"`
	Deemed      bool            `json:"deemed,omitempty"`
	// Acceptance tells how the acceptance went from department to department; a step's own way stands with the step.
	Acceptance Handing `json:"acceptance,omitzero"`
	// Expedited: an official has put it before everything else.
	Expedited bool `json:"expedited,omitempty"`
	// Bundle is set where it was begun with others as one matter.
	Bundle *Part `json:"bundle,omitempty"`
	// SeenVersion is the version of the item that the applicant of a draft knows of; 0: the draft's own.
	SeenVersion int `json:"seenVersion,omitempty"`
	// EventCount numbers the events of the timeline.
	EventCount int `json:"eventCount"`
}

// Answer is one answer and where it came from.
type Answer struct {
	Value string `json:"v"`
	// Source names where a prefilled value came from, e.g. "identity"; empty: the applicant's own.
	Source string     `json:"s,omitempty"`
	At     *time.Time `json:"a,omitempty"`
	// From says the source in words where its name alone does not.
	From models.Text `json:"f,omitempty"`
	// Aside: the item as it is now does not ask it; it counts again if it is asked again while this is a draft.
	Aside bool `json:"x,omitempty"`
}

// StepProgress is one department's part.
type StepProgress struct {
	ID         string     `json:"id"`
	Department string     `json:"department"`
	State      StepState  `json:"state"`
	StartedAt  *time.Time `json:"startedAt,omitempty"`
	FinishedAt *time.Time `json:"finishedAt,omitempty"`
	Decision   Decision   `json:"decision,omitempty"`
	// Stops are the waits of this step alone.
	Stops   []calendar.Segment `json:"stops,omitempty"`
	Handing Handing            `json:"handing,omitzero"`
}

// Supplement is the notice that is open now.
type Supplement struct {
	// Stage is "acceptance" or the id of the step that asked.
	Stage       string    `json:"stage"`
	RequestedAt time.Time `json:"requestedAt"`
	DueAt       time.Time `json:"dueAt"`
	Note        string    `json:"note,omitempty"`
	Keys        []string  `json:"keys"` // requirement keys
}

// Result is one document that approval issued.
type Result struct {
	DocumentID models.ID      `json:"documentId"`
	Material   string         `json:"material"`
	Method     DeliveryMethod `json:"method"`
	State      DeliveryState  `json:"state"`
	// ExpiresOn is the last day on which it holds; nil: it does not end.
	ExpiresOn *models.Date `json:"expiresOn,omitempty"`
}

// DeliveryMethod is how a result reaches its owner.
type DeliveryMethod string

// The ways of delivery.
const (
	Electronic DeliveryMethod = "ELECTRONIC"
	Pickup     DeliveryMethod = "PICKUP"
	Post       DeliveryMethod = "POST"
)

// DeliveryState is how far delivery has come.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryPending   DeliveryState = "PENDING"
	DeliveryReady     DeliveryState = "READY"
	DeliveryDelivered DeliveryState = "DELIVERED"
)
