package app_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// unreachedPage is what the service centre sees of those whom no channel reached.
type unreachedPage struct {
	TotalCount int
	Edges      []struct {
		Node struct {
			ID, Kind, Person, Reason string
			Phone, ApplicationNumber *string
		}
	}
}

const unreachedQuery = `{ unreached(first: 50) { totalCount edges { node { id kind person phone reason applicationNumber } } } }`

// A mother has no phone any more when papers are missing: no channel leads to her, and the service centre has her on its list, masked,
// until she was told; the message waits in her inbox for the day on which she comes back.
func TestAPersonWithoutAnyChannelIsToldInPerson(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		c := openWith(t, on, map[string]string{"ONEWINDOW_CODE_EVERY": "1ms"})
		mother, accepted := birthRegistration(t, c)
		number := mother.phone
		change(t, c.guest(), "RequestLoginCode", vars{"phone": number})
		const unbind = `mutation($i: UnbindIdentityInput!) { unbindIdentity(input: $i) { identity { status } problems { code field } } }`
		if done := askOwn[payload](t, mother, unbind, vars{"i": vars{"phone": number, "code": c.code(t, number)}}); len(done.Problems) > 0 {
			t.Fatalf("unbinding: %+v", done.Problems)
		}
		askForMore(t, c, accepted)
		agent := c.staff(t, "wu-call")
		var waiting unreachedPage
		asked := soon(1, func() (kinds []string) {
			waiting = askOwn[unreachedPage](t, agent, unreachedQuery, nil)
			for _, edge := range waiting.Edges {
				if edge.Node.Kind == "SUPPLEMENT_REQUESTED" {
					kinds = append(kinds, edge.Node.Kind)
				}
			}
			return kinds
		})
		same(t, "on the list", asked, "SUPPLEMENT_REQUESTED")
		for _, edge := range waiting.Edges {
			if edge.Node.Person != "吴*明" || edge.Node.Phone != nil || edge.Node.Reason != "NO_ADDRESS" {
				t.Errorf("on the list: %+v", edge.Node)
			}
		}
		if left := c.left(t, "sms", number); slices.ContainsFunc(left, func(one string) bool { return strings.HasSuffix(one, "supplement-requested") }) {
			t.Errorf("to a phone that is not hers any more went %q", left)
		}
		const settle = `mutation($i: SettleUnreachedInput!) { settleUnreached(input: $i) { done } }`
		for _, edge := range waiting.Edges {
			askOwn[struct{ Done bool }](t, agent, settle, vars{"i": vars{"messageId": edge.Node.ID}})
		}
		if left := askOwn[unreachedPage](t, agent, unreachedQuery, nil); left.TotalCount != 0 {
			t.Errorf("after she was told: %+v", left)
		}
	})
}

// Parameters that got lost between the day on which a reminder was planned and its own: the inbox says where to look, nothing half-said
// leaves the house, and the others' reminders go on.
func TestAReminderWithoutItsParametersHoldsBackNobody(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		*c.faulty = true // operators are told
		mother, accepted := birthRegistration(t, c)
		askForMore(t, c, accepted)
		var plans []struct{ ID, Params string }
		if err := c.store.Reader(t.Context()).Raw("SELECT id, params FROM notify_plans WHERE rule = 'MISSING_MATERIAL' AND state = 'PLANNED'").Scan(&plans).Error; err != nil || len(plans) == 0 {
			t.Fatalf("%d plans, %v", len(plans), err)
		}
		for _, plan := range plans {
			params := map[string]any{}
			if err := json.Unmarshal([]byte(plan.Params), &params); err != nil {
				t.Fatal(err)
			}
			delete(params, "item")
			raw, _ := json.Marshal(params)
			if err := c.store.Reader(t.Context()).Exec("UPDATE notify_plans SET params = ? WHERE id = ?", string(raw), plan.ID).Error; err != nil {
				t.Fatal(err)
			}
		}
		c.advanceTo(t, "2026-03-07T09:00")
		reminders := told(t, mother, "MISSING_MATERIAL")
		if len(reminders) != 1 || reminders[0].Title != "您有一条新消息" || !strings.Contains(reminders[0].Body, "请打开相关办件") {
			t.Errorf("in the inbox: %+v", reminders)
		}
		if left := c.left(t, "sms", mother.phone); slices.ContainsFunc(left, func(one string) bool { return strings.HasSuffix(one, "missing-material") }) {
			t.Errorf("by SMS left %q", left)
		}
		if submitted := told(t, mother, "SUBMITTED"); len(submitted) != 1 || !strings.Contains(submitted[0].Body, "出生登记") {
			t.Errorf("the other messages: %+v", submitted)
		}
	})
}

// What clients send by the contract reaches the ways of writing: plain words, and one sentence a line; and what they must do and by
// which day stands in each. After the supplement the new day is named.
func TestAMatterIsReadInPlainWordsAndLargeLetters(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother, accepted := birthRegistration(t, c)
		asked := askForMore(t, c, accepted)
		change(t, mother, "SetNotificationSettings", vars{"plainLanguage": true})
		plain := told(t, mother, "SUPPLEMENT_REQUESTED")
		if len(plain) != 1 || !strings.HasPrefix(plain[0].Body, "“出生登记”还缺：结婚证。打开这件事就能上传，最晚 2026年3月17日 交。") {
			t.Errorf("plain: %+v", plain)
		}
		change(t, mother, "SetNotificationSettings", vars{"plainLanguage": false, "largeText": true})
		large := told(t, mother, "SUPPLEMENT_REQUESTED")
		if len(large) != 1 || strings.Count(large[0].Body, "\n") < 2 || !strings.Contains(large[0].Body, "最晚在 2026年3月17日 当天提交") {
			t.Errorf("large: %+v", large)
		}
		c.advanceTo(t, "2026-03-09T10:00")
		upload(t, mother, accepted.ID, asked, nil)
		change(t, mother, "Supplement", vars{"applicationId": accepted.ID, "idempotencyKey": "in"})
		due := progress(t, mother, accepted.Number).DueAt
		if in := told(t, mother, "SUPPLEMENTED"); len(in) != 1 || due == nil || !strings.Contains(in[0].Body, "现在最晚 "+due.Format("2006年1月2日")+" 办结") {
			t.Errorf("after the supplement, due %v: %+v", due, in)
		}
	})
}
