package notify

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"onewindow/models"
	"onewindow/models/casework"
	"onewindow/models/store"
)

// fake is a provider that a test plays.
type fake func(ctx context.Context, envelope Envelope) Outcome

func (fake) Name() string                                          { return "fake" }
func (f fake) Send(ctx context.Context, envelope Envelope) Outcome { return f(ctx, envelope) }

// always is a provider that ends every attempt alike.
func always(outcome Outcome) fake { return func(context.Context, Envelope) Outcome { return outcome } }

// sendAgain has every delivery taken up again, as after the death of the process that had it.
func (c *counter) sendAgain() {
	c.Helper()
	var rows []deliveryRow
	if err := c.store.Reader(context.Background()).Find(&rows).Error; err != nil {
		c.Fatal(err)
	}
	for _, row := range rows {
		if err := c.service.Send(context.Background(), SendArgs{Channel: row.Channel, DeliveryIDs: []models.ID{row.ID}}); err != nil {
			c.Fatal(err)
		}
	}
}

// attempts are all that were made, in the order of their words.
func (c *counter) attempts() (made []string) {
	c.Helper()
	var rows []attemptRow
	if err := c.store.Reader(context.Background()).Find(&rows).Error; err != nil {
		c.Fatal(err)
	}
	for _, row := range rows {
		made = append(made, strings.TrimSpace(string(row.Channel)+" "+row.Provider+" "+string(row.Outcome)+" "+row.Code))
	}
	slices.Sort(made)
	return made
}

// deliveries are the channels of all messages with how they ended.
func (c *counter) deliveries() map[Channel]string {
	c.Helper()
	var rows []deliveryRow
	if err := c.store.Reader(context.Background()).Find(&rows).Error; err != nil {
		c.Fatal(err)
	}
	ended := map[Channel]string{}
	for _, row := range rows {
		ended[row.Channel] = strings.Trim(string(row.State)+" "+row.Reason, " ")
	}
	return ended
}

func TestAMessageLeavesOnEachChannelOnce(t *testing.T) {
	each(t, func(c *counter) {
		c.addresses.Devices = []Device{{ID: "phone"}, {ID: "tablet"}}
		c.requestSupplement("父亲未签名")
		for range 3 {
			if err := c.work(); err != nil {
				c.Fatal(err)
			}
		}
		sms, push := readOutbox(c.T, c.outbox, "sms.jsonl"), readOutbox(c.T, c.outbox, "push.jsonl")
		slices.SortFunc(push, func(a, b map[string]any) int { return strings.Compare(a["to"].(string), b["to"].(string)) })
		if len(sms) != 1 || len(push) != 2 || push[0]["to"] != "phone" || push[1]["to"] != "tablet" {
			c.Fatalf("sms %v, push %v", sms, push)
		}
		line := sms[0]
		if line["to"] != "+8613800000001" || line["template"] != "supplement-requested" || line["locale"] != "zh" {
			c.Errorf("line = %v", line)
		}
		c.want("text", "您有一件办理事项需要补齐材料，编号 330100-2026-000042，最晚 2026年3月17日。请登录查看缺什么。", line["body"].(string))
		c.want("data", map[string]any{
			"messageId": string(c.newest().ID), "applicationId": string(c.kase.ID), "number": c.kase.Number,
		}, line["data"].(map[string]any))
		c.want("deliveries", map[Channel]string{SMS: "SENT", Push: "SENT"}, c.deliveries())
		if strings.Contains(c.logged.String(), "138") {
			c.Error("an address was logged")
		}
	})
}

func TestAMessageSpeaksTheReadersLanguage(t *testing.T) {
	each(t, func(c *counter) {
		language := "en"
		if _, _, err := c.service.SetSettings(context.Background(), c.mother, SettingsInput{Locale: &language}); err != nil {
			c.Fatal(err)
		}
		c.requestSupplement("")
		if err := c.work(); err != nil {
			c.Fatal(err)
		}
		if line := readOutbox(c.T, c.outbox, "sms.jsonl")[0]; line["locale"] != "en" || line["title"] != "Documents are missing" {
			c.Errorf("line = %v", line)
		}
	})
}

func TestQuietHoursPostpone(t *testing.T) {
	each(t, func(c *counter) {
		c.until("2026-03-02 23:00")
		c.change(func(*casework.Case) {}, happened(casework.EventSubmitted))
		for _, now := range []string{"2026-03-02 23:00", "2026-03-03 07:59"} {
			c.until(now)
			if err := c.work(); err != nil {
				c.Fatal(err)
			}
			c.want("nothing has left at "+now, 0, len(readOutbox(c.T, c.outbox, "sms.jsonl")))
		}
		c.until("2026-03-03 08:00")
		if err := c.work(); err != nil {
			c.Fatal(err)
		}
		c.want("in the morning", 1, len(readOutbox(c.T, c.outbox, "sms.jsonl")))
	})
}

func TestWhatIsSwitchedOffDoesNotLeave(t *testing.T) {
	each(t, func(c *counter) {
		_, _, err := c.service.SetSettings(context.Background(), c.mother, SettingsInput{Channels: []*ChannelSettingInput{{SMS, false}}})
		if err != nil {
			c.Fatal(err)
		}
		c.requestSupplement("")
		if err := c.work(); err != nil {
			c.Fatal(err)
		}
		c.want("deliveries", map[Channel]string{}, c.deliveries())
		c.want("but it is in the inbox", []Kind{SupplementRequested}, c.kinds())
	})
}

func TestSomebodyWithoutAPhone(t *testing.T) {
	each(t, func(c *counter) {
		c.addresses = Addresses{}
		c.requestSupplement("")
		if err := c.work(); err != nil {
			c.Fatal(err)
		}
		c.want("deliveries", map[Channel]string{SMS: "DROPPED NO_ADDRESS"}, c.deliveries())
	})
}

func TestOneFailingProviderHoldsBackNobody(t *testing.T) {
	each(t, func(c *counter) {
		failing, ids := true, map[string]bool{}
		c.addresses.Devices = []Device{{ID: "phone"}}
		c.providers[SMS] = fake(func(_ context.Context, envelope Envelope) Outcome {
			ids[envelope.ID] = true
			if failing {
				return Failed(Temporary, "503")
			}
			return Outcome{Verdict: Taken}
		})
		c.requestSupplement("")
		if err := c.work(); err != nil {
			c.Fatal(err)
		}
		c.want("deliveries", map[Channel]string{SMS: "PENDING TEMPORARY", Push: "SENT"}, c.deliveries())
		failing = false
		c.clock.Advance(20 * time.Second)
		if err := c.work(); err != nil {
			c.Fatal(err)
		}
		c.want("deliveries", map[Channel]string{SMS: "SENT", Push: "SENT"}, c.deliveries())
		c.want("push left once", 1, len(readOutbox(c.T, c.outbox, "push.jsonl")))
		c.want("the provider can tell a repetition", 1, len(ids))
		c.want("attempts", []string{"PUSH outbox TAKEN", "SMS fake TAKEN", "SMS fake TEMPORARY 503"}, c.attempts())
	})
}

func TestARefusalIsForGood(t *testing.T) {
	each(t, func(c *counter) {
		attempts := 0
		c.providers[SMS] = fake(func(context.Context, Envelope) Outcome {
			attempts++
			return Failed(BadMessage, "TEMPLATE")
		})
		c.requestSupplement("")
		for range 2 {
			if err := c.work(); err != nil {
				c.Fatal(err)
			}
			c.clock.Advance(24 * time.Hour)
		}
		c.want("deliveries", map[Channel]string{SMS: "FAILED TEMPLATE"}, c.deliveries())
		c.want("attempts", 1, attempts)
	})
}

// TestAProcessThatDiesInTheMiddle: the line was written, its end was not recorded.
func TestAProcessThatDiesInTheMiddle(t *testing.T) {
	each(t, func(c *counter) {
		c.requestSupplement("")
		if err := c.work(); err != nil {
			c.Fatal(err)
		}
		err := c.store.InTx(context.Background(), func(tx *store.Tx) error {
			if err := tx.DB.Exec("UPDATE notify_deliveries SET state = 'PENDING'").Error; err != nil {
				return err
			}
			return tx.DB.Exec("DELETE FROM notify_attempts").Error
		})
		if err != nil {
			c.Fatal(err)
		}
		c.clock.Advance(inHand)
		c.sendAgain()
		if err := c.work(); err != nil {
			c.Fatal(err)
		}
		c.want("lines", 1, len(readOutbox(c.T, c.outbox, "sms.jsonl")))
		c.want("deliveries", map[Channel]string{SMS: "SENT"}, c.deliveries())
	})
}

func TestAMessageThatIsGoneIsNoFailure(t *testing.T) {
	each(t, func(c *counter) {
		if err := c.service.Deliver(context.Background(), DeliverArgs{MessageID: models.NewID()}); err != nil {
			c.Error(err)
		}
	})
}
