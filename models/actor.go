package models

import "slices"

// ActorKind is one of the kinds of caller.
type ActorKind string

// The kinds of caller. VOLUNTEER is a service point's volunteer with an account like staff's. SYSTEM is the house itself: watchdogs, lapses, automatic acceptance.
const (
	Anonymous  ActorKind = "ANONYMOUS"
	Resident   ActorKind = "RESIDENT"
	Staff      ActorKind = "STAFF"
	Volunteer  ActorKind = "VOLUNTEER"
	Kiosk      ActorKind = "KIOSK"
	Department ActorKind = "DEPARTMENT"
	System     ActorKind = "SYSTEM"
)

// Role is what a staff member may do.
type Role string

// The roles of staff.
const (
	FrontDesk     Role = "FRONT_DESK"
	Reviewer      Role = "REVIEWER"
	Approver      Role = "APPROVER"
	Issuer        Role = "ISSUER"
	Supervisor    Role = "SUPERVISOR"
	CallAgent     Role = "CALL_AGENT"
	Auditor       Role = "AUDITOR"
	Administrator Role = "ADMINISTRATOR"
	// HelpsOthers makes an account a volunteer's, who is no staff: it opens what residents do, for people who have said yes.
	HelpsOthers Role = "VOLUNTEER"
)

// Actor is who is asking: passed to every use case, never taken from the context inside a room.
type Actor struct {
	Kind ActorKind
	// ID is the resident's, staff member's or kiosk's identifier; empty for departments, the system and strangers.
	ID ID
	// SessionID is the signed-in session; empty where there is none.
	SessionID ID
	// Username and DisplayName are a staff member's, shown to colleagues and on the timeline; empty for everyone else.
	Username    string
	DisplayName string
	// DepartmentCode is the staff member's or the calling system's department.
	DepartmentCode string
	Roles          []Role
	// CityReach: not bound to the own department (unified intake, supervision).
	CityReach bool
	// SubjectID: on a kiosk, the person whose session it is.
	SubjectID ID
	// Address is the caller's network address, for budgets; never stored beside personal data.
	Address string
	Locale  Locale
}

// Has tells whether the actor is staff with one of the roles.
func (a Actor) Has(roles ...Role) bool {
	return a.Kind == Staff && slices.ContainsFunc(roles, func(role Role) bool { return slices.Contains(a.Roles, role) })
}

// Reaches tells whether a department's work lies within the actor's reach.
func (a Actor) Reaches(departmentCode string) bool {
	return a.CityReach || (a.DepartmentCode != "" && a.DepartmentCode == departmentCode)
}

// MayBeDelegate tells whether the actor can hold a delegation: residents, and volunteers with an account of their own.
func (a Actor) MayBeDelegate() bool { return a.Kind == Resident || a.Kind == Volunteer }

// PersonID is the resident on whose account a caller acts: the resident, the person at the kiosk, or the record that stands for a
// volunteer's account, which is nobody's subject.
func (a Actor) PersonID() ID {
	switch a.Kind {
	case Resident, Volunteer:
		return a.ID
	case Kiosk:
		return a.SubjectID
	}
	return ""
}

// SystemActor is the house itself.
func SystemActor() Actor { return Actor{Kind: System, Locale: Chinese} }
