package identity_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onewindow/models"
	"onewindow/models/identity"
	"onewindow/models/store"
)

// standings are all purposes by their code.
func (h *house) standings(t *testing.T, actor models.Actor, child *models.ID) map[string]identity.Standing {
	t.Helper()
	views, err := h.identity.PurposesOf(context.Background(), actor, child)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]identity.Standing{}
	for _, view := range views {
		found[view.Purpose] = view.Standing
	}
	return found
}

func (h *house) give(t *testing.T, actor models.Actor, purpose, version string, child *models.ID) string {
	t.Helper()
	_, problems, err := h.identity.Give(context.Background(), actor, identity.Decision{Purpose: purpose, Version: version, OnBehalfOf: child})
	if err != nil {
		t.Fatalf("give %s: %v", purpose, err)
	}
	return codes(problems)
}

func (h *house) withdraw(t *testing.T, actor models.Actor, purpose string, child *models.ID) string {
	t.Helper()
	_, problems, err := h.identity.Withdraw(context.Background(), actor, identity.Refusal{Purpose: purpose, OnBehalfOf: child})
	if err != nil {
		t.Fatalf("withdraw %s: %v", purpose, err)
	}
	return codes(problems)
}

// may tells whether a paper may be asked for, or which purpose is in the way.
func (h *house) may(t *testing.T, person, applicant models.ID, sensitive bool) string {
	t.Helper()
	grounds, err := h.identity.MayFetch(context.Background(), identity.Question{Person: person, Applicant: applicant, Sensitive: sensitive})
	var withheld *identity.Withheld
	switch {
	case errors.As(err, &withheld):
		if !errors.Is(err, identity.ErrNoConsent) || withheld.Words().In(models.English) == "" || grounds.Allow(identity.AskPaper) {
			t.Errorf("withheld %v has grounds %v", err, grounds)
		}
		return "no " + withheld.Purpose
	case err != nil:
		t.Fatal(err)
	case !grounds.Allow(identity.AskPaper) || grounds.Allow(identity.AskSensitivePaper) != sensitive || grounds.Allow(identity.HandOver):
		t.Errorf("%s are the wrong grounds", grounds)
	}
	return grounds.String()
}

func (h *house) agreed(t *testing.T, person models.ID, purpose string) bool {
	t.Helper()
	ctx := context.Background()
	agreed, err := h.identity.Agreed(ctx, person, purpose)
	if err != nil {
		t.Fatal(err)
	}
	err = h.store.InTx(ctx, func(tx *store.Tx) error {
		inside, err := h.identity.AgreedIn(ctx, tx, person, purpose)
		if err == nil && inside != agreed {
			t.Errorf("inside a transaction %s is agreed: %v", purpose, inside)
		}
		if err != nil {
			return err
		}
		nobody := models.NewID()
		many, err := h.identity.AgreedOf(ctx, tx, purpose, []models.ID{nobody, person})
		if err == nil && (many[person] != agreed || many[nobody]) {
			t.Errorf("asked for many, %s is agreed: %v", purpose, many)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return agreed
}

func (h *house) child(t *testing.T, guardian models.Actor) *models.ID {
	t.Helper()
	children, err := h.people.Dependants(context.Background(), guardian.ID)
	if err != nil || len(children) != 1 {
		t.Fatalf("children %v, %v", children, err)
	}
	return &children[0].ID
}

func TestWithTheBindingAloneEverythingIsAskedButHealth(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		mother := h.signIn(t, motherPhone)
		if got := h.may(t, mother.ID, mother.ID, false); got != "no IDENTITY_BINDING" {
			t.Errorf("before the binding: %s", got)
		}
		h.bind(t, mother, nil)
		child := h.child(t, mother)
		for _, test := range []struct {
			person    models.ID
			sensitive bool
			want      string
		}{
			{mother.ID, false, "IDENTITY_BINDING"}, {mother.ID, true, "IDENTITY_BINDING+SENSITIVE_MATERIALS"},
			{*child, false, "IDENTITY_BINDING+MINOR_DATA"}, {*child, true, "IDENTITY_BINDING+MINOR_DATA+SENSITIVE_MATERIALS"},
		} {
			if got := h.may(t, test.person, mother.ID, test.sensitive); got != test.want {
				t.Errorf("sensitive %v: %s, want %s", test.sensitive, got, test.want)
			}
		}
		want := map[string]identity.Standing{
			"IDENTITY_BINDING": "GIVEN", "APPLICATION_HANDLING": "NOT_GIVEN", "SENSITIVE_MATERIALS": "NOT_GIVEN", "MINOR_DATA": "GIVEN", "HEALTH_FOLLOW_UP": "NOT_GIVEN",
		}
		if diff := cmp.Diff(want, h.standings(t, mother, nil)); diff != "" {
			t.Error(diff)
		}
		delete(want, "IDENTITY_BINDING")
		if diff := cmp.Diff(want, h.standings(t, mother, child)); diff != "" {
			t.Error(diff)
		}
		if h.agreed(t, mother.ID, identity.PurposeFollowUp) {
			t.Error("health was agreed to with the binding")
		}
		if got := h.may(t, mother.ID, h.signIn(t, "+8613800000098").ID, false); got != "IDENTITY_BINDING" {
			t.Errorf("whose application it is does not matter for who decides alone: %s", got)
		}
		if got := h.may(t, *child, h.signIn(t, "+8613800000098").ID, false); got != "no IDENTITY_BINDING" {
			t.Errorf("a stranger asks about the child: %s", got)
		}
	})
}

func TestSensitivePapersAreRefusedWithoutHavingBeenAgreedTo(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		mother := h.signIn(t, motherPhone)
		if got := h.withdraw(t, mother, identity.PurposeSensitive, nil); got != "IDENTITY_REQUIRED" {
			t.Errorf("without an identity: %s", got)
		}
		h.bind(t, mother, nil)
		child := h.child(t, mother)
		for range 2 {
			if got := h.withdraw(t, mother, identity.PurposeSensitive, nil); got != "" {
				t.Fatal(got)
			}
		}
		if got := h.may(t, mother.ID, mother.ID, true); got != "no SENSITIVE_MATERIALS" {
			t.Error(got)
		}
		if h.may(t, mother.ID, mother.ID, false) != "IDENTITY_BINDING" || h.may(t, *child, mother.ID, true) == "no SENSITIVE_MATERIALS" {
			t.Error("the refusal reaches further than the mother's sensitive papers")
		}
		if got := h.give(t, mother, identity.PurposeSensitive, "0", nil); got != "version CONSENT_REQUIRED" {
			t.Error(got)
		}
		h.clock.Advance(time.Minute)
		for range 2 {
			if got := h.give(t, mother, identity.PurposeSensitive, "1", nil); got != "" {
				t.Fatal(got)
			}
		}
		h.clock.Advance(time.Minute)
		h.withdraw(t, mother, identity.PurposeSensitive, nil)
		if h.standings(t, mother, nil)[identity.PurposeSensitive] != identity.Withdrawn {
			t.Error("withdrawn, and it stands otherwise")
		}
		h.clock.Advance(time.Minute)
		h.give(t, mother, identity.PurposeSensitive, "1", nil)
		if got := h.may(t, mother.ID, mother.ID, true); got != "IDENTITY_BINDING+SENSITIVE_MATERIALS" {
			t.Error(got)
		}
		if got := h.history(t, mother, identity.PurposeSensitive, nil); got != "REFUSED 1, GIVEN 1, WITHDRAWN 1, GIVEN 1" {
			t.Errorf("the history is %s", got)
		}
		consents, err := h.identity.Consents(context.Background(), mother.ID)
		if err != nil || len(consents) != 3 || consents[1].WithdrawnAt == nil || consents[2].WithdrawnAt != nil || !consents[2].Current {
			t.Errorf("consents %v, %v", consents, err)
		}
	})
}

func (h *house) history(t *testing.T, actor models.Actor, purpose string, child *models.ID) string {
	t.Helper()
	views, err := h.identity.PurposesOf(context.Background(), actor, child)
	if err != nil {
		t.Fatal(err)
	}
	var acts []string
	for _, view := range views {
		if view.Purpose != purpose {
			continue
		}
		for _, act := range view.History {
			said := string(act.Kind) + " " + act.Version
			if act.ByGuardian {
				said += " by the guardian"
			}
			acts = append(acts, said)
		}
	}
	return strings.Join(acts, ", ")
}

func TestHealthIsAgreedToByItselfAndEndsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		mother := h.signIn(t, motherPhone)
		h.bind(t, mother, func(input *identity.Input) {
			input.Consents = append(input.Consents, identity.ConsentInput{Purpose: identity.PurposeFollowUp, Version: "1"})
		})
		if h.agreed(t, mother.ID, identity.PurposeFollowUp) {
			t.Error("it was agreed to together with something else")
		}
		if got := h.withdraw(t, mother, identity.PurposeFollowUp, nil); got != "purpose UNKNOWN" {
			t.Errorf("never given and withdrawn: %s", got)
		}
		if got := h.give(t, mother, identity.PurposeFollowUp, "1", nil); got != "" || !h.agreed(t, mother.ID, identity.PurposeFollowUp) {
			t.Errorf("given: %s", got)
		}
		if got := h.withdraw(t, mother, identity.PurposeFollowUp, nil); got != "" || h.agreed(t, mother.ID, identity.PurposeFollowUp) {
			t.Errorf("withdrawn: %s", got)
		}
		if got := h.give(t, mother, identity.PurposeHandling, "1", nil) + h.withdraw(t, mother, identity.PurposeHandling, nil); got != "purpose LAW_BASEDpurpose LAW_BASED" {
			t.Errorf("what the law lays down: %s", got)
		}
		if got := h.give(t, mother, "MOON", "1", nil) + h.withdraw(t, mother, "MOON", nil); got != "purpose UNKNOWNpurpose UNKNOWN" {
			t.Errorf("what there is not: %s", got)
		}
		if _, err := h.identity.Agreed(context.Background(), mother.ID, "MOON"); err == nil {
			t.Error("an unknown purpose was looked up")
		}
	})
}

func TestAGuardianDecidesForAChildUntilItDecidesAlone(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		mother, stranger := h.signIn(t, motherPhone), h.signIn(t, "+8613800000098")
		h.bind(t, mother, nil)
		child := h.child(t, mother)
		if got := h.withdraw(t, mother, identity.PurposeMinor, nil) + h.give(t, mother, identity.PurposeMinor, "1", nil); got != "onBehalfOf REQUIREDonBehalfOf REQUIRED" {
			t.Errorf("without saying for whom: %s", got)
		}
		if got := h.withdraw(t, mother, identity.PurposeBinding, child); got != "onBehalfOf NOT_ELIGIBLE" {
			t.Errorf("the child's own consent: %s", got)
		}
		var fault *models.Fault
		_, _, err := h.identity.Withdraw(context.Background(), stranger, identity.Refusal{Purpose: identity.PurposeMinor, OnBehalfOf: child})
		if !errors.As(err, &fault) || fault.Code != models.NotFoundCode {
			t.Errorf("a stranger refuses for the child: %v", err)
		}
		if _, err := h.identity.PurposesOf(context.Background(), stranger, child); !errors.As(err, &fault) || fault.Code != models.NotFoundCode {
			t.Errorf("a stranger reads the child's: %v", err)
		}
		if got := h.withdraw(t, mother, identity.PurposeMinor, child); got != "" || h.may(t, *child, mother.ID, false) != "no MINOR_DATA" || h.may(t, mother.ID, mother.ID, false) != "IDENTITY_BINDING" {
			t.Errorf("refused for the child: %s", got)
		}
		h.clock.Advance(time.Minute)
		if got := h.give(t, mother, identity.PurposeMinor, "1", child); got != "" || h.may(t, *child, mother.ID, false) != "IDENTITY_BINDING+MINOR_DATA" {
			t.Errorf("agreed to again: %s", got)
		}
		if got := h.history(t, mother, identity.PurposeMinor, child); got != "REFUSED 1 by the guardian, GIVEN 1 by the guardian" {
			t.Errorf("the history is %s", got)
		}
		if got := h.give(t, mother, identity.PurposeFollowUp, "1", child); got != "" || !h.agreed(t, *child, identity.PurposeFollowUp) || h.agreed(t, mother.ID, identity.PurposeFollowUp) {
			t.Errorf("health for the child: %s", got)
		}
		h.withdraw(t, mother, identity.PurposeBinding, nil)
		if got := h.may(t, *child, mother.ID, false); got != "no IDENTITY_BINDING" {
			t.Errorf("after the guardian's withdrawal: %s", got)
		}
	})
}

func TestAYoungPersonDecidesFromFourteenOn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.city.set(func() {
			person := h.city.people["public-security"][motherID]
			person.Household = []identity.Member{{Name: models.NewPersonName("林大年"), NationalID: models.KnownNationalID(teenID), Relation: "child"}}
		})
		mother, teenager := h.signIn(t, motherPhone), h.signIn(t, "+8613800000009")
		h.bind(t, mother, nil)
		record := h.child(t, mother)
		if got := h.may(t, *record, mother.ID, false); got != "IDENTITY_BINDING+MINOR_DATA" {
			t.Errorf("of seventeen years without an account: %s", got)
		}
		if got := h.give(t, mother, identity.PurposeFollowUp, "1", record); got != "onBehalfOf NOT_ELIGIBLE" {
			t.Errorf("health for somebody of seventeen: %s", got)
		}
		h.withdraw(t, mother, identity.PurposeMinor, record)
		h.bind(t, teenager, func(i *identity.Input) { i.Name, i.NationalID = "林大年", teenID })
		for _, id := range []models.ID{*record, teenager.ID} { // by the old record and the new account
			if got := h.may(t, id, mother.ID, false); got != "IDENTITY_BINDING" {
				t.Errorf("the own yes: %s", got)
			}
			if got := h.withdraw(t, mother, identity.PurposeMinor, &id); got != "onBehalfOf NOT_ELIGIBLE" {
				t.Errorf("the guardian's no to what is not the guardian's any more: %s", got)
			}
			var fault *models.Fault
			if _, err := h.identity.PurposesOf(context.Background(), mother, &id); !errors.As(err, &fault) || fault.Code != models.NotFoundCode {
				t.Errorf("the guardian reads what the young person said: %v", err)
			}
			told, _, _ := h.identity.Give(context.Background(), mother, identity.Decision{Purpose: identity.PurposeMinor, Version: "1", OnBehalfOf: &id})
			if len(told.Consents)+len(told.Purposes) > 0 {
				t.Errorf("the guardian is told what the young person said: %+v", told)
			}
		}
		h.withdraw(t, teenager, identity.PurposeBinding, nil)
		for _, id := range []models.ID{*record, teenager.ID} {
			if got := h.may(t, id, mother.ID, false); got != "no IDENTITY_BINDING" {
				t.Errorf("the own no, while the mother's yes stands: %s", got)
			}
		}
	})
}

func TestOnlyResidentsSpeakAboutConsents(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		mother := h.signIn(t, motherPhone)
		h.bind(t, mother, nil)
		for _, actor := range []models.Actor{{Kind: models.Staff, ID: mother.ID}, {Kind: models.Kiosk, SubjectID: mother.ID}, {Kind: models.Volunteer, ID: mother.ID}} {
			var fault *models.Fault
			_, _, given := h.identity.Give(context.Background(), actor, identity.Decision{Purpose: identity.PurposeFollowUp, Version: "1"})
			_, _, withdrawn := h.identity.Withdraw(context.Background(), actor, identity.Refusal{Purpose: identity.PurposeBinding})
			_, read := h.identity.PurposesOf(context.Background(), actor, nil)
			for _, err := range []error{given, withdrawn, read} {
				if !errors.As(err, &fault) || fault.Code != models.Forbidden {
					t.Errorf("%s: %v", actor.Kind, err)
				}
			}
		}
	})
}

// A new text asks anew: the old consent is kept and shown, and does not count for what is new.
func TestANewTextAsksAnew(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		mother := h.signIn(t, motherPhone)
		h.bind(t, mother, nil)
		h.give(t, mother, identity.PurposeFollowUp, "1", nil)
		h.give(t, mother, identity.PurposeSensitive, "1", nil)
		identity.ShowNewTexts(h.identity, identity.PurposeBinding, identity.PurposeFollowUp, identity.PurposeSensitive)
		h.clock.Advance(time.Minute)
		if h.agreed(t, mother.ID, identity.PurposeFollowUp) || h.may(t, mother.ID, mother.ID, false) != "no IDENTITY_BINDING" {
			t.Error("the old consents count for the new texts")
		}
		shown, err := h.identity.Consents(context.Background(), mother.ID)
		if err != nil || len(shown) != 3 || shown[0].Current || shown[0].WithdrawnAt != nil || len(shown[0].Text.In(models.Chinese)) < 100 {
			t.Errorf("the old consents are shown as %+v, %v", shown, err)
		}
		if _, problems := h.bind(t, mother, nil); codes(problems) != "consents CONSENT_REQUIRED" || !strings.Contains(problems[0].Message.In(models.Chinese), "版本 2") {
			t.Errorf("bound with the old text: %v", problems)
		}
		if got := h.give(t, mother, identity.PurposeBinding, "1", nil); got != "version CONSENT_REQUIRED" {
			t.Errorf("the old text given: %s", got)
		}
		if got := h.give(t, mother, identity.PurposeBinding, "2", nil); got != "" || h.may(t, mother.ID, mother.ID, true) != "IDENTITY_BINDING+SENSITIVE_MATERIALS" {
			t.Errorf("the new text given: %s", got)
		}
		h.clock.Advance(time.Minute)
		h.withdraw(t, mother, identity.PurposeBinding, nil) // in both versions
		if got := h.history(t, mother, identity.PurposeBinding, nil); got != "GIVEN 1, WITHDRAWN 1, GIVEN 2, WITHDRAWN 2" {
			t.Errorf("the history is %s", got)
		}
		h.withdraw(t, mother, identity.PurposeFollowUp, nil)
		if shown, _ := h.identity.Consents(context.Background(), mother.ID); shown[1].WithdrawnAt == nil {
			t.Error("a consent to an older text cannot be withdrawn")
		}
	})
}

// Who withdraws while departments are still being asked is linked by none of their answers.
func TestAnAnswerAfterTheWithdrawalLinksNobody(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, mother := context.Background(), h.signIn(t, motherPhone)
		h.city.set(func() { h.city.down["health"] = true })
		h.bind(t, mother, nil)
		health := identity.LinkArgs{ResidentID: mother.ID, Department: "health"}
		h.withdraw(t, mother, identity.PurposeBinding, nil)
		h.city.set(func() { h.city.down["health"], h.city.asked = false, nil })
		if err := h.identity.Link(ctx, health); err != nil || len(h.city.asked) > 0 {
			t.Errorf("after the withdrawal %v was asked, %v", h.city.asked, err)
		}
		if got := h.give(t, mother, identity.PurposeBinding, "1", nil); got != "" {
			t.Fatal(got)
		}
		h.city.set(func() { h.city.before = func() { h.withdraw(t, mother, identity.PurposeBinding, nil) } })
		if err := h.identity.Link(ctx, health); err != nil {
			t.Error(err)
		}
		if binding, _ := h.identity.Of(ctx, mother.ID); !strings.Contains(links(binding), "health FAILED") || len(h.city.asked) != 1 {
			t.Errorf("withdrawn while it was asked: %s, %v", links(binding), h.city.asked)
		}
		h.city.set(func() { h.city.before = nil })
		h.give(t, mother, identity.PurposeBinding, "1", nil)
		if err := h.identity.Link(ctx, health); err != nil {
			t.Error(err)
		}
		if binding, _ := h.identity.Of(ctx, mother.ID); !strings.Contains(links(binding), "health LINKED") {
			t.Errorf("agreed to again: %s", links(binding))
		}
	})
}

// Unbinding ends what was agreed to; what was refused stays refused for whoever binds the same identity again.
func TestUnbindingEndsConsentsAndNoRefusal(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		mother := h.signIn(t, motherPhone)
		h.bind(t, mother, nil)
		h.identity.Furnish(identity.House{
			Moved:            func(context.Context, *store.Tx, models.ID, models.ID) error { return nil },
			Ended:            func(context.Context, *store.Tx, models.ID, models.ID) error { return nil },
			Tell:             func(context.Context, *store.Tx, models.ID, identity.Notice, models.ID) error { return nil },
			TellWithdrawn:    func(context.Context, *store.Tx, models.ID, *identity.Purpose) error { return nil },
			NeedsDepartments: func(context.Context, *store.Tx, models.ID) (bool, error) { return false, nil },
			Device:           func(context.Context, models.Actor) (string, error) { return "", nil },
			Channel:          func(context.Context, models.Actor) (string, error) { return "WEB", nil },
			ProvePhone:       func(context.Context, models.PhoneNumber, string) (bool, error) { return true, nil },
		})
		h.give(t, mother, identity.PurposeFollowUp, "1", nil)
		h.withdraw(t, mother, identity.PurposeSensitive, nil)
		if _, problems, err := h.identity.Unbind(context.Background(), mother, identity.PhoneProof{Phone: motherPhone, Code: "123456"}); err != nil || len(problems) > 0 {
			t.Fatal(problems, err)
		}
		if got := h.may(t, mother.ID, mother.ID, false); got != "no IDENTITY_BINDING" || h.agreed(t, mother.ID, identity.PurposeFollowUp) {
			t.Errorf("unbound: %s", got)
		}
		h.clock.Advance(time.Minute)
		again := h.signIn(t, motherPhone)
		h.bind(t, again, nil)
		if again = h.signIn(t, motherPhone); again.ID != mother.ID {
			t.Fatal("the record was not taken up again")
		}
		if got := h.may(t, mother.ID, mother.ID, false) + ", " + h.may(t, mother.ID, mother.ID, true); got != "IDENTITY_BINDING, no SENSITIVE_MATERIALS" {
			t.Errorf("bound again: %s", got)
		}
		consents, _ := h.identity.Consents(context.Background(), mother.ID)
		if len(consents) != 3 || consents[1].Channel == nil || *consents[1].Channel != "WEB" || consents[0].Channel != nil {
			t.Errorf("consents %+v", consents)
		}
	})
}

// However often somebody agrees at the same moment, it is one consent.
func TestAgreeingManyTimesAtOnceIsOneConsent(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		mother := h.signIn(t, motherPhone)
		h.bind(t, mother, nil)
		var group sync.WaitGroup
		for range 6 {
			group.Go(func() { h.give(t, mother, identity.PurposeFollowUp, "1", nil) })
		}
		group.Wait()
		if got := h.history(t, mother, identity.PurposeFollowUp, nil); got != "GIVEN 1" {
			t.Errorf("the history is %s", got)
		}
	})
}

// Nobody fills the register by changing their mind: saying yes has a bound within a day, saying no has none.
func TestAgreeingIsBoundedAndRefusingIsNot(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		mother := h.signIn(t, motherPhone)
		h.bind(t, mother, nil)
		for turn := range 10 {
			if got := h.give(t, mother, identity.PurposeSensitive, "1", nil) + h.withdraw(t, mother, identity.PurposeSensitive, nil); got != "" {
				t.Fatalf("turn %d: %s", turn, got)
			}
		}
		if got := h.give(t, mother, identity.PurposeSensitive, "1", nil); got != "purpose TOO_MANY" {
			t.Errorf("once more: %s", got)
		}
		if got := h.withdraw(t, mother, identity.PurposeSensitive, nil) + h.withdraw(t, mother, identity.PurposeBinding, nil); got != "" {
			t.Errorf("saying no: %s", got)
		}
		for range 9 {
			h.bind(t, mother, nil)
			h.withdraw(t, mother, identity.PurposeBinding, nil)
		}
		if binding, problems := h.bind(t, mother, nil); binding != nil || codes(problems) != "purpose TOO_MANY" {
			t.Errorf("by binding again: %v, %s", binding, codes(problems))
		}
		h.clock.Advance(24 * time.Hour)
		if got := h.give(t, mother, identity.PurposeSensitive, "1", nil) + h.give(t, mother, identity.PurposeBinding, "1", nil); got != "" || h.may(t, mother.ID, mother.ID, true) == "" {
			t.Errorf("the next day: %s", got)
		}
	})
}
