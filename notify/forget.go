package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"onewindow/models/store"
)

// How long it is kept what became of messages outside, with every attempt: until then dead letters can be sent again. The messages
// themselves stay in the inbox. A line of the outbox stays at least as long as the second says and at most twice as long.
const (
	keepDeliveries = 90 * 24 * time.Hour
	keepOutbox     = 30 * 24 * time.Hour
)

// forgetLot is how many deliveries one transaction forgets.
const forgetLot = 500

// Forget removes deliveries that are old, with their attempts, in small lots, and gives how many. Any number of replicas may do it.
func (s *Service) Forget(ctx context.Context) (forgotten int, err error) {
	for ctx.Err() == nil {
		count := 0
		err := s.store.InTx(ctx, func(tx *store.Tx) (err error) {
			count, err = forgetDeliveries(tx, tx.Now.Add(-keepDeliveries), forgetLot)
			return err
		})
		if err != nil {
			return forgotten, fmt.Errorf("forget deliveries: %w", err)
		}
		if forgotten += count; count == 0 {
			break
		}
	}
	now := s.store.Clock().Now()
	var failures []error
	for _, channel := range Outgoing() {
		failures = append(failures, s.outbox.turn(channel, now.Add(-keepOutbox)))
	}
	return forgotten, errors.Join(append(failures, ctx.Err())...)
}
