package calendar_test

import (
	"strings"
	"testing"

	"onewindow/models"
	"onewindow/models/calendar"
)

func day(t testing.TB, text string) models.Date {
	t.Helper()
	date, err := models.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return date
}

func named(t testing.TB, name string, dates ...string) []calendar.NamedDay {
	t.Helper()
	days := make([]calendar.NamedDay, 0, len(dates))
	for _, date := range dates {
		days = append(days, calendar.NamedDay{Date: day(t, date), Name: calendar.HolidayName(name)})
	}
	return days
}

// published2026 is the State Council's arrangement of 4 November 2025.
func published2026(t testing.TB) *calendar.Calendar {
	t.Helper()
	year := calendar.Year{Year: 2026, Source: "国务院办公厅关于2026年部分节假日安排的通知"}
	year.DaysOff = append(year.DaysOff, named(t, "元旦", "2026-01-01", "2026-01-02")...)
	year.DaysOff = append(year.DaysOff, named(t, "春节", "2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19", "2026-02-20", "2026-02-23")...)
	year.DaysOff = append(year.DaysOff, named(t, "清明节", "2026-04-06")...)
	year.DaysOff = append(year.DaysOff, named(t, "劳动节", "2026-05-01", "2026-05-04", "2026-05-05")...)
	year.DaysOff = append(year.DaysOff, named(t, "端午节", "2026-06-19")...)
	year.DaysOff = append(year.DaysOff, named(t, "中秋节", "2026-09-25")...)
	year.DaysOff = append(year.DaysOff, named(t, "国庆节", "2026-10-01", "2026-10-02", "2026-10-05", "2026-10-06", "2026-10-07")...)
	year.MakeUpDays = named(t, "调休", "2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10")
	made, err := calendar.New(year)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestTheYear2026Has248WorkingDays(t *testing.T) {
	c := published2026(t)
	total := 0
	for date := day(t, "2026-01-01"); date <= day(t, "2026-12-31"); date++ {
		if c.Working(date) {
			total++
		}
	}
	if total != 248 {
		t.Errorf("2026 has %d working days, the notice gives 248", total)
	}
}

func TestADayThatDoesNotCountSaysWhy(t *testing.T) {
	c := published2026(t)
	for _, test := range []struct{ date, chinese, english string }{
		{"2026-02-17", "春节", "Spring Festival"},
		{"2026-03-07", "周六", "Saturday"},
		{"2026-03-08", "周日", "Sunday"},
		{"2027-01-02", "周六", "Saturday"},
		{"2026-02-14", "", ""},
		{"2026-03-09", "", ""},
	} {
		reason := c.Reason(day(t, test.date))
		if reason.In(models.Chinese) != test.chinese || reason.In(models.English) != test.english {
			t.Errorf("%s: %q/%q, want %q/%q", test.date, reason.In(models.Chinese), reason.In(models.English), test.chinese, test.english)
		}
	}
}

func TestHolidayNamesOfNotices(t *testing.T) {
	for chinese, english := range map[string]string{
		"国庆节、中秋节": "National Day, Mid-Autumn Festival",
		"春节调休":    "Spring Festival (make-up day)",
		"建市纪念日":   "建市纪念日",
	} {
		if got := calendar.HolidayName(chinese).In(models.English); got != english {
			t.Errorf("%s: %q, want %q", chinese, got, english)
		}
	}
}

func TestAnArrangementThatCannotBeIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		years []calendar.Year
		want  string
	}{
		"a year twice":             {[]calendar.Year{{Year: 2026}, {Year: 2026}}, "2026 is given twice"},
		"a day of another year":    {[]calendar.Year{{Year: 2026, DaysOff: named(t, "元旦", "2027-01-01")}}, "does not lie in 2026"},
		"a day twice":              {[]calendar.Year{{Year: 2026, DaysOff: named(t, "元旦", "2026-01-01", "2026-01-01")}}, "2026-01-01 is given twice"},
		"off and worked":           {[]calendar.Year{{Year: 2026, DaysOff: named(t, "元旦", "2026-01-04"), MakeUpDays: named(t, "", "2026-01-04")}}, "given twice"},
		"making up on a work day":  {[]calendar.Year{{Year: 2026, MakeUpDays: named(t, "", "2026-03-02")}}, "no weekend day"},
		"several years, one wrong": {[]calendar.Year{{Year: 2025}, {Year: 2026, MakeUpDays: named(t, "", "2026-03-02")}}, "no weekend day"},
	} {
		if _, err := calendar.New(test.years...); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

func TestAYearNotPublishedFallsBackToWeekendsOff(t *testing.T) {
	c := published2026(t)
	if c.Published(2027) || !c.Published(2026) {
		t.Fatal("only 2026 is published")
	}
	if !c.Working(day(t, "2027-01-01")) || c.Working(day(t, "2027-01-02")) {
		t.Error("in 2027 Friday 1 January counts and Saturday 2 January does not, until the notice is out")
	}
	none, err := calendar.New()
	if err != nil {
		t.Fatal(err)
	}
	if got := none.AddDays(day(t, "2026-02-13"), 5, calendar.WorkingDays); got != day(t, "2026-02-20") {
		t.Errorf("without any calendar five working days from 13 February end on %s", got)
	}
}

func TestAddDays(t *testing.T) {
	c := published2026(t)
	for _, test := range []struct {
		start string
		days  int
		unit  calendar.Unit
		want  string
	}{
		{"2026-03-02", 0, calendar.WorkingDays, "2026-03-02"},
		{"2026-03-07", 0, calendar.WorkingDays, "2026-03-07"},
		{"2026-04-30", 1, calendar.WorkingDays, "2026-05-06"},
		{"2026-09-30", 3, calendar.WorkingDays, "2026-10-10"},
		{"2026-04-30", 3, calendar.CalendarDays, "2026-05-03"},
	} {
		if got := c.AddDays(day(t, test.start), test.days, test.unit); got != day(t, test.want) {
			t.Errorf("%s + %d %s = %s, want %s", test.start, test.days, test.unit, got, test.want)
		}
	}
}
