package notify

import (
	"context"
	"errors"
	"fmt"

	"onewindow/models"
	"onewindow/models/store"
)

// temporary marks an attempt that failed and will be made again.
const temporary = "TEMPORARY"

// Deliver carries one message to every channel that is on for its reader. It answers *Snooze where the rest waits for the
// end of quiet hours, and another error where it has to be tried again; what has gone out on a channel does not go out on
// it again. One failing channel does not hold back the others.
func (s *Service) Deliver(ctx context.Context, args DeliverArgs) error {
	reader := s.store.Reader(ctx)
	row, err := selectMessage(reader, args.MessageID)
	if err != nil || row == nil {
		return err
	}
	chosen, err := selectPreferences(reader, row.ResidentID)
	if err != nil {
		return err
	}
	addresses, err := s.addresses(ctx, row.ResidentID)
	if err != nil {
		return fmt.Errorf("addresses: %w", err)
	}
	said, envelope, err := s.envelope(*row, chosen.Locale)
	if err != nil {
		return err
	}
	routes, quietUntil := routesOf(said, chosen, addresses, envelope.At)
	var failures []error
	for _, route := range routes {
		if err := s.carry(ctx, row.ID, route, envelope); err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", route.channel, err))
		}
	}
	if len(failures) == 0 && quietUntil != nil {
		return &Snooze{Until: *quietUntil}
	}
	return errors.Join(failures...)
}

// envelope renders a stored message for the channels outside, by the template that it was written for.
func (s *Service) envelope(row messageRow, locale models.Locale) (template, Envelope, error) {
	said, known := templateOf(row.Kind, row.TemplateVersion)
	if !known {
		return said, Envelope{}, fmt.Errorf("no template %s version %d", row.Kind, row.TemplateVersion)
	}
	params, err := s.params(row)
	if err != nil {
		return said, Envelope{}, err
	}
	envelope, err := envelopeOf(said, params, locale)
	envelope.At, envelope.Data = s.store.Clock().Now(), dataOf(row)
	return said, envelope, err
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

// carry makes one attempt on one channel and writes down how it ended.
func (s *Service) carry(ctx context.Context, messageID models.ID, route route, envelope Envelope) error {
	delivery, again, err := s.begin(ctx, messageID, route)
	if err != nil || delivery == nil {
		return err
	}
	envelope.ID = string(delivery.ID)
	failure := s.sendAll(ctx, route, envelope, again)
	ended := deliveryRow{State: DeliverySent, Attempts: delivery.Attempts}
	var refused *Refused
	switch {
	case errors.As(failure, &refused):
		ended.State, ended.Reason, failure = DeliveryFailed, refused.Reason, nil
	case failure != nil:
		ended.State, ended.Reason = DeliveryPending, temporary
	}
	err = s.store.InTx(ctx, func(tx *store.Tx) error { return updateDelivery(tx, delivery.ID, delivery.Attempts, ended) })
	return errors.Join(failure, err)
}

// begin counts the attempt before it is made, and drops a channel that leads nowhere. A nil delivery: nothing is left to
// do. again: an earlier attempt has no recorded end, because the process died in it.
func (s *Service) begin(ctx context.Context, messageID models.ID, route route) (delivery *deliveryRow, again bool, err error) {
	err = s.store.InTx(ctx, func(tx *store.Tx) error {
		row, err := lockDelivery(tx, messageID, route.channel)
		if err != nil || row.State != DeliveryPending {
			return err
		}
		if len(route.to) == 0 {
			return updateDelivery(tx, row.ID, row.Attempts, deliveryRow{State: DeliveryDropped, Attempts: row.Attempts, Reason: noAddress})
		}
		again = row.Attempts > 0 && row.Reason == ""
		begun := deliveryRow{State: DeliveryPending, Attempts: row.Attempts + 1}
		if err := updateDelivery(tx, row.ID, row.Attempts, begun); err != nil {
			return err
		}
		row.Attempts++
		delivery = row
		return nil
	})
	return delivery, again, err
}

// sendAll sends to every address of a channel. In the outbox what an attempt of unknown end has written is found and not
// written again; a provider is given the same ID again and tells by it.
func (s *Service) sendAll(ctx context.Context, route route, envelope Envelope, again bool) error {
	send := s.wayOut(route.channel)
	for _, envelope.To = range route.to {
		if again && s.providers[route.channel] == nil {
			written, err := s.outbox.has(route.channel, envelope.ID, envelope.To)
			if err != nil {
				return err
			}
			if written {
				continue
			}
		}
		if err := send(ctx, envelope); err != nil {
			return err
		}
	}
	return nil
}
