package notify

import (
	"context"
	"slices"
	"strings"
	"testing"

	"onewindow/models"
	"onewindow/models/casework"
	"onewindow/models/store"
)

// accept takes the case in; it is promised within ten days, by 12 March.
func (c *counter) accept() {
	now := c.clock.Now()
	c.change(func(kase *casework.Case) { kase.State, kase.AcceptedAt = casework.InReview, &now }, happened(casework.EventAccepted))
}

func (c *counter) staffSees(actor models.Actor) (kinds []Kind, unread int) {
	c.Helper()
	page, err := c.service.StaffNoticesPage(context.Background(), actor, models.PageRequest{First: models.LargestPage})
	if err != nil {
		c.Fatal(err)
	}
	for _, edge := range page.Edges {
		if strings.ContainsAny(edge.Node.Body.In(models.Chinese), "{}") || edge.Node.Title.In(models.English) == "" {
			c.Errorf("notice = %+v", edge.Node)
		}
		kinds = append(kinds, edge.Node.Kind)
	}
	return kinds, page.UnreadCount
}

func TestStaffAreToldOfWhatIsDue(t *testing.T) {
	each(t, func(c *counter) {
		reviewer := models.Actor{Kind: models.Staff, ID: models.NewID(), DepartmentCode: "police", Roles: []models.Role{models.Reviewer}}
		colleague, stranger, supervisor := reviewer, reviewer, reviewer
		colleague.ID, stranger.ID, supervisor.ID = models.NewID(), models.NewID(), models.NewID()
		stranger.DepartmentCode, supervisor.Roles = "health", []models.Role{models.Supervisor}
		c.tasks = []*casework.Task{
			{ID: models.NewID(), ApplicationID: c.kase.ID, Kind: casework.TaskStep, DepartmentCode: "police", Role: models.Reviewer, AssigneeID: reviewer.ID},
			{ID: models.NewID(), ApplicationID: c.kase.ID, Kind: casework.TaskStep, DepartmentCode: "police", Role: models.Reviewer},
		}
		c.accept()
		c.until("2026-03-10 09:00")
		c.want("two days before", 1, c.sweep())
		sees := func(who string, actor models.Actor, want ...Kind) {
			c.Helper()
			got, unread := c.staffSees(actor)
			c.want(who, want, got)
			c.want(who+" unread", len(want), unread)
		}
		sees("who has one and may take the other", reviewer, DecisionDueNotice, DecisionDueNotice)
		sees("a colleague may take the other", colleague, DecisionDueNotice)
		sees("another department", stranger)
		sees("the supervisor not yet", supervisor)

		page, _ := c.service.StaffNoticesPage(context.Background(), colleague, models.PageRequest{First: 1})
		seen := []models.ID{page.Edges[0].Node.ID, "nonsense"}
		if unread, err := c.service.MarkStaffNoticesRead(context.Background(), stranger, seen); err != nil || unread != 0 {
			c.Errorf("a stranger marks: %d, %v", unread, err)
		}
		if unread, err := c.service.MarkStaffNoticesRead(context.Background(), colleague, seen); err != nil || unread != 0 {
			c.Errorf("the colleague marks: %d, %v", unread, err)
		}
		_, unread := c.staffSees(reviewer)
		c.want("each reads for themselves", 2, unread)

		c.until("2026-03-13 09:00")
		c.want("the last day is past, the overdue notice goes out", 2, c.sweep())
		sees("the supervisor now, once for each task", supervisor, DecisionOverdueNotice, DecisionOverdueNotice)
		c.want("again nothing", 0, c.sweep())
		c.want("the applicant is not bothered", []Kind{Accepted}, c.kinds())
		if _, err := c.service.StaffNoticesPage(context.Background(), c.mother, models.PageRequest{First: 1}); err == nil {
			c.Error("a resident sees what staff are told")
		}
	})
}

func TestADecisionInTimeRemindsNoStaff(t *testing.T) {
	each(t, func(c *counter) {
		c.accept()
		c.change(func(kase *casework.Case) { kase.State = casework.Rejected }, happened(casework.EventRejected))
		c.until("2026-04-13 09:00")
		c.want("due", 0, c.sweep())
	})
}

// TestADateThatMovedByItselfIsPlannedAnew: the promised day is another one now, and no change of the case has said so.
func TestADateThatMovedByItselfIsPlannedAnew(t *testing.T) {
	each(t, func(c *counter) {
		c.tasks = []*casework.Task{{ID: models.NewID(), ApplicationID: c.kase.ID, Kind: casework.TaskStep, DepartmentCode: "police", Role: models.Reviewer}}
		c.accept()
		later := c.clock.Now().AddDate(0, 0, 10)
		c.kase.AcceptedAt = &later
		c.until("2026-03-10 09:00")
		c.want("the old day is dropped", 1, c.sweep())
		c.want("nothing is said", int64(0), c.count("notify_staff_notices"))
		c.until("2026-03-20 09:00")
		c.sweep()
		c.want("the new day is", int64(1), c.count("notify_staff_notices"))
	})
}

func (c *counter) count(table string) (count int64) {
	c.Helper()
	if err := c.store.Reader(context.Background()).Table(table).Count(&count).Error; err != nil {
		c.Fatal(err)
	}
	return count
}

func TestAllIsThereButNotHandedIn(t *testing.T) {
	each(t, func(c *counter) {
		c.requestSupplement("")
		c.handIn("photo")
		c.handIn("lease")
		c.until("2026-03-02 11:59")
		c.want("not at once", 0, c.sweep())
		c.until("2026-03-02 12:00")
		c.want("after two hours", 1, c.sweep())
		if message := c.newest(); message.Kind != SupplementReadyReminder || !strings.Contains(message.Body.In(models.Chinese), "点“提交补正”") {
			c.Errorf("message = %+v", message)
		}
		c.change(func(kase *casework.Case) { kase.State, kase.Progress.Supplement = casework.Submitted, nil }, happened(casework.EventSupplemented))
		c.until("2026-03-16 09:00")
		c.want("handed in: silence", 0, c.sweep())
	})
}

func TestWhatCanWaitComesInOneMessageOfTheMorning(t *testing.T) {
	each(t, func(c *counter) {
		finish := func() {
			now := c.clock.Now()
			c.change(func(kase *casework.Case) { kase.State, kase.FinishedAt = casework.Completed, &now })
		}
		finish()
		look := func() {
			err := c.store.InTx(context.Background(), func(tx *store.Tx) error { return c.service.DataSeen(tx, c.mother.ID) })
			if err != nil {
				c.Fatal(err)
			}
		}
		c.until("2026-03-04 14:00")
		look()
		look()
		c.want("nothing yet", 0, c.sweep())
		c.until("2026-03-05 09:00")
		c.want("two looks are one line, the rating another", 2, c.sweep())
		c.want("one message", []Kind{Digest}, c.kinds())
		body := c.newest().Body.In(models.Chinese)
		if !strings.Contains(body, "2 条不急的消息") || !strings.Contains(body, "查看过您的资料") || !strings.Contains(body, "欢迎评价") {
			c.Errorf("digest = %q", body)
		}
		c.want("no digest waits", int64(0), c.count("notify_digests"))
		c.until("2026-03-06 09:00")
		c.want("nothing new, nothing sent", 0, c.sweep())
		c.want("messages", 1, len(c.kinds()))
	})
}

func TestADigestIsReadAgainBeforeItIsSent(t *testing.T) {
	each(t, func(c *counter) {
		now := c.clock.Now()
		c.change(func(kase *casework.Case) { kase.State, kase.FinishedAt = casework.Completed, &now })
		c.kase.Progress.Rating = &casework.RatingProgress{Stars: 4} // by a way that planned nothing anew
		c.until("2026-03-05 09:00")
		c.want("settled", 1, c.sweep())
		c.want("an empty digest is none", 0, len(c.kinds()))
		c.want("no digest waits", int64(0), c.count("notify_digests"))
	})
}

func TestTooManyMessagesInADayWaitForTheMorning(t *testing.T) {
	each(t, func(c *counter) {
		for range 6 {
			c.change(func(*casework.Case) {}, happened(casework.EventSupplemented))
		}
		if err := c.work(); err != nil {
			c.Fatal(err)
		}
		c.want("four leave", 4, len(readOutbox(c.T, c.outbox, "sms.jsonl")))
		c.want("all are in the inbox", 6, len(c.kinds()))
		c.requestSupplement("")
		if err := c.work(); err != nil {
			c.Fatal(err)
		}
		c.want("what is urgent leaves all the same", 5, len(readOutbox(c.T, c.outbox, "sms.jsonl")))
		edges := c.inbox().Edges
		if _, err := c.service.MarkRead(context.Background(), c.mother, []models.ID{edges[1].Node.ID}); err != nil {
			c.Fatal(err)
		}
		c.until("2026-03-03 09:00")
		c.sweep()
		if err := c.work(); err != nil {
			c.Fatal(err)
		}
		c.want("one message for those that nobody has read", "DIGEST", c.newest().Kind)
		c.want("left", 6, len(readOutbox(c.T, c.outbox, "sms.jsonl")))
	})
}

func TestAClockThatJumps(t *testing.T) {
	each(t, func(c *counter) {
		c.kase.State = casework.Draft
		c.kase.CreatedAt = c.clock.Now()
		c.change(func(*casework.Case) {})
		c.change(func(kase *casework.Case) { kase.ItemVersion++ })
		c.until("2026-03-19 09:00")
		c.want("both have come due", 2, c.sweep())
		c.want("one line", []Kind{Digest}, c.kinds())
		if body := c.newest().Body.In(models.Chinese); !strings.HasPrefix(body, "有 1 条不急的消息：\n") {
			c.Errorf("digest = %q", body)
		}
		c.until("2026-03-02 09:00")
		c.want("backwards: nothing is sent twice", 0, c.sweep())
		c.until("2026-05-02 09:00")
		c.want("and forwards again", 0, c.sweep())
	})
}

func TestHelpersGetCopiesWhereTheirPersonWantsIt(t *testing.T) {
	each(t, func(c *counter) {
		daughter := models.Actor{Kind: models.Resident, ID: models.NewID()}
		neighbour := models.Actor{Kind: models.Resident, ID: models.NewID()} // helps with something else
		c.helpers = map[models.ID][]Helper{c.mother.ID: {{ID: daughter.ID}, {ID: daughter.ID}, {ID: c.mother.ID}, {ID: neighbour.ID, Items: []string{"another-item"}}}}
		sees := func(actor models.Actor) (bodies []string) {
			page, err := c.service.Inbox(context.Background(), actor, models.PageRequest{First: 20}, false)
			if err != nil {
				c.Fatal(err)
			}
			for _, edge := range page.Edges {
				bodies = append(bodies, edge.Node.Body.In(models.Chinese))
			}
			return bodies
		}
		c.change(func(*casework.Case) {}, happened(casework.EventSupplemented))
		if err := c.work(); err != nil {
			c.Fatal(err)
		}
		c.want("not chosen: no copy", 0, len(sees(daughter)))
		yes := true
		settings, problems, err := c.service.SetSettings(context.Background(), c.mother, SettingsInput{CopyHelpers: &yes, PlainLanguage: &yes})
		if err != nil || len(problems) > 0 || !settings.CopyHelpers || !settings.PlainLanguage {
			c.Fatalf("settings = %+v, %v, %v", settings, problems, err)
		}
		c.requestSupplement("父亲未签名")
		for range 2 { // the job comes twice
			if err := c.work(); err != nil {
				c.Fatal(err)
			}
			if err := c.service.Deliver(context.Background(), DeliverArgs{MessageIDs: []models.ID{c.newest().ID}}); err != nil {
				c.Fatal(err)
			}
		}
		bodies := sees(daughter)
		if len(bodies) != 1 || !strings.HasPrefix(bodies[0], "【您帮助的人") || strings.Contains(bodies[0], "父亲未签名") {
			c.Errorf("the daughter sees %q", bodies)
		}
		c.want("what the neighbour sees", 0, len(sees(neighbour)))
		own := sees(c.mother)
		if slices.ContainsFunc(own, func(body string) bool { return strings.Contains(body, "您帮助的人") }) || !strings.Contains(own[0], "父亲未签名") {
			c.Errorf("the mother sees %q", own)
		}
	})
}
