package payload

import (
	"time"

	"onewindow/auth"
	"onewindow/models"
	"onewindow/models/bundle"
	"onewindow/models/callcentre"
	"onewindow/models/casework"
	"onewindow/models/delegation"
	"onewindow/models/identity"
	"onewindow/models/kiosk"
	"onewindow/models/material"
	"onewindow/models/resident"
	"onewindow/notify"
)

// The answers of the schema's mutations, field for field.
type (
	// Done is a plain acknowledgement.
	Done struct{ Done bool }

	LoginCode struct {
		SentTo             *string
		ExpiresAt, RetryAt *time.Time
		Problems           []*models.Problem
	}
	SignIn struct {
		Session  *auth.Session
		Viewer   *resident.Resident
		Problems []*models.Problem
	}
	Refreshed struct {
		Session  *auth.Session
		Problems []*models.Problem
	}
	StaffSession struct {
		Session  *auth.Session
		Staff    *casework.StaffMember
		Problems []*models.Problem
	}
	Device struct {
		Device   *auth.Device
		Problems []*models.Problem
	}
	Bound struct {
		Identity *identity.Binding
		Problems []*models.Problem
	}
	Confirmed struct {
		Confirmed *bool
		Problems  []*models.Problem
	}
	Phones struct {
		Phones   []*resident.Phone
		Problems []*models.Problem
	}
	Requirement struct {
		Requirement *material.RequirementView
		Problems    []*models.Problem
	}
	Application struct {
		Application *casework.Application
		Problems    []*models.Problem
	}
	Rated struct {
		Rating   *casework.Rating
		Problems []*models.Problem
	}
	Task struct {
		Task        *casework.Task
		Application *casework.Application
		Problems    []*models.Problem
	}
	Intervened struct {
		Intervention *casework.Intervention
		Application  *casework.Application
		Problems     []*models.Problem
	}
	BundleCase struct {
		BundleCase *bundle.Case
		Problems   []*models.Problem
	}
	NotificationSettings struct {
		Settings *notify.Settings
		Problems []*models.Problem
	}
	Read       struct{ UnreadCount int }
	Delegation struct {
		Delegation *delegation.Delegation
		Problems   []*models.Problem
	}
	Volunteer struct {
		Volunteer *delegation.Volunteer
		Problems  []*models.Problem
	}
	HelpAsked struct {
		Request  *delegation.HelpRequest
		Problems []*models.Problem
	}
	SecondContact struct {
		SecondContact *delegation.SecondContact
		Problems      []*models.Problem
	}
	Cancelled struct {
		Cancelled bool
		Problems  []*models.Problem
	}
	Consents struct {
		Consents []*identity.Consent
		Purposes []*identity.PurposeView
		Problems []*models.Problem
	}
	KioskSignedIn struct {
		DeviceSession *kiosk.DeviceSession
		Kiosk         *kiosk.Kiosk
		Problems      []*models.Problem
	}
	KioskSession struct {
		Session  *kiosk.Session
		Viewer   *resident.Resident
		Problems []*models.Problem
	}
	PairingApproved struct {
		Approved *bool
		Problems []*models.Problem
	}
	Call struct {
		Call     *callcentre.Call
		Problems []*models.Problem
	}
	CallerCode struct {
		SentTo   *string
		Problems []*models.Problem
	}
	Revealed struct {
		Value    *string
		Problems []*models.Problem
	}
	Reminded struct {
		Message  *notify.Message
		Problems []*models.Problem
	}
)

// ConsentsOf answers who has said yes or no to a purpose.
func ConsentsOf(told *identity.Told, problems []*models.Problem) *Consents {
	if told == nil {
		told = &identity.Told{}
	}
	return &Consents{Consents: told.Consents, Purposes: told.Purposes, Problems: problems}
}
