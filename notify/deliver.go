package notify

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/riverqueue/river"

	"onewindow/models"
	"onewindow/models/store"
)

// recipient is the reader of a message with all that decides how it leaves.
type recipient struct {
	chosen    preferences
	addresses Addresses
	// quota is what WeChat permits for the message's template.
	quota map[string]int
}

// Deliver decides on which channels messages leave, and when, and hands them to the channels' own queues. A message that was
// routed before is not routed again.
func (s *Service) Deliver(ctx context.Context, args DeliverArgs) error {
	ids := args.MessageIDs
	if args.MessageID != "" {
		ids = append(ids, args.MessageID)
	}
	rows, err := selectMessages(s.store.Reader(ctx), ids)
	if err != nil || len(rows) == 0 {
		return err
	}
	recipients, err := s.recipients(ctx, rows)
	if err != nil {
		return err
	}
	return s.store.InTx(ctx, func(tx *store.Tx) error {
		if err := s.copy(ctx, tx, rows, recipients); err != nil {
			return err
		}
		routes := s.routes(ctx, rows, recipients, tx.Now)
		leaving, err := s.holdBack(ctx, tx, slices.DeleteFunc(slices.Clone(rows), func(row messageRow) bool { return len(routes[row.ID]) == 0 }))
		if err != nil {
			return err
		}
		var routed []routed
		for _, row := range leaving {
			for _, route := range routes[row.ID] {
				routed = append(routed, routeOf(row.ID, route, tx.Now))
			}
		}
		return s.dispatch(tx, routed)
	})
}

// routes gives the routes of messages. What has no template is a dead letter: it lies in the inbox with a word where to look, and
// operators are told.
func (s *Service) routes(ctx context.Context, rows []messageRow, recipients map[models.ID]*recipient, now time.Time) map[models.ID][]route {
	routes := make(map[models.ID][]route, len(rows))
	for _, row := range rows {
		said, known := templateOf(row.Kind, row.TemplateVersion)
		if !known {
			s.logger.ErrorContext(ctx, "message has no template", "message", row.ID, "kind", row.Kind)
			continue
		}
		reader := recipients[row.ResidentID]
		routes[row.ID] = routesOf(said, reader.chosen, reader.addresses, s.quotaFor(reader, row.Kind), now)
	}
	return routes
}

// routed is a delivery that is about to be written, with the moment at which it leaves.
type routed struct {
	row deliveryRow
	at  time.Time
}

func routeOf(messageID models.ID, route route, now time.Time) routed {
	return routed{deliveryRow{ID: models.NewID(), MessageID: messageID, Channel: route.channel, State: DeliveryPending, At: now}, route.at}
}

// dispatch writes new deliveries and has them sent.
func (s *Service) dispatch(tx *store.Tx, all []routed) error {
	rows := make([]deliveryRow, len(all))
	for i, one := range all {
		rows[i] = one.row
	}
	fresh, err := insertDeliveries(tx, rows)
	if err != nil {
		return err
	}
	type departure struct {
		channel Channel
		at      int64
	}
	leaving := map[departure][]models.ID{}
	var order []departure
	for _, one := range all {
		if !fresh[one.row.ID] {
			continue
		}
		key := departure{one.row.Channel, one.at.UnixMicro()}
		if leaving[key] == nil {
			order = append(order, key)
		}
		leaving[key] = append(leaving[key], one.row.ID)
	}
	for _, key := range order {
		if err := enqueueSends(tx, key.channel, leaving[key], time.UnixMicro(key.at)); err != nil {
			return err
		}
	}
	return nil
}

// enqueueSends has deliveries of one channel sent at a moment, in batches.
func enqueueSends(tx *store.Tx, channel Channel, ids []models.ID, at time.Time) error {
	for some := range slices.Chunk(ids, batch) {
		if err := enqueueSend(tx, SendArgs{Channel: channel, DeliveryIDs: some}, at); err != nil {
			return err
		}
	}
	return nil
}

func enqueueSend(tx *store.Tx, args SendArgs, at time.Time) error {
	options := &river.InsertOpts{Queue: args.Channel.Queue()}
	if at.After(tx.Now) {
		options.ScheduledAt = at
	}
	return tx.Enqueue(args, options)
}

// recipients reads what is known of the readers of messages: a constant number of questions however many they are.
func (s *Service) recipients(ctx context.Context, rows []messageRow) (map[models.ID]*recipient, error) {
	ids := make([]models.ID, 0, len(rows))
	seen := map[models.ID]bool{}
	for _, row := range rows {
		if !seen[row.ResidentID] {
			seen[row.ResidentID] = true
			ids = append(ids, row.ResidentID)
		}
	}
	reader := s.store.Reader(ctx)
	chosen, err := s.preferences(reader, ids)
	if err != nil {
		return nil, err
	}
	reached, err := s.reach(ctx, ids)
	if err != nil {
		return nil, err
	}
	quotas, err := s.quotas(ctx, reached)
	if err != nil {
		return nil, err
	}
	recipients := make(map[models.ID]*recipient, len(ids))
	for _, id := range ids {
		recipients[id] = &recipient{chosen: chosen[id], addresses: reached[id], quota: quotas[id]}
	}
	return recipients, nil
}

// reach gives the addresses of people that are of use: verified, and not refused by a provider.
func (s *Service) reach(ctx context.Context, ids []models.ID) (map[models.ID]Addresses, error) {
	found, err := s.addresses(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("addresses: %w", err)
	}
	reader := s.store.Reader(ctx)
	emails, err := s.verifiedEmails(ctx, ids)
	if err != nil {
		return nil, err
	}
	bad, err := selectBadAddresses(reader, ids)
	if err != nil {
		return nil, err
	}
	reached := make(map[models.ID]Addresses, len(ids))
	for _, id := range ids {
		addresses := found[id]
		addresses.Email = emails[id]
		reached[id] = addresses.without(func(channel Channel, one target) bool {
			return bad[badAddress{id, channel, s.hash(channel, one)}]
		})
	}
	return reached, nil
}

// hash is how an address is known in records: found again, never read.
func (s *Service) hash(channel Channel, one target) string {
	return s.keyring.Index("notify.target", string(channel)+"\x00"+one.to+"\x00"+one.token)
}

// envelope renders a stored message for the channels outside, by the template that it was written for.
// since is when its life began.
func (s *Service) envelope(row messageRow, locale models.Locale, since time.Time) (Envelope, error) {
	said, known := templateOf(row.Kind, row.TemplateVersion)
	if !known {
		return Envelope{}, fmt.Errorf("no template %s version %d", row.Kind, row.TemplateVersion)
	}
	params, err := s.params(row)
	if err != nil {
		return Envelope{}, err
	}
	envelope, err := envelopeOf(said, params, locale)
	if err != nil {
		return Envelope{}, err
	}
	envelope.At, envelope.Data = s.store.Clock().Now(), dataOf(row)
	envelope.CollapseKey = collapseKey(row)
	envelope.ExpiresAt = expiryOf(since, importanceOf(row.Kind, row.Urgent), deadlineOf(row, params))
	envelope.Page = pageOf(row)
	return envelope, nil
}

// deadlineOf is the end of the day until which a reminder is of use; nil: it is no reminder of a deadline.
func deadlineOf(row messageRow, params Params) *time.Time {
	if row.PlanKey == nil || params.Day == nil || params.DaysLeft == nil {
		return nil
	}
	end := params.Day.End()
	return &end
}

// dataOf is what a client needs to open the right page, and no more.
func dataOf(row messageRow) map[string]string {
	data := map[string]string{"messageId": string(row.ID)}
	if row.ApplicationID != nil {
		data["applicationId"] = string(*row.ApplicationID)
	}
	if row.ApplicationNumber != nil {
		data["number"] = *row.ApplicationNumber
	}
	return data
}

// pageOf is where a tap on the message leads in the mini-program.
func pageOf(row messageRow) string {
	if row.ApplicationID != nil {
		return "pages/application/index?id=" + string(*row.ApplicationID)
	}
	return "pages/inbox/index"
}
