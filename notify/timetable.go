package notify

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"onewindow/models"
	"onewindow/models/catalogue"
)

// Timetable is what the house decides about the days and hours of reminders.
type Timetable struct {
	// Days stand where an item names none. An empty list of papers that are missing is the course below.
	Days catalogue.Reminders
	// Reminder and Digest are the minutes of the day at which reminders and digests come.
	Reminder, Digest int
	// Working tells whether offices work on a day; nil: from Monday to Friday.
	Working func(models.Date) bool
}

// mark is one of the days on which a rule tells of a date. name tells it from the rule's others; why is for operators.
type mark struct {
	name string
	day  models.Date
	why  string
}

// marks are the days of a rule for a date: the item's own, else the house's, else the course; and for rules that tell after a
// date those of the rule itself. Earliest first, each day once.
func (n nature) marks(wait Wait, item catalogue.Reminders, timetable Timetable) []mark {
	date := models.DateOf(wait.About)
	if n.before == nil {
		marks := make([]mark, len(n.after))
		for i, days := range n.after {
			marks[i] = mark{"+" + strconv.Itoa(days), later(date, days), fmt.Sprintf("%d days after %s, by the rule", days, date)}
		}
		return marks
	}
	if own := n.before(item); len(own) > 0 {
		return marksBefore(date, own, "the item")
	}
	if house := n.before(timetable.Days); len(house) > 0 {
		return marksBefore(date, house, "the house")
	}
	return course(wait, timetable.working)
}

// marksBefore gives days before a date, each once; a day after the date is no reminder.
func marksBefore(date models.Date, daysBefore []int, chosenBy string) (marks []mark) {
	for _, days := range daysBefore {
		if days >= 0 {
			marks = append(marks, mark{strconv.Itoa(days), later(date, -days), fmt.Sprintf("%d days before %s, chosen by %s", days, date, chosenBy)})
		}
	}
	return inOrder(marks)
}

// course is when somebody is reminded of papers where nobody has chosen other days: half-way, three days before, on the last
// working day before, when an office can still be asked, and on the day itself. The notice itself has come at once.
func course(wait Wait, working func(models.Date) bool) []mark {
	date := models.DateOf(wait.About)
	lastWorking := date - 1
	for lastWorking > date-30 && !working(lastWorking) {
		lastWorking--
	}
	marks := []mark{
		{"3", date - 3, fmt.Sprintf("3 days before %s, by the course of the house", date)},
		{"working", lastWorking, fmt.Sprintf("the last working day before %s, by the course of the house", date)},
		{"0", date, fmt.Sprintf("on %s itself, by the course of the house", date)},
	}
	if wait.Since.IsZero() {
		return inOrder(marks)
	}
	since := models.DateOf(wait.Since)
	if half := since + (date-since)/2; half > since && half < date-3 {
		marks = append(marks, mark{"half", half, fmt.Sprintf("half-way from %s to %s, by the course of the house", since, date)})
	}
	return inOrder(slices.DeleteFunc(marks, func(mark mark) bool { return mark.day <= since }))
}

// inOrder sorts marks, and leaves one for each day.
func inOrder(marks []mark) []mark {
	slices.SortStableFunc(marks, func(a, b mark) int { return cmp.Compare(a.day, b.day) })
	return slices.CompactFunc(marks, func(a, b mark) bool { return a.day == b.day })
}

func (t Timetable) working(day models.Date) bool {
	if t.Working != nil {
		return t.Working(day)
	}
	return day.Weekday() != time.Saturday && day.Weekday() != time.Sunday
}

func later(date models.Date, days int) models.Date {
	return date + models.Date(days) // #nosec G115 -- a number of days in a year or two
}

// withDefaults fills the lists that are empty: each by itself.
func withDefaults(chosen, defaults catalogue.Reminders) catalogue.Reminders {
	for _, list := range []struct{ own, other *[]int }{
		{&chosen.MissingMaterial, &defaults.MissingMaterial}, {&chosen.DecisionDue, &defaults.DecisionDue},
		{&chosen.ResultExpires, &defaults.ResultExpires},
	} {
		if len(*list.own) == 0 {
			*list.own = *list.other
		}
	}
	return chosen
}
