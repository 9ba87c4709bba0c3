package notify

import (
	"context"
	"slices"

	"onewindow/models"
	"onewindow/models/casework"
	"onewindow/models/store"
)

// plan cancels the reminders of the case that no longer hold and writes those that do. A change that changes nothing of what
// is true for the rules costs no statement.
func (s *Service) plan(tx *store.Tx, change casework.Change) error {
	after := stand{s.stand(change.After, change.Item, tx.Now), issuedUntil(change.After)}
	plans := Plan(factsOf(after), s.timetable, tx.Now)
	if change.Before != nil {
		before := stand{s.stand(change.Before, change.Item, tx.Now), after.expires}
		sameDays := change.Before.Calendar == change.After.Calendar && change.Before.ItemVersion == change.After.ItemVersion
		if sameDays && slices.EqualFunc(Plan(factsOf(before), s.timetable, tx.Now), plans, samePlan) {
			return nil
		}
	} else if len(plans) == 0 {
		return nil
	}
	keys := make([]string, len(plans))
	for i, plan := range plans {
		keys[i] = plan.Key
	}
	if change.Before != nil {
		cancelPlans(tx, change.After.ID, keys)
	}
	return s.remember(tx, plans)
}

// issuedUntil gives the days on which what a case issued ends. Whether something newer has replaced it is looked at when the reminder
// is due.
func issuedUntil(c *casework.Case) map[models.ID]models.Date {
	until := map[models.ID]models.Date{}
	for _, result := range c.Progress.Results {
		if result.ExpiresOn != nil {
			until[result.DocumentID] = *result.ExpiresOn
		}
	}
	return until
}

// samePlan tells whether two plans are one reminder with one text.
func samePlan(a, b Planned) bool {
	return a.Key == b.Key && a.ResidentID == b.ResidentID && slices.EqualFunc(a.Params.Materials, b.Params.Materials, func(x, y Named) bool { return x.Key == y.Key })
}

// allKnown adds to how cases stand what else the rules read.
func (s *Service) allKnown(ctx context.Context, tx *store.Tx, standings map[models.ID]casework.Standing) (map[models.ID]stand, error) {
	var documents []models.ID
	for _, standing := range standings {
		if standing.Case.State == casework.Completed {
			for _, result := range standing.Case.Progress.Results {
				documents = append(documents, result.DocumentID)
			}
		}
	}
	var expires map[models.ID]models.Date
	if len(documents) > 0 && s.expires != nil {
		var err error
		if expires, err = s.expires(ctx, tx, documents); err != nil {
			return nil, err
		}
	}
	all := make(map[models.ID]stand, len(standings))
	for id, standing := range standings {
		all[id] = stand{standing, expires}
	}
	return all, nil
}

// remember writes plans, and sees to it that lines of a digest are looked for when they are due.
func (s *Service) remember(tx *store.Tx, plans []Planned) error {
	rows := make([]planRow, len(plans))
	for i, plan := range plans {
		params, err := writeParams(plan.Params)
		if err != nil {
			return err
		}
		rows[i] = planRow{
			ID: models.NewID(), Key: plan.Key, ApplicationID: filled(plan.ApplicationID), ResidentID: plan.ResidentID, Rule: plan.Rule,
			DueAt: plan.At.UTC(), About: plan.About.UTC(), Params: params, State: planPlanned, Digest: plan.Digest, Why: plan.Why,
			ThingID: filled(plan.ThingID), SubjectID: filled(plan.SubjectID),
		}
	}
	insertPlans(tx, rows)
	var waiting []digestRow
	for _, row := range rows {
		position := slices.IndexFunc(waiting, func(other digestRow) bool { return other.ResidentID == row.ResidentID })
		switch {
		case !row.Digest:
		case position < 0:
			waiting = append(waiting, digestRow{row.ResidentID, row.DueAt})
		case row.DueAt.Before(waiting[position].DueAt):
			waiting[position].DueAt = row.DueAt
		}
	}
	expectDigests(tx, waiting)
	return nil
}
