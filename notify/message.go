package notify

import (
	"time"

	"onewindow/models"
)

// Kind is what a message is about. It names the template too. It is plain text on the wire: later versions may tell of more.
type Kind = string

// What people are told. The first group follows from a change of a case, the second are reminders, the rest notices.
const (
	Submitted           Kind = "SUBMITTED"
	Accepted            Kind = "ACCEPTED"
	DeemedAccepted      Kind = "DEEMED_ACCEPTED"
	SupplementRequested Kind = "SUPPLEMENT_REQUESTED"
	Supplemented        Kind = "SUPPLEMENTED"
	StepSuspended       Kind = "STEP_SUSPENDED"
	Extended            Kind = "EXTENDED"
	DatesMoved          Kind = "DATES_MOVED"
	Approved            Kind = "APPROVED"
	Rejected            Kind = "REJECTED"
	Completed           Kind = "COMPLETED"
	RatingInvitation    Kind = "RATING_INVITATION"
	Lapsed              Kind = "LAPSED"
	Withdrawn           Kind = "WITHDRAWN"
	// Of a bundle: a member's turn has come and something is lacking; a member cannot go on without another's result.
	StillLacking     Kind = "STILL_LACKING"
	PathBlocked      Kind = "PATH_BLOCKED"
	Deferred         Kind = "DEFERRED"
	DeferredLate     Kind = "DEFERRED_LATE"
	RatingAnswered   Kind = "RATING_ANSWERED"
	CommitmentBroken Kind = "COMMITMENT_BROKEN"

	MissingMaterialReminder  Kind = "MISSING_MATERIAL"
	SupplementReadyReminder  Kind = "SUPPLEMENT_READY"
	DeferredMaterialReminder Kind = "DEFERRED_MATERIAL"
	DocumentExpiresReminder  Kind = "DOCUMENT_EXPIRES"
	// A document of a wallet ends; to its owner, and to the guardians of a minor.
	DocumentEndsReminder     Kind = "WALLET_DOCUMENT_ENDS"
	WardDocumentEndsReminder Kind = "WARD_DOCUMENT_ENDS"
	ResultWaitsReminder      Kind = "RESULT_WAITS"
	RatingReminder           Kind = "RATING_WAITS"
	DraftReminder            Kind = "DRAFT_FORGOTTEN"
	DataSeenNotice           Kind = "DATA_SEEN"
	// Digest is one message in the morning with all that could wait.
	Digest Kind = "DIGEST"

	// What staff are told; it stays in the house.
	AcceptanceDueNotice   Kind = "ACCEPTANCE_DUE"
	DecisionDueNotice     Kind = "DECISION_DUE"
	DecisionOverdueNotice Kind = "DECISION_OVERDUE"

	SessionEnded Kind = "SESSION_ENDED"
	NewDevice    Kind = "NEW_DEVICE"
	FileInfected Kind = "FILE_INFECTED"
	// Of the identity: a phone asks to join (its message's id is the request's, for ConfirmBinding), one joined, one was taken
	// away, the binding was taken back; the last department has answered, some never did.
	BindingRequested Kind = "BINDING_REQUESTED"
	PhoneJoined      Kind = "PHONE_JOINED"
	PhoneRemoved     Kind = "PHONE_REMOVED"
	IdentityUnbound  Kind = "IDENTITY_UNBOUND"
	IdentityLinked   Kind = "IDENTITY_LINKED"
	IdentityUnlinked Kind = "IDENTITY_UNLINKED"
	// ConsentWithdrawn says that what a purpose allowed has ended.
	ConsentWithdrawn Kind = "CONSENT_WITHDRAWN"
	// DataExported says that a copy of the person's data was asked for.
	DataExported Kind = "DATA_EXPORTED"
	// Of delegations: offered to their delegate, accepted, ended.
	DelegationOffered  Kind = "DELEGATION_OFFERED"
	DelegationAccepted Kind = "DELEGATION_ACCEPTED"
	DelegationOver     Kind = "DELEGATION_OVER"
	// Of volunteers. The codes and the word to a second contact go out by SMS and stand in no inbox.
	HelpCode             Kind = "HELP_CODE"
	SecondContactCode    Kind = "SECOND_CONTACT_CODE"
	HelpedContact        Kind = "HELPED_CONTACT"
	SecondContactChanged Kind = "SECOND_CONTACT_CHANGED"
	HelpBegun            Kind = "HELP_BEGUN"
	HelpedHandIn         Kind = "HELPED_HAND_IN"
	HelpCancelled        Kind = "HELP_CANCELLED"
	HelpCancelledNotice  Kind = "HELP_CANCELLED_NOTICE"
	VolunteerEnrolled    Kind = "VOLUNTEER_ENROLLED"
	VolunteerEnded       Kind = "VOLUNTEER_ENDED"
	LoginCode            Kind = "LOGIN_CODE"
	EmailCode            Kind = "EMAIL_CODE"
)

// Params are what a message's texts are made of. They hold codes, public names, numbers and days, nothing personal: names
// as they stood in the catalogue when the person was told, so that what was said stays what was said.
type Params struct {
	Number    string       `json:"number,omitempty"`
	ItemCode  string       `json:"itemCode,omitempty"`
	Item      models.Text  `json:"item,omitempty"`
	Materials []Named      `json:"materials,omitempty"`
	Steps     []Named      `json:"steps,omitempty"`
	Day       *models.Date `json:"day,omitempty"`
	DaysLeft  *int         `json:"daysLeft,omitempty"`
	Results   []ResultWay  `json:"results,omitempty"`
	// Count is how many lines a digest has, Lines are those that it shows.
	Count *int        `json:"count,omitempty"`
	Lines []Line      `json:"lines,omitempty"`
	Code  string      `json:"-"` // a one-time code is never stored
	Note  models.Text `json:"-"` // a clerk's own words are stored sealed, beside the parameters
	// About says with masked names who asks what; it goes out with the code that agrees to it, and is never stored.
	About models.Text `json:"-"`
}

// Named is something of the catalogue with its public name.
type Named struct {
	Key  string      `json:"key"`
	Name models.Text `json:"name"`
}

// Line is one part of a digest: a message of its own kind, in short.
type Line struct {
	Kind    Kind   `json:"kind"`
	Version int    `json:"version"`
	Params  Params `json:"params"`
}

// ResultWay is a way in which results reach their owner: ELECTRONIC, PICKUP or POST.
type ResultWay string

// Message is what a person was told, rendered for reading in every language of the house.
type Message struct {
	ID            models.ID
	At            time.Time
	Kind          Kind
	Title         models.Text
	Body          models.Text
	ReadAt        *time.Time
	Urgent        bool
	ApplicationID *models.ID

	lot *models.Lot[*Message]
}

// Lot are the messages that were read together with this one.
func (m *Message) Lot() *models.Lot[*Message] { return models.LotOf(m.lot, m) }

// Inbox is one page of a person's messages, newest first.
type Inbox struct {
	TotalCount  int
	UnreadCount int
	Edges       []*models.Edge[*Message]
	PageInfo    models.PageInfo
}

// notice is a message that is about to be written.
type notice struct {
	id                models.ID // "": a new one
	residentID        models.ID
	kind              Kind
	applicationID     models.ID
	applicationNumber string
	params            Params
	planKey           string // of a reminder; "" otherwise
	inboxOnly         bool   // nobody is to be reached by any channel
}
