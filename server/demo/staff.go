package demo

import (
	"fmt"
	"slices"
	"strings"

	"onewindow/models"
)

// StaffPassword is the password of every demo account. It is no secret: it is printed at the start of demo mode, and
// the accounts exist only there.
const StaffPassword = "onewindow-demo"

// VolunteersDepartment answers for the service points of the demo's volunteers.
const VolunteersDepartment = "service-centre"

// Roster is everybody who works in demo mode.
type Roster struct {
	Staff      []*Account
	Volunteers []*Volunteer
	Kiosks     []*Kiosk
}

// Account is a demo staff member. The password is StaffPassword.
type Account struct {
	Username   string
	Name       models.PersonName
	Department string
	Roles      []models.Role
	// CityReach: not bound to the own department.
	CityReach bool
}

// Volunteer helps residents at a service point. The password is StaffPassword.
type Volunteer struct {
	Username     string
	Name         models.PersonName
	ServicePoint string
}

// Kiosk is a self-service terminal with its device secret and the key of its card reader.
type Kiosk struct {
	Code      string
	Secret    string
	ReaderKey string
	Place     string
}

type staffYAML struct {
	Staff []struct {
		Username   string   `yaml:"username"`
		Name       string   `yaml:"name"`
		Department string   `yaml:"department"`
		Roles      []string `yaml:"roles"`
		Reach      string   `yaml:"reach"`
	} `yaml:"staff"`
	Volunteers []struct {
		Username     string `yaml:"username"`
		Name         string `yaml:"name"`
		ServicePoint string `yaml:"service_point"`
	} `yaml:"volunteers"`
	Kiosks []struct {
		Code      string `yaml:"code"`
		Secret    string `yaml:"secret"`
		ReaderKey string `yaml:"reader_key"`
		Place     string `yaml:"place"`
	} `yaml:"kiosks"`
}

var roles = []models.Role{
	models.FrontDesk, models.Reviewer, models.Approver, models.Issuer,
	models.Supervisor, models.CallAgent, models.Auditor, models.Administrator,
}

// ParseStaff reads a file of demo staff; the error names every fault.
func ParseStaff(source []byte) (*Roster, error) {
	var file staffYAML
	if err := decode(source, &file); err != nil {
		return nil, fmt.Errorf("demo staff: %w", err)
	}
	var wrong faults
	roster, seen := &Roster{}, map[string]bool{}
	for _, raw := range file.Staff {
		wrong.required("staff "+raw.Username, raw.Username, raw.Name, raw.Department)
		wrong.once("staff "+raw.Username, seen, raw.Username)
		wrong.oneOf("staff "+raw.Username+".reach", raw.Reach, "", "department", "city")
		roster.Staff = append(roster.Staff, &Account{
			Username: raw.Username, Name: models.NewPersonName(raw.Name), Department: raw.Department,
			Roles: wrong.roles("staff "+raw.Username, raw.Roles), CityReach: raw.Reach == "city",
		})
	}
	for _, raw := range file.Volunteers {
		wrong.required("volunteer "+raw.Username, raw.Username, raw.Name, raw.ServicePoint)
		wrong.once("volunteer "+raw.Username, seen, raw.Username)
		roster.Volunteers = append(roster.Volunteers, &Volunteer{raw.Username, models.NewPersonName(raw.Name), raw.ServicePoint})
	}
	for _, raw := range file.Kiosks {
		wrong.required("kiosk "+raw.Code, raw.Code, raw.Secret, raw.ReaderKey, raw.Place)
		wrong.once("kiosk "+raw.Code, seen, raw.Code)
		roster.Kiosks = append(roster.Kiosks, &Kiosk{raw.Code, raw.Secret, raw.ReaderKey, raw.Place})
	}
	if err := wrong.err(); err != nil {
		return nil, fmt.Errorf("demo staff: %w", err)
	}
	return roster, nil
}

// roles turns "front-desk" into FRONT_DESK.
func (f *faults) roles(where string, names []string) []models.Role {
	var given []models.Role
	for _, name := range names {
		role := models.Role(strings.ToUpper(strings.ReplaceAll(name, "-", "_")))
		if !slices.Contains(roles, role) {
			f.add("%s: there is no role %q", where, name)
		}
		given = append(given, role)
	}
	if len(given) == 0 {
		f.add("%s: expected a role", where)
	}
	return given
}
