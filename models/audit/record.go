package audit

import (
	"time"

	"onewindow/models"
)

// Record is one look at a person's data.
type Record struct {
	ID        models.ID
	SubjectID models.ID
	At        time.Time
	Actor     Actor
	ActorID   models.ID
	// Purpose is a plain word for why, e.g. "case work".
	Purpose       models.Text
	Fields        []string
	ApplicationID models.ID // "" where it was not about one

	lot *models.Lot[*Record]
}

// Lot are the records that were read together with this one.
func (r *Record) Lot() *models.Lot[*Record] { return models.LotOf(r.lot, r) }

// Actor is who looked, as the person is told.
type Actor struct {
	Role           string
	DepartmentCode string
}

// The roles of those who act for others by a delegation.
const (
	Delegate  = "DELEGATE"
	Volunteer = "VOLUNTEER"
)

// ByDelegate tells whether somebody looked by a delegation of the person's.
func (r Record) ByDelegate() bool { return r.Actor.Role == Delegate || r.Actor.Role == Volunteer }
