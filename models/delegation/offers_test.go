package delegation

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"onewindow/models"
	"onewindow/models/resident"
	"onewindow/models/sealed"
	"onewindow/models/store"
	"onewindow/models/store/storetest"
)

// room is the room with two people whose identity is bound, and every item in it.
type room struct {
	*Service
	mother, daughter models.Actor
	told             []Notice
}

func eachRoom(t *testing.T, story func(t *testing.T, r *room)) {
	storetest.Each(t, func(t *testing.T, open func(*testing.T, *storetest.Clock) *store.Store) {
		database := open(t, storetest.NewClock("2026-03-02T09:00:00+08:00"))
		field, _ := sealed.NewKey(1, []byte(strings.Repeat("f", sealed.KeySize)))
		index, _ := sealed.NewKey(2, []byte(strings.Repeat("i", sealed.KeySize)))
		keyring, err := sealed.NewKeyring([]sealed.Key{field}, index)
		if err != nil {
			t.Fatal(err)
		}
		r, telling := &room{}, sync.Mutex{}
		r.Service = New(Config{
			Store: database, Keyring: keyring, Residents: resident.New(database, keyring),
			KnownItem: func(string) bool { return true }, ItemName: func(code string) models.Text { return models.T(code, code) },
			Tell: func(_ context.Context, _ *store.Tx, _ models.ID, news News) error {
				telling.Lock()
				defer telling.Unlock()
				r.told = append(r.told, news.Notice)
				return nil
			},
		})
		r.mother, r.daughter = r.bound(t, "13800000001", "330105199206199962"), r.bound(t, "13800000002", "330108198707079971")
		story(t, r)
	})
}

func (r *room) bound(t *testing.T, phone, number string) models.Actor {
	t.Helper()
	actor := models.Actor{Kind: models.Resident}
	err := r.Store.InTx(context.Background(), func(tx *store.Tx) error {
		parsed, _ := models.ParsePhone(phone)
		person, _, err := r.Residents.SignInByPhone(context.Background(), tx, parsed)
		if err != nil {
			return err
		}
		actor.ID, person.NationalID, person.BoundAt = person.ID, models.KnownNationalID(number), &tx.Now
		return r.Residents.Save(tx, person)
	})
	if err != nil {
		t.Fatal(err)
	}
	return actor
}

func (r *room) offer(t *testing.T, phone string) []*models.Problem {
	t.Helper()
	_, problems, err := r.Grant(context.Background(), r.mother, Offer{
		DelegatePhone: phone, ItemCodes: []string{"elderly-card"}, Powers: []Power{Fill, Track}, Until: r.today() + 30,
	})
	if err != nil {
		t.Fatal(err)
	}
	return problems
}

// Who has made the day's offers makes no accounts either by trying more phones.
func TestAnOfferTooManyMakesNoAccount(t *testing.T) {
	eachRoom(t, func(t *testing.T, r *room) {
		for n := range offersADay {
			if problems := r.offer(t, fmt.Sprintf("139000000%02d", n)); len(problems) > 0 {
				t.Fatal(problems[0].Code)
			}
		}
		if problems := r.offer(t, "13900000099"); len(problems) != 1 || problems[0].Code != "TOO_MANY" {
			t.Errorf("%d problems", len(problems))
		}
		phone, _ := models.ParsePhone("13900000099")
		if owner, err := r.Residents.OwnerOfPhone(context.Background(), phone); err != nil || owner != "" {
			t.Errorf("an account was made: %v, %v", owner, err)
		}
		if problems := r.offer(t, "13900000001"); len(problems) > 0 { // the one that stands
			t.Error(problems[0].Code)
		}
	})
}

// Who looks by an offer in two windows at once has accepted it once, and sees it in both.
func TestAnOfferIsTakenUpOnce(t *testing.T) {
	eachRoom(t, func(t *testing.T, r *room) {
		r.offer(t, "13800000002")
		var windows sync.WaitGroup
		for range 6 {
			windows.Go(func() {
				standing, err := r.Acting(context.Background(), nil, r.daughter.ID, r.mother.ID, "elderly-card")
				if err != nil || len(standing) != 1 || standing[0].State != Active {
					t.Errorf("%d, %v", len(standing), err)
				}
			})
		}
		windows.Wait()
		accepted := 0
		for _, notice := range r.told {
			if notice == NoticeAccepted {
				accepted++
			}
		}
		if accepted != 1 {
			t.Errorf("told %v", r.told)
		}
	})
}
