package app_test

import (
	"sync"
	"testing"
)

var otherInput = refusal{
	status: 200, code: "CONFLICT", chinese: "同一个 idempotencyKey 已用于另一份内容", english: "This idempotencyKey was used with other input",
}

// The same request again gives the first answer and does nothing twice; the same key with other input is a conflict.
func TestASecondClick(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother := c.resident(t, "r06")
		start := input(vars{"itemCode": "birth-registration", "idempotencyKey": "start"})
		sameAgain(t, c, mother, "StartApplication", start)
		other := input(vars{"itemCode": "elderly-card", "idempotencyKey": "start"})
		c.unchanged(t, func() { refused(t, mother, "StartApplication", other, otherInput) })
		father := c.resident(t, "r05") // another person's key is another key
		mothers := read[payload](t, "StartApplication", mother.send(t, "StartApplication", start)).Application.ID
		if fathers := ask[payload](t, father, "StartApplication", start).Application.ID; fathers == mothers {
			t.Error("the father got the mother's application")
		}

		draft := draftBirthRegistration(t, c)
		submit := input(vars{"applicationId": draft.ID, "idempotencyKey": "submit"})
		if early := ask[payload](t, mother, "Submit", submit); len(early.Problems) == 0 { // an answer with problems is not remembered
			t.Fatal("an application without papers was taken")
		}
		for _, missing := range change(t, mother, "FetchMaterials", vars{"applicationId": draft.ID}).Application.Missing {
			upload(t, mother, draft.ID, missing, nil)
		}
		sameAgain(t, c, mother, "Submit", submit)
		c.unchanged(t, func() {
			refused(t, mother, "Submit", input(vars{"applicationId": mothers, "idempotencyKey": "submit"}), otherInput)
		})
		change(t, c.staff(t, "zhang-desk"), "Accept", vars{"applicationId": draft.ID})

		reviewer := c.staff(t, "li-police")
		certificate := draft.ID + ".marriage-certificate"
		sameAgain(t, c, reviewer, "RequestSupplement", input(vars{
			"applicationId": draft.ID, "items": []vars{{"requirementId": certificate, "reason": "看不清"}}, "idempotencyKey": "ask",
		}))
		upload(t, mother, draft.ID, requirement{ID: certificate, Material: named{Code: "marriage-certificate"}}, nil)
		sameAgain(t, c, mother, "Supplement", input(vars{"applicationId": draft.ID, "idempotencyKey": "back"}))
		check := openTask(t, reviewer, draft.ID, draft.ID+".check")
		sameAgain(t, c, reviewer, "Decide", input(vars{"taskId": check.ID, "decision": "APPROVE", "opinion": "同意", "idempotencyKey": "decide"}))
		c.unchanged(t, func() {
			refused(t, reviewer, "Decide", input(vars{"taskId": check.ID, "decision": "APPROVE", "opinion": "好", "idempotencyKey": "decide"}), otherInput)
		})
	})
}

// sameAgain sends an operation once, and then, when nothing may change any more, again.
func sameAgain(t *testing.T, c *city, v *visitor, operation string, variables vars) {
	t.Helper()
	first := v.send(t, operation, variables)
	if got := read[payload](t, operation, first); len(got.Problems) > 0 {
		t.Fatalf("%s has problems: %+v", operation, got.Problems)
	}
	c.unchanged(t, func() {
		if again := v.send(t, operation, variables); again.Raw != first.Raw {
			t.Errorf("%s again was answered\n%s\nafter\n%s", operation, again.Raw, first.Raw)
		}
	})
}

// Two clicks at the same moment do one thing.
func TestTwoClicksAtOnce(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother := c.resident(t, "r06")
		const hands = 8
		started := make([]answer, hands)
		var together sync.WaitGroup
		for hand := range hands {
			together.Go(func() {
				started[hand], _ = mother.try("StartApplication", input(vars{"itemCode": "birth-registration", "idempotencyKey": "once"}))
			})
		}
		together.Wait()
		ids := map[string]bool{}
		for _, got := range started {
			ids[read[payload](t, "StartApplication", got).Application.ID] = true
		}
		mine := ask[viewer](t, mother, "MyApplications", vars{"first": 100}).Applications
		if len(ids) != 1 || mine.TotalCount != 1 {
			t.Errorf("%d clicks made %d applications, %d are in the list", hands, len(ids), mine.TotalCount)
		}
	})
}
