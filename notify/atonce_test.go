package notify

import (
	"context"
	"testing"
	"time"

	"onewindow/models/store"
)

// due has the mother asked for papers, told so, and a reminder due.
func (c *counter) due() {
	c.Helper()
	c.requestSupplement("")
	c.must()
	c.until("2026-03-07 09:00")
}

// begun writes what is due as a sweep does, and sends nothing.
func (c *counter) begun(room room) departures {
	c.Helper()
	var begun departures
	err := c.store.InTx(context.Background(), func(tx *store.Tx) error {
		rows, err := takeDue(tx, aboutCases, beginning(), sweepBatch)
		if err != nil {
			return err
		}
		begun, err = c.service.sweepOnce(context.Background(), tx, rows, room)
		return err
	})
	if err != nil {
		c.Fatal(err)
	}
	return begun
}

// What nothing stands in the way of has left when the sweep comes back, and the job behind it finds nothing to do.
func TestAReminderLeavesAtOnce(t *testing.T) {
	each(t, func(c *counter) {
		var sent []Envelope
		c.providers[SMS] = fake(func(_ context.Context, envelope Envelope) Outcome {
			sent = append(sent, envelope)
			return Outcome{Verdict: Taken}
		})
		c.due()
		c.want("settled", 1, c.sweep())
		c.want("sent", 2, len(sent))
		c.want("attempts", []string{"SMS fake TAKEN", "SMS fake TAKEN"}, c.attempts())
		c.clock.Advance(comesAgain)
		c.must()
		c.want("sent after the job behind it", 2, len(sent))
	})
}

// A process dies between the commit and the provider: the reminder goes out when nobody can be at it any more, under its name.
func TestAReminderWhoseSenderDied(t *testing.T) {
	each(t, func(c *counter) {
		c.due()
		var sent []Envelope
		c.providers[SMS] = fake(func(_ context.Context, envelope Envelope) Outcome {
			sent = append(sent, envelope)
			return Outcome{Verdict: Taken}
		})
		begun := c.begun(c.service.takeRoom())
		c.want("begun", 1, len(begun[SMS]))
		c.must()
		c.want("while somebody may be at it", 0, len(sent))
		c.clock.Advance(comesAgain)
		c.must()
		c.want("after that", 1, len(sent))
		c.want("under its name, perhaps again", []any{string(begun[SMS][0].delivery.ID), true}, []any{sent[0].ID, sent[0].Again})
		c.want("inbox", []Kind{SupplementRequested, MissingMaterialReminder}, c.kinds())
	})
}

// What a slow provider leaves waiting goes by the queue, and no attempt at it counts.
func TestAReminderWhoseTurnDoesNotCome(t *testing.T) {
	each(t, func(c *counter) {
		c.due()
		c.providers[SMS] = always(Outcome{Verdict: Taken})
		begun := c.begun(c.service.takeRoom())
		over := make(chan struct{})
		close(over)
		if err := c.service.attemptAll(context.Background(), SMS, begun[SMS], &turn{}, over); err != nil {
			c.Fatal(err)
		}
		var row deliveryRow
		if err := c.store.Reader(context.Background()).Where("id = ?", begun[SMS][0].delivery.ID).Take(&row).Error; err != nil {
			c.Fatal(err)
		}
		c.want("delivery", []any{DeliveryPending, 0, queued}, []any{row.State, row.Attempts, row.Reason})
		c.must()
		c.want("attempts", []string{"SMS fake TAKEN", "SMS outbox TAKEN"}, c.attempts())
	})
}

// What has to wait for a place, for the limit, or for the night to pass goes by the queues, as does what makes copies.
func TestWhatDoesNotLeaveAtOnce(t *testing.T) {
	for name, hinder := range map[string]func(c *counter){
		"no place is free": func(c *counter) { c.service.places[SMS] = nil },
		"the channel rests": func(c *counter) {
			for range mostRefused {
				c.service.limiter.heard(context.Background(), SMS, Failed(Throttled, "ENOUGH"))
			}
		},
		"no address":         func(c *counter) { c.addresses = Addresses{} },
		"helpers get copies": func(c *counter) { c.choose(func(chosen *preferences) { chosen.CopyHelpers = true }) },
		"it is night":        func(c *counter) { c.clock.Advance(14 * time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(c *counter) {
				c.due()
				hinder(c)
				c.want("settled", 1, c.sweep())
				c.want("attempts", []string{"SMS outbox TAKEN"}, c.attempts())
				c.want("inbox", []Kind{SupplementRequested, MissingMaterialReminder}, c.kinds())
				c.want("jobs", int64(1), c.jobs())
			})
		})
	}
}

// choose changes the mother's choices.
func (c *counter) choose(change func(*preferences)) {
	c.Helper()
	err := c.store.InTx(context.Background(), func(tx *store.Tx) error {
		chosen := usual(c.service.house.quiet())
		change(&chosen)
		return savePreferences(tx, c.mother.ID, chosen)
	})
	if err != nil {
		c.Fatal(err)
	}
}
