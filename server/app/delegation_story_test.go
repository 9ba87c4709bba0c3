package app_test

import (
	"strings"
	"testing"
)

type delegationShown struct {
	ID, State string
	Delegate  struct{ DisplayName string }
	Grantor   struct{ ID string }
}

// answerDelegation accepts or declines as a client of a later version does.
func answerDelegation(t *testing.T, v *visitor, mutation, id string) (delegationShown, []problem) {
	t.Helper()
	got := askOwn[struct {
		Delegation delegationShown
		Problems   []problem
	}](t, v, `mutation($i: AnswerDelegationInput!) { `+mutation+`(input: $i) { delegation { id state grantor { id } delegate { displayName } } problems { code field } } }`,
		vars{"i": vars{"delegationId": id}})
	return got.Delegation, got.Problems
}

func grant(t *testing.T, v *visitor, fields vars) (delegationShown, []problem) {
	t.Helper()
	got := ask[struct {
		Delegation delegationShown
		Problems   []problem
	}](t, v, "GrantDelegation", input(fields))
	return got.Delegation, got.Problems
}

// A mother lets her helper fill in one service. The helper cannot do anything before accepting, nor anything else than was
// given, and nothing from the moment in which it is taken back; the timeline names both.
func TestAHelperActsWithinADelegation(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother, helper, stranger := c.resident(t, "r06"), c.resident(t, "r05"), c.signIn(t, "+8613900000071")
		item, other := "flexible-employment-insurance", "remote-medical-filing"
		offer := vars{"delegatePhone": helper.phone, "itemCodes": []string{item}, "powers": []string{"FILL", "TRACK"}, "until": "2026-04-01"}
		given, problems := grant(t, mother, offer)
		if len(problems) > 0 || given.State != "OFFERED" || !strings.HasPrefix(given.Delegate.DisplayName, "用户") {
			t.Fatalf("the offer is %+v, %+v", given, problems)
		}
		if again, _ := grant(t, mother, offer); again.ID != given.ID {
			t.Error("the same offer twice is two")
		}
		motherID := ask[viewer](t, mother, "Me", nil).ID
		begin := input(vars{"itemCode": item, "onBehalfOf": motherID})
		const accept = `mutation($i: AnswerDelegationInput!) { acceptDelegation(input: $i) { problems { code } } }`
		if code, _ := refusalOf(sendOwn(t, stranger, accept, vars{"i": vars{"delegationId": given.ID}})); code != "NOT_FOUND" {
			t.Errorf("a stranger accepts: %s", code)
		}
		accepted, problems := answerDelegation(t, helper, "acceptDelegation", given.ID)
		if len(problems) > 0 || accepted.State != "ACTIVE" || accepted.Grantor.ID != motherID {
			t.Fatalf("accepted: %+v, %+v", accepted, problems)
		}
		draft := ask[payload](t, helper, "StartApplication", begin).Application
		c.actsOnlyWithinPowers(t, helper, draft)
		refused(t, helper, "StartApplication", input(vars{"itemCode": other, "onBehalfOf": motherID}), notFound)
		c.namesBoth(t, mother, draft.ID)
		revoked := ask[struct{ Delegation delegationShown }](t, mother, "RevokeDelegation", input(vars{"delegationId": given.ID}))
		if revoked.Delegation.State != "REVOKED" {
			t.Errorf("revoked it is %s", revoked.Delegation.State)
		}
		refused(t, helper, "PreCheck", vars{"id": draft.ID}, notFound)
		refused(t, helper, "SaveAnswers", input(vars{"applicationId": draft.ID, "answers": []vars{}}), notFound)
		if _, problems := answerDelegation(t, helper, "acceptDelegation", given.ID); len(problems) != 1 || problems[0].Code != "EXPIRED" {
			t.Errorf("accepting what was taken back: %+v", problems)
		}
	})
}

// Who begins to use what was offered has said yes to it: nobody needs a client that knows a button for it. What was not offered is
// refused as ever, and without a proven identity nobody acts for another.
func TestUsingAnOfferAcceptsIt(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother, daughter, unproven := c.resident(t, "r06"), c.resident(t, "r05"), c.signIn(t, "+8613900000072")
		item, other := "flexible-employment-insurance", "remote-medical-filing"
		motherID := ask[viewer](t, mother, "Me", nil).ID
		begin := func(v *visitor, code string) answer {
			return v.send(t, "StartApplication", input(vars{"itemCode": code, "onBehalfOf": motherID}))
		}
		for _, phone := range []string{daughter.phone, unproven.phone} {
			grant(t, mother, vars{"delegatePhone": phone, "itemCodes": []string{item}, "powers": []string{"FILL", "TRACK"}, "until": "2026-04-01"})
		}
		for who, got := range map[string]answer{"without an identity": begin(unproven, item), "another item": begin(daughter, other)} {
			if code, _ := refusalOf(got); code != "NOT_FOUND" {
				t.Errorf("%s: %s", who, got.Raw)
			}
		}
		if told := toldOf(t, mother, "DELEGATION_ACCEPTED"); told != 0 {
			t.Errorf("told %d times of what nobody has done", told)
		}
		draft := read[payload](t, "StartApplication", begin(daughter, item)).Application
		if told := toldOf(t, mother, "DELEGATION_ACCEPTED"); draft.ID == "" || told != 1 {
			t.Errorf("the draft is %q, she was told %d times", draft.ID, told)
		}
		c.namesBoth(t, mother, draft.ID)

		son := c.resident(t, "r01") // who only looks
		grant(t, mother, vars{"delegatePhone": son.phone, "itemCodes": []string{item}, "powers": []string{"TRACK"}, "until": "2026-04-01"})
		refused(t, son, "StartApplication", input(vars{"itemCode": item, "onBehalfOf": motherID}), notFound)
		if seen := ask[application](t, son, "PreCheck", vars{"id": draft.ID}); seen.ID != draft.ID || toldOf(t, mother, "DELEGATION_ACCEPTED") != 2 {
			t.Errorf("looking does not accept: %+v", seen)
		}
	})
}

// actsOnlyWithinPowers: filling in and following are given, handing in, taking back and rating are not.
func (c *city) actsOnlyWithinPowers(t *testing.T, helper *visitor, draft application) {
	t.Helper()
	if draft.ID == "" || ask[application](t, helper, "PreCheck", vars{"id": draft.ID}).ID != draft.ID {
		t.Fatal("the helper does not see the draft")
	}
	change(t, helper, "SaveAnswers", vars{"applicationId": draft.ID, "answers": []vars{}})
	refused(t, helper, "Submit", input(vars{"applicationId": draft.ID}), notAllowed)
	refused(t, helper, "Withdraw", input(vars{"applicationId": draft.ID}), notAllowed)
	refused(t, helper, "Rate", input(vars{"applicationId": draft.ID, "stars": 5}), notAllowed)
}

// namesBoth: it is the mother's own application, and the timeline says who filled it in for whom.
func (c *city) namesBoth(t *testing.T, mother *visitor, id string) {
	t.Helper()
	shown := askOwn[struct {
		Timeline connection[struct{ Actor struct{ DisplayName string } }]
	}](t, mother, `query($id: ID!) { application(id: $id) { timeline(first: 10) { edges { node { actor { displayName } } } } } }`, vars{"id": id})
	events := shown.Timeline.nodes()
	if len(events) == 0 || !strings.Contains(events[0].Actor.DisplayName, " 代 ") || !strings.Contains(events[0].Actor.DisplayName, "*") {
		t.Errorf("the timeline names %+v", events)
	}
	inWords := askOwn[struct {
		Timeline connection[event]
	}](t, mother, `query($id: ID!) { application(id: $id) { timeline(first: 10) { edges { node { kind detail } } } } }`, vars{"id": id}).Timeline.nodes()
	if len(inWords) == 0 || inWords[0].Detail == nil || !strings.Contains(*inWords[0].Detail, " 代 ") {
		t.Errorf("the timeline says %+v", inWords)
	}
}

// What a delegation cannot be, and its end by the day without anybody's doing.
func TestADelegationHasItsBounds(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother, helper := c.resident(t, "r06"), c.resident(t, "r05")
		good := func(key string, value any) vars {
			offer := vars{"delegatePhone": helper.phone, "itemCodes": []string{"flexible-employment-insurance"}, "powers": []string{"TRACK"}, "until": "2026-03-03"}
			offer[key] = value
			return offer
		}
		for _, test := range []struct {
			field, code string
			value       any
		}{
			{"until", "EXPIRED", "2026-03-01"}, {"until", "TOO_LARGE", "2028-01-01"}, {"delegatePhone", "MISMATCH", mother.phone},
			{"delegatePhone", "FORMAT", "12"}, {"itemCodes", "UNKNOWN", []string{"moon-landing"}},
		} {
			if _, problems := grant(t, mother, good(test.field, test.value)); len(problems) != 1 || problems[0].Code != test.code || *problems[0].Field != test.field {
				t.Errorf("%s %v: %+v", test.field, test.value, problems)
			}
		}
		for _, field := range []string{"itemCodes", "powers"} {
			if code, _ := refusalOf(mother.send(t, "GrantDelegation", input(good(field, []string{})))); code != "BAD_USER_INPUT" {
				t.Errorf("no %s: %s", field, code)
			}
		}
		unbound := c.signIn(t, "+8613900000072")
		if _, problems := grant(t, unbound, good("until", "2026-03-03")); len(problems) != 1 || problems[0].Code != "IDENTITY_REQUIRED" {
			t.Errorf("without an identity: %+v", problems)
		}
		given, _ := grant(t, mother, good("until", "2026-03-03"))
		answerDelegation(t, helper, "acceptDelegation", given.ID)
		draft := change(t, mother, "StartApplication", vars{"itemCode": "flexible-employment-insurance"}).Application
		if ask[application](t, helper, "PreCheck", vars{"id": draft.ID}).ID != draft.ID {
			t.Error("TRACK does not show it")
		}
		refused(t, helper, "SaveAnswers", input(vars{"applicationId": draft.ID, "answers": []vars{}}), notAllowed)
		c.advance(t, "48h")
		refused(t, helper, "PreCheck", vars{"id": draft.ID}, notFound)
		listed := askOwn[struct{ DelegationsGiven []delegationShown }](t, mother, `{ viewer { delegationsGiven { id state delegate { displayName } } } }`, nil)
		if len(listed.DelegationsGiven) != 1 || listed.DelegationsGiven[0].State != "EXPIRED" {
			t.Errorf("after its last day: %+v", listed)
		}
	})
}
