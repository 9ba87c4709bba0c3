package identity

import (
	"fmt"
	"slices"
	"time"

	"github.com/riverqueue/river"

	"onewindow/models"
	"onewindow/models/resident"
	"onewindow/models/store"
)

// Linking lasts this long: then a department that never answered is given up.
const Linking = 72 * time.Hour

// The waits between two questions to the same department.
const (
	firstWait   = 5 * time.Second
	longestWait = time.Hour
)

// LinkArgs is the job that asks one department who a person is, in the background.
type LinkArgs struct {
	ResidentID models.ID `json:"residentId"`
	Department string    `json:"department"`
}

// Kind names the job.
func (LinkArgs) Kind() string { return "identity.link" }

// InsertOpts puts the job into the departments' queue.
func (LinkArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: store.DepartmentQueue} }

// ToDepartment is whom the job asks.
func (a LinkArgs) ToDepartment() string { return a.Department }

// Snooze is what Service.Link answers when the department is to be asked again later: no failure, and no end of the job.
type Snooze struct{ After time.Duration }

// Error tells operators when.
func (s *Snooze) Error() string { return fmt.Sprintf("ask the department again in %v", s.After) }

// waitAfter doubles the wait with every question, up to an hour.
func waitAfter(attempts int) time.Duration {
	wait := firstWait
	for ; attempts > 1 && wait < longestWait; attempts-- {
		wait *= 2
	}
	return min(wait, longestWait)
}

// learn takes from the authority what describes the person.
func learn(person *resident.Resident, answer *Resolved, id models.NationalID) {
	person.BirthDate, person.Gender, person.Region = answer.BirthDate, answer.Gender, answer.Region
	if person.BirthDate == nil {
		if birth, known := id.BirthDate(); known {
			person.BirthDate = &birth
		}
	}
	person.HouseholdSize = householdSize(answer.Household, id)
	merge(person, answer)
}

// merge adds what another department is the source of: groups are joined, the rest fills what is not known yet. It tells
// whether anything changed.
func merge(person *resident.Resident, answer *Resolved) bool {
	changed := false
	for _, group := range answer.Groups {
		if !slices.Contains(person.Groups, group) {
			person.Groups = append(person.Groups, group)
			changed = true
		}
	}
	slices.Sort(person.Groups)
	for _, fill := range []struct {
		into *string
		from string
	}{{&person.Gender, answer.Gender}, {&person.Region, answer.Region}, {&person.Residence, answer.Residence}} {
		if *fill.into == "" && fill.from != "" {
			*fill.into, changed = fill.from, true
		}
	}
	if person.Address.IsZero() && !answer.Address.IsZero() {
		person.Address, changed = answer.Address, true
	}
	if person.BirthDate == nil && answer.BirthDate != nil {
		person.BirthDate, changed = answer.BirthDate, true
	}
	if person.HouseholdSize == 0 && len(answer.Household) > 0 {
		person.HouseholdSize, changed = householdSize(answer.Household, person.NationalID), true
	}
	return changed
}
