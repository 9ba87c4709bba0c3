package notify

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onewindow/models"
	"onewindow/models/store"
)

// pending gives the ids of what is on its way.
func (c *counter) pending() (ids []models.ID) {
	c.Helper()
	err := c.store.Reader(context.Background()).Table("notify_deliveries").Where("state = 'PENDING'").Pluck("id", &ids).Error
	if err != nil {
		c.Fatal(err)
	}
	return ids
}

// route decides on the channels of what was told, and sends nothing.
func (c *counter) route() []models.ID {
	c.Helper()
	var ids []models.ID
	if err := c.store.Reader(context.Background()).Table("notify_messages").Pluck("id", &ids).Error; err != nil {
		c.Fatal(err)
	}
	if err := c.service.Deliver(context.Background(), DeliverArgs{MessageIDs: ids}); err != nil {
		c.Fatal(err)
	}
	return c.pending()
}

func (c *counter) send(ids []models.ID) {
	c.Helper()
	if err := c.service.Send(context.Background(), SendArgs{Channel: SMS, DeliveryIDs: ids}); err != nil {
		c.Error(err)
	}
}

// Two workers get the same job at the same time: one message goes out.
func TestTwoWorkersOnOneUndeliveredMessage(t *testing.T) {
	each(t, func(c *counter) {
		var asked atomic.Int32
		c.providers[SMS] = fake(func(context.Context, Envelope) Outcome {
			asked.Add(1)
			time.Sleep(100 * time.Millisecond)
			return Outcome{Verdict: Taken}
		})
		c.requestSupplement("")
		ids := c.route()
		var running sync.WaitGroup
		for range 2 {
			running.Go(func() { c.send(ids) })
		}
		running.Wait()
		c.clock.Advance(time.Minute)
		c.must()
		c.want("asked", int32(1), asked.Load())
		c.want("deliveries", map[Channel]string{SMS: "SENT"}, c.deliveries())
	})
}

// A worker is killed after the provider took the message and before that was written down: nobody disturbs a worker that may be at it
// still; then the message goes out once more, under the same name, and lies in the inbox once.
func TestAWorkerKilledBetweenSendAndRecord(t *testing.T) {
	each(t, func(c *counter) {
		var sent []Envelope
		c.providers[SMS] = fake(func(_ context.Context, envelope Envelope) Outcome {
			sent = append(sent, envelope)
			return Outcome{Verdict: Taken}
		})
		c.requestSupplement("")
		ids := c.route()
		tries, err := c.service.begin(context.Background(), SMS, ids)
		if err != nil || len(tries) != 1 {
			c.Fatalf("%d begun, %v", len(tries), err)
		}
		c.service.provider(SMS).Send(context.Background(), tries[0].envelope) // and here it dies
		c.send(ids)
		c.want("while somebody may be at it", 1, len(sent))
		c.clock.Advance(inHand)
		for range 3 {
			c.must()
			c.clock.Advance(time.Minute)
		}
		c.want("in all", 2, len(sent))
		c.want("under one name, and said to be a repetition", []any{sent[0].ID, true}, []any{sent[1].ID, sent[1].Again})
		c.want("deliveries", map[Channel]string{SMS: "SENT"}, c.deliveries())
		c.want("inbox", []Kind{SupplementRequested}, c.kinds())
	})
}

// A worker stands still in the middle of an attempt for so long that another takes over, and then goes on: what it says is written down and
// changes nothing any more.
func TestAWorkerThatStoodStill(t *testing.T) {
	each(t, func(c *counter) {
		var asked atomic.Int32
		var ids []models.ID
		c.providers[SMS] = fake(func(context.Context, Envelope) Outcome {
			if asked.Add(1) == 1 {
				c.clock.Advance(inHand)
				c.send(ids)
				return Failed(BadAddress, "LATE")
			}
			return Outcome{Verdict: Taken}
		})
		c.requestSupplement("")
		ids = c.route()
		c.send(ids)
		c.must()
		c.want("deliveries", map[Channel]string{SMS: "SENT"}, c.deliveries())
		c.want("attempts", []string{"SMS fake BAD_ADDRESS LATE", "SMS fake TAKEN"}, c.attempts())
		c.want("the address is as good as it was", 0, len(c.unreached()))
	})
}

// What became of messages outside is forgotten after its time, in lots, attempts and all; the inbox keeps the messages.
func TestOldDeliveriesAreForgotten(t *testing.T) {
	each(t, func(c *counter) {
		c.config.House.KeepDeliveries = 14
		c.open()
		c.providers[SMS] = always(Outcome{Verdict: Taken})
		const old = forgetLot + 3
		err := c.store.InTx(context.Background(), func(tx *store.Tx) error {
			notices := make([]notice, old)
			for i := range notices {
				notices[i] = notice{residentID: models.NewID(), kind: SessionEnded}
			}
			return c.service.write(tx, notices)
		})
		if err != nil {
			c.Fatal(err)
		}
		c.must()
		c.clock.Advance(14*24*time.Hour - time.Hour)
		c.requestSupplement("")
		c.must()
		forget := func(want int) {
			c.Helper()
			if count, err := c.service.Forget(context.Background()); err != nil || count != want {
				c.Fatalf("forgot %d, want %d, %v", count, want, err)
			}
		}
		forget(0)
		c.clock.Advance(2 * time.Hour)
		forget(old)
		forget(0)
		c.want("deliveries", map[Channel]string{SMS: "SENT"}, c.deliveries())
		c.want("attempts", []string{"SMS fake TAKEN"}, c.attempts())
		var messages int
		if err := c.store.Reader(context.Background()).Raw("SELECT count(*) FROM notify_messages").Scan(&messages).Error; err != nil || messages != old+1 {
			c.Errorf("%d messages are left, %v", messages, err)
		}
	})
}

// The outbox is put aside when it is old, once; a message that was written before is still known there.
func TestTheOutboxDoesNotGrowForever(t *testing.T) {
	folder, at := t.TempDir(), time.Date(2026, 3, 2, 10, 0, 0, 0, models.Zone)
	outbox := NewOutbox(folder)
	write := func(id string, at time.Time) {
		t.Helper()
		if outcome := outbox.on(SMS).Send(context.Background(), Envelope{ID: id, To: "1", At: at, Again: true}); outcome.Verdict != Taken {
			t.Fatal(outcome)
		}
	}
	lines := func(name string) int {
		t.Helper()
		raw, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(string(raw), "\n")
	}
	for i, id := range []string{"a", "b", "b"} {
		write(id, at.Add(time.Duration(i)*24*time.Hour))
		if err := outbox.turn(SMS, at); err != nil {
			t.Fatal(err)
		}
	}
	if got := lines("sms.jsonl"); got != 2 {
		t.Fatalf("%d lines while they are young", got)
	}
	if err := outbox.turn(SMS, at.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	write("b", at)
	write("c", at.Add(100*24*time.Hour))
	if former, now := lines("sms.former.jsonl"), lines("sms.jsonl"); former != 2 || now != 1 {
		t.Errorf("%d lines put aside, %d there", former, now)
	}
	if err := outbox.turn(Email, at); err != nil {
		t.Errorf("a channel that never wrote: %v", err)
	}
}
