package notify

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onewindow/models"
)

func (c *counter) must() {
	c.Helper()
	if err := c.work(); err != nil {
		c.Fatal(err)
	}
}

func (c *counter) unreached() []*Unreached {
	c.Helper()
	clerk := models.Actor{Kind: models.Staff, ID: models.NewID(), Roles: []models.Role{models.CallAgent}, CityReach: true}
	page, err := c.service.UnreachedPage(context.Background(), clerk, models.PageRequest{First: 10})
	if err != nil {
		c.Fatal(err)
	}
	var found []*Unreached
	for _, edge := range page.Edges {
		found = append(found, edge.Node)
	}
	return found
}

func TestTheNextChannelIsTriedAndThenAPerson(t *testing.T) {
	each(t, func(c *counter) {
		c.addresses.Devices = []Device{NewPushDevice("phone", Android, "token")}
		off := []*ChannelSettingInput{{WeChat, true}}
		c.addresses.OpenID = models.KnownOpenID("openid")
		if _, problems, err := c.service.SetSettings(context.Background(), c.mother, SettingsInput{Channels: off}); err != nil || len(problems) > 0 {
			c.Fatal(problems, err)
		}
		report := ReportInput{EventID: "tap-1", Results: []*ReportResult{{"supplement", SubscriptionAccept}}}
		for range 2 { // the same tap counts once
			if _, problems, err := c.service.ReportSubscription(context.Background(), c.mother, report); err != nil || len(problems) > 0 {
				c.Fatal(problems, err)
			}
		}
		c.providers[SMS] = always(Failed(BadAddress, "NO_SUCH_NUMBER"))
		c.providers[Push] = always(Failed(BadAddress, "UNREGISTERED"))
		c.providers[WeChat] = always(Failed(NoQuota, "43101"))
		c.requestSupplement("")
		c.must()
		c.want("deliveries", map[Channel]string{SMS: "FAILED NO_SUCH_NUMBER", Push: "FAILED UNREGISTERED", WeChat: "FAILED 43101"}, c.deliveries())
		c.want("the token is thrown away", []string{"phone"}, c.forgotten)
		waiting := c.unreached()
		if len(waiting) != 1 || waiting[0].Person != "王*" || waiting[0].Kind != SupplementRequested {
			c.Fatalf("unreached %+v", waiting)
		}
		settings, err := c.service.Settings(context.Background(), c.mother)
		if err != nil || settings.Channels[1].Verified {
			c.Errorf("a phone that nobody answers counts as verified: %v", err)
		}
		dead, err := c.service.DeadLetters(context.Background(), SMS)
		if err != nil || len(dead) != 1 {
			c.Fatalf("dead letters %v, %v", dead, err)
		}
		delete(c.providers, SMS)
		c.clock.Advance(4 * 24 * time.Hour) // longer than a message is worth sending by itself
		if count, err := c.service.Replay(context.Background(), []models.ID{dead[0].ID}); err != nil || count != 1 {
			c.Fatalf("replayed %d, %v", count, err)
		}
		c.must()
		c.want("after the replay", 1, len(readOutbox(c.T, c.outbox, "sms.jsonl")))
		c.want("and nobody need call", 0, len(c.unreached()))
	})
}

func TestOnlyTheServiceCentreSeesWhoWasNotReached(t *testing.T) {
	each(t, func(c *counter) {
		for name, actor := range map[string]models.Actor{
			"a resident": c.mother, "a department's clerk": {Kind: models.Staff, Roles: []models.Role{models.FrontDesk}},
		} {
			if _, err := c.service.UnreachedPage(context.Background(), actor, models.PageRequest{First: 10}); err == nil {
				c.Errorf("%s sees who was not reached", name)
			}
		}
	})
}

// A provider that has had enough costs the message no attempt, and a hanging one does not hold back another message.
func TestThrottledAndHanging(t *testing.T) {
	each(t, func(c *counter) {
		c.providers[SMS] = always(Outcome{Verdict: Throttled, Code: "429", RetryAfter: time.Minute})
		c.requestSupplement("")
		c.must()
		var rows []deliveryRow
		if err := c.store.Reader(context.Background()).Find(&rows).Error; err != nil || len(rows) != 1 || rows[0].Attempts != 0 || rows[0].State != DeliveryPending {
			c.Fatalf("%+v, %v", rows, err)
		}
		c.clock.Advance(50 * time.Second)
		c.must()
		c.want("not before the provider wants it", []string{"SMS fake THROTTLED 429"}, c.attempts())
	})
}

func TestWhatIsNoLongerTrueIsNotTriedAgain(t *testing.T) {
	each(t, func(c *counter) {
		c.providers[SMS] = always(Failed(Temporary, "503"))
		c.requestSupplement("")
		c.must()
		c.handIn("photo")
		c.handIn("lease")
		c.clock.Advance(time.Minute)
		c.must()
		c.want("deliveries", map[Channel]string{SMS: "DROPPED NO_LONGER_TRUE"}, c.deliveries())
	})
}

// Two workers that get the same work give one message to one person.
func TestTwoWorkersRecordOneEnd(t *testing.T) {
	each(t, func(c *counter) {
		var asked atomic.Int32
		c.providers[SMS] = fake(func(context.Context, Envelope) Outcome { asked.Add(1); return Outcome{Verdict: Taken} })
		c.requestSupplement("")
		c.must()
		var running sync.WaitGroup
		for range 2 {
			running.Go(c.sendAgain)
		}
		running.Wait()
		c.want("attempts", int32(1), asked.Load())
	})
}

func TestAnEmailAddressIsConfirmed(t *testing.T) {
	each(t, func(c *counter) {
		ctx := context.Background()
		if _, problems, err := c.service.SetEmail(ctx, c.mother, "not an address"); err != nil || len(problems) != 1 {
			c.Fatal(problems, err)
		}
		if _, problems, err := c.service.SetEmail(ctx, c.mother, "wu@Example.cn"); err != nil || len(problems) > 0 {
			c.Fatal(problems, err)
		}
		c.must()
		sent := readOutbox(c.T, c.outbox, "email.jsonl")
		if len(sent) != 1 || sent[0]["to"] != "wu@example.cn" {
			c.Fatalf("sent %v", sent)
		}
		if _, problems, _ := c.service.SetEmail(ctx, c.mother, "wu@example.cn"); len(problems) != 1 || problems[0].Code != "TOO_SOON" {
			c.Errorf("asked again at once: %v", problems)
		}
		if _, problems, _ := c.service.VerifyEmail(ctx, c.mother, "000000x"); len(problems) != 1 || problems[0].Code != "MISMATCH" {
			c.Errorf("a wrong code: %v", problems)
		}
		settings, problems, err := c.service.VerifyEmail(ctx, c.mother, sent[0]["data"].(map[string]any)["code"].(string))
		if err != nil || len(problems) > 0 {
			c.Fatal(problems, err)
		}
		if email := settings.Channels[4]; !email.Verified || !email.Enabled || *email.Address != "w***@example.cn" {
			c.Errorf("email %+v", email)
		}
	})
}
