package calendar

import (
	"slices"
	"time"

	"onewindow/models"
)

// The two conventions of counting. The law says "working days" and leaves the edges to civil-law habit: the day of an
// event is not counted, and when a wait ends the clock runs again on that very day.
const (
	StartDayCounts      = false
	ResumptionDayCounts = true
)

// YellowDays and YellowShare say when a light turns yellow: one day left, or a third of the allowed days.
const (
	YellowDays  = 1
	YellowShare = 3
)

// SegmentKind is a kind of stretch of the clock.
type SegmentKind string

// The kinds of segments. Only waits and extensions are stored; the running stretches are what lies between.
const (
	Running             SegmentKind = "RUNNING"
	WaitingForApplicant SegmentKind = "WAITING_FOR_APPLICANT"
	SpecialStep         SegmentKind = "SPECIAL_STEP"
	Extension           SegmentKind = "EXTENSION"
)

// Segment is what stopped or moved a clock, as it is stored: a wait from one day up to, not including, another (open
// while To is nil), or an extension by Days given on From.
type Segment struct {
	Kind   SegmentKind  `json:"kind"`
	From   models.Date  `json:"from"`
	To     *models.Date `json:"to,omitempty"`
	Days   int          `json:"days,omitempty"`
	Reason models.Text  `json:"reason,omitempty"`
	Notice string       `json:"notice,omitempty"`
}

// IsWait tells whether the clock stands still during the segment.
func (s Segment) IsWait() bool { return s.Kind == WaitingForApplicant || s.Kind == SpecialStep }

// Limits are the days promised and the days allowed by law, each in its unit.
type Limits struct {
	PromisedDays, LegalDays int
	PromisedUnit, LegalUnit Unit
}

// Light is how urgent a case is, at a glance.
type Light string

// The lights.
const (
	Green  Light = "GREEN"
	Yellow Light = "YELLOW"
	Red    Light = "RED"
)

// DeadlineSegment is one stretch of the explanation of a due date. Days are the days counted (running), the days left
// out (waits; of overlapping waits a day belongs to the first) or added (extension), in the promise's unit.
type DeadlineSegment struct {
	Kind   SegmentKind
	From   models.Date
	To     *models.Date
	Days   int
	Reason models.Text
	Notice *string
}

// SkippedDay is a day that did not count, and why.
type SkippedDay struct {
	Date   models.Date
	Reason models.Text
}

// Deadline is the state of a clock on a day. Days are in the promise's unit.
type Deadline struct {
	AllowedDays   int
	UsedDays      int
	RemainingDays int
	Light         Light
	PromisedDueAt time.Time
	LegalDueAt    time.Time
	// Provisional: a year that was counted in has not been published; weekends off is assumed.
	Provisional bool
	Segments    []*DeadlineSegment
	Skipped     []*SkippedDay
}

// Summarise computes a deadline without its explanation: what every row of a list needs.
//
// The start day does not count. A day is suspended if a wait's from <= day < to. While a wait is open the clock stands
// still: days used stay what they were, and the due dates are those that would hold if the wait ended today, today
// counting again. A promise of n days ends at the end of the nth counted day; a promise of none at the end of the start
// day, or of the day of resumption where a wait covers the start day. Once ended, the state is that of the last day.
func Summarise(c *Calendar, start models.Date, limits Limits, stops []Segment, today models.Date, ended *models.Date) *Deadline {
	deadline, _ := newReckoning(c, start, limits, stops, today, ended).summarise()
	return deadline
}

// Compute is Summarise with the explanation. While the clock runs or waits, the running segments reach to the promised
// due day (the last one is open), so that their days add up to the allowed days, and so that counted days, skipped days
// and the days inside waits are together exactly the days from the start to the due day. Once ended, they reach to the
// last day, or to the due day if that came first.
func Compute(c *Calendar, start models.Date, limits Limits, stops []Segment, today models.Date, ended *models.Date) *Deadline {
	r := newReckoning(c, start, limits, stops, today, ended)
	deadline, due := r.summarise()
	r.explain(deadline, due)
	return deadline
}

// YellowFrom gives the first day on which the light is not green any more, if nothing else happens until then.
func YellowFrom(c *Calendar, start models.Date, limits Limits, stops []Segment, today models.Date) models.Date {
	r := newReckoning(c, start, limits, stops, today, nil)
	allowed := limits.PromisedDays + r.extended
	greenDays := allowed - max(YellowDays, allowed/YellowShare)
	if greenDays <= 0 {
		return start
	}
	return r.due(greenDays, limits.PromisedUnit)
}

// span is a suspended stretch [from, to).
type span struct{ from, to models.Date }

// reckoning is one computation: the clock's facts with overlapping waits merged.
type reckoning struct {
	calendar *Calendar
	start    models.Date
	limits   Limits
	stops    []Segment
	// now is today, or the last day of a case that has ended.
	now      models.Date
	ended    bool
	extended int
	// waits are sorted, disjoint, and lie after the start or cover it; an open one ends at now.
	waits []span
	// openFrom is the first day of the earliest wait that still lasts.
	openFrom models.Date
	isOpen   bool
}

func newReckoning(c *Calendar, start models.Date, limits Limits, stops []Segment, today models.Date, ended *models.Date) *reckoning {
	r := &reckoning{calendar: c, start: start, limits: limits, stops: stops, now: today}
	if ended != nil {
		r.ended, r.now = true, min(today, *ended)
	}
	for _, stop := range stops {
		if stop.Kind == Extension {
			r.extended += stop.Days
		}
		if !stop.IsWait() {
			continue
		}
		if stop.To == nil && (!r.isOpen || stop.From < r.openFrom) {
			r.isOpen, r.openFrom = true, stop.From
		}
		if wait := r.suspended(stop); wait.from < wait.to {
			r.waits = append(r.waits, wait)
		}
	}
	r.merge()
	return r
}

// suspended gives the days that a wait takes out, clipped to the clock.
func (r *reckoning) suspended(stop Segment) span {
	to := r.now
	if stop.To != nil {
		to = *stop.To
	}
	if !ResumptionDayCounts {
		to++
	}
	return span{max(stop.From, r.start), to}
}

func (r *reckoning) merge() {
	if len(r.waits) < 2 {
		return
	}
	slices.SortFunc(r.waits, func(a, b span) int { return int(a.from) - int(b.from) })
	merged := r.waits[:1]
	for _, next := range r.waits[1:] {
		last := &merged[len(merged)-1]
		if next.from <= last.to {
			last.to = max(last.to, next.to)
			continue
		}
		merged = append(merged, next)
	}
	r.waits = merged
}

// counts tells whether a day that is not suspended counts.
func (r *reckoning) counts(day models.Date, unit Unit) bool {
	return unit == CalendarDays || r.calendar.Working(day)
}

// waiting gives the wait that covers a day.
func (r *reckoning) waiting(day models.Date) (span, bool) {
	for _, wait := range r.waits {
		if wait.from > day {
			break
		}
		if day < wait.to {
			return wait, true
		}
	}
	return span{}, false
}

// firstDay is the first day that can count.
func (r *reckoning) firstDay() models.Date {
	if StartDayCounts {
		return r.start
	}
	return r.start + 1
}

// due gives the nth counted day.
func (r *reckoning) due(days int, unit Unit) models.Date {
	if days <= 0 {
		if _, isWaiting := r.waiting(r.start); !isWaiting {
			return r.start
		}
		days = 1
	}
	day := r.firstDay() - 1
	for days > 0 {
		day++
		if wait, isWaiting := r.waiting(day); isWaiting {
			day = wait.to - 1
			continue
		}
		if r.counts(day, unit) {
			days--
		}
	}
	return day
}

// counted gives the counted days in [from, to).
func (r *reckoning) counted(from, to models.Date, unit Unit) int {
	total := 0
	for day := from; day < to; day++ {
		if wait, isWaiting := r.waiting(day); isWaiting {
			day = wait.to - 1
			continue
		}
		if r.counts(day, unit) {
			total++
		}
	}
	return total
}

func (r *reckoning) summarise() (*Deadline, models.Date) {
	promised := r.due(r.limits.PromisedDays+r.extended, r.limits.PromisedUnit)
	legal := r.due(r.limits.LegalDays+r.extended, r.limits.LegalUnit)
	usedUntil := r.now + 1
	if r.isOpen {
		usedUntil = min(usedUntil, r.openFrom)
	}
	deadline := &Deadline{
		AllowedDays:   r.limits.PromisedDays + r.extended,
		UsedDays:      r.counted(r.firstDay(), usedUntil, r.limits.PromisedUnit),
		PromisedDueAt: promised.End(),
		LegalDueAt:    legal.End(),
		Provisional:   r.provisional(promised, r.limits.PromisedUnit) || r.provisional(legal, r.limits.LegalUnit),
	}
	isOverdue := r.now > promised
	deadline.RemainingDays = deadline.AllowedDays - deadline.UsedDays
	if isOverdue {
		// A weekend after the due day uses no working day, yet what is late has nothing left.
		deadline.RemainingDays = min(deadline.RemainingDays, -1)
	} else {
		// A promise of no days that a wait has moved is not late on the day of resumption, although that day counts.
		deadline.RemainingDays = max(deadline.RemainingDays, 0)
	}
	deadline.Light = lightOf(deadline, isOverdue)
	return deadline, promised
}

func lightOf(deadline *Deadline, isOverdue bool) Light {
	switch {
	case isOverdue:
		return Red
	case deadline.RemainingDays <= YellowDays, deadline.RemainingDays*YellowShare <= deadline.AllowedDays:
		return Yellow
	}
	return Green
}

func (r *reckoning) provisional(due models.Date, unit Unit) bool {
	if unit == CalendarDays || due < r.firstDay() {
		return false // no working day was counted
	}
	for year := r.firstDay().Year(); year <= due.Year(); year++ {
		if !r.calendar.Published(year) {
			return true
		}
	}
	return false
}
