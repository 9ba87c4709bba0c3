package app_test

import (
	"context"
	"strings"
	"testing"

	"onewindow/models/store"
)

// A volunteer who may hand in and not follow sees an application while something is asked for, hands it in, and it can be cancelled
// like a first hand-in.
func TestAVolunteersSupplementCanBeCancelled(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother, accepted := birthRegistration(t, c)
		helper, _ := c.volunteer(t, "r05")
		c.helps(t, helper, mother, []string{"FILL", "SUBMIT"}, "birth-registration")
		refused(t, helper, "PreCheck", vars{"id": accepted.ID}, notFound)
		asked := askForMore(t, c, accepted)
		upload(t, helper, accepted.ID, asked, nil)
		if state := change(t, helper, "Supplement", vars{"applicationId": accepted.ID}).Application.State; state != "IN_REVIEW" {
			t.Fatalf("supplemented it is %s", state)
		}
		refused(t, helper, "PreCheck", vars{"id": accepted.ID}, notFound)
		if told := inboxOf(t, mother, "HELPED_HAND_IN"); len(told) != 1 || !strings.Contains(told[0], "补交了材料并提交了“出生登记”") {
			t.Errorf("the mother is told %q", told)
		}
		cooling := askOwn[struct{ CoolingOff *struct{ Action string } }](t, mother,
			`query($id: ID!) { application(id: $id) { coolingOff { action } } }`, vars{"id": accepted.ID})
		if cooling.CoolingOff == nil || cooling.CoolingOff.Action != "SUPPLEMENT" {
			t.Errorf("the mother sees %+v", cooling.CoolingOff)
		}
		if got := done(t, mother, cancelHelped, vars{"applicationId": accepted.ID}); got.Application.State != "WITHDRAWN" {
			t.Errorf("cancelled it is %s", got.Application.State)
		}
	})
}

// What has been decided within hours is not cancelled: the person is told what can be done instead, and whoever has a code no more
// than for any wrong one.
func TestWhatIsDecidedIsNotCancelled(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		person, contact := c.resident(t, "r04"), "+8613900000088"
		helper, _ := c.volunteer(t, "r05")
		c.namesContact(t, person, contact)
		help := c.helps(t, helper, person, allPowers, "elderly-card")
		submitted := c.handsIn(t, helper, help)
		err := c.store.InTx(context.Background(), func(tx *store.Tx) error {
			return tx.DB.Exec("UPDATE casework_applications SET state = 'REJECTED' WHERE id = ?", submitted.ID).Error
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := asking(t, person, cancelHelped, vars{"applicationId": submitted.ID}); problemOf(got.Problems) != "DECIDED applicationId" {
			t.Errorf("decided: %+v", got.Problems)
		}
		late := asking(t, c.guest(), cancelByCode, vars{"code": c.smsOf(t, contact, "helped-contact").Data["code"]})
		wrong := asking(t, c.guest(), cancelByCode, vars{"code": "AAAAAAAAAA"})
		if late.Cancelled || late.Problems[0].Message != wrong.Problems[0].Message {
			t.Errorf("decided, by code: %+v", late)
		}
		revoked := ask[struct{ Delegation delegationShown }](t, person, "RevokeDelegation", input(vars{"delegationId": help.ID}))
		if revoked.Delegation.State != "REVOKED" {
			t.Errorf("the help is %s", revoked.Delegation.State)
		}
	})
}

// Whatever a volunteer may do for a person, phones, consents, delegations and the second contact are reached by the owner alone.
func TestAVolunteerNeverReachesTheAccount(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		person, contact := c.resident(t, "r04"), "+8613900000089"
		helper, _ := c.volunteer(t, "r05")
		c.namesContact(t, person, contact)
		help := c.helps(t, helper, person, allPowers, "elderly-card")
		daughter := c.resident(t, "r06")
		given, _ := grant(t, person, vars{"delegatePhone": daughter.phone, "itemCodes": []string{"elderly-card"}, "powers": []string{"TRACK"}, "until": "2026-04-01"})
		if code, _ := refusalOf(helper.send(t, "RevokeDelegation", input(vars{"delegationId": given.ID}))); code != "NOT_FOUND" {
			t.Errorf("a volunteer ends another's delegation: %q", code)
		}
		if _, got := answerDelegation(t, daughter, "acceptDelegation", given.ID); len(got) > 0 {
			t.Errorf("the daughter accepts: %+v", got)
		}
		for _, one := range []vars{{"bundleCode": "retirement", "onBehalfOf": help.Grantor.ID, "channel": "APP"}} {
			if code, _ := refusalOf(helper.send(t, "StartBundle", input(one))); code != "NOT_FOUND" {
				t.Errorf("a volunteer begins a bundle: %q", code)
			}
		}
		taken := done(t, helper, setContact, vars{"phone": "13900000090"}) // the volunteer's own, by the volunteer's own phone
		if taken.SecondContact.CodeSentTo == nil || strings.HasSuffix(*taken.SecondContact.CodeSentTo, person.phone[len(person.phone)-4:]) {
			t.Errorf("the code for the volunteer's own contact went to %v", taken.SecondContact.CodeSentTo)
		}
		now := askOwn[struct{ SecondContact struct{ Phone *string } }](t, person, `{ viewer { secondContact { phone } } }`, nil)
		if now.SecondContact.Phone == nil || !strings.HasSuffix(*now.SecondContact.Phone, contact[len(contact)-4:]) {
			t.Errorf("the person's second contact is %v", now.SecondContact.Phone)
		}
		own := askOwn[struct{ Identity struct{ Status string } }](t, helper, `{ viewer { identity { status } } }`, nil)
		if own.Identity.Status != "BOUND" {
			t.Errorf("the volunteer's own identity is %s", own.Identity.Status)
		}
	})
}
