package casework

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/material"
)

// amended is the city's calendar with further days off and make-up days, in 2026.
func amended(t *testing.T, s *story, daysOff, makeUpDays []string) *calendar.Calendar {
	t.Helper()
	year := calendar.Year{Year: 2026, Source: "关于调整2026年部分节假日安排的通知"}
	list := func(days []string) (named []calendar.NamedDay) {
		for _, day := range days {
			named = append(named, calendar.NamedDay{Date: models.DateOf(at(t, day+" 12:00"))})
		}
		return named
	}
	for day := models.DateOf(at(t, "2026-01-01 12:00")); day.Year() == 2026; day++ {
		switch isWeekday := day.Weekday()%6 != 0; {
		case isWeekday && !s.city.Calendar.Working(day):
			year.DaysOff = append(year.DaysOff, calendar.NamedDay{Date: day})
		case !isWeekday && s.city.Calendar.Working(day):
			year.MakeUpDays = append(year.MakeUpDays, calendar.NamedDay{Date: day})
		}
	}
	year.DaysOff = append(year.DaysOff, list(daysOff)...)
	year.MakeUpDays = append(year.MakeUpDays, list(makeUpDays)...)
	made, err := calendar.New(year)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func inReview(t *testing.T) *story {
	t.Helper()
	s := newStory(t, "food-business-licence")
	item := *s.item
	item.PromisedDays, item.StatutoryDays = 5, 20
	s.item = &item
	s.ok(s.at("2026-03-02 09:00").submit("1"))
	s.ok(s.at("2026-03-02 10:00").accept(nil))
	return s
}

// moved writes what a calendar would move on a day: "PROMISED 2026-03-09 2026-03-10".
func (s *story) moved(moment string, to *calendar.Calendar) (moved []string, held bool) {
	dates, held := s.kase.movedDates(s.item, s.city.Calendar, to, at(s.t, moment))
	for _, date := range dates {
		if date.Kind != StepDate {
			moved = append(moved, strings.Join([]string{string(date.Kind), date.From.String(), date.To.String()}, " "))
		}
	}
	return moved, held
}

func TestWhatAnotherCalendarMoves(t *testing.T) {
	s := inReview(t) // promised for 9 March, by law for 30 March
	for _, test := range []struct {
		name, on            string
		daysOff, makeUpDays []string
		moved               []string
		held                bool
	}{
		{"nothing changes", "2026-03-03 10:00", nil, nil, nil, false},
		{"a day off before the due day", "2026-03-03 10:00", []string{"2026-03-05"}, nil, []string{"PROMISED 2026-03-09 2026-03-10", "LEGAL 2026-03-30 2026-03-31"}, false},
		{"the due day itself", "2026-03-03 10:00", []string{"2026-03-09"}, nil, []string{"PROMISED 2026-03-09 2026-03-10", "LEGAL 2026-03-30 2026-03-31"}, false},
		{"a day that is swapped with a Saturday", "2026-03-03 10:00", []string{"2026-03-05"}, []string{"2026-03-07"}, nil, false},
		{"a weekend day that is worked: to an earlier day, because the law counts working days", "2026-03-03 10:00", nil, []string{"2026-03-07"}, []string{"PROMISED 2026-03-09 2026-03-07", "LEGAL 2026-03-30 2026-03-27"}, false},
		{"after the promise alone", "2026-03-03 10:00", []string{"2026-03-18"}, nil, []string{"LEGAL 2026-03-30 2026-03-31"}, false},
		{"beyond both", "2026-03-03 10:00", []string{"2026-04-15"}, nil, nil, false},
		{"the promise has passed, the law's limit moves", "2026-03-12 10:00", []string{"2026-03-18"}, nil, []string{"LEGAL 2026-03-30 2026-03-31"}, false},
		{"a date that has passed does not move", "2026-03-12 10:00", []string{"2026-03-05"}, nil, nil, true},
		{"no date comes to lie in the past", "2026-03-09 10:00", nil, []string{"2026-03-07"}, nil, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, held := s.moved(test.on, amended(t, s, test.daysOff, test.makeUpDays))
			if diff := cmp.Diff(test.moved, got); diff != "" || held != test.held {
				t.Errorf("held %t, moved %s", held, diff)
			}
		})
	}
	s.ok(s.at("2026-03-04 09:00").withdraw(""))
	if got, held := s.moved("2026-03-04 10:00", amended(t, s, []string{"2026-03-05"}, nil)); got != nil || !held {
		t.Errorf("what has ended would move %v", got)
	}
}

func TestARecallTellsEachDateThatPeopleWaitFor(t *testing.T) {
	s := newStory(t, "food-business-licence")
	var key string
	for i := range s.kase.Progress.Requirements {
		if requirement := &s.kase.Progress.Requirements[i]; key == "" {
			if definition, _ := s.item.Material(requirement.Key); definition.Deferrable {
				key, requirement.Status, requirement.DocumentID = requirement.Key, material.Missing, ""
			}
		}
	}
	s.ok(s.at("2026-03-02 09:00").submit("1"))
	s.ok(s.at("2026-03-02 10:00").accept(nil))
	to := amended(t, s, []string{"2026-03-03"}, nil)
	moved, _ := s.kase.movedDates(s.item, s.city.Calendar, to, at(t, "2026-03-02 11:00"))
	before := *s.kase.Requirement(key).DueAt
	m := s.at("2026-03-02 11:00")
	m.recall(to, moved)
	s.ok(nil)
	if after := *s.kase.Requirement(key).DueAt; models.DateOf(after) <= models.DateOf(before) {
		t.Errorf("the deferred piece stays due %s", models.DateOf(after))
	}
	detail := m.events[0].Detail.In(models.Chinese)
	for _, part := range []string{"2026年的节假日安排已公布或调整（关于调整2026年部分节假日安排的通知）", "最晚办结日期由", "法定期限由", "的补交日期由"} {
		if !strings.Contains(detail, part) {
			t.Errorf("the event does not say %q: %s", part, detail)
		}
	}
	if s.kase.Calendar != to.Fingerprint() {
		t.Error("the case does not name its new calendar")
	}
	if again, held := s.kase.movedDates(s.item, to, to, at(t, "2026-03-02 11:00")); again != nil || held {
		t.Errorf("a second recall would move %v", again)
	}
}
