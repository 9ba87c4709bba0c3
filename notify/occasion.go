package notify

import (
	"context"
	"fmt"
	"slices"
	"time"

	"onewindow/models"
	"onewindow/models/catalogue"
	"onewindow/models/store"
)

// Occasion is a rule about something that is no case: a document that ends, an appointment, a follow-up. Its room hands over what
// will be due (Expect) and what is done (Fulfilled) in its own transactions, or lets the planner look for it (Find); keys,
// quiet hours, caps, digests, channels and copies are the planner's, as for cases.
type Occasion struct {
	Rule Rule
	// Kind is what is said to whom it concerns, KindOfGuardian to the guardians of a minor; "": nobody guards it.
	Kind, KindOfGuardian Kind
	// Before are the days before the date on which it tells. Digest: it can wait for the one message of the morning.
	Before []int
	Digest bool
	// Purpose is the consent without which nothing is said, e.g. HEALTH_FOLLOW_UP; "": none is needed.
	Purpose string
	// Read tells, of things, what is true of them inside the transaction; what is done or gone is left out.
	Read func(ctx context.Context, tx *store.Tx, things []models.ID) (map[models.ID]Due, error)
	// Find gives what will be due from a day to another, by rising ThingID after one of them; nil: the room tells by itself.
	Find func(ctx context.Context, tx *store.Tx, from, to models.Date, after models.ID, limit int) ([]Due, error)
}

// Due is something that will be due.
type Due struct {
	// ThingID is what it is about, SubjectID is whose it is.
	ThingID, SubjectID models.ID
	// At is when it is due; of a whole day, that day's end.
	At time.Time
	// Params are what the message says of it, but for the day and the days that are left.
	Params Params
}

// nature is the occasion as the rules of cases are written.
func (o Occasion) nature() nature {
	return nature{kind: o.Kind, digest: o.Digest, before: func(catalogue.Reminders) []int { return o.Before }}
}

// occasionsOf checks the rules: each stands once, is no rule of cases, can be said and read, and says nothing outside of what needs a
// consent.
func occasionsOf(all []Occasion) (map[Rule]Occasion, error) {
	occasions := make(map[Rule]Occasion, len(all))
	for _, one := range all {
		_, isOfCases := natureOf(one.Rule)
		_, twice := occasions[one.Rule]
		if one.Rule == "" || isOfCases || twice || one.Read == nil || len(one.Before) == 0 {
			return nil, fmt.Errorf("notify: the occasion %q is none, or stands twice", one.Rule)
		}
		for _, kind := range []Kind{one.Kind, one.KindOfGuardian} {
			said, known := templateOf(kind, 0)
			if kind == one.KindOfGuardian && kind == "" {
				continue
			}
			if !known || one.Purpose != "" && !said.discreet {
				return nil, fmt.Errorf("notify: the occasion %s has no words, or words that say too much: %q", one.Rule, kind)
			}
		}
		occasions[one.Rule] = one
	}
	return occasions, nil
}

// Why a reminder of an occasion that was due was not sent.
const (
	droppedNoConsent = "NO_CONSENT"
	droppedNotTheirs = "NOT_THEIRS"
)

// Expect brings the reminders of things into line with when they are due, in the caller's transaction: what was planned for
// another date ends. What has passed is not made up for.
func (s *Service) Expect(ctx context.Context, tx *store.Tx, rule Rule, dues []Due) error {
	return s.expect(ctx, tx, rule, dues, tx.Now)
}

// expect plans reminders that come after a moment.
func (s *Service) expect(ctx context.Context, tx *store.Tx, rule Rule, dues []Due, after time.Time) error {
	occasion, known := s.occasions[rule]
	if !known {
		return fmt.Errorf("notify: no occasion %s", rule)
	}
	if len(dues) == 0 {
		return nil
	}
	told, err := s.concerned(ctx, tx, occasion, dues)
	if err != nil {
		return err
	}
	var plans []Planned
	var keys []string // what has come due and waits for the sweep stays too
	things := make([]models.ID, len(dues))
	for i, due := range dues {
		things[i] = due.ThingID
		for _, person := range told[due.SubjectID] {
			for _, plan := range s.plansOf(occasion, due, person, time.Time{}) {
				if keys = append(keys, plan.Key); plan.At.After(after) {
					plans = append(plans, plan)
				}
			}
		}
	}
	if err := cancelThings(tx, rule, things, keys); err != nil {
		return err
	}
	return s.remember(tx, plans)
}

// plansOf are the reminders of one thing to one person.
func (s *Service) plansOf(occasion Occasion, due Due, person models.ID, after time.Time) (plans []Planned) {
	for _, next := range occasion.nature().occasions(Wait{Rule: occasion.Rule, About: due.At}, catalogue.Reminders{}, s.timetable, after) {
		plans = append(plans, Planned{
			Key:  fmt.Sprintf("%s/%s/%s/%s/%s", due.ThingID, occasion.Rule, models.DateOf(due.At), next.name, person),
			Rule: occasion.Rule, ResidentID: person, At: next.at, About: due.At, Params: due.Params, Digest: occasion.Digest, Why: next.why,
			ThingID: due.ThingID, SubjectID: due.SubjectID,
		})
	}
	return plans
}

// Fulfilled ends the reminders of things that are done or gone, in the transaction of whatever did it.
func (s *Service) Fulfilled(_ context.Context, tx *store.Tx, rule Rule, things []models.ID) error {
	return cancelThings(tx, rule, things, nil)
}

// concerned gives who is told of things, by whose they are: the guardians of a minor, and the person where there is a way to
// tell them.
func (s *Service) concerned(ctx context.Context, tx *store.Tx, occasion Occasion, dues []Due) (map[models.ID][]models.ID, error) {
	subjects := subjectsOf(dues, func(due Due) models.ID { return due.SubjectID })
	guarded, err := s.guardiansOf(ctx, tx, occasion, subjects)
	if err != nil {
		return nil, err
	}
	var minors []models.ID
	for subject := range guarded {
		minors = append(minors, subject)
	}
	reached, err := s.reachOfMinors(ctx, minors)
	if err != nil {
		return nil, err
	}
	told := make(map[models.ID][]models.ID, len(subjects))
	for _, subject := range subjects {
		if guardians := guarded[subject]; len(guardians) > 0 && !reached[subject] {
			told[subject] = guardians
			continue
		}
		told[subject] = append([]models.ID{subject}, guarded[subject]...)
	}
	return told, nil
}

func (s *Service) guardiansOf(ctx context.Context, tx *store.Tx, occasion Occasion, subjects []models.ID) (map[models.ID][]models.ID, error) {
	if occasion.KindOfGuardian == "" || s.guardians == nil {
		return nil, nil
	}
	guarded, err := s.guardians(ctx, tx, subjects)
	if err != nil {
		return nil, fmt.Errorf("guardians: %w", err)
	}
	return guarded, nil
}

// reachOfMinors tells which of the minors have a way of their own.
func (s *Service) reachOfMinors(ctx context.Context, minors []models.ID) (map[models.ID]bool, error) {
	if len(minors) == 0 {
		return nil, nil
	}
	addresses, err := s.reach(ctx, minors)
	if err != nil {
		return nil, err
	}
	reached := make(map[models.ID]bool, len(minors))
	for id, one := range addresses {
		reached[id] = slices.ContainsFunc(Outgoing(), func(channel Channel) bool { return len(one.on(channel)) > 0 })
	}
	return reached, nil
}

// subjectsOf gives ids, each once.
func subjectsOf[T any](all []T, of func(T) models.ID) (ids []models.ID) {
	seen := map[models.ID]bool{}
	for _, one := range all {
		if id := of(one); id != "" && !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids
}

// reading is what is true now of one planned reminder of an occasion.
type reading struct {
	kind    Kind
	params  Params
	dropped string
}

// readOccasions reads again what reminders of occasions are about: a constant number of questions for each rule among them. Those of
// cases are left out.
func (s *Service) readOccasions(ctx context.Context, tx *store.Tx, rows []planRow) (map[models.ID]reading, error) {
	byRule := map[Rule][]planRow{}
	for _, row := range rows {
		if _, known := s.occasions[row.Rule]; known {
			byRule[row.Rule] = append(byRule[row.Rule], row)
		}
	}
	read := map[models.ID]reading{}
	for rule, some := range byRule {
		if err := s.readRule(ctx, tx, s.occasions[rule], some, read); err != nil {
			return nil, fmt.Errorf("occasion %s: %w", rule, err)
		}
	}
	return read, nil
}

func (s *Service) readRule(ctx context.Context, tx *store.Tx, occasion Occasion, rows []planRow, into map[models.ID]reading) error {
	things := subjectsOf(rows, func(row planRow) models.ID { return value(row.ThingID) })
	subjects := subjectsOf(rows, func(row planRow) models.ID { return value(row.SubjectID) })
	dues, err := occasion.Read(ctx, tx, things)
	if err != nil {
		return err
	}
	guarded, err := s.guardiansOf(ctx, tx, occasion, subjects)
	if err != nil {
		return err
	}
	agreed, err := s.agreed(ctx, tx, occasion.Purpose, subjects)
	if err != nil {
		return err
	}
	for _, row := range rows {
		into[row.ID] = occasion.hold(row, dues, guarded, agreed, tx.Now)
	}
	return nil
}

// agreed tells who has given a consent. Where nobody can say, nobody has.
func (s *Service) agreed(ctx context.Context, tx *store.Tx, purpose string, subjects []models.ID) (map[models.ID]bool, error) {
	if purpose == "" || s.consents == nil {
		return nil, nil
	}
	agreed, err := s.consents(ctx, tx, purpose, subjects)
	if err != nil {
		return nil, fmt.Errorf("consents: %w", err)
	}
	return agreed, nil
}

// hold reads one reminder against what is true now.
func (o Occasion) hold(row planRow, dues map[models.ID]Due, guarded map[models.ID][]models.ID, agreed map[models.ID]bool, now time.Time) reading {
	due, there := dues[value(row.ThingID)]
	switch {
	case !there || !due.At.Equal(row.About):
		return reading{dropped: droppedFulfilled}
	case !now.Before(due.At):
		return reading{dropped: droppedPassed}
	case o.Purpose != "" && !agreed[due.SubjectID]:
		return reading{dropped: droppedNoConsent}
	}
	said := reading{kind: o.Kind, params: due.Params}
	if row.ResidentID != due.SubjectID {
		if !slices.Contains(guarded[due.SubjectID], row.ResidentID) {
			return reading{dropped: droppedNotTheirs}
		}
		said.kind = o.KindOfGuardian
	}
	date := models.DateOf(due.At)
	left := int(date - models.DateOf(now))
	said.params.Day, said.params.DaysLeft = &date, &left
	return said
}
