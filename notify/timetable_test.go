package notify

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onewindow/models"
	"onewindow/models/catalogue"
)

// TestTheCourseOfAMissingPaper is, for notices whose item names no days, when their applicant is reminded after the notice itself:
// half-way, three days before, on the last working day before, and on the day. 1 to 5 May 2026 are holidays, and so is 20 February.
func TestTheCourseOfAMissingPaper(t *testing.T) {
	holidays := []string{"2026-05-01", "2026-05-02", "2026-05-03", "2026-05-04", "2026-05-05", "2026-02-20"}
	working := func(day models.Date) bool {
		weekend := day.Weekday() == time.Saturday || day.Weekday() == time.Sunday
		return !weekend && !slices.Contains(holidays, day.String())
	}
	tests := map[string]struct {
		since, until string
		want         []string
	}{
		"fifteen days":                                 {"2026-03-02 10:00", "2026-03-17", []string{"half 2026-03-09", "3 2026-03-14", "working 2026-03-16", "0 2026-03-17"}},
		"due on a Monday: the Friday before":           {"2026-03-02 10:00", "2026-03-16", []string{"half 2026-03-09", "3 2026-03-13", "0 2026-03-16"}},
		"due after the holidays: the last day of work": {"2026-04-20 10:00", "2026-05-06", []string{"half 2026-04-28", "working 2026-04-30", "3 2026-05-03", "0 2026-05-06"}},
		"a week":                             {"2026-03-02 10:00", "2026-03-09", []string{"half 2026-03-05", "3 2026-03-06", "0 2026-03-09"}},
		"five days: no half-way of its own":  {"2026-03-02 10:00", "2026-03-06", []string{"3 2026-03-03", "working 2026-03-05", "0 2026-03-06"}},
		"two days":                           {"2026-03-02 10:00", "2026-03-04", []string{"working 2026-03-03", "0 2026-03-04"}},
		"until tomorrow":                     {"2026-03-02 10:00", "2026-03-03", []string{"0 2026-03-03"}},
		"until tonight: the notice said it":  {"2026-03-02 10:00", "2026-03-02", nil},
		"nobody knows since when":            {"", "2026-03-17", []string{"3 2026-03-14", "working 2026-03-16", "0 2026-03-17"}},
		"a month over the end of a year":     {"2026-12-15 10:00", "2027-01-14", []string{"half 2026-12-30", "3 2027-01-11", "working 2027-01-13", "0 2027-01-14"}},
		"due on the day after a single rest": {"2026-02-09 10:00", "2026-02-23", []string{"half 2026-02-16", "working 2026-02-19", "3 2026-02-20", "0 2026-02-23"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			wait := Wait{Rule: MissingMaterial, About: moment(t, test.until+" 23:59"), Keys: []string{"photo"}}
			if test.since != "" {
				wait.Since = moment(t, test.since)
			}
			rule, _ := natureOf(MissingMaterial)
			var got []string
			for _, mark := range rule.marks(wait, catalogue.Reminders{}, Timetable{Working: working}) {
				got = append(got, mark.name+" "+mark.day.String())
				if mark.why == "" {
					t.Errorf("nobody knows why %s", mark.day)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestEachTellsAtTheHourOfTheHouse(t *testing.T) {
	house, err := HouseRules{ReminderAt: "10:30", DigestAt: "18:00"}.filledIn()
	if err != nil {
		t.Fatal(err)
	}
	at := Timetable{Reminder: house.ReminderAt.minute(), Digest: house.DigestAt.minute()}
	begun := moment(t, "2026-03-02 00:00")
	var got []string
	for _, plan := range Plan(Facts{ApplicationID: "case", Waits: []Wait{
		missing(moment(t, "2026-03-04 23:59"), "photo"), {Rule: RatingWaits, About: begun},
	}}, at, begun) {
		got = append(got, plan.At.Format("2006-01-02 15:04")+" "+string(plan.Rule)+": "+plan.Why)
	}
	want := []string{
		"2026-03-03 10:30 MISSING_MATERIAL: the last working day before 2026-03-04, by the course of the house",
		"2026-03-04 10:30 MISSING_MATERIAL: on 2026-03-04 itself, by the course of the house",
		"2026-03-05 18:00 RATING_WAITS: 3 days after 2026-03-02, by the rule",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestHouseRulesThatDoNotFit(t *testing.T) {
	for _, text := range []string{"24:00", "9:00", "noon", ""} {
		if new(TimeOfDay).UnmarshalText([]byte(text)) == nil {
			t.Errorf("%q was taken for a time of day", text)
		}
	}
	if _, err := (HouseRules{DigestAt: "25:00"}).filledIn(); err == nil {
		t.Error("a digest at 25:00 was taken")
	}
	filled, err := HouseRules{}.filledIn()
	if err != nil || filled != DefaultHouseRules() {
		t.Errorf("nothing chosen is %+v, %v", filled, err)
	}
}
