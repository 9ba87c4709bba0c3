package auth_test

import (
	"testing"

	"onewindow/auth"
	"onewindow/models"
)

// Who passes which door. A line is a caller, a column an access role.
func TestPolicy(t *testing.T) {
	all := []auth.AccessRole{
		auth.AccessResident, auth.AccessVolunteer, auth.AccessKiosk, auth.AccessFrontDesk, auth.AccessReviewer, auth.AccessApprover,
		auth.AccessIssuer, auth.AccessSupervisor, auth.AccessCallAgent, auth.AccessAuditor, auth.AccessAdministrator, "JANITOR", "",
	}
	staff := func(roles ...models.Role) models.Actor { return models.Actor{Kind: models.Staff, Roles: roles} }
	tests := []struct {
		name   string
		actor  models.Actor
		passes []auth.AccessRole
	}{
		{"a stranger", models.Actor{Kind: models.Anonymous}, nil},
		{"nobody", models.Actor{}, nil},
		{"a resident", models.Actor{Kind: models.Resident}, []auth.AccessRole{"RESIDENT"}},
		{"a resident who claims a role", models.Actor{Kind: models.Resident, Roles: []models.Role{models.Administrator}}, []auth.AccessRole{"RESIDENT"}},
		{"a volunteer", models.Actor{Kind: models.Volunteer}, []auth.AccessRole{"VOLUNTEER"}},
		{"a volunteer who claims a role", models.Actor{Kind: models.Volunteer, Roles: []models.Role{models.Supervisor}}, []auth.AccessRole{"VOLUNTEER"}},
		{"a kiosk", models.Actor{Kind: models.Kiosk}, []auth.AccessRole{"KIOSK"}},
		{"a department's system", models.Actor{Kind: models.Department}, nil},
		{"the house itself has no door to pass", models.SystemActor(), nil},
		{"staff without a role", staff(), nil},
		{"the front desk", staff(models.FrontDesk), []auth.AccessRole{"FRONT_DESK"}},
		{"an approver who issues", staff(models.Approver, models.Issuer), []auth.AccessRole{"APPROVER", "ISSUER"}},
		{"a supervisor", staff(models.Supervisor), []auth.AccessRole{"SUPERVISOR"}},
		{"a call agent", staff(models.CallAgent), []auth.AccessRole{"CALL_AGENT"}},
		{"an auditor", staff(models.Auditor), []auth.AccessRole{"AUDITOR"}},
		{"an administrator", staff(models.Administrator), []auth.AccessRole{"ADMINISTRATOR"}},
		{"a reviewer", staff(models.Reviewer), []auth.AccessRole{"REVIEWER"}},
	}
	for _, test := range tests {
		allowed := map[auth.AccessRole]bool{}
		for _, role := range test.passes {
			allowed[role] = true
		}
		for _, role := range all {
			if got := auth.Allowed(role, test.actor); got != allowed[role] {
				t.Errorf("%s at %q: %v", test.name, role, got)
			}
		}
	}
}

func TestCheckSaysWhatIsMissing(t *testing.T) {
	door := []auth.AccessRole{auth.AccessResident, auth.AccessFrontDesk}
	tests := []struct {
		name  string
		actor models.Actor
		door  []auth.AccessRole
		want  models.FaultCode
	}{
		{"a resident passes", models.Actor{Kind: models.Resident}, door, ""},
		{"the front desk passes", models.Actor{Kind: models.Staff, Roles: []models.Role{models.FrontDesk}}, door, ""},
		{"a stranger is asked to sign in", models.Actor{Kind: models.Anonymous}, door, models.Unauthenticated},
		{"a caller of no kind is a stranger", models.Actor{}, door, models.Unauthenticated},
		{"a kiosk is refused", models.Actor{Kind: models.Kiosk}, door, models.Forbidden},
		{"a door without roles is closed", models.Actor{Kind: models.Resident}, nil, models.Forbidden},
	}
	for _, test := range tests {
		if got := faultCode(auth.Check(test.actor, test.door)); got != test.want {
			t.Errorf("%s: %q", test.name, got)
		}
	}
}
