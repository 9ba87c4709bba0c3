package casework

import (
	"slices"
	"time"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/catalogue"
	"onewindow/models/material"
)

// wakes is the earliest moment at which the house itself has to act on a case: deemed acceptance, lapse, or a deferred
// material that has not come; nil: never. It is stored with every change, so that a sweep reads only what is due.
func (c *Case) wakes(item *catalogue.Item, days *calendar.Calendar) *time.Time {
	switch c.State {
	case Submitted:
		due := c.acceptanceDue(item, days)
		return &due
	case SupplementRequired:
		due := c.Progress.Supplement.DueAt
		if late := c.deferredUntil(); late != nil && late.Before(due) {
			return late
		}
		return &due
	case InReview:
		return c.deferredUntil()
	}
	return nil
}

// deferredUntil is when the first deferred material is due whose delay has not been told yet.
func (c *Case) deferredUntil() (first *time.Time) {
	for i := range c.Progress.Requirements {
		requirement := &c.Progress.Requirements[i]
		if requirement.Status != material.Deferred || requirement.DueAt == nil || slices.Contains(c.Progress.LateTold, requirement.Key) {
			continue
		}
		if first == nil || requirement.DueAt.Before(*first) {
			first = requirement.DueAt
		}
	}
	return first
}

// deferredLate tells once that deferred materials have not come in time: the case cannot be completed without them, as was
// announced when it was taken in. The office's clock runs on.
func (m *move) deferredLate() error {
	if _, err := permit(m.kase.State, ActionDeferredLate); err != nil {
		return err
	}
	var names []models.Text
	for _, requirement := range m.kase.Progress.Requirements {
		if requirement.Status == material.Deferred && requirement.DueAt != nil && requirement.DueAt.Before(m.now) &&
			!slices.Contains(m.kase.Progress.LateTold, requirement.Key) {
			m.kase.Progress.LateTold = append(m.kase.Progress.LateTold, requirement.Key)
			names = append(names, m.materialName(requirement.Key))
		}
	}
	if len(names) == 0 {
		return errNothingToDo
	}
	m.happened(EventDeferredLate, models.T("容缺材料逾期未补交", "A deferred document has not come in time"),
		phrase(models.T("请尽快补交：{}。补交之前不能办结。", "Please hand in soon: {}. The application cannot be completed before."), list(names)), of(m.kase.Lead))
	return nil
}
