package notify

import (
	"context"
	"errors"
	"fmt"

	"onewindow/models/store"
)

// forgetLot is how many deliveries one transaction forgets.
const forgetLot = 500

// Forget removes what became of messages outside once it is as old as the house keeps it: deliveries with their attempts, in small
// lots, and gives how many. The messages stay in the inbox. Any number of replicas may do it.
func (s *Service) Forget(ctx context.Context) (forgotten int, err error) {
	for ctx.Err() == nil {
		count := 0
		err := s.store.InTx(ctx, func(tx *store.Tx) (err error) {
			count, err = forgetDeliveries(tx, kept(s.house.KeepDeliveries, tx.Now), forgetLot)
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
		failures = append(failures, s.outbox.turn(channel, kept(s.house.KeepOutbox, now)))
	}
	return forgotten, errors.Join(append(failures, ctx.Err())...)
}
