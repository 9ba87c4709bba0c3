package auth

import (
	"slices"

	"onewindow/models"
)

// AccessRole is one kind of caller or one role of staff that a door can be open to.
type AccessRole string

// The roles of the policy table.
const (
	AccessResident      AccessRole = "RESIDENT"
	AccessVolunteer     AccessRole = "VOLUNTEER"
	AccessKiosk         AccessRole = "KIOSK"
	AccessFrontDesk     AccessRole = "FRONT_DESK"
	AccessReviewer      AccessRole = "REVIEWER"
	AccessApprover      AccessRole = "APPROVER"
	AccessIssuer        AccessRole = "ISSUER"
	AccessSupervisor    AccessRole = "SUPERVISOR"
	AccessCallAgent     AccessRole = "CALL_AGENT"
	AccessAuditor       AccessRole = "AUDITOR"
	AccessAdministrator AccessRole = "ADMINISTRATOR"
)

// entry is one line of the policy table: who has an access role.
type entry struct {
	kind models.ActorKind
	// role is the role that staff need; empty for the other kinds of caller.
	role models.Role
}

// policy is the one table of who may pass a door. What lies behind the door checks reach and ownership itself.
func policy(role AccessRole) (entry, bool) {
	switch role {
	case AccessResident:
		return entry{kind: models.Resident}, true
	case AccessVolunteer:
		return entry{kind: models.Volunteer}, true
	case AccessKiosk:
		return entry{kind: models.Kiosk}, true
	case AccessFrontDesk, AccessReviewer, AccessApprover, AccessIssuer, AccessSupervisor, AccessCallAgent, AccessAuditor, AccessAdministrator:
		return entry{kind: models.Staff, role: models.Role(role)}, true
	}
	return entry{}, false
}

// Allowed tells whether an actor has an access role. A role that the table does not know is nobody's.
func Allowed(role AccessRole, actor models.Actor) bool {
	line, known := policy(role)
	if !known || actor.Kind != line.kind {
		return false
	}
	return line.role == "" || slices.Contains(actor.Roles, line.role)
}

// Check lets an actor pass who has one of the roles: a stranger is asked to sign in, anybody else is refused. A door
// without roles is closed.
func Check(actor models.Actor, roles []AccessRole) error {
	if slices.ContainsFunc(roles, func(role AccessRole) bool { return Allowed(role, actor) }) {
		return nil
	}
	if actor.Kind == models.Anonymous || actor.Kind == "" {
		return models.NotSignedIn()
	}
	return models.NotAllowed()
}
