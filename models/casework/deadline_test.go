package casework

import (
	"slices"
	"testing"

	"onewindow/models"
	"onewindow/models/calendar"
)

// withSpecialStep makes a step of the item one that no limit counts.
func withSpecialStep(s *story, id string, most int) {
	item := *s.item
	item.Steps = slices.Clone(item.Steps)
	for i, definition := range item.Steps {
		if definition.ID == id {
			special := *definition
			special.Counts, special.MaxDays, special.Basis = false, most, []string{"行政许可法第四十五条"}
			item.Steps[i] = &special
		}
	}
	s.item = &item
}

func (s *story) legalDue(moment, want string) {
	s.t.Helper()
	deadline := s.kase.deadline(s.item, s.city.Calendar, at(s.t, moment))
	if got := models.DateOf(deadline.LegalDueAt).String(); got != want {
		s.t.Errorf("on %s due by law %s, want %s", moment, got, want)
	}
}

func TestASpecialStepIsLeftOutOfBothLimitsForAsLongAsItMayTake(t *testing.T) {
	s := newStory(t, "food-business-licence")
	first := s.item.Steps[0].ID
	withSpecialStep(s, first, 5)
	s.ok(s.at("2026-03-02 09:00").submit("1"))
	s.ok(s.at("2026-03-02 10:00").accept(nil))
	limits := s.item.Limits()
	plainDue := s.city.Calendar.AddDays(models.DateOf(at(t, "2026-03-02 10:00")), limits.PromisedDays, limits.PromisedUnit)
	special := slices.IndexFunc(s.last.events, func(event *Event) bool { return event.Kind == EventSpecialStarted })
	if special < 0 || s.last.events[special].Detail.In(models.Chinese) != "“"+s.item.Steps[0].Name.In(models.Chinese)+"”的时间依法不计入办理期限（行政许可法第四十五条），最长5个工作日" {
		t.Errorf("the applicant is not told for how long: %+v", s.last.events)
	}
	s.due("2026-03-02 11:00", plainDue.String())
	// Three working days later the due date has moved by three working days; after the fifth (9 March) the clock goes on.
	s.due("2026-03-05 11:00", s.city.Calendar.AddDays(plainDue, 2, calendar.WorkingDays).String())
	s.due("2026-03-12 11:00", s.city.Calendar.AddDays(plainDue, 5, calendar.WorkingDays).String())
	segments := s.kase.deadline(s.item, s.city.Calendar, at(t, "2026-03-12 11:00")).Segments
	if segments[0].Kind != calendar.SpecialStep || segments[0].Days != 5 || segments[0].To == nil || segments[0].To.String() != "2026-03-10" {
		t.Errorf("the explanation begins with %+v", segments[0])
	}
	s.legalDue("2026-03-12 11:00", s.city.Calendar.AddDays(models.DateOf(at(t, "2026-03-02 10:00")), limits.LegalDays+5, limits.LegalUnit).String())
	s.ok(s.at("2026-03-05 16:00").approveStep(first, ""))
	s.due("2026-03-12 11:00", s.city.Calendar.AddDays(plainDue, 2, calendar.WorkingDays).String())
}

func TestATaskTurnsYellowWhereItsClockDoes(t *testing.T) {
	s := newStory(t, "birth-registration")
	s.ok(s.at("2026-03-02 09:00").submit("1"))
	s.ok(s.at("2026-03-02 10:00").accept(nil))
	step := s.item.Steps[0]
	task := s.last.stepTask(s.kase, s.kase.Step(step.ID), step)
	deadline := func(moment string) calendar.Light {
		return s.kase.Step(step.ID).stepDeadline(step, s.city.Calendar, at(t, moment)).Light
	}
	for day := models.DateOf(s.last.now); day < models.DateOf(task.dueAt); day++ {
		moment := day.String() + " 12:00"
		if isYellow := !at(t, moment).Before(task.yellowAt); isYellow != (deadline(moment) != calendar.Green) {
			t.Errorf("on %s the task's light and the step's differ: task yellow %t, step %s", day, isYellow, deadline(moment))
		}
	}
}
