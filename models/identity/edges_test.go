package identity_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"onewindow/models"
	"onewindow/models/identity"
	"onewindow/models/store"
)

func withFace(input *identity.Input) {
	input.Proof = &identity.Proof{Kind: identity.Face, Token: "the face fits"}
}

// A yes to a phone that has become somebody else's meanwhile joins nothing, and says so each time.
func TestAYesThatComesTooLateJoinsNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		var asked models.ID
		h.identity.Furnish(withHouse(func(made *identity.House) {
			made.Tell = func(_ context.Context, _ *store.Tx, _ models.ID, notice identity.Notice, id models.ID) error {
				if notice == identity.NoticeAsked {
					asked = id
				}
				return nil
			}
		}))
		mother, newPhone := h.signIn(t, motherPhone), h.signIn(t, "+8613900000071")
		h.bind(t, mother, nil)
		h.bind(t, newPhone, nil)
		if asked == "" {
			t.Fatal("she was not asked")
		}
		if binding, problems := h.bind(t, newPhone, func(i *identity.Input) { i.Name, i.NationalID = "林大年", teenID; withFace(i) }); binding == nil {
			t.Fatal(codes(problems))
		}
		for range 2 {
			confirmed, problems, err := h.identity.Confirm(ctx, mother, asked, true)
			if err != nil || confirmed || codes(problems) != "requestId EXPIRED" {
				t.Errorf("confirmed %v, %s, %v", confirmed, codes(problems), err)
			}
		}
	})
}

// Of two phones that take each other away at once one stays: nobody is locked out of the own account.
func TestTheLastPhoneStays(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		mother := h.signIn(t, motherPhone)
		h.bind(t, mother, nil)
		h.bind(t, h.signIn(t, "+8613900000072"), withFace)
		first := true
		h.identity.Furnish(withHouse(func(made *identity.House) {
			made.ProvePhone = func(context.Context, models.PhoneNumber, string) (bool, error) {
				if !first {
					return true, nil
				}
				first = false // between the code and the change the other phone does the same
				_, problems, err := h.identity.RemovePhone(ctx, mother, "13800000002", identity.PhoneProof{Phone: "13900000072", Code: "1"})
				if err != nil || len(problems) > 0 {
					t.Errorf("%s, %v", codes(problems), err)
				}
				return true, nil
			}
		}))
		_, problems, err := h.identity.RemovePhone(ctx, mother, "13900000072", identity.PhoneProof{Phone: "13800000002", Code: "1"})
		if err != nil || codes(problems) != "confirmPhone MISMATCH" {
			t.Errorf("%s, %v", codes(problems), err)
		}
		person, err := h.people.ByID(ctx, mother.ID)
		if err != nil {
			t.Fatal(err)
		}
		if phones, err := h.identity.Phones(ctx, person); err != nil || len(phones) != 1 || person.Phone.IsZero() {
			t.Errorf("%d phones are left, %v", len(phones), err)
		}
	})
}

// Who is told that the last department has answered is told once, also where one answers while another question gives up.
func TestTheEndOfLinkingIsToldOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		var told []identity.Notice
		h.identity.Furnish(withHouse(func(made *identity.House) {
			made.Tell = func(_ context.Context, _ *store.Tx, _ models.ID, notice identity.Notice, _ models.ID) error {
				told = append(told, notice)
				return nil
			}
		}))
		h.city.set(func() { h.city.down["health"] = true })
		mother := h.signIn(t, motherPhone)
		h.bind(t, mother, nil)
		h.clock.Advance(identity.Linking + time.Hour)
		health := identity.LinkArgs{ResidentID: mother.ID, Department: "health"}
		var once sync.Once
		h.city.set(func() {
			h.city.before = func() {
				once.Do(func() {
					h.city.set(func() { h.city.down["health"], h.city.before = false, nil })
					if err := h.identity.Link(ctx, health); err != nil {
						t.Error(err)
					}
				})
			}
		})
		if err := h.identity.Link(ctx, health); err != nil {
			t.Error(err)
		}
		if len(told) != 1 || told[0] != identity.NoticeLinked {
			t.Errorf("told %v", told)
		}
	})
}

// A teenager and the mother who bind at the same moment are both bound, whoever is first.
func TestATeenagerAndTheMotherBindAtOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.city.set(func() {
			person := h.city.people["public-security"][motherID]
			person.Household = append(person.Household, identity.Member{
				Name: models.NewPersonName("林大年"), NationalID: models.KnownNationalID(teenID), Relation: "child"})
		})
		mother, teenager := h.signIn(t, motherPhone), h.signIn(t, "+8613800000009")
		var both sync.WaitGroup
		both.Go(func() { h.bind(t, mother, nil) })
		both.Go(func() {
			binding, problems := h.bind(t, teenager, func(i *identity.Input) { i.Name, i.NationalID = "林大年", teenID })
			if binding == nil {
				t.Error(codes(problems))
			}
		})
		both.Wait()
		if allowed, err := h.people.MayActFor(context.Background(), mother.ID, teenager.ID); err != nil || !allowed {
			t.Errorf("the mother of the account: %v, %v", allowed, err)
		}
	})
}

// withHouse is a house in which nothing happens but what a test wants.
func withHouse(change func(*identity.House)) identity.House {
	made := identity.House{
		Moved:            func(context.Context, *store.Tx, models.ID, models.ID) error { return nil },
		Ended:            func(context.Context, *store.Tx, models.ID, models.ID) error { return nil },
		Tell:             func(context.Context, *store.Tx, models.ID, identity.Notice, models.ID) error { return nil },
		TellWithdrawn:    func(context.Context, *store.Tx, models.ID, *identity.Purpose) error { return nil },
		NeedsDepartments: func(context.Context, *store.Tx, models.ID) (bool, error) { return false, nil },
		Device:           func(context.Context, models.Actor) (string, error) { return "", nil },
		Channel:          func(context.Context, models.Actor) (string, error) { return "", nil },
		ProvePhone:       func(context.Context, models.PhoneNumber, string) (bool, error) { return false, nil },
	}
	change(&made)
	return made
}
