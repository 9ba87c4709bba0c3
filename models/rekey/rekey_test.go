package rekey_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"onewindow/models"
	"onewindow/models/rekey"
	"onewindow/models/resident"
	"onewindow/models/sealed"
	"onewindow/models/store"
	"onewindow/models/store/storetest"
)

func ring(t *testing.T, generations ...uint32) *sealed.Keyring {
	t.Helper()
	var keys []sealed.Key
	for _, number := range generations {
		suite := sealed.Suites()[number%2]
		key, err := sealed.NewSuiteKey(number, suite, bytes.Repeat([]byte{byte(number)}, sealed.KeySize))
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	made, err := sealed.NewKeyring(keys, keys...)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func phone(number int) models.PhoneNumber {
	return models.KnownPhone(fmt.Sprintf("+86139%08d", number))
}

func signIn(t *testing.T, house *store.Store, people *resident.Service, number int) *resident.Resident {
	t.Helper()
	var person *resident.Resident
	err := house.InTx(t.Context(), func(tx *store.Tx) (err error) {
		person, _, err = people.SignInByPhone(t.Context(), tx, phone(number))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return person
}

func generations(t *testing.T, service *rekey.Service) map[uint32]int {
	t.Helper()
	counts, err := service.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found := map[uint32]int{}
	for _, count := range counts {
		found[count.Generation] += count.Rows
	}
	return found
}

// A walk that is cut off leaves a house in which everybody is found, and the next one ends it. Phones from before they were kept
// beside their index come along.
func TestAWalkThatIsCutOffIsBegunAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func(t *testing.T, clock *storetest.Clock) *store.Store) {
		house := open(t, storetest.NewClock("2026-03-02T09:00:00+08:00"))
		const people = 450
		accounts := map[int]models.ID{}
		for number := range people {
			accounts[number] = signIn(t, house, resident.New(house, ring(t, 1)), number).ID
		}
		err := house.InTx(t.Context(), func(tx *store.Tx) error { return tx.DB.Exec("UPDATE resident_phones SET phone = NULL").Error })
		if err != nil {
			t.Fatal(err)
		}
		newer := ring(t, 2, 1)
		service := rekey.New(house, newer, resident.Sealed(), nil)
		cut, stop := context.WithCancel(t.Context())
		batches := 0
		cutting := rekey.New(house, newer, []sealed.Table{resident.Sealed()[1]}, func(context.Context, models.ID) (models.ID, bool, error) {
			batches++
			stop()
			return "", false, nil
		})
		if err := cutting.Work(cut, rekey.Args{Field: 2, Index: 2}); err == nil || batches == 0 {
			t.Fatalf("the walk was not cut off: %v", err)
		}
		half := generations(t, service)
		if half[1] == 0 || half[2] == 0 {
			t.Fatalf("cut off at %v", half)
		}
		find := func(keys *sealed.Keyring) {
			for number, account := range accounts {
				if found := signIn(t, house, resident.New(house, keys), number); found.ID != account {
					t.Fatalf("phone %d has another account", number)
				}
			}
		}
		find(newer)
		for walk := range 2 {
			if err := service.Work(t.Context(), rekey.Args{Field: 2, Index: 2, Walk: walk}); err != nil {
				t.Fatal(err)
			}
		}
		if after := generations(t, service); len(after) != 1 || after[2] != 3*people {
			t.Errorf("at the end %v", after)
		}
		state, err := house.KeyState(t.Context())
		if err != nil || state != (store.KeyState{IndexGeneration: 2, FieldsDone: 2, IndexDone: 2}) {
			t.Errorf("%+v %v", state, err)
		}
		find(ring(t, 2))
	})
}

// A replica that has not read the new key file and one that has bind the same numbers at the same time, while indexes are
// switched and moved: each number is bound once.
func TestANumberIsBoundOnceThroughoutTheMove(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func(t *testing.T, clock *storetest.Clock) *store.Store) {
		house := open(t, storetest.NewClock("2026-03-02T09:00:00+08:00"))
		late, newer := ring(t, 1), ring(t, 2, 1)
		late.Follow(func() (*sealed.Keyring, error) { return ring(t, 2, 1), nil })
		rooms := []*resident.Service{resident.New(house, late), resident.New(house, newer)}
		const numbers = 120
		accounts := make([][]*resident.Resident, len(rooms))
		for room := range rooms {
			for number := range numbers {
				accounts[room] = append(accounts[room], signIn(t, house, rooms[0], 1000*(room+1)+number))
			}
		}
		var work sync.WaitGroup
		for room, people := range rooms {
			for half := range 2 {
				work.Go(func() {
					for number := half; number < numbers; number += 2 {
						if err := bind(t, house, people, accounts[room][number], number); err != nil {
							t.Errorf("number %d: %v", number, err)
						}
					}
				})
			}
		}
		service := rekey.New(house, newer, resident.Sealed(), nil)
		for walk := range 2 {
			if err := service.Work(t.Context(), rekey.Args{Field: 2, Index: 2, Walk: walk}); err != nil {
				t.Error(err)
			}
		}
		work.Wait()
		bound := map[string]int{}
		for room := range rooms {
			for _, account := range accounts[room] {
				person, err := rooms[1].ByID(t.Context(), account.ID)
				if err != nil {
					t.Fatal(err)
				}
				if !person.NationalID.IsZero() {
					bound[person.NationalID.Reveal()]++
				}
			}
		}
		for number, times := range bound {
			if times != 1 {
				t.Errorf("%s is bound %d times", number, times)
			}
		}
		if len(bound) != numbers {
			t.Errorf("%d of %d numbers are bound", len(bound), numbers)
		}
	})
}

// bind is what identity does: look for the number, and take it where nobody has it.
func bind(t *testing.T, house *store.Store, people *resident.Service, account *resident.Resident, number int) error {
	id := models.KnownNationalID(fmt.Sprintf("3301%014d", number))
	err := house.InTx(t.Context(), func(tx *store.Tx) error {
		_, err := people.ByNationalIDIn(tx, id)
		var fault *models.Fault
		if err == nil || !errors.As(err, &fault) || fault.Code != models.NotFoundCode {
			return err
		}
		fresh, err := people.ByIDIn(tx, account.ID)
		if err != nil {
			return err
		}
		fresh.NationalID = id
		return people.Save(tx, fresh)
	})
	if store.IsDuplicate(err) {
		return nil
	}
	return err
}
