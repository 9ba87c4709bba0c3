package notify

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"onewindow/models"
	"onewindow/models/casework"
	"onewindow/models/store"
)

func TestInboxPages(t *testing.T) {
	each(t, func(c *counter) {
		for range 3 {
			c.change(func(*casework.Case) {}, happened(casework.EventSubmitted), happened(casework.EventSupplemented))
			c.clock.Advance(1500 * time.Millisecond)
		}
		var seen []models.ID
		request := models.PageRequest{First: 2}
		for {
			ctx, statements := store.WithCounter(context.Background())
			page, err := c.service.Inbox(ctx, c.mother, request, false)
			if err != nil {
				c.Fatal(err)
			}
			c.want("statements", int64(3), statements.Load())
			c.want("total", 6, page.TotalCount)
			for _, edge := range page.Edges {
				seen = append(seen, edge.Node.ID)
			}
			if !page.PageInfo.HasNextPage {
				break
			}
			request.After = *page.PageInfo.EndCursor
		}
		var all []models.ID
		for _, edge := range c.inbox().Edges {
			all = append(all, edge.Node.ID)
		}
		c.want("pages together", all, seen)
		for i := 1; i < len(all); i++ {
			if all[i-1] <= all[i] {
				c.Errorf("not newest first: %v", all)
			}
		}
	})
}

func TestMarkRead(t *testing.T) {
	each(t, func(c *counter) {
		c.change(func(*casework.Case) {}, happened(casework.EventSubmitted), happened(casework.EventSupplemented))
		id := c.newest().ID
		stranger := models.Actor{Kind: models.Resident, ID: models.NewID()}
		unread, err := c.service.MarkRead(context.Background(), stranger, []models.ID{id})
		if err != nil || unread != 0 || c.newest().ReadAt != nil {
			c.Errorf("a stranger: unread %d, error %v, read %v", unread, err, c.newest().ReadAt)
		}
		atKiosk := models.Actor{Kind: models.Kiosk, ID: models.NewID(), SubjectID: c.mother.ID}
		unread, err = c.service.MarkRead(context.Background(), atKiosk, []models.ID{id, models.NewID(), "no id"})
		if err != nil || unread != 1 || c.newest().ReadAt == nil {
			c.Errorf("the owner: unread %d, error %v", unread, err)
		}
		first := *c.newest().ReadAt
		c.clock.Advance(time.Hour)
		if _, err := c.service.MarkRead(context.Background(), c.mother, []models.ID{id}); err != nil || !c.newest().ReadAt.Equal(first) {
			c.Errorf("read again: %v, error %v", c.newest().ReadAt, err)
		}
		page, err := c.service.Inbox(context.Background(), c.mother, models.PageRequest{First: 10}, true)
		if err != nil || len(page.Edges) != 1 || page.TotalCount != 1 || page.UnreadCount != 1 || page.Edges[0].Node.ID == id {
			c.Errorf("unread only: %+v, error %v", page, err)
		}
		if unread, err := c.service.MarkRead(context.Background(), c.mother, nil); err != nil || unread != 1 {
			c.Errorf("nothing to mark: %d, error %v", unread, err)
		}
	})
}

func TestStrangersHaveNoInbox(t *testing.T) {
	each(t, func(c *counter) {
		ctx := context.Background()
		for _, actor := range []models.Actor{{Kind: models.Anonymous}, {Kind: models.Staff, ID: models.NewID()}} {
			_, inboxErr := c.service.Inbox(ctx, actor, models.PageRequest{First: 1}, false)
			_, readErr := c.service.MarkRead(ctx, actor, nil)
			_, settingsErr := c.service.Settings(ctx, actor)
			_, _, setErr := c.service.SetSettings(ctx, actor, SettingsInput{})
			_, watchErr := c.service.Watch(ctx, actor)
			for _, err := range []error{inboxErr, readErr, settingsErr, setErr, watchErr} {
				var fault *models.Fault
				if !errors.As(err, &fault) || fault.Code != models.Unauthenticated {
					c.Errorf("%s: %v", actor.Kind, err)
				}
			}
		}
		for _, cursor := range []string{"rubbish", store.Cursor(c.clock.Now(), "no id"), store.Cursor("x")} {
			var fault *models.Fault
			_, err := c.service.Inbox(ctx, c.mother, models.PageRequest{First: 1, After: cursor}, false)
			if !errors.As(err, &fault) || fault.Code != models.BadUserInput {
				c.Errorf("cursor %q: %v", cursor, err)
			}
		}
	})
}

func TestSettingsAreKept(t *testing.T) {
	each(t, func(c *counter) {
		ctx := context.Background()
		settings, err := c.service.Settings(ctx, c.mother)
		if err != nil {
			c.Fatal(err)
		}
		masked := "138****0001"
		c.want("by default", &Settings{
			Channels: []*ChannelSetting{
				{Channel: InboxChannel, Enabled: true, Verified: true}, {Channel: SMS, Enabled: true, Verified: true, Address: &masked},
				{Channel: Push, Enabled: true}, {Channel: WeChat}, {Channel: Email},
			},
			QuietHours: &QuietHours{"22:00", "08:00"}, Locale: "zh",
		}, settings)

		language := "en"
		settings, problems, err := c.service.SetSettings(ctx, c.mother, SettingsInput{
			Channels: []*ChannelSettingInput{{SMS, false}}, Locale: &language, QuietHours: &QuietHoursInput{"21:30", "07:15"},
		})
		if err != nil || len(problems) > 0 || settings.Channels[1].Enabled || settings.Locale != "en" {
			c.Fatalf("settings %+v, problems %v, error %v", settings, problems, err)
		}
		large := true
		_, problems, err = c.service.SetSettings(ctx, c.mother, SettingsInput{
			Channels: []*ChannelSettingInput{{InboxChannel, false}, {SMS, true}}, LargeText: &large,
		})
		if err != nil || len(problems) != 1 {
			c.Fatalf("problems %v, error %v", problems, err)
		}
		again, err := c.service.Settings(ctx, c.mother)
		if err != nil {
			c.Fatal(err)
		}
		c.want("with a problem nothing changes", settings, again)
		changed, _, err := c.service.SetSettings(ctx, c.mother, SettingsInput{LargeText: &large})
		if err != nil || !changed.LargeText || changed.Locale != "en" || changed.QuietHours.End != "07:15" {
			c.Errorf("what is not named stays: %+v, error %v", changed, err)
		}
	})
}

func TestWatch(t *testing.T) {
	each(t, func(c *counter) {
		c.change(func(*casework.Case) {}, happened(casework.EventSubmitted))
		ctx, leave := context.WithCancel(context.Background())
		defer leave()
		messages, err := c.service.Watch(ctx, c.mother)
		if err != nil {
			c.Fatal(err)
		}
		const many = 30
		for range many / 2 {
			c.change(func(*casework.Case) {}, happened(casework.EventSupplemented), happened(casework.EventLapsed))
			c.clock.Advance(10 * time.Second)
		}
		seen := map[models.ID]bool{}
		for len(seen) < many {
			select {
			case message := <-messages:
				if seen[message.ID] || message.Kind == Submitted {
					c.Fatalf("%s came twice or is old", message.Kind)
				}
				seen[message.ID] = true
			case <-time.After(time.Minute):
				c.Fatalf("only %d of %d came", len(seen), many)
			}
		}
		select {
		case message := <-messages:
			c.Errorf("one too many: %s", message.Kind)
		case <-time.After(150 * time.Millisecond):
		}
		leave()
		select {
		case _, open := <-messages:
			if open {
				c.Error("a message after leaving")
			}
		case <-time.After(time.Minute):
			c.Error("the channel stays open")
		}
	})
}

func TestTellingSomebodyOfTheirAccount(t *testing.T) {
	each(t, func(c *counter) {
		err := c.store.InTx(context.Background(), func(tx *store.Tx) error {
			return c.service.Tell(context.Background(), tx, c.mother.ID, SessionEnded, Params{})
		})
		if err != nil {
			c.Fatal(err)
		}
		if message := c.newest(); message.Kind != SessionEnded || !message.Urgent || message.ApplicationID != nil {
			c.Errorf("message = %+v", message)
		}
		err = c.store.InTx(context.Background(), func(tx *store.Tx) error {
			return c.service.Tell(context.Background(), tx, c.mother.ID, "GOSSIP", Params{})
		})
		if err == nil {
			c.Error("there is no such message")
		}
	})
}

func TestSendCode(t *testing.T) {
	each(t, func(c *counter) {
		phone := models.KnownPhone("+8613800000009")
		for _, locale := range []models.Locale{models.Chinese, models.English} {
			if err := c.service.SendCode(context.Background(), phone, "042195", locale); err != nil {
				c.Fatal(err)
			}
		}
		lines := readOutbox(c.T, c.outbox, "sms.jsonl")
		if len(lines) != 2 {
			c.Fatalf("lines = %v", lines)
		}
		for i, locale := range []string{"zh", "en"} {
			line := lines[i]
			if line["to"] != "+8613800000009" || line["template"] != "login-code" || line["locale"] != locale ||
				fmt.Sprint(line["data"]) != "map[code:042195]" || !strings.Contains(line["body"].(string), "042195") ||
				line["at"] != "2026-03-02T10:00:00+08:00" {
				c.Errorf("line = %v", line)
			}
		}
		if c.logged.Len() > 0 {
			c.Errorf("logged: %s", c.logged)
		}
	})
}
