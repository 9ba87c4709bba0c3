package casework

import (
	"time"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/catalogue"
	"onewindow/models/material"
	"onewindow/models/resident"
)

// Application is what a reader sees of a case: derived from it at one moment, in one go, with nothing left to ask for.
// Moments are RFC 3339 on the wire; days are working days unless the item promises calendar days.
type Application struct {
	ID          models.ID
	Number      *string
	Revision    int
	State       State
	StateLabel  models.Text
	Channel     Channel
	Item        *catalogue.Item
	SubmittedAt *time.Time
	AcceptedAt  *time.Time
	DueAt       *time.Time
	FinishedAt  *time.Time
	Deadline    *calendar.Deadline
	NextAction  *NextAction
	Steps       []*Step
	Missing     []*material.RequirementView
	Supplement  *SupplementView
	Checklist   []*material.RequirementView
	LastEvent   *Event
	Rating      *Rating
	SubjectID   models.ID
	ApplicantID models.ID
	// ItemChange is what the applicant of a draft has to know of its item before handing it in; nil: nothing.
	ItemChange *models.Problem

	// lead is the department that accepts it.
	lead *catalogue.Department
	// RightOffice is the department that is competent, where this one was not.
	RightOffice *catalogue.Department

	// appeal is the way of appeal, cityItems what can be begun elsewhere, seenAt the moment of the view.
	appeal    models.Text
	cityItems []*catalogue.Item
	seenAt    time.Time
	// stored is the case that it was made from, for the fields that are asked for more rarely.
	stored *Case
	// lot are the applications that were read together with it; nil: none were.
	lot *models.Lot[*Application]
	// people are those of a list that were read for all its rows at once.
	people map[models.ID]*resident.Resident
	// refusedAnswers are what a save has just refused: shown with the form of the same answer.
	refusedAnswers []*models.Problem
	// beforeSubmission: the reader asks how the draft stands, so that an answer which is not there yet is a problem too.
	beforeSubmission bool
}

// Step is a department's part as people see it.
type Step struct {
	ID         string
	Name       models.Text
	Department *catalogue.Department
	State      StepState
	StartedAt  *time.Time
	DueAt      *time.Time
	FinishedAt *time.Time
	Decision   *Decision
	DependsOn  []string
	// withArbiter: it is being decided whose it is.
	withArbiter bool
}

// NextActor is who has to act.
type NextActor string

// Who can be waited for.
const (
	NextApplicant  NextActor = "APPLICANT"
	NextDepartment NextActor = "DEPARTMENT"
	NextNobody     NextActor = "NOBODY"
)

// NextAction says who has to do what by when, in plain words. It is derived, never stored.
type NextAction struct {
	Who        NextActor
	Title      models.Text
	Detail     models.Text
	DueAt      *time.Time
	Department *catalogue.Department
}

// SupplementView is the open notice as people see it.
type SupplementView struct {
	RequestedAt time.Time
	DueAt       time.Time
	Note        *string
}

// FormField is one question with this application's answer.
type FormField struct {
	Key           string
	Type          catalogue.FieldType
	Label         models.Text
	Required      bool
	Visible       bool
	Value         *string
	Prefilled     bool
	PrefilledFrom models.Text
	PrefilledAt   *time.Time
	Choices       []*catalogue.Choice
	Problem       *models.Problem
}

// ApplicationResult is one document that approval issued.
type ApplicationResult struct {
	ID        models.ID
	Material  *catalogue.Material
	Number    *string
	IssuedOn  *models.Date
	ExpiresOn *models.Date
	Delivery  *ResultDelivery
}

// ResultDelivery is how a result reaches its owner and how far it has come.
type ResultDelivery struct {
	Method DeliveryMethod
	State  DeliveryState
}

// Rating is what the applicant thought of it.
type Rating struct {
	Stars     int
	Comment   *string
	Tags      []string
	CreatedAt time.Time
	Reply     *RatingReply
	// FollowUp is the one further rating that was given later.
	FollowUp *Rating
}

// RatingReply is the office's answer to a rating.
type RatingReply struct {
	Text    string
	At      time.Time
	Outcome RatingOutcome
}

// Receipt is the proof of having handed in.
type Receipt struct {
	Number   string
	Text     models.Text
	QRText   string
	IssuedAt time.Time
}

// ProgressUpdate is what a watcher is sent: one event, and the application as it stands now.
type ProgressUpdate struct {
	Event       *Event
	Application *Application
}
