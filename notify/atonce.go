package notify

import (
	"context"
	"time"

	"onewindow/models"
	"onewindow/models/store"
)

// Who writes a reminder sends it too, where nothing stands in its way: what it depends on was read in the transaction that wrote it,
// and need not be read again a moment later. The attempt is counted in that transaction, and a job stands behind it which comes when
// nobody can be at it any more: a process that died, or did not get to write down how it ended, sends it once more by that job.
// Whatever takes more thought (a cap, a copy, quiet hours, no address) and whatever a slow or limited provider leaves waiting goes
// by the queues.

const (
	// lotsAtOnce is how many lots of one channel a replica has under way past the queue: a channel that hangs holds these and no more.
	lotsAtOnce = 4
	// startWithin is how long after the commit a delivery may still have its turn past the queue; the next lot waits no longer for it.
	startWithin = 3 * time.Second
	// comesAgain is when the job behind an attempt comes: whoever makes it has its time, and some to write it down.
	comesAgain = startWithin + inHand
)

// room is the channels that have a place free, which whoever takes a room holds.
type room map[Channel]chan struct{}

// takeRoom takes a place on each channel that has one free.
func (s *Service) takeRoom() room {
	taken := room{}
	for channel, places := range s.places {
		select {
		case places <- struct{}{}:
			taken[channel] = places
		default:
		}
	}
	return taken
}

// keep gives the place on a channel to somebody else to give back.
func (r room) keep(channel Channel) (give func()) {
	places := r[channel]
	delete(r, channel)
	return func() { <-places }
}

// give gives back the places that nobody keeps.
func (r room) give() {
	for _, places := range r {
		<-places
	}
}

// departures are attempts that have been begun, by channel.
type departures map[Channel][]*try

// tell enters messages that are true at this moment, begins the attempts at those that leave at once, and has the others delivered.
func (s *Service) tell(ctx context.Context, tx *store.Tx, notices []notice, room room) (departures, error) {
	rows, inboxOnly, err := s.rows(tx, notices)
	if err != nil {
		return nil, err
	}
	leaving, err := s.enter(tx, rows, inboxOnly)
	if err != nil || len(leaving) == 0 {
		return nil, err
	}
	recipients, err := s.recipients(ctx, leaving)
	if err != nil { // the inbox does not wait for it, and whom it does not concern has a job of their own
		s.logger.WarnContext(ctx, "readers of messages could not be read: they are delivered by the queue", "error", err)
		return nil, enqueueDeliver(tx, leaving)
	}
	begun, others := s.choose(ctx, leaving, recipients, room, tx.Now)
	if err := enqueueDeliver(tx, others); err != nil {
		return nil, err
	}
	return begun, s.beginAtOnce(tx, begun)
}

// choose tells the messages that leave at once, on all of their channels, from the others.
func (s *Service) choose(ctx context.Context, rows []messageRow, recipients map[models.ID]*recipient, room room, now time.Time) (begun departures, others []messageRow) {
	ready := make([][]*try, len(rows))
	wanted := map[Channel]int{}
	for i, row := range rows {
		ready[i] = s.ready(row, recipients[row.ResidentID], room, now)
		for _, one := range ready[i] {
			wanted[one.delivery.Channel]++
		}
	}
	allowed := map[Channel]int{}
	for channel, count := range wanted {
		allowed[channel], _ = s.limiter.take(ctx, channel, count)
	}
	begun = departures{}
	for i, row := range rows {
		goes := len(ready[i]) > 0
		for _, one := range ready[i] {
			goes = goes && allowed[one.delivery.Channel] > 0
		}
		if !goes {
			others = append(others, row)
			continue
		}
		for _, one := range ready[i] {
			allowed[one.delivery.Channel]--
			begun[one.delivery.Channel] = append(begun[one.delivery.Channel], one)
		}
	}
	return begun, others
}

// ready gives the attempts at a message that may all be made now; none: it takes more thought.
func (s *Service) ready(row messageRow, reader *recipient, room room, now time.Time) (tries []*try) {
	said, known := templateOf(row.Kind, row.TemplateVersion)
	if !known || capped(said) || reader.chosen.CopyHelpers {
		return nil
	}
	envelope, err := s.envelope(row, reader.chosen.Locale, row.At)
	if err != nil || !now.Before(envelope.ExpiresAt) {
		return nil
	}
	for _, route := range routesOf(said, reader.chosen, reader.addresses, s.quotaFor(reader, row.Kind), now) {
		targets := reader.addresses.on(route.channel)
		if room[route.channel] == nil || route.at.After(now) || len(targets) == 0 {
			return nil
		}
		one := &try{delivery: routeOf(row.ID, route, now).row, message: row, recipient: reader, envelope: envelope, targets: targets}
		one.delivery.Attempts = 1
		s.address(one)
		tries = append(tries, one)
	}
	return tries
}

// beginAtOnce writes deliveries of which the first attempt is counted, and the jobs behind them.
func (s *Service) beginAtOnce(tx *store.Tx, begun departures) error {
	for channel, tries := range begun {
		rows, ids := make([]deliveryRow, len(tries)), make([]models.ID, len(tries))
		for i, one := range tries {
			rows[i], ids[i] = one.delivery, one.delivery.ID
		}
		tx.Insert(deliveriesToWrite(rows))
		if err := enqueueSends(tx, channel, ids, tx.Now.Add(comesAgain)); err != nil {
			return err
		}
	}
	return nil
}

// depart makes the attempts of a transaction that has been committed, and waits for their ends, but not for a provider that is slow.
func (s *Service) depart(ctx context.Context, begun departures, room room) {
	ctx = context.WithoutCancel(ctx) // what has been begun is ended
	ended := make(chan struct{}, len(begun))
	for channel, tries := range begun {
		give := room.keep(channel)
		s.departing.Go(func() {
			defer give()
			by, cancel := context.WithTimeout(ctx, startWithin)
			defer cancel()
			if err := s.attemptAll(ctx, channel, tries, &turn{}, by.Done()); err != nil {
				s.logger.WarnContext(ctx, "attempts could not be written down: they are made again", "channel", channel, "error", err)
			}
			ended <- struct{}{}
		})
	}
	patience := time.NewTimer(startWithin)
	defer patience.Stop()
	for range begun {
		select {
		case <-ended:
		case <-patience.C:
			return
		}
	}
}

// Wait waits for the attempts that are under way past the queues. It is called when nothing begins any more.
func (s *Service) Wait() { s.departing.Wait() }

// queue hands deliveries whose turn has not come to their channel's queue: no attempt at them counts.
func (s *Service) queue(ctx context.Context, channel Channel, tries []*try) error {
	if len(tries) == 0 {
		return nil
	}
	ids := make([]models.ID, len(tries))
	for i, one := range tries {
		ids[i] = one.delivery.ID
	}
	return s.store.InTx(ctx, func(tx *store.Tx) error {
		if err := unbeginAttempts(tx, ids); err != nil {
			return err
		}
		return enqueueSends(tx, channel, ids, tx.Now)
	})
}
