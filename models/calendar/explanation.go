package calendar

import (
	"cmp"
	"slices"

	"onewindow/models"
)

var resumedToday = models.T("补齐后继续计时，此处按今日恢复推算", "Goes on once the wait is over; reckoned as if that were today")

// explain fills in the segments and the skipped days of a deadline whose promise ends on due.
func (r *reckoning) explain(deadline *Deadline, due models.Date) {
	horizon := due
	if r.ended {
		horizon = min(due, r.now)
	}
	deadline.Segments = append(r.runningSegments(horizon), r.stopSegments()...)
	slices.SortStableFunc(deadline.Segments, func(a, b *DeadlineSegment) int { return cmp.Compare(a.From, b.From) })
	if r.limits.PromisedUnit == CalendarDays {
		return
	}
	for day := r.firstDay(); day <= horizon; day++ {
		if wait, isWaiting := r.waiting(day); isWaiting {
			day = wait.to - 1
			continue
		}
		if !r.calendar.Working(day) {
			deadline.Skipped = append(deadline.Skipped, &SkippedDay{Date: day, Reason: r.calendar.Reason(day)})
		}
	}
}

// runningSegments are the gaps between the waits, up to and including the horizon.
func (r *reckoning) runningSegments(horizon models.Date) []*DeadlineSegment {
	var segments []*DeadlineSegment
	piece := func(from, to models.Date) {
		if from < to {
			segments = append(segments, &DeadlineSegment{
				Kind: Running, From: from, To: &to, Days: r.counted(from, to, r.limits.PromisedUnit),
			})
		}
	}
	from := r.firstDay()
	for _, wait := range r.waits {
		piece(from, min(wait.from, horizon+1))
		from = max(from, wait.to)
	}
	piece(from, horizon+1)
	if len(segments) > 0 && !r.ended {
		last := segments[len(segments)-1]
		last.To = nil
		if r.isOpen && last.From >= r.now {
			last.Reason = resumedToday
		}
	}
	return segments
}

// stopSegments are the waits with the days that they left out, and the extensions.
func (r *reckoning) stopSegments() []*DeadlineSegment {
	stops := slices.Clone(r.stops)
	slices.SortStableFunc(stops, func(a, b Segment) int { return cmp.Compare(a.From, b.From) })
	segments := make([]*DeadlineSegment, 0, len(stops))
	leftOut := r.firstDay()
	for _, stop := range stops {
		segment := &DeadlineSegment{Kind: stop.Kind, From: stop.From, To: stop.To, Days: stop.Days, Reason: stop.Reason}
		if stop.Notice != "" {
			segment.Notice = &stop.Notice
		}
		if stop.IsWait() {
			wait := r.suspended(stop)
			segment.Days = r.uninterrupted(max(wait.from, leftOut), wait.to)
			leftOut = max(leftOut, wait.to)
		}
		segments = append(segments, segment)
	}
	return segments
}

// uninterrupted counts the days in [from, to) that would have counted without any wait.
func (r *reckoning) uninterrupted(from, to models.Date) int {
	total := 0
	for day := from; day < to; day++ {
		if r.counts(day, r.limits.PromisedUnit) {
			total++
		}
	}
	return total
}
