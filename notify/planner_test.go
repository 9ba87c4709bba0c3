package notify

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onewindow/models"
	"onewindow/models/catalogue"
)

func moment(t *testing.T, text string) time.Time {
	t.Helper()
	parsed, err := time.ParseInLocation("2006-01-02 15:04", text, models.Zone)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// timetable is the usual one with the days that stand where an item names none.
func timetable(days catalogue.Reminders) Timetable {
	return Timetable{Days: days, Reminder: 9 * 60, Digest: 9 * 60}
}

func missing(due time.Time, keys ...string) Wait {
	return Wait{Rule: MissingMaterial, About: due, Keys: keys}
}

// TestPlan says, for a supplement that is due on 17 March 2026, when its applicant is reminded.
func TestPlan(t *testing.T) {
	const supplement = "2026-03-17 23:59"
	tests := map[string]struct {
		item  []int // days before, as the item has them
		now   string
		dueAt string
		want  []string
	}{
		"the item's own days":                      {[]int{10, 3, 1}, "2026-03-02 10:00", supplement, []string{"2026-03-07 09:00", "2026-03-14 09:00", "2026-03-16 09:00"}},
		"the defaults where the item has none":     {nil, "2026-03-02 10:00", supplement, []string{"2026-03-10 09:00", "2026-03-16 09:00"}},
		"what has passed is not made up for":       {[]int{10, 3, 1}, "2026-03-08 10:00", supplement, []string{"2026-03-14 09:00", "2026-03-16 09:00"}},
		"at nine sharp it is too late to plan":     {[]int{3, 1}, "2026-03-14 09:00", supplement, []string{"2026-03-16 09:00"}},
		"a minute before nine it is not":           {[]int{3, 1}, "2026-03-14 08:59", supplement, []string{"2026-03-14 09:00", "2026-03-16 09:00"}},
		"on the very day":                          {[]int{0}, "2026-03-17 08:00", supplement, []string{"2026-03-17 09:00"}},
		"on the very day, too late":                {[]int{0}, "2026-03-17 10:00", supplement, nil},
		"a deadline before nine: not after it":     {[]int{1, 0}, "2026-03-02 10:00", "2026-03-17 08:30", []string{"2026-03-16 09:00"}},
		"the same day twice is one reminder":       {[]int{1, 3, 1}, "2026-03-02 10:00", supplement, []string{"2026-03-14 09:00", "2026-03-16 09:00"}},
		"a day after the deadline is no reminder":  {[]int{-1, 1}, "2026-03-02 10:00", supplement, []string{"2026-03-16 09:00"}},
		"over the end of a month":                  {[]int{20}, "2026-02-01 10:00", supplement, []string{"2026-02-25 09:00"}},
		"the deadline has passed: nothing to plan": {[]int{3, 1}, "2026-03-18 10:00", supplement, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			facts := Facts{
				ApplicationID: "case", ResidentID: "resident", Reminders: catalogue.Reminders{MissingMaterial: test.item},
				Waits: []Wait{missing(moment(t, test.dueAt), "id-card")},
			}
			var got []string
			for _, plan := range Plan(facts, timetable(catalogue.Reminders{MissingMaterial: []int{7, 1}}), moment(t, test.now)) {
				got = append(got, plan.At.Format("2006-01-02 15:04"))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("reminders (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPlanNamesWhatIsMissing(t *testing.T) {
	facts := Facts{
		ApplicationID: "case", ResidentID: "mother", Reminders: catalogue.Reminders{MissingMaterial: []int{1}},
		Waits: []Wait{
			missing(moment(t, "2026-03-17 23:59"), "photo"),
			{Rule: DeferredMaterial, About: moment(t, "2026-03-20 23:59"), Keys: []string{"lease"}},
		},
		Params: Params{Number: "N1", Materials: []Named{{"photo", models.T("照片", "photo")}, {"lease", models.T("租约", "lease")}}},
	}
	plans := Plan(facts, timetable(catalogue.DefaultReminders()), moment(t, "2026-03-02 10:00"))
	want := []Planned{
		{
			Key: "case/MISSING_MATERIAL/2026-03-17/1", Rule: MissingMaterial, ApplicationID: "case", ResidentID: "mother",
			At: moment(t, "2026-03-16 09:00"), About: moment(t, "2026-03-17 23:59"),
			Params: Params{Number: "N1", Materials: []Named{{"photo", models.T("照片", "photo")}}}, Why: "1 days before 2026-03-17, chosen by the item",
		},
		{
			Key: "case/DEFERRED_MATERIAL/2026-03-20/1", Rule: DeferredMaterial, ApplicationID: "case", ResidentID: "mother",
			At: moment(t, "2026-03-19 09:00"), About: moment(t, "2026-03-20 23:59"),
			Params: Params{Number: "N1", Materials: []Named{{"lease", models.T("租约", "lease")}}}, Why: "1 days before 2026-03-20, chosen by the item",
		},
	}
	if diff := cmp.Diff(want, plans); diff != "" {
		t.Errorf("plans (-want +got):\n%s", diff)
	}
	if again := Plan(facts, timetable(catalogue.DefaultReminders()), moment(t, "2026-03-02 10:00")); !cmp.Equal(plans, again) {
		t.Error("planning again gave something else")
	}
}

// TestHolds reads a reminder that is due against what the case waits for at that moment.
func TestHolds(t *testing.T) {
	due := moment(t, "2026-03-17 23:59")
	planned := Planned{
		Rule: MissingMaterial, About: due,
		Params: Params{Materials: []Named{{"photo", models.T("照片", "photo")}, {"lease", models.T("租约", "lease")}}},
	}
	tests := map[string]struct {
		waits     []Wait
		now       string
		materials []string
		left      int
		dropped   string
	}{
		"both still missing":             {[]Wait{missing(due, "photo", "lease")}, "2026-03-14 09:00", []string{"photo", "lease"}, 3, ""},
		"one has come":                   {[]Wait{missing(due, "lease")}, "2026-03-16 09:00", []string{"lease"}, 1, ""},
		"sent late, the days are true":   {[]Wait{missing(due, "lease")}, "2026-03-17 12:00", []string{"lease"}, 0, ""},
		"all have come":                  {nil, "2026-03-16 09:00", nil, 0, droppedFulfilled},
		"another notice, another day":    {[]Wait{missing(due.AddDate(0, 0, 5), "lease")}, "2026-03-16 09:00", nil, 0, droppedFulfilled},
		"only something deferred waits":  {[]Wait{{Rule: DeferredMaterial, About: due, Keys: []string{"lease"}}}, "2026-03-16 09:00", nil, 0, droppedFulfilled},
		"the deadline itself has passed": {[]Wait{missing(due, "lease")}, "2026-03-18 00:00", nil, 0, droppedPassed},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			params, dropped := planned.holds(test.waits, moment(t, test.now))
			if dropped != test.dropped {
				t.Fatalf("dropped = %q, want %q", dropped, test.dropped)
			}
			if dropped != "" {
				return
			}
			var materials []string
			for _, material := range params.Materials {
				materials = append(materials, material.Key)
			}
			if diff := cmp.Diff(test.materials, materials); diff != "" {
				t.Errorf("materials (-want +got):\n%s", diff)
			}
			if params.DaysLeft == nil || *params.DaysLeft != test.left || params.Day.String() != "2026-03-17" {
				t.Errorf("left = %v, day = %v", params.DaysLeft, params.Day)
			}
		})
	}
}
