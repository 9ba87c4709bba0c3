package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"onewindow/models"
	"onewindow/models/store"
)

// sweepBatch is how many reminders one transaction takes.
const sweepBatch = 500

// Sweep sends the reminders and digests that are due and gives how many reminders were settled. Each batch is one transaction:
// whether a reminder still holds is read again in it, and message, delivery job and the plan's end stand or fall together. Any
// number of replicas may sweep at once; it goes on until nothing is due.
func (s *Service) Sweep(ctx context.Context) (done int, err error) {
	reminded, err := s.sweepAll(ctx, anyDue, s.sweepOnce)
	if err != nil {
		return reminded, fmt.Errorf("sweep reminders: %w", err)
	}
	lines, err := s.sweepAll(ctx, anyDigestDue, s.sweepDigests)
	if err != nil {
		return reminded + lines, fmt.Errorf("sweep digests: %w", err)
	}
	return reminded + lines, nil
}

func (s *Service) sweepAll(ctx context.Context, anyDue dueQuestion, once func(context.Context, *store.Tx) (int, error)) (done int, err error) {
	for ctx.Err() == nil {
		due, err := anyDue(s.store.Reader(ctx), s.store.Clock().Now().UTC())
		if err != nil || !due {
			return done, err
		}
		settled := 0
		err = s.store.InTx(ctx, func(tx *store.Tx) (err error) {
			settled, err = once(ctx, tx)
			return err
		})
		if err != nil {
			return done, err
		}
		if done += settled; settled == 0 {
			return done, nil
		}
	}
	return done, ctx.Err()
}

// ends collects how due plans end.
type ends struct {
	sent    []models.ID
	dropped map[string][]models.ID
	// moved are the cases of which something is not true any more; what is true of them instead may be due another day.
	moved map[models.ID]bool
}

func (e *ends) drop(row planRow, reason string) {
	if e.dropped == nil {
		e.dropped, e.moved = map[string][]models.ID{}, map[models.ID]bool{}
	}
	e.dropped[reason] = append(e.dropped[reason], row.ID)
	if reason == droppedFulfilled && row.ApplicationID != nil {
		e.moved[*row.ApplicationID] = true
	}
}

func (s *Service) sweepOnce(ctx context.Context, tx *store.Tx) (settled int, err error) {
	rows, err := takeDue(tx, sweepBatch)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	applications := applicationsOf(rows)
	cases, err := s.look(ctx, tx, applications)
	if err != nil {
		return 0, err
	}
	due, err := selectDueKeys(tx, applications)
	if err != nil {
		return 0, err
	}
	newest := newestOf(due)
	var ends ends
	var notices []notice
	var forStaff []Planned
	for _, row := range rows {
		planned, params, reason := s.read(row, cases, tx)
		switch rule, _ := natureOf(row.Rule); {
		case reason != "":
			ends.drop(row, reason)
		case newest[occasionOf(row)] != row.Key:
			ends.drop(row, droppedSuperseded)
		case rule.staff:
			planned.Params = params
			forStaff = append(forStaff, planned)
			ends.sent = append(ends.sent, row.ID)
		default:
			notices = append(notices, notice{
				residentID: row.ResidentID, kind: rule.kind, applicationID: planned.ApplicationID,
				applicationNumber: params.Number, params: params, planKey: row.Key,
			})
			ends.sent = append(ends.sent, row.ID)
		}
	}
	if err := s.write(tx, notices); err != nil {
		return 0, err
	}
	if err := s.tellStaff(ctx, tx, forStaff); err != nil {
		return 0, err
	}
	return len(rows), s.settle(tx, ends, cases)
}

// settle ends plans, and plans anew for cases whose dates have moved by themselves.
func (s *Service) settle(tx *store.Tx, ends ends, cases map[models.ID]stand) error {
	if err := settlePlans(tx, ends.sent, planSent, ""); err != nil {
		return err
	}
	for reason, ids := range ends.dropped {
		if err := settlePlans(tx, ids, planDropped, reason); err != nil {
			return err
		}
		s.logger.Info("reminders dropped", "reason", reason, "count", len(ids))
	}
	var anew []Planned
	for id := range ends.moved {
		anew = append(anew, Plan(factsOf(cases[id]), s.reminders, tx.Now)...)
	}
	return s.remember(tx, anew)
}

// look reads cases as they are now.
func (s *Service) look(ctx context.Context, tx *store.Tx, applications []models.ID) (map[models.ID]stand, error) {
	if len(applications) == 0 {
		return nil, nil
	}
	standings, err := s.standings(ctx, tx, applications)
	if err != nil {
		return nil, err
	}
	return s.allKnown(ctx, tx, standings)
}

// occasion is what several reminders can be about: one deadline of one case.
type occasion struct {
	applicationID models.ID
	rule          Rule
	about         int64
}

func occasionOf(row planRow) occasion {
	return occasion{value(row.ApplicationID), row.Rule, row.About.UnixMicro()}
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
	planned := Planned{Key: r.Key, Rule: r.Rule, About: r.About, ApplicationID: value(r.ApplicationID), ResidentID: r.ResidentID}
	err := json.Unmarshal([]byte(r.Params), &planned.Params)
	return planned, err
}

// read holds one due plan against its case: what to tell, or why there is nothing to tell any more.
func (s *Service) read(row planRow, cases map[models.ID]stand, tx *store.Tx) (planned Planned, params Params, dropped string) {
	planned, err := row.planned()
	if err != nil {
		s.logger.Error("reminder cannot be read", "plan", row.ID, "error", err)
		return planned, params, droppedBroken
	}
	known, exists := cases[planned.ApplicationID]
	if !exists {
		return planned, params, droppedNoCase
	}
	params, dropped = planned.holds(waitsOf(known), tx.Now)
	return planned, params, dropped
}

// applicationsOf gives the cases that plans are about, each once.
func applicationsOf(rows []planRow) []models.ID {
	var ids []models.ID
	seen := map[models.ID]bool{}
	for _, row := range rows {
		if id := value(row.ApplicationID); id != "" && !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return slices.Clip(ids)
}

// value gives what stands behind a pointer, or nothing.
func value[T ~string](pointer *T) (empty T) {
	if pointer == nil {
		return empty
	}
	return *pointer
}
