package calendar

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"onewindow/models"
)

// Unit is what a limit is counted in.
type Unit string

// The units of limits.
const (
	WorkingDays  Unit = "WORKING_DAYS"
	CalendarDays Unit = "CALENDAR_DAYS"
)

// NamedDay is a day off or a make-up day with the holiday's name; an empty name gets a general one.
type NamedDay struct {
	Date models.Date
	Name models.Text
}

// Year is one year's arrangement of holidays as it was published.
type Year struct {
	Year int
	// Source is the official notice.
	Source string
	// DaysOff are holidays; weekends are off already.
	DaysOff []NamedDay
	// MakeUpDays are weekend days that are worked.
	MakeUpDays []NamedDay
}

// Calendar tells working days. It never changes once made.
type Calendar struct {
	years       []Year // by year
	fingerprint string
	published   map[int]bool
	special     map[models.Date]NamedDay
	// first and working hold one entry for each day of the span of published years: looking a day up must cost
	// next to nothing, because every row of every list asks for dozens.
	first   models.Date
	working []bool
}

var (
	saturday       = models.T("周六", "Saturday")
	sunday         = models.T("周日", "Sunday")
	unnamedHoliday = models.T("节假日", "Public holiday")
)

// New makes a calendar of the published years. The error names the first arrangement that cannot be.
func New(years ...Year) (*Calendar, error) {
	c := &Calendar{published: map[int]bool{}, special: map[models.Date]NamedDay{}}
	worked := map[models.Date]bool{}
	firstYear, lastYear := 0, -1
	for _, year := range years {
		if c.published[year.Year] {
			return nil, fmt.Errorf("calendar year %d is given twice", year.Year)
		}
		if len(c.published) == 0 {
			firstYear, lastYear = year.Year, year.Year
		}
		firstYear, lastYear = min(firstYear, year.Year), max(lastYear, year.Year)
		c.published[year.Year] = true
		if err := c.add(year, worked); err != nil {
			return nil, err
		}
	}
	c.fill(firstYear, lastYear, worked)
	c.years = slices.SortedFunc(slices.Values(years), func(a, b Year) int { return a.Year - b.Year })
	c.fingerprint = fingerprint(c.years)
	return c, nil
}

func (c *Calendar) add(year Year, worked map[models.Date]bool) error {
	put := func(day NamedDay, isWorked bool) error {
		if day.Date.Year() != year.Year {
			return fmt.Errorf("%s does not lie in %d", day.Date, year.Year)
		}
		if _, found := c.special[day.Date]; found {
			return fmt.Errorf("%s is given twice", day.Date)
		}
		if isWorked && !isWeekend(day.Date) {
			return fmt.Errorf("%s is a make-up day but no weekend day", day.Date)
		}
		c.special[day.Date], worked[day.Date] = day, isWorked
		return nil
	}
	for _, day := range year.DaysOff {
		if err := put(day, false); err != nil {
			return err
		}
	}
	for _, day := range year.MakeUpDays {
		if err := put(day, true); err != nil {
			return err
		}
	}
	return nil
}

// fill lays the span of published years out; a gap between them falls back to weekends off like any unpublished year.
func (c *Calendar) fill(firstYear, lastYear int, worked map[models.Date]bool) {
	c.first = models.NewDate(firstYear, time.January, 1)
	after := models.NewDate(lastYear+1, time.January, 1)
	c.working = make([]bool, max(0, after-c.first))
	for offset := range c.working {
		day := c.first + models.Date(offset)
		isWorked, isSpecial := worked[day]
		c.working[offset] = isWorked || (!isSpecial && !isWeekend(day))
	}
}

func isWeekend(day models.Date) bool {
	weekday := day.Weekday()
	return weekday == time.Saturday || weekday == time.Sunday
}

// Working tells whether a day counts as a working day; in a year not published yet, Monday to Friday do.
func (c *Calendar) Working(day models.Date) bool {
	if offset := int(day) - int(c.first); offset >= 0 && offset < len(c.working) {
		return c.working[offset]
	}
	return !isWeekend(day)
}

// Reason tells why a day does not count: the holiday's name, or the day of the weekend. A working day has none.
func (c *Calendar) Reason(day models.Date) models.Text {
	if c.Working(day) {
		return nil
	}
	if special, found := c.special[day]; found {
		if special.Name[models.Chinese] == "" {
			return unnamedHoliday
		}
		return special.Name
	}
	if day.Weekday() == time.Saturday {
		return saturday
	}
	return sunday
}

// Published tells whether the arrangement of a year is known.
func (c *Calendar) Published(year int) bool { return c.published[year] }

// Years gives the years whose arrangement is known, rising.
func (c *Calendar) Years() []int { return slices.Sorted(maps.Keys(c.published)) }

// AddDays gives the end day of a limit. The start day is not counted; no days at all give the start day itself.
func (c *Calendar) AddDays(start models.Date, days int, unit Unit) models.Date {
	if unit == CalendarDays {
		return start + models.Date(max(days, 0))
	}
	day := start
	for days > 0 {
		day++
		if c.Working(day) {
			days--
		}
	}
	return day
}

// holidayNames are the holidays of the State Council's regulation (全国年节及纪念日放假办法), for readers of English: the
// published notices name them in Chinese alone.
var holidayNames = map[string]string{
	"元旦": "New Year's Day", "春节": "Spring Festival", "清明节": "Qingming Festival", "劳动节": "Labour Day",
	"端午节": "Dragon Boat Festival", "中秋节": "Mid-Autumn Festival", "国庆节": "National Day",
}

// HolidayName gives a holiday's name, as a notice has it in Chinese, in both languages where the holiday is a known one.
// It understands several holidays joined by 、 and the suffix 调休 of make-up days.
func HolidayName(chinese string) models.Text {
	name, isMakeUp := strings.CutSuffix(chinese, "调休")
	var english []string
	for part := range strings.SplitSeq(name, "、") {
		known, found := holidayNames[part]
		if !found {
			return models.Text{models.Chinese: chinese}
		}
		english = append(english, known)
	}
	joined := strings.Join(english, ", ")
	if isMakeUp {
		joined += " (make-up day)"
	}
	return models.T(chinese, joined)
}
