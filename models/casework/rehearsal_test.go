package casework

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"onewindow/models/calendar"
	"onewindow/models/catalogue"
)

// plan is an item with steps, each "id days after…".
func plan(city *catalogue.Catalogue, promised int, steps ...*catalogue.StepDefinition) *catalogue.Item {
	return &catalogue.Item{
		Code: "plan", PromisedDays: promised, PromisedUnit: calendar.WorkingDays, StatutoryDays: 20, StatutoryUnit: calendar.WorkingDays, Steps: steps,
		Lead: city.Departments[0],
	}
}

func part(city *catalogue.Catalogue, id string, days int, after ...string) *catalogue.StepDefinition {
	return &catalogue.StepDefinition{ID: id, Department: city.Departments[0], Days: days, Unit: calendar.WorkingDays, DependsOn: after, Counts: true}
}

// went is a step of a case: when it began and ended ("2026-03-02 09:00"), and how.
func went(t *testing.T, id, began, ended string, decision Decision) StepProgress {
	t.Helper()
	step := StepProgress{ID: id, State: StepDone, Decision: decision}
	if began == "" {
		step.State = StepSkipped
		return step
	}
	start := at(t, began)
	step.StartedAt = &start
	if ended != "" {
		end := at(t, ended)
		step.FinishedAt = &end
	}
	return step
}

// A case accepted on Monday 2 March 2026: a check of two days, then an inspection of five working days, then the issue on
// the day after: eight days on the clock.
func eightDays(t *testing.T) *Case {
	t.Helper()
	accepted := at(t, "2026-03-02 09:00")
	return &Case{State: Completed, AcceptedAt: &accepted, Progress: Progress{Steps: []StepProgress{
		went(t, "check", "2026-03-02 09:00", "2026-03-04 15:00", Approve),
		went(t, "inspect", "2026-03-04 15:00", "2026-03-11 10:00", Approve),
		went(t, "issue", "2026-03-11 10:00", "2026-03-12 16:00", Approve),
	}}}
}

func TestARehearsalReckonedByHand(t *testing.T) {
	town := city(t)
	serial := func(promised int) *catalogue.Item {
		return plan(town, promised, part(town, "check", 2), part(town, "inspect", 5, "check"), part(town, "issue", 1, "inspect"))
	}
	special := part(town, "inspect", 5, "check")
	special.Counts = false
	for _, test := range []struct {
		name     string
		after    *catalogue.Item
		now      Pace
		stepsNow []Pace
		assumed  []string
	}{
		{"the same", serial(8), Pace{8, true}, []Pace{{2, true}, {5, true}, {1, true}}, nil},
		{"seven days promised", serial(7), Pace{8, false}, []Pace{{2, true}, {5, true}, {1, true}}, nil},
		{"side by side: the check's two days are saved", plan(town, 6, part(town, "check", 2), part(town, "inspect", 5), part(town, "issue", 1, "check", "inspect")),
			Pace{6, true}, []Pace{{2, true}, {5, true}, {1, true}}, nil},
		{"without the inspection", plan(town, 3, part(town, "check", 1), part(town, "issue", 1, "check")), Pace{3, true}, []Pace{{2, false}, {1, true}}, nil},
		{"an opinion of four days more, side by side with the inspection: nothing is lost", plan(town, 8, part(town, "check", 2), part(town, "inspect", 5, "check"),
			part(town, "opinion", 4, "check"), part(town, "issue", 1, "inspect", "opinion")), Pace{8, true}, []Pace{{2, true}, {5, true}, {1, true}}, []string{"opinion"}},
		{"an opinion of four days more, one after the other", plan(town, 8, part(town, "check", 2), part(town, "inspect", 5, "check"),
			part(town, "opinion", 4, "inspect"), part(town, "issue", 1, "opinion")), Pace{12, false}, []Pace{{2, true}, {5, true}, {1, true}}, []string{"opinion"}},
		{"the inspection outside the limits", plan(town, 4, part(town, "check", 2), special, part(town, "issue", 1, "inspect")),
			Pace{3, true}, []Pace{{2, true}, {5, true}, {1, true}}, nil},
		{"three days for the inspection", plan(town, 8, part(town, "check", 2), part(town, "inspect", 3, "check"), part(town, "issue", 1, "inspect")),
			Pace{8, true}, []Pace{{2, true}, {5, false}, {1, true}}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, reason := eightDays(t).Rehearse(serial(8), test.after, town.Calendar)
			if reason != "" {
				t.Fatal(reason)
			}
			var stepsNow []Pace
			for _, step := range got.StepsNow {
				stepsNow = append(stepsNow, step.Pace)
			}
			if got.Then != (Pace{8, true}) || got.Now != test.now || !slices.Equal(stepsNow, test.stepsNow) || !slices.Equal(got.Assumed, test.assumed) {
				t.Errorf("then %v, now %v, steps %v, assumed %v", got.Then, got.Now, stepsNow, got.Assumed)
			}
		})
	}
}

func TestWaitsAndExtensionsAreReplayedAsTheyWere(t *testing.T) {
	town := city(t)
	item := plan(town, 6, part(town, "check", 2), part(town, "inspect", 5, "check"), part(town, "issue", 1, "inspect"))
	c := eightDays(t)
	from, to := at(t, "2026-03-05 09:00"), at(t, "2026-03-09 09:00")
	stop := calendar.Segment{Kind: calendar.WaitingForApplicant, From: *endDay(&from), To: endDay(&to)}
	c.Progress.Stops, c.Progress.Steps[1].Stops = []calendar.Segment{stop}, []calendar.Segment{stop}
	got, _ := c.Rehearse(item, item, town.Calendar)
	if diff := cmp.Diff([]Pace{{6, true}, {6, true}}, []Pace{got.Then, got.Now}); diff != "" {
		t.Errorf("Thursday and Friday were waited for: %s", diff)
	}
	c = eightDays(t)
	c.Progress.Stops = []calendar.Segment{{Kind: calendar.Extension, From: *endDay(&from), Days: 2}}
	if got, _ := c.Rehearse(item, item, town.Calendar); !got.Then.OnTime || !got.Now.OnTime {
		t.Errorf("six days and two were allowed: %+v", got)
	}
	c = eightDays(t)
	c.AcceptedAt = &from // began late
	deemed := at(t, "2026-02-26 09:00")
	c.AcceptedAt = &deemed
	if got, _ := c.Rehearse(item, item, town.Calendar); got.Then.Days != 11 || got.Now.Days != 11 {
		t.Errorf("27 and 28 February and 2 March had passed before the first step began: %+v", got)
	}
}

func TestWhatCannotBeReplayed(t *testing.T) {
	town := city(t)
	item := plan(town, 8, part(town, "check", 2), part(town, "inspect", 5, "check"), part(town, "issue", 1, "inspect"))
	rejected := eightDays(t)
	rejected.State = Rejected
	rejected.Progress.Steps[1].Decision = Reject
	rejected.Progress.Steps[2] = StepProgress{ID: "issue", State: StepCancelled}
	if got, reason := rejected.Rehearse(item, item, town.Calendar); reason != "" || got.Now.Days != 7 {
		t.Errorf("refused after seven days: %+v %s", got, reason)
	}
	turned := plan(town, 8, part(town, "issue", 1), part(town, "inspect", 5, "issue"))
	if _, reason := rejected.Rehearse(item, turned, town.Calendar); reason != NotRecorded {
		t.Errorf("the issue never took place: %s", reason)
	}
	if _, reason := rejected.Rehearse(item, plan(town, 8, part(town, "check", 2)), town.Calendar); reason != NoSteps {
		t.Errorf("the step that refused is gone: %s", reason)
	}
	withdrawn := eightDays(t)
	withdrawn.State = Withdrawn
	if _, reason := withdrawn.Rehearse(item, item, town.Calendar); reason != NotDecided {
		t.Errorf("nobody decided it: %s", reason)
	}
	if _, reason := eightDays(t).Rehearse(item, plan(town, 8, part(town, "other", 2)), town.Calendar); reason != NoSteps {
		t.Errorf("nothing of it is left: %s", reason)
	}
	skipped := eightDays(t)
	skipped.Progress.Steps[1] = went(t, "inspect", "", "", "")
	skipped.Progress.Steps[2] = went(t, "issue", "2026-03-04 15:00", "2026-03-05 16:00", Approve)
	if got, reason := skipped.Rehearse(item, item, town.Calendar); reason != "" || got.Then.Days != 3 || got.Now.Days != 3 {
		t.Errorf("a step that was skipped takes no time: %+v %s", got, reason)
	}
}
