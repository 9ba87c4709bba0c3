package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"onewindow/models"
	"onewindow/models/store"
)

// sweepBatch is how many reminders one transaction takes, sweepHands how many transactions a replica has under way.
const (
	sweepBatch = 500
	sweepHands = 3
)

// Sweep sends the reminders and digests that are due and gives how many reminders were settled. Each batch is one transaction:
// whether a reminder still holds is read again in it, and message, delivery and the plan's end stand or fall together. Any
// number of replicas may sweep at once; it goes on until nothing is due.
func (s *Service) Sweep(ctx context.Context) (done int, err error) {
	var failures []error
	add := func(what string, settled int, err error) {
		if done += settled; err != nil {
			failures = append(failures, fmt.Errorf("sweep %s: %w", what, err))
		}
	}
	add("rounds", 0, s.goRounds(ctx))
	// Cases and occasions go apart: what another room breaks holds back no reminder of a case.
	for what, about := range map[string]string{"reminders of cases": aboutCases, "reminders of occasions": aboutThings} {
		settled, err := s.remindAll(ctx, about)
		add(what, settled, err)
	}
	lines, err := s.sweepAll(ctx, anyDigestDue, func(ctx context.Context) (settled int, err error) {
		err = s.store.InTx(ctx, func(tx *store.Tx) (err error) {
			settled, err = s.sweepDigests(ctx, tx)
			return err
		})
		return settled, err
	})
	add("digests", lines, err)
	return done, errors.Join(failures...)
}

// sweepAll does lots, each in a transaction, until nothing is left.
func (s *Service) sweepAll(ctx context.Context, anyDue dueQuestion, once func(context.Context) (int, error)) (done int, err error) {
	due, err := anyDue(s.store.Reader(ctx), s.store.Clock().Now().UTC())
	for due && err == nil && ctx.Err() == nil {
		var settled int
		settled, err = once(ctx)
		done += settled
		due = settled > 0
	}
	return done, errors.Join(err, ctx.Err())
}

// place is how far the due reminders have been gone through, by several hands: what was settled is not looked at again.
type place struct {
	dueAt time.Time
	id    models.ID
}

// beginning comes before every plan.
func beginning() place { return place{time.Unix(0, 0).UTC(), "00000000-0000-0000-0000-000000000000"} }

// passage is one way through what is due.
type passage struct {
	mutex sync.Mutex
	place place
}

func (p *passage) reached() place {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.place
}

func (p *passage) reach(row planRow) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if row.DueAt.After(p.place.dueAt) || row.DueAt.Equal(p.place.dueAt) && row.ID > p.place.id {
		p.place = place{row.DueAt, row.ID}
	}
}

// remindAll sends what is due, by a few hands at once: while one waits for its provider another reads.
func (s *Service) remindAll(ctx context.Context, about string) (done int, err error) {
	passage := &passage{place: beginning()}
	settled, failures := make([]int, sweepHands), make([]error, sweepHands)
	var hands sync.WaitGroup
	for hand := range sweepHands {
		hands.Go(func() {
			settled[hand], failures[hand] = s.sweepAll(ctx, anyDue(about), func(ctx context.Context) (int, error) { return s.remind(ctx, about, passage) })
		})
	}
	hands.Wait()
	for _, count := range settled {
		done += count
	}
	return done, errors.Join(failures...)
}

// remind settles one lot of what is due, and sends what leaves at once.
func (s *Service) remind(ctx context.Context, about string, passage *passage) (settled int, err error) {
	room := s.takeRoom()
	defer room.give()
	var rows []planRow
	var leaving departures
	err = s.store.InTx(ctx, func(tx *store.Tx) (err error) {
		if rows, err = takeDue(tx, about, passage.reached(), sweepBatch); err != nil || len(rows) == 0 {
			return err
		}
		leaving, err = s.sweepOnce(ctx, tx, rows, room)
		return err
	})
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	passage.reach(rows[len(rows)-1])
	s.depart(ctx, leaving, room)
	return len(rows), nil
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

func (s *Service) sweepOnce(ctx context.Context, tx *store.Tx, rows []planRow, room room) (leaving departures, err error) {
	applications := applicationsOf(rows)
	known, err := s.look(ctx, tx, applications, rows)
	if err != nil {
		return nil, err
	}
	due, err := selectDueKeys(tx, applications, subjectsOf(rows, func(row planRow) models.ID { return value(row.ThingID) }))
	if err != nil {
		return nil, err
	}
	newest := newestOf(due)
	var ends ends
	var notices []notice
	var forStaff []Planned
	for _, row := range rows {
		planned, said := s.read(row, known, tx)
		switch rule, _ := natureOf(row.Rule); {
		case said.dropped != "":
			ends.drop(row, said.dropped)
		case newest[matterOf(row)] != row.Key:
			ends.drop(row, droppedSuperseded)
		case rule.staff:
			planned.Params = said.params
			forStaff = append(forStaff, planned)
			ends.sent = append(ends.sent, row.ID)
		default:
			notices = append(notices, notice{
				residentID: row.ResidentID, kind: said.kind, applicationID: planned.ApplicationID,
				applicationNumber: numberOf(planned, said), params: said.params, planKey: row.Key,
			})
			ends.sent = append(ends.sent, row.ID)
		}
	}
	if leaving, err = s.tell(ctx, tx, notices, room); err != nil {
		return nil, err
	}
	if err := s.tellStaff(ctx, tx, forStaff); err != nil {
		return nil, err
	}
	return leaving, s.settle(tx, ends, known.cases)
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
		anew = append(anew, Plan(factsOf(cases[id]), s.timetable, tx.Now)...)
	}
	return s.remember(tx, anew)
}

// numberOf is the number of the case that a message is about; "": it is about none.
func numberOf(planned Planned, said reading) string {
	if planned.ApplicationID == "" {
		return ""
	}
	return said.params.Number
}

// truth is what is true inside a transaction of all that reminders are about.
type truth struct {
	cases map[models.ID]stand
	// things are the readings of reminders of occasions, by the id of the plan.
	things map[models.ID]reading
}

// look reads cases, and what plans of occasions are about, as they are now.
func (s *Service) look(ctx context.Context, tx *store.Tx, applications []models.ID, plans []planRow) (known truth, err error) {
	if known.things, err = s.readOccasions(ctx, tx, plans); err != nil || len(applications) == 0 {
		return known, err
	}
	standings, err := s.standings(ctx, tx, applications)
	if err != nil {
		return known, err
	}
	known.cases, err = s.allKnown(ctx, tx, standings)
	return known, err
}

// matter is what several reminders can be about: one date of one case, or of one thing for one person.
type matter struct {
	applicationID, thingID, residentID models.ID
	rule                               Rule
	about                              int64
}

func matterOf(row planRow) matter {
	return matter{value(row.ApplicationID), value(row.ThingID), row.ResidentID, row.Rule, row.About.UnixMicro()}
}

// newestOf gives the key of the last due reminder of each matter. After a pause several may have come due; one is enough.
func newestOf(due []planRow) map[matter]string {
	newest := map[matter]string{}
	for _, row := range due {
		newest[matterOf(row)] = row.Key
	}
	return newest
}

// planned is a stored reminder as the rules know it.
func (r planRow) planned() (Planned, error) {
	planned := Planned{Key: r.Key, Rule: r.Rule, About: r.About, ApplicationID: value(r.ApplicationID), ResidentID: r.ResidentID}
	err := json.Unmarshal([]byte(r.Params), &planned.Params)
	return planned, err
}

// read holds one due plan against what is true: what to tell, or why there is nothing to tell any more.
func (s *Service) read(row planRow, known truth, tx *store.Tx) (planned Planned, said reading) {
	planned, err := row.planned()
	if err != nil {
		s.logger.Error("reminder cannot be read", "plan", row.ID, "error", err)
		return planned, reading{dropped: droppedBroken}
	}
	if said, isOccasion := known.things[row.ID]; isOccasion {
		return planned, said
	}
	stand, exists := known.cases[planned.ApplicationID]
	if !exists {
		return planned, reading{dropped: droppedNoCase}
	}
	rule, _ := natureOf(row.Rule)
	said.kind = rule.kind
	said.params, said.dropped = planned.holds(waitsOf(stand), tx.Now)
	return planned, said
}

// applicationsOf gives the cases that plans are about, each once.
func applicationsOf(rows []planRow) []models.ID {
	return subjectsOf(rows, func(row planRow) models.ID { return value(row.ApplicationID) })
}

// value gives what stands behind a pointer, or nothing.
func value[T ~string](pointer *T) (empty T) {
	if pointer == nil {
		return empty
	}
	return *pointer
}
