package demo

import (
	"fmt"
	"strings"
	"testing"

	"onewindow/models"
)

func population(t *testing.T) *Population {
	t.Helper()
	people, err := Residents()
	if err != nil {
		t.Fatal(err)
	}
	return people
}

func TestEmbeddedResidentsAreWhole(t *testing.T) {
	people := population(t)
	got := fmt.Sprint(people.AsOf, len(people.Residents), len(people.Unregistered), len(people.Households), len(people.Guardians), len(people.Agents))
	if want := "2026-03-01 40 1 21 15 5"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	mother := people.Resident("r02")
	if mother == nil || mother.Name.Reveal() != "周雨水" || mother.Phone.Reveal() != "+8613800000002" || mother.Residence != "330106" {
		t.Errorf("r02 is not as in the file: %+v", mother)
	}
	if people.ByNationalID(mother.NationalID) != mother {
		t.Error("r02 is not found by the identity number")
	}
	if !people.IsParent(mother, people.Resident("r03")) || people.IsParent(people.Resident("r30"), people.Resident("r38")) {
		t.Error("a mother is a parent, a cousin who is guardian is none")
	}
	if others := people.HouseholdOf(mother); len(others) != 3 {
		t.Errorf("r02 lives with %d others, want 3", len(others))
	}
	record := people.Resident("r01").Holds[5]
	if record.IssuedOn != nil || fmt.Sprint(record.Fields["paid_months"]) != "150" {
		t.Errorf("the insurance record is not as in the file: %+v", record)
	}
}

func TestEmbeddedStaffIsWhole(t *testing.T) {
	roster, err := Staff()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(len(roster.Staff), len(roster.Volunteers), len(roster.Kiosks)), "28 2 2"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	desk := roster.Staff[0]
	if desk.Username != "zhang-desk" || !desk.CityReach || len(desk.Roles) != 1 || desk.Roles[0] != models.FrontDesk {
		t.Errorf("the front desk is not as in the file: %+v", desk)
	}
}

// Every fault of a file is named at once, each with its place.
func TestFaultsAreNamed(t *testing.T) {
	swap := func(source []byte, pairs ...string) []byte {
		changed := strings.NewReplacer(pairs...).Replace(string(source))
		if changed == string(source) {
			t.Fatal("the test changed nothing")
		}
		return []byte(changed)
	}
	residents := func(source []byte) error { _, err := ParseResidents(source); return err }
	staff := func(source []byte) error { _, err := ParseStaff(source); return err }
	cases := []struct {
		name   string
		parse  func([]byte) error
		source []byte
		want   []string
	}{
		{"check character and unknown group", residents, swap(residentsFile, "330106199002049977", "330106199002049978", "[pregnant]", "[sleepy]"),
			[]string{"residents[0].national_id", "residents[32].groups"}},
		{"gender", residents, swap(residentsFile, "gender: male\n    birth_date: \"1990-02-04\"", "gender: female\n    birth_date: \"1990-02-04\""), []string{"residents[0].gender"}},
		{"day of birth", residents, swap(residentsFile, "\"1990-02-04\"", "\"1990-02-05\""), []string{"residents[0].birth_date"}},
		{"guardian who does not exist", residents, swap(residentsFile, "guardian: r01", "guardian: r99"), []string{`"r99"`}},
		{"stranger in a household", residents, swap(residentsFile, "head: r05, members: [r05, r06]", "head: r05, members: [r05, r07]"), []string{"hh-02: r07"}},
		{"phone", residents, swap(residentsFile, "13800000001", "2800"), []string{"residents[0].phone"}},
		{"unknown key", residents, swap(residentsFile, "gender: male", "sex: male"), []string{"sex"}},
		{"repeated key", residents, swap(residentsFile, "id: r01", "id: r01\n    id: r01"), []string{"id"}},
		{"no YAML", residents, []byte("residents: [\x00"), []string{"sample residents"}},
		{"unknown role", staff, swap(staffFile, "front-desk]", "janitor]"), []string{"zhang-desk", "janitor"}},
		{"the same account twice", staff, swap(staffFile, "wang-police", "li-police"), []string{"li-police: stands twice"}},
		{"unknown reach", staff, swap(staffFile, "reach: city", "reach: world"), []string{"reach"}},
		{"unknown key of staff", staff, swap(staffFile, "service_point", "point"), []string{"point"}},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			err := test.parse(test.source)
			if err == nil {
				t.Fatal("no fault was found")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not named in: %v", want, err)
				}
			}
		})
	}
}
