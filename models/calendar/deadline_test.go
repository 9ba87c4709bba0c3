package calendar_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"onewindow/models"
	"onewindow/models/calendar"
)

func wait(t testing.TB, from, to string) calendar.Segment {
	t.Helper()
	segment := calendar.Segment{Kind: calendar.WaitingForApplicant, From: day(t, from), Reason: models.T("等待补正", "Waiting for documents")}
	if to != "" {
		end := day(t, to)
		segment.To = &end
	}
	return segment
}

func extension(t testing.TB, on string, days int) calendar.Segment {
	t.Helper()
	return calendar.Segment{Kind: calendar.Extension, From: day(t, on), Days: days, Reason: models.T("延长", "Extended")}
}

func workingDays(promised, legal int) calendar.Limits {
	return calendar.Limits{PromisedDays: promised, LegalDays: legal, PromisedUnit: calendar.WorkingDays, LegalUnit: calendar.WorkingDays}
}

func calendarDays(promised, legal int) calendar.Limits {
	return calendar.Limits{PromisedDays: promised, LegalDays: legal, PromisedUnit: calendar.CalendarDays, LegalUnit: calendar.CalendarDays}
}

func TestADueDateEndsWithTheDayInTheCity(t *testing.T) {
	deadline := calendar.Summarise(published2026(t), day(t, "2026-03-02"), workingDays(1, 3), nil, day(t, "2026-03-02"), nil)
	if got := deadline.PromisedDueAt.Format("2006-01-02T15:04:05-07:00"); got != "2026-03-03T23:59:59+08:00" {
		t.Error(got)
	}
	if got := models.DateOf(deadline.LegalDueAt); got != day(t, "2026-03-05") {
		t.Errorf("legal limit ends %s", got)
	}
}

func TestDaysUsedLeftAndLight(t *testing.T) {
	c := published2026(t)
	ended := func(text string) *models.Date {
		date := day(t, text)
		return &date
	}
	for _, test := range []struct {
		name, today           string
		promised              int
		stops                 []calendar.Segment
		ended                 *models.Date
		allowed, used, remain int
		light                 calendar.Light
	}{
		{"on the day of acceptance", "2026-03-02", 6, nil, nil, 6, 0, 6, calendar.Green},
		{"half-way", "2026-03-05", 6, nil, nil, 6, 3, 3, calendar.Green},
		{"a third is left", "2026-03-06", 6, nil, nil, 6, 4, 2, calendar.Yellow},
		{"the weekend uses nothing", "2026-03-08", 6, nil, nil, 6, 4, 2, calendar.Yellow},
		{"the last day", "2026-03-10", 6, nil, nil, 6, 6, 0, calendar.Yellow},
		{"late", "2026-03-12", 6, nil, nil, 6, 8, -2, calendar.Red},
		{"late by a weekend only", "2026-03-07", 4, nil, nil, 4, 4, -1, calendar.Red},
		{"ended in time stays as it was", "2026-06-30", 6, nil, ended("2026-03-04"), 6, 2, 4, calendar.Green},
		{"ended late stays red", "2026-06-30", 6, nil, ended("2026-03-12"), 6, 8, -2, calendar.Red},
		{"an open wait uses nothing", "2026-05-20", 6, []calendar.Segment{wait(t, "2026-03-05", "")}, nil, 6, 2, 4, calendar.Green},
		{"an open wait, on its first day", "2026-03-05", 6, []calendar.Segment{wait(t, "2026-03-05", "")}, nil, 6, 2, 4, calendar.Green},
		{"the day of resumption counts", "2026-03-10", 6, []calendar.Segment{wait(t, "2026-03-05", "2026-03-10")}, nil, 6, 3, 3, calendar.Green},
		{"an extension gives room", "2026-03-10", 6, []calendar.Segment{extension(t, "2026-03-09", 4)}, nil, 10, 6, 4, calendar.Green},
		{"one day promised", "2026-03-02", 1, nil, nil, 1, 0, 1, calendar.Yellow},
		{"no day promised", "2026-03-02", 0, nil, nil, 0, 0, 0, calendar.Yellow},
		{"no day promised and the day is over", "2026-03-03", 0, nil, nil, 0, 1, -1, calendar.Red},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := calendar.Summarise(c, day(t, "2026-03-02"), workingDays(test.promised, 20), test.stops, day(t, test.today), test.ended)
			if got.AllowedDays != test.allowed || got.UsedDays != test.used || got.RemainingDays != test.remain || got.Light != test.light {
				t.Errorf("allowed %d, used %d, remaining %d, %s; want %d, %d, %d, %s",
					got.AllowedDays, got.UsedDays, got.RemainingDays, got.Light, test.allowed, test.used, test.remain, test.light)
			}
		})
	}
}

func TestADueDateInAYearNotPublishedIsProvisional(t *testing.T) {
	c := published2026(t)
	start, today := day(t, "2026-12-28"), day(t, "2026-12-28")
	if !calendar.Summarise(c, start, workingDays(5, 5), nil, today, nil).Provisional {
		t.Error("the fifth working day lies in 2027")
	}
	if !calendar.Summarise(c, start, workingDays(1, 20), nil, today, nil).Provisional {
		t.Error("the legal limit lies in 2027")
	}
	if calendar.Summarise(c, start, workingDays(3, 3), nil, today, nil).Provisional {
		t.Error("31 December 2026 is known")
	}
	if calendar.Summarise(c, start, calendarDays(30, 30), nil, today, nil).Provisional {
		t.Error("calendar days need no notice")
	}
}

func TestTheExplanationNamesEveryDay(t *testing.T) {
	c := published2026(t)
	stops := []calendar.Segment{wait(t, "2026-03-05", "2026-03-10"), extension(t, "2026-03-11", 1)}
	stops[0].Notice = "杭补〔2026〕7号"
	got := calendar.Compute(c, day(t, "2026-03-02"), workingDays(5, 5), stops, day(t, "2026-03-11"), nil)
	at := func(text string) *models.Date { date := day(t, text); return &date }
	notice := "杭补〔2026〕7号"
	want := []*calendar.DeadlineSegment{
		{Kind: calendar.Running, From: day(t, "2026-03-03"), To: at("2026-03-05"), Days: 2},
		{Kind: calendar.WaitingForApplicant, From: day(t, "2026-03-05"), To: at("2026-03-10"), Days: 3, Reason: stops[0].Reason, Notice: &notice},
		{Kind: calendar.Running, From: day(t, "2026-03-10"), Days: 4},
		{Kind: calendar.Extension, From: day(t, "2026-03-11"), Days: 1, Reason: stops[1].Reason},
	}
	if diff := cmp.Diff(want, got.Segments); diff != "" {
		t.Error(diff)
	}
	if len(got.Skipped) != 0 {
		t.Errorf("the weekend of 7 March lies inside the wait, nothing else is skipped: %v", got.Skipped)
	}
	plain := calendar.Compute(c, day(t, "2026-04-03"), workingDays(1, 5), nil, day(t, "2026-04-03"), nil)
	wantSkipped := []*calendar.SkippedDay{
		{Date: day(t, "2026-04-04"), Reason: models.T("周六", "Saturday")},
		{Date: day(t, "2026-04-05"), Reason: models.T("周日", "Sunday")},
		{Date: day(t, "2026-04-06"), Reason: models.T("清明节", "Qingming Festival")},
	}
	if diff := cmp.Diff(wantSkipped, plain.Skipped); diff != "" {
		t.Error(diff)
	}
}

func TestAnEndedCaseIsExplainedToItsLastDay(t *testing.T) {
	c := published2026(t)
	ended := day(t, "2026-03-04")
	got := calendar.Compute(c, day(t, "2026-03-02"), workingDays(10, 20), nil, day(t, "2026-06-01"), &ended)
	after := day(t, "2026-03-05")
	want := []*calendar.DeadlineSegment{{Kind: calendar.Running, From: day(t, "2026-03-03"), To: &after, Days: 2}}
	if diff := cmp.Diff(want, got.Segments); diff != "" {
		t.Error(diff)
	}
	if !got.PromisedDueAt.Equal(day(t, "2026-03-16").End()) {
		t.Errorf("the promise stays what it was, got %s", got.PromisedDueAt)
	}
}

func TestSegmentsAreStoredAsJSON(t *testing.T) {
	stored, err := json.Marshal([]calendar.Segment{wait(t, "2026-03-05", ""), extension(t, "2026-03-06", 2)})
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"kind":"WAITING_FOR_APPLICANT","from":"2026-03-05","reason":{"en":"Waiting for documents","zh":"等待补正"}},` +
		`{"kind":"EXTENSION","from":"2026-03-06","days":2,"reason":{"en":"Extended","zh":"延长"}}]`
	if string(stored) != want {
		t.Errorf("%s\nwant\n%s", stored, want)
	}
}

func TestASummaryAllocatesNextToNothing(t *testing.T) {
	c := published2026(t)
	stops := []calendar.Segment{wait(t, "2026-03-05", "2026-03-10"), wait(t, "2026-03-12", "2026-03-13")}
	start, today := day(t, "2026-03-02"), day(t, "2026-03-16")
	allocations := testing.AllocsPerRun(100, func() { calendar.Summarise(c, start, workingDays(45, 60), stops, today, nil) })
	if allocations > 4 {
		t.Errorf("%v allocations for a summary over sixty days", allocations)
	}
}

func BenchmarkSummarise(b *testing.B) {
	c := published2026(b)
	stops := []calendar.Segment{wait(b, "2026-03-05", "2026-03-10")}
	start, today := day(b, "2026-03-02"), day(b, "2026-03-16")
	b.ReportAllocs()
	for b.Loop() {
		calendar.Summarise(c, start, workingDays(20, 45), stops, today, nil)
	}
}
