package auth_test

import (
	"context"
	"testing"
	"time"

	"onewindow/auth"
	"onewindow/models"
)

// askFor asks for a code for a matter and gives it.
func (h *house) askFor(t *testing.T, matter auth.Matter) string {
	t.Helper()
	var sent string
	_, problems, err := h.auth.SendCodeFor(context.Background(), models.Actor{}, matter, func(_ context.Context, code string) error {
		sent = code
		return nil
	})
	if err != nil || len(problems) > 0 {
		t.Fatalf("code for %s: %s, %v", matter.Purpose, codes(problems), err)
	}
	return sent
}

func (h *house) proves(t *testing.T, matter auth.Matter, code string) bool {
	t.Helper()
	right, err := h.auth.ProveFor(context.Background(), matter, code)
	if err != nil {
		t.Fatal(err)
	}
	return right
}

// Somebody who reads a code aloud at a service point agrees to one thing: the code neither signs in nor fits another matter.
func TestACodeIsGoodForItsMatterAlone(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		number, _ := models.ParsePhone(phone)
		help := auth.Matter{Phone: number, Purpose: auth.ForHelp, ID: "one"}
		code := h.askFor(t, help)
		if session, _, problems := h.login(t, phone, code); session != nil || codes(problems) != "code MISMATCH" {
			t.Fatalf("a code for help signs in: %s", codes(problems))
		}
		other, contact := help, help
		other.ID, contact.Purpose = "two", auth.ForContact
		if h.proves(t, other, code) || h.proves(t, contact, code) || h.proves(t, help, "12345") {
			t.Error("the code fits another matter")
		}
		if !h.proves(t, help, code) || h.proves(t, help, code) {
			t.Error("the code is not good once")
		}
		signIn := h.request(t, phone) // the minute between two codes is counted for each purpose
		if h.proves(t, help, signIn) {
			t.Error("a sign-in code says yes to help")
		}
		if session, _, _ := h.login(t, phone, signIn); session == nil {
			t.Error("asking for help took the sign-in code away")
		}
	})
}

func TestCodesForHelpKeepTheLimitsOfSigningIn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		number, _ := models.ParsePhone(phone)
		help := auth.Matter{Phone: number, Purpose: auth.ForHelp, ID: "one"}
		ask := func() string {
			_, problems, err := h.auth.SendCodeFor(context.Background(), models.Actor{}, help, func(context.Context, string) error { return nil })
			if err != nil {
				t.Fatal(err)
			}
			return codes(problems)
		}
		if said := ask() + "/" + ask(); said != "/phone TOO_SOON" {
			t.Errorf("two in a minute: %s", said)
		}
		for range auth.DefaultLimits().CodesADay - 1 {
			h.clock.Advance(2 * time.Minute)
			ask()
		}
		h.clock.Advance(2 * time.Minute)
		if said := ask(); said != "phone TOO_MANY" {
			t.Errorf("one more than a day's: %s", said)
		}
	})
}

func TestGuessesAreCountedByAddressForEachPurpose(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		guesser := models.Actor{Address: "203.0.113.7:4711"}
		for range auth.DefaultLimits().CodesAnHour {
			if err := h.auth.CountTry(context.Background(), guesser, auth.ForCancel); err != nil {
				t.Fatal(err)
			}
		}
		if err := h.auth.CountTry(context.Background(), guesser, auth.ForCancel); faultCode(err) != models.RateLimitedCode {
			t.Errorf("one guess too many: %v", err)
		}
		if _, problems, err := h.auth.RequestCode(context.Background(), guesser, phone); err != nil || len(problems) > 0 {
			t.Errorf("the guesses took the codes of signing in: %s, %v", codes(problems), err)
		}
		h.clock.Advance(time.Hour + time.Minute)
		if err := h.auth.CountTry(context.Background(), guesser, auth.ForCancel); err != nil {
			t.Errorf("an hour later: %v", err)
		}
	})
}
