package notify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"onewindow/models"
	"onewindow/models/casework"
	"onewindow/models/store"
)

const (
	// attemptTime bounds one attempt: a provider that hangs holds a place for so long and no longer.
	attemptTime = 10 * time.Second
	// sendAtOnce is how many deliveries one job attempts at the same time.
	sendAtOnce = 64
	// inHand is how long an attempt of which no end is written down counts as somebody's who is at it; after that they are thought dead.
	inHand = attemptTime + 2*time.Second
	// recordEvery is how long the end of an attempt may stay unwritten while others are under way: what a process that dies
	// would send a second time.
	recordEvery = 250 * time.Millisecond
	// longestWait is how long a job waits for its turn at a provider before it comes again later.
	longestWait = 2 * time.Second
)

// Send hands deliveries to the provider of their channel and writes down how each ended. Failures of the provider are no
// errors: whoever has to be tried again gets a job of its own. An error means that the house itself could not do its part.
func (s *Service) Send(ctx context.Context, args SendArgs) error {
	over, cancel := context.WithTimeout(ctx, longestTurn)
	defer cancel()
	turn := &turn{places: s.turns.of(args.Channel), over: over}
	defer turn.give()
	var err error
	if args.DeliveryIDs, err = selectPending(s.store.Reader(ctx), args.DeliveryIDs); err != nil {
		return err
	}
	for len(args.DeliveryIDs) > 0 {
		if !turn.take() {
			return s.postpone(ctx, args, 0)
		}
		allowed, wait := s.limiter.take(ctx, args.Channel, len(args.DeliveryIDs))
		if allowed == 0 {
			if wait > longestWait {
				return s.postpone(ctx, args, wait)
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(wait):
			}
			continue
		}
		now := args
		now.DeliveryIDs, args.DeliveryIDs = args.DeliveryIDs[:allowed], args.DeliveryIDs[allowed:]
		if err := s.sendSome(ctx, now, turn); err != nil {
			return err
		}
	}
	return nil
}

// postpone has deliveries sent later, without an attempt.
func (s *Service) postpone(ctx context.Context, args SendArgs, wait time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.store.InTx(ctx, func(tx *store.Tx) error {
		return enqueueSend(tx, args, tx.Now.Add(jitter(wait)))
	})
}

// try is one delivery under way: the addresses that are attempted now and how each ended.
type try struct {
	delivery  deliveryRow
	message   messageRow
	recipient *recipient
	envelope  Envelope
	targets   []target
	outcomes  []Outcome
	// reached: an earlier attempt was taken at another address of the same channel.
	reached bool
	// throttled is how often the provider has had enough of it.
	throttled int
	// notBegun: its turn did not come in time, so that it goes by the queue.
	notBegun bool
}

func (s *Service) sendSome(ctx context.Context, args SendArgs, turn *turn) error {
	tries, err := s.begin(ctx, args.Channel, args.DeliveryIDs)
	if err != nil || len(tries) == 0 {
		return err
	}
	for _, one := range tries {
		one.throttled = args.Throttled
	}
	return s.attemptAll(ctx, args.Channel, tries, turn, nil)
}

// attemptAll makes attempts that have been begun and writes down how they ended. What has not had its turn when it is
// late is handed to the channel's queue; nil: it is never late.
func (s *Service) attemptAll(ctx context.Context, channel Channel, tries []*try, turn *turn, late <-chan struct{}) error {
	provider := s.provider(channel)
	ended := make(chan *try, len(tries))
	places := make(chan struct{}, sendAtOnce)
	go func() {
		for _, one := range tries {
			places <- struct{}{}
			select {
			case <-late:
				one.notBegun = true
				<-places
				ended <- one
				continue
			default:
			}
			go func() {
				s.attempt(ctx, provider, one)
				<-places
				ended <- one
			}()
		}
	}()
	return s.collect(ctx, channel, provider.Name(), len(tries), ended, turn)
}

// attempt asks the provider once for each address of a delivery.
func (s *Service) attempt(ctx context.Context, provider Provider, one *try) {
	one.outcomes = make([]Outcome, len(one.targets))
	ask := func(i int) {
		envelope := one.envelope
		envelope.To, envelope.Token, envelope.Platform = one.targets[i].to, one.targets[i].token, one.targets[i].platform
		one.outcomes[i] = s.ask(ctx, provider, envelope)
	}
	var running sync.WaitGroup
	for i := range one.targets[1:] {
		running.Go(func() { ask(i + 1) })
	}
	ask(0)
	running.Wait()
}

// ask makes one attempt within its time. A provider's client that breaks is a failure of that attempt alone.
func (s *Service) ask(ctx context.Context, provider Provider, envelope Envelope) (outcome Outcome) {
	ctx, cancel := context.WithTimeout(ctx, attemptTime)
	defer cancel()
	defer func() {
		if broken := recover(); broken != nil {
			s.logger.ErrorContext(ctx, "provider's client broke", "provider", provider.Name(), "delivery", envelope.ID)
			outcome = Failed(Temporary, "BROKEN")
		}
	}()
	return provider.Send(ctx, envelope)
}

// collect writes the ends of attempts down as they come in: together where they come together, and never late because of one
// that hangs.
func (s *Service) collect(ctx context.Context, channel Channel, provider string, left int, ended <-chan *try, turn *turn) error {
	hanging := time.NewTimer(hangs)
	defer hanging.Stop()
	ticker := time.NewTicker(recordEvery)
	defer ticker.Stop()
	// What was sent is written down even if the job's own time is over.
	ctx = context.WithoutCancel(ctx)
	var done, notBegun []*try
	var failures []error
	flush := func() {
		if len(done) > 0 {
			failures = append(failures, s.record(ctx, channel, provider, done))
			done = nil
		}
	}
	for left > 0 {
		select {
		case one := <-ended:
			if one.notBegun {
				notBegun = append(notBegun, one)
			} else {
				done = append(done, one)
			}
			left--
		case <-ticker.C:
			flush()
		case <-hanging.C:
			turn.give()
		}
	}
	flush()
	return errors.Join(append(failures, s.queue(ctx, channel, notBegun))...)
}

// begin counts the attempts before they are made. Whatever stands against a delivery is found here, before every attempt: it is
// no longer true, too late, too early, unwanted, or leads nowhere.
func (s *Service) begin(ctx context.Context, channel Channel, ids []models.ID) ([]*try, error) {
	messages, recipients, err := s.about(ctx, ids)
	if err != nil {
		return nil, err
	}
	var tries []*try
	err = s.store.InTx(ctx, func(tx *store.Tx) error {
		tries = nil
		rows, err := lockDeliveries(tx, ids)
		if err != nil {
			return err
		}
		truth, err := s.stillTrue(ctx, tx, messages)
		if err != nil {
			return err
		}
		taken, err := selectTaken(tx, rows)
		if err != nil {
			return err
		}
		var begun []models.ID
		for _, row := range rows {
			message := messages[row.MessageID]
			one := &try{delivery: row, message: message, recipient: recipients[message.ResidentID]}
			goes, err := s.prepare(tx, one, truth[message.ID], taken[row.ID])
			if err != nil {
				return err
			}
			if goes {
				tries, begun = append(tries, one), append(begun, row.ID)
				one.delivery.Attempts++
			}
		}
		return beginAttempts(tx, begun)
	})
	if err != nil {
		return nil, fmt.Errorf("begin %s: %w", channel, err)
	}
	return tries, nil
}

// about reads the messages of deliveries and their readers.
func (s *Service) about(ctx context.Context, ids []models.ID) (map[models.ID]messageRow, map[models.ID]*recipient, error) {
	rows, err := selectMessagesOf(s.store.Reader(ctx), ids)
	if err != nil {
		return nil, nil, err
	}
	recipients, err := s.recipients(ctx, rows)
	if err != nil {
		return nil, nil, err
	}
	messages := make(map[models.ID]messageRow, len(rows))
	for _, row := range rows {
		messages[row.ID] = row
	}
	return messages, recipients, nil
}

// prepare tells whether an attempt is made now, and fills in what it takes.
func (s *Service) prepare(tx *store.Tx, one *try, truth string, taken map[string]bool) (goes bool, err error) {
	row, chosen := one.delivery, one.recipient.chosen
	drop := func(reason string) (bool, error) {
		row.State, row.Reason = DeliveryDropped, reason
		return false, updateDeliveries(tx, []deliveryRow{row})
	}
	if until := row.At.Add(inHand); row.Attempts > 0 && row.Reason == "" && tx.Now.Before(until) {
		// Another worker is at it, or was a moment ago.
		return false, enqueueSends(tx, row.Channel, []models.ID{row.ID}, earlier(until, tx.Now.Add(inHand)))
	}
	since := one.message.At
	if row.Reason == replayed { // an operator has mended the cause, perhaps days later, and wants it sent
		since = row.At
	}
	one.envelope, err = s.envelope(one.message, chosen.Locale, since)
	if err != nil {
		s.logger.Error("message cannot be rendered", "message", one.message.ID, "kind", one.message.Kind, "error", err)
		row.State, row.Reason = DeliveryFailed, droppedBroken
		return false, errors.Join(updateDeliveries(tx, []deliveryRow{row}), s.substitute(tx, one))
	}
	switch {
	case truth != "":
		return drop(truth)
	case !tx.Now.Before(one.envelope.ExpiresAt):
		_, err := drop(expired)
		return false, errors.Join(err, s.tooLate(tx, one))
	case chosen.refuses(row.Channel):
		return drop(switchedOff)
	}
	if at := leavesAt(row.Channel, one.message.Urgent, chosen.Quiet, tx.Now); at.After(tx.Now) {
		return false, enqueueSends(tx, row.Channel, []models.ID{row.ID}, at)
	}
	for _, address := range one.recipient.addresses.on(row.Channel) {
		if taken[s.hash(row.Channel, address)] {
			one.reached = true
			continue
		}
		one.targets = append(one.targets, address)
	}
	if len(one.targets) == 0 && one.reached {
		row.State, row.Reason = DeliverySent, ""
		return false, updateDeliveries(tx, []deliveryRow{row})
	}
	if len(one.targets) == 0 {
		_, err := drop(noAddress)
		return false, errors.Join(err, s.substitute(tx, one))
	}
	s.address(one)
	one.envelope.Again = row.Attempts > 0 && row.Reason == ""
	return true, nil
}

// address writes on an envelope what its channel asks for.
func (s *Service) address(one *try) {
	one.envelope.ID = string(one.delivery.ID)
	if one.delivery.Channel == WeChat {
		one.envelope.Template = s.weChatTemplates[one.message.Kind]
	}
}

// stillTrue reads again, for messages that ask for something, whether it is still wanted. It gives the reason for those that
// are not to be sent any more.
func (s *Service) stillTrue(ctx context.Context, tx *store.Tx, messages map[models.ID]messageRow) (map[models.ID]string, error) {
	var applications []models.ID
	var keys []string
	for _, row := range messages {
		if row.ApplicationID != nil && (row.PlanKey != nil || row.Kind == SupplementRequested) {
			applications = append(applications, *row.ApplicationID)
		}
		if row.PlanKey != nil {
			keys = append(keys, *row.PlanKey)
		}
	}
	if len(applications)+len(keys) == 0 {
		return nil, nil
	}
	plans, err := selectPlans(tx, keys)
	if err != nil {
		return nil, err
	}
	known, err := s.look(ctx, tx, applications, slices.Collect(maps.Values(plans)))
	if err != nil {
		return nil, err
	}
	untrue, err := s.helpNoMore(ctx, tx, messages, known)
	if err != nil {
		return nil, err
	}
	for id, row := range messages {
		if reason := untruth(row, known, plans, tx.Now); reason != "" {
			untrue[id] = reason
		}
	}
	return untrue, nil
}

// helpNoMore finds the copies whose readers do not help the person any more whose case it is.
func (s *Service) helpNoMore(ctx context.Context, tx *store.Tx, messages map[models.ID]messageRow, known truth) (map[models.ID]string, error) {
	untrue := map[models.ID]string{}
	var people []models.ID
	for _, row := range messages {
		if kase := known.caseOf(row); row.Copied && kase != nil {
			people = append(people, kase.ApplicantID, kase.SubjectID)
		}
	}
	if len(people) == 0 || s.helpers == nil {
		return untrue, nil
	}
	helpers, err := s.helpers(ctx, tx, people)
	if err != nil {
		return nil, fmt.Errorf("helpers: %w", err)
	}
	for id, row := range messages {
		kase := known.caseOf(row)
		if !row.Copied || kase == nil {
			continue
		}
		helps := func(helper Helper) bool {
			return helper.ID == row.ResidentID && (helper.Items == nil || slices.Contains(helper.Items, kase.ItemCode))
		}
		if !slices.ContainsFunc(helpers[kase.ApplicantID], helps) && !slices.ContainsFunc(helpers[kase.SubjectID], helps) {
			untrue[id] = droppedNotTheirs
		}
	}
	return untrue, nil
}

// caseOf is the case that a message is about; nil: none, or none that is known.
func (t truth) caseOf(row messageRow) *casework.Case {
	if row.ApplicationID == nil {
		return nil
	}
	return t.cases[*row.ApplicationID].Case
}

// untruth is why a message must not be sent any more; "" where it still holds.
func untruth(row messageRow, known truth, plans map[string]planRow, now time.Time) string {
	if row.ApplicationID == nil {
		if row.PlanKey == nil {
			return ""
		}
		return known.things[plans[*row.PlanKey].ID].dropped
	}
	waits := waitsOf(known.cases[*row.ApplicationID])
	if row.Kind == SupplementRequested && !slices.ContainsFunc(waits, func(wait Wait) bool { return len(wait.Keys) > 0 }) {
		return noLongerTrue
	}
	if row.PlanKey == nil {
		return ""
	}
	plan, planned := plans[*row.PlanKey]
	if !planned {
		return ""
	}
	reminder, err := plan.planned()
	if err != nil {
		return droppedBroken
	}
	_, reason := reminder.holds(waits, now)
	return reason
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
