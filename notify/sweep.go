package notify

import (
	"context"
	"encoding/json"
	"fmt"

	"onewindow/models"
	"onewindow/models/casework"
	"onewindow/models/store"
)

// sweepBatch is how many reminders one transaction takes.
const sweepBatch = 200

// Sweep sends the reminders that are due and gives how many were settled. Each batch is one transaction: whether a reminder
// still holds is read again in it, and message, delivery job and the plan's end stand or fall together. Any number of
// replicas may sweep at once; it goes on until nothing is due.
func (s *Service) Sweep(ctx context.Context) (done int, err error) {
	for ctx.Err() == nil {
		due, err := anyDue(s.store.Reader(ctx), s.store.Clock().Now().UTC())
		if err != nil || !due {
			return done, err
		}
		settled := 0
		err = s.store.InTx(ctx, func(tx *store.Tx) (err error) {
			settled, err = s.sweepOnce(ctx, tx)
			return err
		})
		if err != nil {
			return done, fmt.Errorf("sweep reminders: %w", err)
		}
		if done += settled; settled == 0 {
			return done, nil
		}
	}
	return done, ctx.Err()
}

func (s *Service) sweepOnce(ctx context.Context, tx *store.Tx) (settled int, err error) {
	rows, err := takeDue(tx, sweepBatch)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	applications := applicationsOf(rows)
	cases, err := s.still(ctx, tx, applications)
	if err != nil {
		return 0, err
	}
	due, err := selectDueKeys(tx, applications)
	if err != nil {
		return 0, err
	}
	newest := newestOf(due)
	var sent []models.ID
	var notices []notice
	dropped := map[string][]models.ID{}
	for _, row := range rows {
		told, reason := s.reminder(tx, row, cases[row.ApplicationID], newest)
		if reason != "" {
			dropped[reason] = append(dropped[reason], row.ID)
			continue
		}
		sent, notices = append(sent, row.ID), append(notices, told)
	}
	if err := s.write(tx, notices); err != nil {
		return 0, err
	}
	return len(rows), s.settle(tx, sent, dropped)
}

func (s *Service) settle(tx *store.Tx, sent []models.ID, dropped map[string][]models.ID) error {
	if err := settlePlans(tx, sent, planSent, ""); err != nil {
		return err
	}
	for reason, ids := range dropped {
		if err := settlePlans(tx, ids, planDropped, reason); err != nil {
			return err
		}
		s.logger.Info("reminders dropped", "reason", reason, "count", len(ids))
	}
	return nil
}

// occasion is what several reminders can be about: one deadline of one case.
type occasion struct {
	applicationID models.ID
	rule          Rule
	about         int64
}

func occasionOf(row planRow) occasion {
	return occasion{row.ApplicationID, row.Rule, row.About.UnixMicro()}
}

// newestOf gives the key of the last due reminder of each occasion. After a pause several may have come due; one is enough.
func newestOf(due []planRow) map[occasion]string {
	newest := map[occasion]string{}
	for _, row := range due {
		newest[occasionOf(row)] = row.Key
	}
	return newest
}

// planned is a stored reminder as the rules know it.
func (r planRow) planned() (Planned, error) {
	planned := Planned{Rule: r.Rule, About: r.About}
	err := json.Unmarshal([]byte(r.Params), &planned.Params)
	return planned, err
}

// reminder reads one due plan against its case: what to tell, or why there is nothing to tell any more.
func (s *Service) reminder(tx *store.Tx, row planRow, kase *casework.Case, newest map[occasion]string) (told notice, dropped string) {
	planned, err := row.planned()
	if err != nil {
		s.logger.Error("reminder cannot be read", "plan", row.ID, "error", err)
		return told, droppedBroken
	}
	if kase == nil {
		return told, droppedNoCase
	}
	params, dropped := planned.holds(waitsOf(kase), tx.Now)
	if dropped != "" {
		return told, dropped
	}
	if newest[occasionOf(row)] != row.Key {
		return told, droppedSuperseded
	}
	return notice{
		residentID: row.ResidentID, kind: row.Rule.kind(), applicationID: row.ApplicationID,
		applicationNumber: params.Number, params: params, planKey: row.Key,
	}, ""
}

func applicationsOf(rows []planRow) []models.ID {
	seen := map[models.ID]bool{}
	var ids []models.ID
	for _, row := range rows {
		if !seen[row.ApplicationID] {
			seen[row.ApplicationID] = true
			ids = append(ids, row.ApplicationID)
		}
	}
	return ids
}
