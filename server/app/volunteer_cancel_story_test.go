package app_test

import (
	"context"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

var allPowers = []string{"FILL", "SUBMIT", "TRACK"}

// A second contact who reads English is told in English, in words that say what to do; without a choice it is Chinese, and another
// language is refused.
func TestTheSecondContactIsToldInTheLanguageThatWasNamed(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		person, son := c.resident(t, "r04"), "+8613900000082"
		if got := asking(t, person, setContact, vars{"phone": son, "locale": "fr"}); problemOf(got.Problems) != "UNKNOWN_CHOICE locale" {
			t.Errorf("in French: %+v", got.Problems)
		}
		done(t, person, setContact, vars{"phone": son, "locale": "en"})
		code := c.smsOf(t, person.phone, "second-contact-code").Data["code"]
		if named := done(t, person, setContact, vars{"phone": son, "locale": "en", "code": code}); named.SecondContact.Locale == nil || *named.SecondContact.Locale != "en" {
			t.Errorf("named: %+v", named.SecondContact)
		}
		helper, _ := c.volunteer(t, "r05")
		submitted := c.handsIn(t, helper, c.helps(t, helper, person, allPowers, "elderly-card"))
		sms := c.smsOf(t, son, "helped-contact")
		for _, part := range []string{submitted.Number + " was handed in", "volunteer 陈*分", "to cancel, use the code " + sms.Data["code"]} {
			if !strings.Contains(sms.Body, part) {
				t.Errorf("the SMS does not say %q: %s", part, sms.Body)
			}
		}
		if mine := askOwn[struct{ SecondContact struct{ Locale string } }](t, person, `{ viewer { secondContact { locale } } }`, nil); mine.SecondContact.Locale != "en" {
			t.Errorf("shown: %+v", mine)
		}
	})
}

// names makes somebody's second contact of a phone, with the code that goes to their own.
func (c *city) namesContact(t *testing.T, person *visitor, phone string) {
	t.Helper()
	asked := done(t, person, setContact, vars{"phone": phone})
	if asked.SecondContact.CodeSentTo == nil || asked.SecondContact.Phone != nil {
		t.Fatalf("asked for a second contact: %+v", asked.SecondContact)
	}
	sms := c.smsOf(t, person.phone, "second-contact-code")
	if !strings.Contains(sms.Body, phone[len(phone)-4:]) || strings.Contains(sms.Body, strings.TrimPrefix(phone, "+86")) {
		t.Errorf("the SMS says %q", sms.Body)
	}
	code := sms.Data["code"]
	if other := asking(t, person, setContact, vars{"phone": "13900000099", "code": code}); problemOf(other.Problems) != "MISMATCH code" {
		t.Errorf("the code names another phone: %+v", other.Problems)
	}
	named := done(t, person, setContact, vars{"phone": phone, "code": code})
	if named.SecondContact.Phone == nil || !strings.Contains(*named.SecondContact.Phone, "****") {
		t.Errorf("named: %+v", named.SecondContact)
	}
	if bodies := inboxOf(t, person, "SECOND_CONTACT_CHANGED"); len(bodies) != 1 {
		t.Errorf("the person is told %q", bodies)
	}
}

// A daughter in another city, who has no account, is told of what a volunteer hands in for her mother, and cancels it with the
// code of the SMS. Whoever guesses learns nothing.
func TestTheSecondContactCancelsWithACode(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		person, daughter := c.resident(t, "r04"), "+8613900000081"
		helper, _ := c.volunteer(t, "r05")
		c.namesContact(t, person, daughter)
		help := c.helps(t, helper, person, allPowers, "elderly-card")
		submitted := c.handsIn(t, helper, help)
		sms := c.smsOf(t, daughter, "helped-contact")
		for _, part := range []string{"志愿者陈*分", "代许*蛰", submitted.Number, "取消码"} {
			if !strings.Contains(sms.Body, part) {
				t.Errorf("the SMS does not say %s: %s", part, sms.Body)
			}
		}
		code := sms.Data["code"]
		if len(code) != 10 || !strings.Contains(sms.Body, code) {
			t.Fatalf("the code is %q", code)
		}
		wrong := asking(t, c.guest(), cancelByCode, vars{"code": "AAAAAAAAAA"})
		none := asking(t, c.guest(), cancelByCode, vars{"code": "x"})
		if wrong.Cancelled || problemOf(wrong.Problems) != "MISMATCH code" || wrong.Problems[0].Message != none.Problems[0].Message {
			t.Errorf("wrong codes: %+v, %+v", wrong, none)
		}
		typed := strings.ToLower(code[:5]) + "-" + code[5:]
		for range 2 { // a second time after a lost answer
			if got := done(t, c.guest(), cancelByCode, vars{"code": typed}); !got.Cancelled {
				t.Error("the code does not cancel")
			}
		}
		if state := c.stateOf(t, submitted.ID); state != "WITHDRAWN" {
			t.Errorf("cancelled it is %s", state)
		}
		shown := askOwn[helpedTimeline](t, person, `query($id: ID!) { application(id: $id) { timeline(first: 50) { edges { node { kind actor { displayName } } } } } }`, vars{"id": submitted.ID})
		events := shown.Timeline.nodes()
		if last := events[len(events)-1]; last.Kind != "WITHDRAWN" || last.Actor.DisplayName != "第二联系人" {
			t.Errorf("the timeline ends with %+v", last)
		}
		for _, told := range []*visitor{person, helper} {
			if bodies := inboxOf(t, told, "HELP_CANCELLED"); len(bodies) != 1 || !strings.Contains(bodies[0], "第二联系人取消") {
				t.Errorf("told: %q", bodies)
			}
		}
		refused(t, helper, "PreCheck", vars{"id": submitted.ID}, notFound)
	})
}

// After the time for it nothing is cancelled, by nobody; the application goes its way and the person can still withdraw.
func TestCancellingEndsWithItsTime(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		person, contact := c.resident(t, "r04"), "+8613900000082"
		helper, _ := c.volunteer(t, "r05")
		c.namesContact(t, person, contact)
		submitted := c.handsIn(t, helper, c.helps(t, helper, person, allPowers, "elderly-card"))
		own := change(t, person, "StartApplication", vars{"itemCode": "elderly-card"}).Application
		if got := asking(t, person, cancelHelped, vars{"applicationId": own.ID}); problemOf(got.Problems) != "NOT_HELPED applicationId" {
			t.Errorf("nobody helped with it: %+v", got)
		}
		code := c.smsOf(t, contact, "helped-contact").Data["code"]
		c.advance(t, "48h1m")
		got := asking(t, person, cancelHelped, vars{"applicationId": submitted.ID})
		if problemOf(got.Problems) != "TOO_LATE applicationId" || !strings.Contains(got.Problems[0].Message, "2026年3月4日09:0") {
			t.Errorf("too late: %+v", got.Problems)
		}
		late := asking(t, c.guest(), cancelByCode, vars{"code": code})
		wrong := asking(t, c.guest(), cancelByCode, vars{"code": "AAAAAAAAAA"})
		if late.Cancelled || late.Problems[0].Message != wrong.Problems[0].Message {
			t.Errorf("too late by code: %+v", late)
		}
		if state := c.stateOf(t, submitted.ID); state == "WITHDRAWN" {
			t.Error("it was cancelled")
		}
		change(t, person, "Withdraw", vars{"applicationId": submitted.ID})
	})
}

// One volunteer who may help one person is told yes by two at the same moment: one of them is helped.
func TestACaseloadHoldsHoweverManyAtOnce(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		c := openWith(t, on, map[string]string{"ONEWINDOW_HELP_CASELOAD": "1"})
		helper, enrolled := c.volunteer(t, "r05")
		people := []*visitor{c.resident(t, "r04"), c.resident(t, "r08"), c.resident(t, "r06")}
		fields := make([]vars, len(people))
		for i, person := range people {
			request, code := c.askToHelp(t, helper, person, allPowers, "elderly-card")
			fields[i] = vars{"requestId": request, "code": code}
		}
		got := make([]helpPayload, len(people))
		var together sync.WaitGroup
		for i := range people {
			together.Go(func() { got[i] = asking(t, helper, confirmHelp, fields[i]) })
		}
		together.Wait()
		begun, refusedForLoad := 0, 0
		for _, one := range got {
			if one.Delegation != nil {
				begun++
			} else if problemOf(one.Problems) == "TOO_MANY requestId" {
				refusedForLoad++
			}
		}
		if begun != 1 || refusedForLoad != 2 {
			t.Errorf("%d helped, %d refused", begun, refusedForLoad)
		}
		listed := askOwn[connection[volunteerShown]](t, c.staff(t, "zhang-desk"),
			`{ volunteers(servicePoint: "wenxin-01", first: 1) { totalCount edges { node { id state helping person { displayName } } } pageInfo { hasNextPage endCursor } } }`, nil)
		if listed.TotalCount != 1 || listed.nodes()[0].ID != enrolled.ID || listed.nodes()[0].Helping != 1 {
			t.Errorf("the list of volunteers: %+v", listed)
		}
		ended := done(t, c.staff(t, "zhang-desk"), endVolunteer, vars{"volunteerId": enrolled.ID}).Volunteer
		if ended.State != "ENDED" || ended.Helping != 0 {
			t.Errorf("ended: %+v", ended)
		}
		if code, _ := refusalOf(sendOwn(t, helper, helpPerson, vars{"i": vars{
			"phone": "13900000083", "itemCodes": []string{"elderly-card"}, "powers": allPowers, "days": 1}})); code != "FORBIDDEN" {
			t.Errorf("an ended volunteer asks: %q", code)
		}
		received := askOwn[struct{ DelegationsReceived []helpShown }](t, helper, `{ viewer { delegationsReceived { id state } } }`, nil)
		if len(received.DelegationsReceived) != 1 || received.DelegationsReceived[0].State != "REVOKED" {
			t.Errorf("its help: %+v", received.DelegationsReceived)
		}
	})
}

// What a volunteer and an enrolment cannot be.
func TestHelpByVolunteersHasItsBounds(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		helper, _ := c.volunteer(t, "r05")
		desk := c.staff(t, "zhang-desk")
		point := vars{"code": "wenxin-01", "name": "文新街道便民服务点"}
		for _, test := range []struct {
			want   string
			fields vars
		}{
			{"FORMAT phone", vars{"phone": "12", "servicePoint": point, "until": "2026-12-31"}},
			{"IDENTITY_REQUIRED phone", vars{"phone": "13900000084", "servicePoint": point, "until": "2026-12-31"}},
			{"EXPIRED until", vars{"phone": helper.phone, "servicePoint": point, "until": "2026-03-01"}},
			{"TOO_LARGE until", vars{"phone": helper.phone, "servicePoint": point, "until": "2028-03-01"}},
			{"FORMAT servicePoint.code", vars{"phone": helper.phone, "servicePoint": vars{"code": "文新", "name": "文新"}, "until": "2026-12-31"}},
			{"FORMAT servicePoint.name", vars{"phone": helper.phone, "servicePoint": vars{"code": "a", "name": " "}, "until": "2026-12-31"}},
		} {
			if got := asking(t, desk, enrolVolunteer, test.fields); problemOf(got.Problems) != test.want {
				t.Errorf("%s: %+v", test.want, got.Problems)
			}
		}
		for _, other := range []*visitor{helper, c.staff(t, "li-police"), c.guest()} {
			code, _ := refusalOf(sendOwn(t, other, enrolVolunteer, vars{"i": vars{"phone": helper.phone, "servicePoint": point, "until": "2026-12-31"}}))
			if code != "FORBIDDEN" && code != "UNAUTHENTICATED" {
				t.Errorf("who may not enrol: %q", code)
			}
		}
		for _, test := range []struct {
			want   string
			change vars
		}{
			{"FORMAT phone", vars{"phone": "12"}}, {"MISMATCH phone", vars{"phone": helper.phone}}, {"UNKNOWN itemCodes", vars{"itemCodes": []string{"moon-landing"}}},
			{"TOO_LARGE days", vars{"days": 31}}, {"TOO_LARGE days", vars{"days": 0}},
		} {
			fields := vars{"phone": "13900000085", "itemCodes": []string{"elderly-card"}, "powers": allPowers, "days": 7}
			for key, value := range test.change {
				fields[key] = value
			}
			if got := asking(t, helper, helpPerson, fields); problemOf(got.Problems) != test.want {
				t.Errorf("%s: %+v", test.want, got.Problems)
			}
		}
		c.yesOfNobody(t, helper)
		person := c.resident(t, "r04")
		if got := asking(t, person, setContact, vars{"phone": person.phone}); problemOf(got.Problems) != "MISMATCH phone" {
			t.Errorf("oneself as second contact: %+v", got.Problems)
		}
		c.helps(t, helper, person, allPowers, "elderly-card")
		done(t, person, setContact, vars{"phone": helper.phone})
		code := c.smsOf(t, person.phone, "second-contact-code").Data["code"]
		if got := asking(t, person, setContact, vars{"phone": helper.phone, "code": code}); problemOf(got.Problems) != "MISMATCH phone" {
			t.Errorf("the volunteer as second contact: %+v", got.Problems)
		}
	})
}

// yesOfNobody: the same answer for a phone that nobody knows; only with the code in hand it is said that its owner has no identity.
func (c *city) yesOfNobody(t *testing.T, helper *visitor) {
	t.Helper()
	stranger := &visitor{url: c.url, phone: "+8613900000086"}
	request, code := c.askToHelp(t, helper, stranger, allPowers, "elderly-card")
	if got := asking(t, helper, confirmHelp, vars{"requestId": request, "code": code}); problemOf(got.Problems) != "IDENTITY_REQUIRED requestId" {
		t.Errorf("a phone without an identity: %+v", got.Problems)
	}
	again := asking(t, helper, helpPerson, vars{"phone": stranger.phone, "itemCodes": []string{"elderly-card"}, "powers": allPowers, "days": 1})
	if problemOf(again.Problems) != "TOO_SOON phone" {
		t.Errorf("a second code in a minute: %+v", again.Problems)
	}
	unknown := askOwn[helpPayload](t, helper, confirmHelp, vars{"i": vars{"requestId": request, "code": code}})
	if problemOf(unknown.Problems) != "MISMATCH code" {
		t.Errorf("a used code: %+v", unknown.Problems)
	}
}

// Whoever follows by a delegation hears nothing more and is gone within seconds when it is taken back or ends, on whatever replica
// it is taken back.
func TestAnEndedDelegationEndsItsWatchesOnEveryReplica(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		keys := map[string]string{"ONEWINDOW_KEYS": filepath.Join(t.TempDir(), "keys.yaml")}
		here := openWith(t, on, keys)
		there := here
		if on.database != "" {
			there = openWith(t, ground{on.database, on.redis, t.TempDir()}, keys)
		}
		person := here.resident(t, "r04")
		helper, enrolled := here.volunteer(t, "r05")
		help := here.helps(t, helper, person, allPowers, "elderly-card")
		submitted := here.handsIn(t, helper, help)
		elsewhere := *helper
		elsewhere.url = there.url
		watcher := watch(t, &elsewhere, submitted.Number)
		owner := watch(t, person, submitted.Number)
		begun := time.Now()
		done(t, here.staff(t, "zhang-desk"), endVolunteer, vars{"volunteerId": enrolled.ID})
		change(t, person, "Withdraw", vars{"applicationId": submitted.ID})
		for event := range watcher.events {
			t.Errorf("after the end the volunteer hears of %s", event.Kind)
		}
		t.Logf("the watch ended after %s", time.Since(begun))
		if kinds := owner.next(t, 1); kinds[0] != "WITHDRAWN" {
			t.Errorf("the person hears of %v", kinds)
		}
		mother, daughter := here.resident(t, "r06"), here.resident(t, "r10")
		given, _ := grant(t, mother, vars{"delegatePhone": daughter.phone, "itemCodes": []string{"birth-registration"}, "powers": []string{"TRACK"}, "until": "2026-03-02"})
		answerDelegation(t, daughter, "acceptDelegation", given.ID)
		followed := submitBirthRegistration(t, here)
		elsewhere = *daughter
		elsewhere.url = there.url
		expiring := watch(t, &elsewhere, followed.Number)
		here.advance(t, "24h")
		begun = time.Now()
		select {
		case <-drained(expiring.events):
		case <-time.After(patience):
			t.Error("the watch goes on after the last day")
		}
		t.Logf("ended %s after the last day", time.Since(begun))
	})
}

// drained is closed when events are.
func drained(events <-chan event) <-chan struct{} {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for one := range events {
			_ = one // what came before the end does not matter here
		}
	}()
	return ended
}

// The codes and phones of helpers and contacts lie sealed.
func TestNothingOfHelpLiesOpen(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		person, contact := c.resident(t, "r04"), "+8613900000087"
		helper, _ := c.volunteer(t, "r05")
		c.namesContact(t, person, contact)
		c.handsIn(t, helper, c.helps(t, helper, person, allPowers, "elderly-card"))
		code := c.smsOf(t, contact, "helped-contact").Data["code"]
		secrets := []string{code, strings.TrimPrefix(contact, "+86"), strings.TrimPrefix(person.phone, "+86"), "许惊蛰"}
		for _, table := range []string{"delegation_hand_ins", "delegation_contacts", "delegation_help_requests", "delegation_delegations", "delegation_volunteers", "audit_records"} {
			rows := []map[string]any{}
			if err := c.store.Reader(context.Background()).Table(table).Find(&rows).Error; err != nil || len(rows) == 0 {
				t.Fatalf("%s: %d rows, %v", table, len(rows), err)
			}
			for _, row := range rows {
				for column, value := range row {
					text, isText := value.(string)
					if raw, isRaw := value.([]byte); isRaw {
						text, isText = string(raw), true
					}
					for _, secret := range secrets {
						if isText && strings.Contains(text, secret) {
							t.Errorf("%s.%s holds a secret", table, column)
						}
					}
				}
			}
		}
		for _, secret := range secrets[:2] {
			if strings.Contains(c.said(), secret) {
				t.Error("the log holds a secret")
			}
		}
	})
}
