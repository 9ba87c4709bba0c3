package app_test

import (
	"strings"
	"testing"

	"onewindow/server/connector/sim"
)

// proofWanted is the one wording for every cause.
var proofWanted = mend{
	code: "PROOF_REQUIRED", chinese: "仅凭这些信息还不能确认是您本人。请核对姓名和号码，并通过人脸核验或到服务窗口确认身份后再试",
	english: "This is not enough yet to confirm that it is you. Please check the name and number, and confirm your identity by a face check or at a service window",
}

// claimOf is what somebody types who says to be a sample resident.
func claimOf(c *city, id string) vars {
	person := c.people.Resident(id)
	return vars{
		"name": person.Name.Reveal(), "nationalId": person.NationalID.Reveal(), "consents": []vars{{"purpose": "IDENTITY_BINDING", "version": "1"}},
	}
}

// requestsOf are the questions on a bound phone: by the inbox, as clients of the contract see them, and by the list.
func requestsOf(t *testing.T, v *visitor) (messages []message, listed []string) {
	t.Helper()
	for _, told := range ask[viewer](t, v, "Inbox", vars{"first": 50}).Inbox.nodes() {
		if told.Kind == "BINDING_REQUESTED" {
			messages = append(messages, told)
		}
	}
	shown := askOwn[struct {
		BindingRequests []struct{ ID, MaskedPhone, Device string }
	}](t, v, `{ viewer { bindingRequests { id maskedPhone device } } }`, nil)
	for _, request := range shown.BindingRequests {
		listed = append(listed, request.ID)
		if !strings.Contains(request.MaskedPhone, "****") {
			t.Errorf("the phone that asks is shown as %q", request.MaskedPhone)
		}
	}
	return messages, listed
}

// A mother with a new phone joins it to her account from the old one. Until then the new phone reads the wording for every
// cause and nothing more; what she had begun there goes along, and it acts as her at once.
func TestANewPhoneJoinsAfterTheOldOneConfirms(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother, newPhone := c.resident(t, "r06"), c.signIn(t, "+8613900000061")
		draft := change(t, newPhone, "StartApplication", vars{"itemCode": c.anyItem(t), "idempotencyKey": "new-phone"}).Application
		for range 2 { // asking twice asks her once
			problematic(t, newPhone, sendInput(t, "BindIdentity", claimOf(c, "r06")), proofWanted)
		}
		messages, listed := requestsOf(t, mother)
		if len(messages) != 1 || len(listed) != 1 || messages[0].ID != listed[0] || !messages[0].Urgent {
			t.Fatalf("she was asked %+v, listed %v", messages, listed)
		}
		stranger := c.resident(t, "r05")
		refused(t, stranger, "ConfirmBinding", input(vars{"requestId": listed[0], "approve": true}), notFound)
		refused(t, newPhone, "ConfirmBinding", input(vars{"requestId": listed[0], "approve": true}), notFound)
		for range 2 {
			if !confirm(t, mother, listed[0], true) {
				t.Fatal("not confirmed")
			}
		}
		me := ask[viewer](t, newPhone, "Me", nil)
		if me.ID != ask[viewer](t, mother, "Me", nil).ID || me.Identity.Status != "BOUND" {
			t.Errorf("the new phone is %+v", me)
		}
		if found := ask[application](t, mother, "PreCheck", vars{"id": draft.ID}); found.ID != draft.ID {
			t.Error("what was begun on the new phone is lost")
		}
		again := ask[payload](t, mother, "ConfirmBinding", input(vars{"requestId": listed[0], "approve": false})).Problems
		if len(again) != 1 || again[0].Code != "EXPIRED" {
			t.Errorf("an answer after the answer: %+v", again)
		}
	})
}

// anyItem is the code of an item that can be begun.
func (c *city) anyItem(t *testing.T) string {
	t.Helper()
	return ask[connection[named]](t, c.guest(), "BrowseServices", vars{"first": 1}).nodes()[0].Code
}

func confirm(t *testing.T, v *visitor, id string, approve bool) bool {
	t.Helper()
	answer := ask[struct {
		Confirmed bool
		Problems  []problem
	}](t, v, "ConfirmBinding", input(vars{"requestId": id, "approve": approve}))
	if len(answer.Problems) > 0 {
		t.Fatalf("confirming has problems: %+v", answer.Problems)
	}
	return answer.Confirmed
}

// Who is refused reads the same wording for ever, cannot ask again, and others who know the number cannot flood its owner.
func TestARefusedPhoneCannotAskAgain(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		owner, thief := c.resident(t, "r06"), c.signIn(t, "+8613900000062")
		problematic(t, thief, sendInput(t, "BindIdentity", claimOf(c, "r06")), proofWanted)
		_, listed := requestsOf(t, owner)
		if confirm(t, owner, listed[0], false) {
			t.Error("a refusal confirms")
		}
		problematic(t, thief, sendInput(t, "BindIdentity", claimOf(c, "r06")), proofWanted)
		if ask[viewer](t, thief, "Me", nil).Identity.Status != "UNBOUND" {
			t.Error("the thief is bound")
		}
		for _, phone := range []string{"+8613900010063", "+8613900020064", "+8613900030065", "+8613900040066"} {
			other := c.signIn(t, phone)
			problematic(t, other, sendInput(t, "BindIdentity", claimOf(c, "r06")), proofWanted)
			if _, open := requestsOf(t, owner); len(open) == 1 {
				confirm(t, owner, open[0], false)
			}
		}
		if messages, open := requestsOf(t, owner); len(messages) != 3 || len(open) != 0 {
			t.Errorf("she was asked %d times a day, %d are open", len(messages), len(open))
		}
		c.advance(t, "25h")
		last := c.signIn(t, "+8613900050067")
		problematic(t, last, sendInput(t, "BindIdentity", claimOf(c, "r06")), proofWanted)
		_, open := requestsOf(t, owner)
		c.advance(t, "24h")
		expired := ask[payload](t, owner, "ConfirmBinding", input(vars{"requestId": open[0], "approve": true})).Problems
		if len(expired) != 1 || expired[0].Code != "EXPIRED" {
			t.Errorf("a day later: %+v", expired)
		}
	})
}

// A second proof joins at once; the phones bound before are told. A phone can be taken away with a code on one that stays, and the
// binding with a code on any: all devices are signed out, and who binds anew finds the applications again.
func TestPhonesComeAndGo(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother := c.resident(t, "r06")
		draft := change(t, mother, "StartApplication", vars{"itemCode": c.anyItem(t), "idempotencyKey": "kept"}).Application
		tablet, watch := c.joined(t, "13900000068", "r06"), c.joined(t, "13900000069", "r06")
		told := 0
		for _, one := range ask[viewer](t, mother, "Inbox", vars{"first": 50}).Inbox.nodes() {
			if one.Kind == "PHONE_JOINED" {
				told++
			}
		}
		if told != 2 {
			t.Errorf("she was told of %d new phones", told)
		}
		c.takesAwayAPhone(t, tablet, mother)
		gone := watch.send(t, "Me", nil)
		if code, _ := refusalOf(gone); code != "UNAUTHENTICATED" {
			t.Errorf("the other sessions go on: %s", gone.Raw)
		}
		watch = c.bySignIn(t, "13900000069")
		const unbind = `mutation($i: UnbindIdentityInput!) { unbindIdentity(input: $i) { identity { status } problems { code field } } }`
		if wrong := askOwn[payload](t, watch, unbind, vars{"i": vars{"phone": watch.phone, "code": "000000"}}).Problems; len(wrong) != 1 || *wrong[0].Field != "code" {
			t.Errorf("with a wrong code: %+v", wrong)
		}
		change(t, c.guest(), "RequestLoginCode", vars{"phone": watch.phone})
		done := askOwn[payload](t, watch, unbind, vars{"i": vars{"phone": watch.phone, "code": c.code(t, watch.phone)}})
		if len(done.Problems) > 0 || done.Identity.Status != "UNBOUND" {
			t.Fatalf("unbinding: %+v", done)
		}
		for _, v := range []*visitor{tablet, watch} {
			refused(t, v, "Me", nil, signedOut)
		}
		fresh := c.bySignIn(t, "13900000069")
		refused(t, fresh, "PreCheck", vars{"id": draft.ID}, notFound)
		c.proves(t, fresh, "r06")
		if found := ask[application](t, fresh, "PreCheck", vars{"id": draft.ID}); found.ID != draft.ID {
			t.Error("the applications are not there after binding anew")
		}
	})
}

// bySignIn signs a phone in through WeChat, which sends no code.
func (c *city) bySignIn(t *testing.T, phone string) *visitor {
	t.Helper()
	login := change(t, c.guest(), "LoginWithWeChat", vars{"code": "demo-" + phone, "phoneCode": "demo-" + phone})
	return &visitor{url: c.url, locale: "zh", token: login.Session.AccessToken, phone: "+86" + phone}
}

// proves binds a sample resident's identity by a second proof.
func (c *city) proves(t *testing.T, v *visitor, id string) {
	t.Helper()
	claim := claimOf(c, id)
	claim["proof"] = vars{"kind": "FACE", "token": sim.ProofToken}
	if bound := change(t, v, "BindIdentity", claim); bound.Identity.Status != "BOUND" {
		t.Fatalf("with a second proof it is %s", bound.Identity.Status)
	}
}

func (c *city) joined(t *testing.T, phone, id string) *visitor {
	t.Helper()
	v := c.bySignIn(t, phone)
	c.proves(t, v, id)
	return v
}

// takesAwayAPhone removes the old phone by a code on the one that stays, after everything that does not.
func (c *city) takesAwayAPhone(t *testing.T, staying, old *visitor) {
	t.Helper()
	const remove = `mutation($i: RemovePhoneInput!) { removePhone(input: $i) { phones { masked } problems { code field } } }`
	type removal struct {
		Phones   []struct{ Masked string }
		Problems []problem
	}
	change(t, c.guest(), "RequestLoginCode", vars{"phone": staying.phone})
	code := c.code(t, staying.phone)
	for field, tried := range map[string]vars{
		"code":         {"phone": old.phone, "confirmPhone": staying.phone, "code": "12345"},
		"phone":        {"phone": c.people.Resident("r05").Phone.Reveal(), "confirmPhone": staying.phone, "code": code},
		"confirmPhone": {"phone": old.phone, "confirmPhone": old.phone, "code": code},
	} {
		got := askOwn[removal](t, staying, remove, vars{"i": tried})
		if len(got.Problems) != 1 || *got.Problems[0].Field != field {
			t.Errorf("wrong in %s: %+v", field, got)
		}
	}
	got := askOwn[removal](t, staying, remove, vars{"i": vars{"phone": old.phone, "confirmPhone": staying.phone, "code": code}})
	if len(got.Problems) > 0 || len(got.Phones) != 2 {
		t.Fatalf("after taking a phone away: %+v", got)
	}
}
