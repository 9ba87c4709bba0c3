package callcentre

import (
	"time"

	"onewindow/models"
)

// Assurance is how well the caller is known.
type Assurance string

// Not at all, or by a code sent to the phone on file.
const (
	AssuranceNone     Assurance = "NONE"
	AssuranceVerified Assurance = "VERIFIED"
)

// RevealField is one field that can be revealed.
type RevealField string

// The fields that can be revealed.
const (
	RevealPhone      RevealField = "PHONE"
	RevealNationalID RevealField = "NATIONAL_ID"
	RevealName       RevealField = "NAME"
	RevealAddress    RevealField = "ADDRESS"
)

// Call is one call at the desk.
type Call struct {
	ID                models.ID
	OpenedAt          time.Time
	ClosedAt          *time.Time
	CallerMaskedPhone *string
	Assurance         Assurance
	Note              *string
}

// Advice is what a caller should do next, in plain words.
type Advice struct{ Title, Text models.Text }
