package notify

import (
	"context"
	"errors"
	"sync"
	"testing"

	"onewindow/models"
	"onewindow/models/casework"
	"onewindow/models/store"
)

// Twelve messages about one case, each routed by a job of its own and all jobs at the same moment: as many leave as the day's cap
// says, no more and no fewer; the others are lines of the next digest, each once.
func TestJobsThatCountTogetherLetNoMoreThanTheCapLeave(t *testing.T) {
	each(t, func(c *counter) {
		c.config.House.CaseCap, c.config.House.PersonCap = 3, 12
		c.open()
		for range 12 {
			c.change(func(*casework.Case) {}, happened(casework.EventSupplemented))
		}
		var messages []models.ID
		if err := c.store.Reader(context.Background()).Table("notify_messages").Pluck("id", &messages).Error; err != nil || len(messages) != 12 {
			c.Fatalf("%d messages, %v", len(messages), err)
		}
		var running sync.WaitGroup
		failures := make([]error, len(messages))
		for i, id := range messages {
			running.Go(func() {
				for range 2 { // a job may run twice
					failures[i] = errors.Join(failures[i], c.service.Deliver(context.Background(), DeliverArgs{MessageIDs: []models.ID{id}}))
				}
			})
		}
		running.Wait()
		if err := errors.Join(failures...); err != nil {
			c.Fatal(err)
		}
		c.want("left by SMS", int64(3), c.count("notify_deliveries"))
		var held int64
		if err := c.store.Reader(context.Background()).Table("notify_plans").Where("rule = ? AND state = 'PLANNED'", HeldBack).Count(&held).Error; err != nil {
			c.Fatal(err)
		}
		c.want("wait for the digest", int64(9), held)
	})
}

// What is costly to miss does not use up the day's messages.
func TestWhatIsCostlyToMissDoesNotCount(t *testing.T) {
	each(t, func(c *counter) {
		c.config.House.CaseCap = 1
		c.open()
		err := c.store.InTx(context.Background(), func(tx *store.Tx) error {
			var reminders []notice
			for range 3 {
				day, left := models.NewDate(2026, 3, 17), 3
				reminders = append(reminders, notice{
					residentID: c.mother.ID, kind: MissingMaterialReminder, applicationID: c.kase.ID, applicationNumber: c.kase.Number,
					params: Params{Number: c.kase.Number, Item: models.T("出生登记", "Birth registration"), Materials: []Named{{"photo", models.T("照片", "photo")}}, Day: &day, DaysLeft: &left},
				})
			}
			return c.service.write(tx, reminders)
		})
		if err != nil {
			c.Fatal(err)
		}
		c.must()
		c.change(func(*casework.Case) {}, happened(casework.EventSupplemented))
		c.must()
		c.want("left by SMS", int64(4), c.count("notify_deliveries"))
	})
}
