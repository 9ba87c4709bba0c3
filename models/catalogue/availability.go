package catalogue

import (
	"fmt"
	"time"

	"onewindow/models"
)

// MonthDay is a day of any year.
type MonthDay struct {
	Month time.Month
	Day   int
}

// String writes it as the catalogue does: 05-01.
func (d MonthDay) String() string { return fmt.Sprintf("%02d-%02d", int(d.Month), d.Day) }

// in gives the day in a year; the 29th of February is the 1st of March where there is none.
func (d MonthDay) in(year int) models.Date { return models.NewDate(year, d.Month, d.Day) }

// Season is the window of each year in which an item can be applied for, both days included. It may span the new year.
type Season struct{ From, To MonthDay }

func (s Season) contains(day models.Date) bool {
	ordinal := func(month time.Month, dayOfMonth int) int { return int(month)*100 + dayOfMonth }
	from, to, at := ordinal(s.From.Month, s.From.Day), ordinal(s.To.Month, s.To.Day), ordinal(day.Month(), day.Day())
	if from <= to {
		return from <= at && at <= to
	}
	return at >= from || at <= to
}

// next gives the day on which the season begins again.
func (s Season) next(day models.Date) models.Date {
	if begins := s.From.in(day.Year()); begins > day {
		return begins
	}
	return s.From.in(day.Year() + 1)
}

// Closed tells why the item cannot be applied for on a day, and until when; or nothing.
func (i *Item) Closed(today models.Date) *models.Problem {
	switch {
	case i.EffectiveUntil != nil && today > *i.EffectiveUntil:
		day := i.EffectiveUntil.String()
		return models.NewProblem("CLOSED", "", models.T("该事项已于 "+day+" 停止办理", "This service ended on "+day))
	case i.Paused:
		return models.NewProblem("PAUSED", "", models.T("该事项暂停办理", "This service is paused for now"))
	case i.EffectiveFrom != nil && today < *i.EffectiveFrom:
		day := i.EffectiveFrom.String()
		return models.NewProblem("NOT_OPEN", "", models.T("该事项自 "+day+" 起办理", "This service opens on "+day))
	case i.Season != nil && !i.Season.contains(today):
		from, to, next := i.Season.From.String(), i.Season.To.String(), i.Season.next(today).String()
		return models.NewProblem("OUT_OF_SEASON", "", models.T(
			fmt.Sprintf("该事项每年 %s 至 %s 受理，下次自 %s 起", from, to, next),
			fmt.Sprintf("This service is taken each year from %s to %s; it opens again on %s", from, to, next)))
	}
	return nil
}

// Closed tells why an item cannot be applied for today, until when, and what there is instead; or nothing. What the
// catalogue does not hold any more has ended.
func (s *Snapshot) Closed(item *Item) *models.Problem {
	if _, isOffered := s.offered[item.Code]; !isOffered {
		return models.NewProblem("CLOSED", "", models.T("该事项已不再办理", "This service is not offered any more"))
	}
	closed := item.Closed(s.day)
	if instead, found := s.Instead(item); closed != nil && found {
		closed.Message = models.T(
			fmt.Sprintf("%s，请改办“%s”（%s）", closed.Message.In(models.Chinese), instead.Name.In(models.Chinese), instead.Code),
			fmt.Sprintf("%s. Please apply for “%s” (%s) instead", closed.Message.In(models.English), instead.Name.In(models.English), instead.Code))
	}
	return closed
}

// Successor gives the item that replaces another, as the catalogue names it.
func (s *Snapshot) Successor(item *Item) (*Item, bool) { return s.Item(item.Successor) }

// Instead gives what can be applied for in place of an item: of those that replace one another the first that is open,
// or else the one that the item names.
func (s *Snapshot) Instead(item *Item) (*Item, bool) {
	named, found := s.Successor(item)
	next := named
	for seen := map[string]bool{item.Code: true}; next != nil && !seen[next.Code]; next = s.offered[next.Successor] {
		if next.Closed(s.day) == nil {
			return next, true
		}
		seen[next.Code] = true
	}
	return named, found
}

// isGone tells that an item is not shown to those who look around: it has ended, or is paused for another that replaces it.
func (s *Snapshot) isGone(item *Item) bool {
	if item.EffectiveUntil != nil && s.day > *item.EffectiveUntil {
		return true
	}
	_, isReplaced := s.Successor(item)
	return isReplaced && item.Paused
}
