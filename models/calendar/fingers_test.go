package calendar_test

import (
	"fmt"
	"strings"
	"time"
)

// The deadline a second time, written from the law alone and from nothing of this room: days are texts, holidays are lists,
// and every answer is found by walking from day to day and asking of each the same plain questions. It is slow and has no
// tricks, so that whoever doubts a due date can follow it with a finger on a wall calendar.

// The notices of the State Council for 2025 and 2026, once more: weekdays off, and weekend days that are worked.
const (
	weekdaysOff = `2025-01-01 2025-01-28 2025-01-29 2025-01-30 2025-01-31 2025-02-03 2025-02-04 2025-04-04 2025-05-01 2025-05-02
		2025-05-05 2025-06-02 2025-10-01 2025-10-02 2025-10-03 2025-10-06 2025-10-07 2025-10-08
		2026-01-01 2026-01-02 2026-02-16 2026-02-17 2026-02-18 2026-02-19 2026-02-20 2026-02-23 2026-04-06 2026-05-01 2026-05-04
		2026-05-05 2026-06-19 2026-09-25 2026-10-01 2026-10-02 2026-10-05 2026-10-06 2026-10-07`
	weekendsWorked = `2025-01-26 2025-02-08 2025-04-27 2025-09-28 2025-10-11
		2026-01-04 2026-02-14 2026-02-28 2026-05-09 2026-09-20 2026-10-10`
)

// wallDay is one day of the wall calendar.
type wallDay struct {
	name                  string
	isWorked, isAnnounced bool
}

// wallCalendar holds every day from 2024 to 2032.
var wallCalendar = func() []wallDay {
	var wall []wallDay
	for at := time.Date(2024, 1, 1, 12, 0, 0, 0, time.UTC); at.Year() < 2032; at = at.AddDate(0, 0, 1) {
		day := wallDay{name: at.Format("2006-01-02")}
		day.isWorked = at.Weekday() != time.Saturday && at.Weekday() != time.Sunday
		if strings.Contains(weekdaysOff, day.name) {
			day.isWorked = false
		}
		if strings.Contains(weekendsWorked, day.name) {
			day.isWorked = true
		}
		day.isAnnounced = at.Year() == 2025 || at.Year() == 2026
		wall = append(wall, day)
	}
	return wall
}()

// wallWait is a wait; until "" it is not over.
type wallWait struct{ from, until string }

// fingers is a clock to be counted on the fingers. Every date is a text.
type fingers struct {
	start                       string
	promised, legal             int
	promisedByDate, legalByDate bool // calendar days
	waits                       []wallWait
	extension                   int
	today, ended                string
}

// lastDay is today, or the day on which the case ended.
func (f fingers) lastDay() string {
	if f.ended != "" && f.ended < f.today {
		return f.ended
	}
	return f.today
}

// standsStill tells whether the clock stands still on a day. A wait that is not over lasts until the last day for due dates,
// which are those that would hold if it ended then, and for ever for the days used.
func (f fingers) standsStill(day string, forDueDate bool) bool {
	for _, wait := range f.waits {
		until := wait.until
		if until == "" && forDueDate {
			until = f.lastDay()
		}
		if day >= wait.from && (until == "" || day < until) {
			return true
		}
	}
	return false
}

// due walks to the day on which so many days have been counted.
func (f fingers) due(days int, byDate bool) string {
	days += f.extension
	if days == 0 && !f.standsStill(f.start, true) {
		return f.start
	}
	counted := 0
	for _, day := range wallCalendar {
		if day.name <= f.start || f.standsStill(day.name, true) || (!byDate && !day.isWorked) {
			continue
		}
		counted++
		if counted == days || days == 0 {
			return day.name
		}
	}
	return "beyond the wall calendar"
}

func (f fingers) used() int {
	used := 0
	for _, day := range wallCalendar {
		if day.name > f.start && day.name <= f.lastDay() && !f.standsStill(day.name, false) && (f.promisedByDate || day.isWorked) {
			used++
		}
	}
	return used
}

// guessed tells whether a day that was walked over for working days lies in a year that is not announced.
func (f fingers) guessed(due string, byDate bool) bool {
	for _, day := range wallCalendar {
		if !byDate && day.name > f.start && day.name <= due && !day.isAnnounced {
			return true
		}
	}
	return false
}

// answer is the outcome in the words of the table.
type fingerAnswer struct {
	due, legalDue string
	used, left    int
	light, note   string
}

func (f fingers) answer() fingerAnswer {
	a := fingerAnswer{due: f.due(f.promised, f.promisedByDate), legalDue: f.due(f.legal, f.legalByDate), used: f.used()}
	allowed := f.promised + f.extension
	a.left = allowed - a.used
	isLate := f.lastDay() > a.due
	switch {
	case isLate && a.left >= 0:
		a.left = -1
	case !isLate && a.left < 0:
		a.left = 0
	}
	a.light = "GREEN"
	if a.left <= 1 || a.left*3 <= allowed {
		a.light = "YELLOW"
	}
	if isLate {
		a.light = "RED"
	}
	if f.guessed(a.due, f.promisedByDate) || f.guessed(a.legalDue, f.legalByDate) {
		a.note = "provisional"
	}
	return a
}

// walk sorts every day from the start to the promised due day into one of three heaps.
func (f fingers) walk() (counted, stoodStill int, skipped []string) {
	due := f.due(f.promised, f.promisedByDate)
	for _, day := range wallCalendar {
		switch {
		case day.name <= f.start || day.name > due:
		case f.standsStill(day.name, true):
			stoodStill++
		case f.promisedByDate || day.isWorked:
			counted++
		default:
			skipped = append(skipped, day.name)
		}
	}
	return counted, stoodStill, skipped
}

// leftOut counts the days that all waits together took out of the clock.
func (f fingers) leftOut() int {
	days := 0
	for _, day := range wallCalendar {
		if day.name > f.start && f.standsStill(day.name, true) && (f.promisedByDate || day.isWorked) {
			days++
		}
	}
	return days
}

func (f fingers) String() string {
	return fmt.Sprintf("from %s, %d/%d days (calendar days: %t/%t), waits %v, extension %d, today %s, ended %q",
		f.start, f.promised, f.legal, f.promisedByDate, f.legalByDate, f.waits, f.extension, f.today, f.ended)
}
