package app_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

// An unhappy rating is answered within its days, by somebody who does not learn whose it is; one follow-up may be given.
func TestAnUnhappyRatingIsAnswered(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother, accepted := birthRegistration(t, c)
		for step, who := range map[string]string{"check": "li-police"} {
			change(t, c.staff(t, who), "Decide", vars{"taskId": openTask(t, c.staff(t, who), accepted.ID, accepted.ID+"."+step).ID, "decision": "APPROVE"})
		}
		register := openTask(t, c.staff(t, "wang-police"), accepted.ID, accepted.ID+".register")
		change(t, c.staff(t, "wang-police"), "Decide", vars{"taskId": register.ID, "decision": "APPROVE"})
		const comment, answered = "排队三次才办成", "已增设窗口，向您致歉"
		change(t, mother, "Rate", vars{"applicationId": accepted.ID, "stars": 1, "comment": comment, "tags": []string{"等待太久"}})
		supervisor := c.staff(t, "zhou-supervise")
		callback := taskOf(t, supervisor, "CALLBACK")
		raw := supervisor.send(t, "Worklist", vars{"first": 50}).Raw
		for _, secret := range []string{accepted.Number, accepted.ID, "吴", mother.phone[3:]} {
			if strings.Contains(raw, secret) {
				t.Errorf("the worklist shows %s beside the rating: %s", secret, raw)
			}
		}
		seen := supervisor.query(t, `{ worklist(first: 50) { edges { node { kind light dueAt rating { stars comment tags } application { item { code } } } } } }`)
		if !strings.Contains(seen.Raw, comment) || !strings.Contains(seen.Raw, `"dueAt":"2026-03-09T23:59:59+08:00"`) || !strings.Contains(seen.Raw, "birth-registration") {
			t.Errorf("what the supervisor answers: %s", seen.Raw)
		}
		staffView := fmt.Sprintf(`{ application(id: "%s") { rating { stars } timeline(first: 100) { edges { node { kind } } } } }`, accepted.ID)
		if got := c.staff(t, "li-police").query(t, staffView); !strings.Contains(got.Raw, `"rating":null`) || strings.Contains(got.Raw, "RATED") {
			t.Errorf("the official sees the rating: %s", got.Raw)
		}
		notInTheClear(t, c, comment)
		replyTo(t, c, supervisor, callback.ID, answered)
		if got := progress(t, mother, accepted.Number); got.Rating.Stars != 1 || got.Rating.Reply == nil || got.Rating.Reply.Text != answered {
			t.Errorf("the rater reads %+v", got.Rating)
		}
		if got := told(t, mother, "RATING_ANSWERED"); len(got) != 1 || !strings.Contains(got[0].Body, answered) {
			t.Errorf("the inbox says %+v", got)
		}
		notInTheClear(t, c, answered)

		if followed := change(t, mother, "Rate", vars{"applicationId": accepted.ID, "stars": 4, "comment": "后来好多了"}); followed.Rating.Stars != 4 {
			t.Errorf("the follow-up: %+v", followed.Rating)
		}
		c.unchanged(t, func() {
			problematic(t, mother, sendInput(t, "Rate", vars{"applicationId": accepted.ID, "stars": 5, "comment": "第三次"}),
				mend{"ALREADY_RATED", "您已经评价过这次办理", "You have rated this application already", ""})
		})
		if got := mother.query(t, fmt.Sprintf(`{ applicationByNumber(number: "%s") { rating { stars followUp { stars comment } } } }`, accepted.Number)); !strings.Contains(got.Raw, `{"stars":1,"followUp":{"stars":4,"comment":"后来好多了"}}`) {
			t.Errorf("both ratings: %s", got.Raw)
		}
	})
}

// replyTo answers a rating, and holds who may not.
func replyTo(t *testing.T, c *city, supervisor *visitor, taskID, text string) {
	t.Helper()
	c.staff(t, "li-police")
	reply := func(text string) string {
		return fmt.Sprintf(`mutation { replyToRating(input: {taskId: "%s", text: "%s", outcome: MENDED, idempotencyKey: "%s"}) { task { state } problems { code } } }`, taskID, text, text)
	}
	c.unchanged(t, func() {
		if code, _ := refusalOf(c.staff(t, "li-police").query(t, reply(text))); code != "FORBIDDEN" {
			t.Errorf("a reviewer answered: %s", code)
		}
		if got := supervisor.query(t, reply("")); !strings.Contains(got.Raw, "REQUIRED") {
			t.Errorf("an answer without words: %s", got.Raw)
		}
	})
	for range 2 { // the second click changes nothing
		if got := supervisor.query(t, reply(text)); !got.ok() || !strings.Contains(got.Raw, `"state":"DONE"`) {
			t.Fatalf("answering: %s", got.Raw)
		}
	}
	if code, _ := refusalOf(supervisor.query(t, reply("再答"))); code != "CONFLICT" {
		t.Errorf("answering twice: %s", code)
	}
}

// notInTheClear looks through the stored cases for somebody's words.
func notInTheClear(t *testing.T, c *city, words string) {
	t.Helper()
	var found int
	err := c.store.Reader(context.Background()).Raw("SELECT count(*) FROM casework_applications WHERE CAST(progress AS text) LIKE ? OR CAST(last_event AS text) LIKE ?",
		"%"+words+"%", "%"+words+"%").Scan(&found).Error
	if err != nil || found > 0 {
		t.Errorf("“%s” stands in the clear in %d cases (%v)", words, found, err)
	}
}
