package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"onewindow/models"
	"onewindow/models/store"
)

// endOf gives how a delivery stands after an attempt at all of its addresses. It was sent when one address took it; it goes on
// while one may yet; it has failed when none will. attempts counts this one.
func endOf(outcomes []Outcome, reached bool, attempts int) (state DeliveryState, reason string, again *Outcome) {
	failed := Outcome{}
	for _, outcome := range outcomes {
		switch {
		case outcome.Verdict == Taken:
			reached = true
		case !outcome.Verdict.final() && (again == nil || outcome.RetryAfter > again.RetryAfter):
			again = &outcome
		default:
			failed = outcome
		}
	}
	switch {
	case again != nil && (again.Verdict == Throttled || attempts < mostAttempts):
		return DeliveryPending, string(again.Verdict), again
	case reached:
		return DeliverySent, "", nil
	case again != nil:
		return DeliveryFailed, gaveUp, nil
	}
	return DeliveryFailed, failed.Code, nil
}

// record writes down how attempts ended and sees to what follows, in one transaction.
func (s *Service) record(ctx context.Context, channel Channel, provider string, tries []*try) error {
	err := s.store.InTx(ctx, func(tx *store.Tx) error {
		ids := make([]models.ID, len(tries))
		for i, one := range tries {
			ids[i] = one.delivery.ID
		}
		rows, err := lockDeliveries(tx, ids)
		if err != nil {
			return err
		}
		attempts := make(map[models.ID]int, len(rows))
		for _, row := range rows {
			attempts[row.ID] = row.Attempts
		}
		var ended []deliveryRow
		for _, one := range tries {
			if known, open := attempts[one.delivery.ID]; !open || known != one.delivery.Attempts {
				continue // somebody else has taken it over: this job was thought dead
			}
			row, err := s.settleTry(ctx, tx, one)
			if err != nil {
				return err
			}
			ended = append(ended, row)
		}
		insertAttempts(tx, s.attemptRows(tx.Now, channel, provider, tries))
		if err := updateDeliveries(tx, ended); err != nil {
			return err
		}
		return s.followUp(tx, ended, tries)
	})
	if err != nil {
		return fmt.Errorf("record %s: %w", channel, err)
	}
	for _, one := range tries {
		for _, outcome := range one.outcomes {
			s.metrics.attempt(channel, provider, outcome.Verdict)
			s.limiter.heard(ctx, channel, outcome)
		}
	}
	return nil
}

// settleTry decides how a delivery stands, and forgets what its provider said is of no use.
func (s *Service) settleTry(ctx context.Context, tx *store.Tx, one *try) (deliveryRow, error) {
	row := one.delivery
	var again *Outcome
	row.State, row.Reason, again = endOf(one.outcomes, one.reached, row.Attempts)
	if again != nil {
		args := SendArgs{Channel: row.Channel, DeliveryIDs: []models.ID{row.ID}, Throttled: one.throttled}
		if again.Verdict == Throttled { // not the message's fault: no attempt is used up, but it comes again later each time
			row.Attempts--
			args.Throttled++
		}
		pause := jitter(pauseAfter(max(row.Attempts, args.Throttled), *again))
		if err := enqueueSend(tx, args, tx.Now.Add(pause)); err != nil {
			return row, err
		}
	}
	for i, outcome := range one.outcomes {
		address := one.targets[i]
		var err error
		switch {
		case outcome.Verdict == BadAddress:
			err = s.forget(ctx, tx, one.message.ResidentID, row.Channel, address, outcome.Code)
		case row.Channel == WeChat && outcome.Verdict == Taken:
			err = spendQuota(tx, s.hash(WeChat, address), one.envelope.Template)
		case row.Channel == WeChat && outcome.Verdict == NoQuota:
			err = dropQuota(tx, s.hash(WeChat, address), one.envelope.Template)
		}
		if err != nil {
			return row, err
		}
	}
	return row, nil
}

// forget keeps an address from being tried again until its owner proves it anew. A push token is thrown away: the device brings
// a new one.
func (s *Service) forget(ctx context.Context, tx *store.Tx, residentID models.ID, channel Channel, address target, code string) error {
	if channel == Push && s.forgetDevice != nil {
		return s.forgetDevice(ctx, tx, residentID, address.to, address.token)
	}
	return insertBadAddress(tx, badAddressRow{
		ResidentID: residentID, Channel: channel, Target: s.hash(channel, address), At: tx.Now, Code: code,
	})
}

func (s *Service) attemptRows(now time.Time, channel Channel, provider string, tries []*try) []attemptRow {
	var rows []attemptRow
	for _, one := range tries {
		for i, outcome := range one.outcomes {
			rows = append(rows, attemptRow{
				ID: models.NewID(), DeliveryID: one.delivery.ID, Channel: channel, Provider: provider, Target: s.hash(channel, one.targets[i]),
				At: now, Outcome: outcome.Verdict, Code: outcome.Code, ProviderID: keepable(outcome.MessageID, longestProviderID),
			})
		}
	}
	return rows
}

// longestProviderID bounds what a provider's answer can put into our records.
const longestProviderID = 200

// followUp tries the next channel for what has failed for good.
func (s *Service) followUp(tx *store.Tx, ended []deliveryRow, tries []*try) error {
	failed := map[models.ID]bool{}
	for _, row := range ended {
		if row.State == DeliveryFailed {
			failed[row.ID] = true
			channel := row.Channel
			tx.AfterCommit(func() { s.metrics.dead(channel) })
		}
	}
	for _, one := range tries {
		if failed[one.delivery.ID] {
			if err := s.substitute(tx, one); err != nil {
				return err
			}
		}
	}
	return nil
}

// substitute sends a message on the next channel when all that it was sent on have failed for good; with none left somebody
// has to be told in person.
func (s *Service) substitute(tx *store.Tx, one *try) error {
	deliveries, err := selectDeliveries(tx, one.message.ID)
	if err != nil {
		return err
	}
	tried := map[Channel]bool{}
	for _, row := range deliveries {
		if row.State == DeliverySent || row.State == DeliveryPending && row.ID != one.delivery.ID {
			return nil
		}
		tried[row.Channel] = true
	}
	said, known := templateOf(one.message.Kind, one.message.TemplateVersion)
	if !known {
		return nil
	}
	reader := one.recipient
	next := substituteFor(said, reader.chosen, reader.addresses, s.quotaFor(reader, said.kind), tried)
	if next != "" {
		at := leavesAt(next, said.urgent, reader.chosen.Quiet, tx.Now)
		return s.dispatch(tx, []routed{routeOf(one.message.ID, route{next, at}, tx.Now)})
	}
	return toldInPerson(tx, one, said, reasonOf(deliveries))
}

// tooLate sees to a message of which the time is over before any channel took it: no other channel is of use any more.
func (s *Service) tooLate(tx *store.Tx, one *try) error {
	deliveries, err := selectDeliveries(tx, one.message.ID)
	if err != nil {
		return err
	}
	for _, row := range deliveries {
		if row.State == DeliverySent || row.State == DeliveryPending && row.ID != one.delivery.ID {
			return nil
		}
	}
	said, known := templateOf(one.message.Kind, one.message.TemplateVersion)
	if !known {
		return nil
	}
	return toldInPerson(tx, one, said, expired)
}

// toldInPerson puts a message that is worth a visit on the list of those that reached nobody.
func toldInPerson(tx *store.Tx, one *try, said template, reason string) error {
	if importanceOf(said.kind, said.urgent) < worthKnowing {
		return nil
	}
	return insertUnreached(tx, unreachedRow{MessageID: one.message.ID, ResidentID: one.message.ResidentID, At: tx.Now, Reason: reason})
}

// reasonOf says in one word why nobody was reached: what the last channel failed of.
func reasonOf(deliveries []deliveryRow) string {
	for i := len(deliveries) - 1; i >= 0; i-- {
		if deliveries[i].Reason != "" {
			return deliveries[i].Reason
		}
	}
	return noAddress
}

// Dead is a delivery that was given up, for operators. It holds no personal data.
type Dead struct {
	ID        models.ID `json:"id"`
	MessageID models.ID `json:"messageId"`
	Channel   Channel   `json:"channel"`
	Kind      Kind      `json:"kind"`
	At        time.Time `json:"at"`
	Attempts  int       `json:"attempts"`
	Reason    string    `json:"reason"`
}

// mostDead bounds what operators see or send again at once.
const mostDead = 1000

// DeadLetters gives deliveries that were given up, the oldest first; channel "" is all of them.
func (s *Service) DeadLetters(ctx context.Context, channel Channel) ([]Dead, error) {
	return selectDead(s.store.Reader(ctx), channel, mostDead)
}

// Replay has dead letters sent again, from their first attempt, and gives how many. What is not dead (any more) is left alone.
func (s *Service) Replay(ctx context.Context, ids []models.ID) (count int, err error) {
	if len(ids) > mostDead {
		return 0, errors.New("replay: too many at once")
	}
	err = s.store.InTx(ctx, func(tx *store.Tx) error {
		rows, err := reviveDeliveries(tx, ids)
		if err != nil {
			return err
		}
		count = len(rows)
		byChannel := map[Channel][]models.ID{}
		for _, row := range rows {
			byChannel[row.Channel] = append(byChannel[row.Channel], row.ID)
		}
		for _, channel := range Outgoing() {
			if err := enqueueSends(tx, channel, byChannel[channel], tx.Now); err != nil {
				return err
			}
		}
		return nil
	})
	return count, err
}
