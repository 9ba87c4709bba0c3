package resident_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onewindow/models"
	"onewindow/models/resident"
	"onewindow/models/sealed"
	"onewindow/models/store"
	"onewindow/models/store/storetest"
)

type house struct {
	store  *store.Store
	clock  *storetest.Clock
	people *resident.Service
}

// each runs a story on every database; the city's day is 2 March 2026.
func each(t *testing.T, story func(t *testing.T, h *house)) {
	storetest.Each(t, func(t *testing.T, open func(*testing.T, *storetest.Clock) *store.Store) {
		clock := storetest.NewClock("2026-03-02T09:00:00+08:00")
		field, _ := sealed.NewKey(1, []byte(strings.Repeat("f", sealed.KeySize)))
		index, _ := sealed.NewKey(2, []byte(strings.Repeat("i", sealed.KeySize)))
		keyring, err := sealed.NewKeyring([]sealed.Key{field}, index)
		if err != nil {
			t.Fatal(err)
		}
		database := open(t, clock)
		story(t, &house{database, clock, resident.New(database, keyring)})
	})
}

func (h *house) signIn(t *testing.T, phone string) (*resident.Resident, bool) {
	t.Helper()
	var person *resident.Resident
	var created bool
	err := h.store.InTx(context.Background(), func(tx *store.Tx) (err error) {
		person, created, err = h.people.SignInByPhone(context.Background(), tx, models.KnownPhone(phone))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return person, created
}

func (h *house) save(person *resident.Resident) error {
	return h.store.InTx(context.Background(), func(tx *store.Tx) error { return h.people.Save(tx, person) })
}

func (h *house) setWards(t *testing.T, guardian models.ID, wards ...resident.Ward) {
	t.Helper()
	err := h.store.InTx(context.Background(), func(tx *store.Tx) error {
		return h.people.SetDependants(context.Background(), tx, guardian, wards)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func ward(name, number, relation string) resident.Ward {
	return resident.Ward{Name: models.NewPersonName(name), NationalID: models.KnownNationalID(number), Relation: relation}
}

func TestTheSamePhoneIsTheSameAccount(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		first, created := h.signIn(t, "+8613800000001")
		again, createdAgain := h.signIn(t, "+8613800000001")
		other, _ := h.signIn(t, "+8613800000002")
		if !created || createdAgain || first.ID != again.ID || other.ID == first.ID {
			t.Errorf("accounts: %v %v, %v %v, %v", first.ID, created, again.ID, createdAgain, other.ID)
		}
		found, err := h.people.ByPhone(context.Background(), models.KnownPhone("+8613800000001"))
		if err != nil || found.ID != first.ID || found.DisplayName() != "用户0001" || *found.MaskedPhone() != "138****0001" {
			t.Errorf("found %+v, %v", found, err)
		}
	})
}

func TestAPhoneThatSignsInManyTimesAtOnceHasOneAccount(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		var group sync.WaitGroup
		ids := make([]models.ID, 8)
		for i := range ids {
			group.Go(func() { person, _ := h.signIn(t, "+8613800000009"); ids[i] = person.ID })
		}
		group.Wait()
		for _, id := range ids {
			if id != ids[0] {
				t.Fatalf("several accounts: %v", ids)
			}
		}
	})
}

func TestAPersonComesBackAsStoredAndIsUnreadableInTheDatabase(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		person, _ := h.signIn(t, "+8613800000001")
		birth, bound := models.NewDate(1990, 2, 4), h.clock.Now().UTC()
		person.Name, person.NationalID = models.NewPersonName("林立春"), models.KnownNationalID("330106199002049977")
		person.Address, person.BirthDate, person.Gender = models.NewHomeAddress("样例路1号"), &birth, "male"
		person.Region, person.Residence, person.Groups, person.HouseholdSize, person.BoundAt = "330106", "330108", []string{"veteran"}, 4, &bound
		if err := h.save(person); err != nil {
			t.Fatal(err)
		}
		back, err := h.people.ByNationalID(ctx, person.NationalID)
		if err != nil {
			t.Fatal(err)
		}
		exact := cmp.Comparer(func(a, b models.PersonName) bool { return a == b })
		number := cmp.Comparer(func(a, b models.NationalID) bool { return a == b })
		phone := cmp.Comparer(func(a, b models.PhoneNumber) bool { return a == b })
		address := cmp.Comparer(func(a, b models.HomeAddress) bool { return a == b })
		if diff := cmp.Diff(person, back, exact, number, phone, address); diff != "" {
			t.Error(diff)
		}
		var raw []byte
		if err := h.store.Reader(ctx).Raw("SELECT particulars FROM resident_residents WHERE id = ?", person.ID).Row().Scan(&raw); err != nil || len(raw) == 0 {
			t.Fatalf("nothing stored: %v", err)
		}
		for _, secret := range []string{"林立春", "330106", "1990", "13800000001", "样例路"} {
			if strings.Contains(string(raw), secret) {
				t.Errorf("%s can be read in the database", secret)
			}
		}
		if printed := fmt.Sprintf("%v %+v", back, *back); strings.Contains(printed, "19900204") || strings.Contains(printed, "立春") {
			t.Errorf("printed %s", printed)
		}
	})
}

func TestOfTwoChangesAtOnceOneIsStaleAndANumberBelongsToOne(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		first, _ := h.signIn(t, "+8613800000001")
		second, _ := h.signIn(t, "+8613800000002")
		stale := *first
		first.NationalID = models.KnownNationalID("330106199002049977")
		if err := h.save(first); err != nil {
			t.Fatal(err)
		}
		if err := h.save(&stale); !errors.Is(err, store.ErrStale) {
			t.Errorf("a stale change: %v", err)
		}
		second.NationalID = first.NationalID
		if err := h.save(second); !store.IsDuplicate(err) {
			t.Errorf("a number of two people: %v", err)
		}
	})
}

func TestManyPeopleAreOneQueryAndStrangersAreNotThere(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		first, _ := h.signIn(t, "+8613800000001")
		second, _ := h.signIn(t, "+8613800000002")
		ctx, count := store.WithCounter(context.Background())
		people, err := h.people.ByIDs(ctx, []models.ID{first.ID, second.ID, models.NewID()})
		if err != nil || len(people) != 2 || people[second.ID].Phone != models.KnownPhone("+8613800000002") || count.Load() != 1 {
			t.Errorf("people %v, %v, %d queries", people, err, count.Load())
		}
		var fault *models.Fault
		for _, id := range []models.ID{models.NewID(), "", "no identifier"} {
			if _, err := h.people.ByID(ctx, id); !errors.As(err, &fault) || fault.Code != models.NotFoundCode {
				t.Errorf("%q: %v", id, err)
			}
		}
	})
}

func TestAGuardianActsForAMinorUntilTheBirthday(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		mother, _ := h.signIn(t, "+8613800000002")
		father, _ := h.signIn(t, "+8613800000001")
		stranger, _ := h.signIn(t, "+8613800000003")
		baby, teenager := ward("林小年", "330106202602119961", "child"), ward("林大年", "33010620080303001X", "child")
		h.setWards(t, mother.ID, baby, teenager, baby)
		h.setWards(t, father.ID, baby)
		may := func(actor *resident.Resident, subject models.ID) bool {
			allowed, err := h.people.MayActFor(ctx, actor.ID, subject)
			if err != nil {
				t.Fatal(err)
			}
			return allowed
		}
		children, err := h.people.Dependants(ctx, mother.ID)
		if err != nil || len(children) != 2 || children[1].DisplayName != "林*年" || children[1].Relation != "child" {
			t.Fatalf("children %+v, %v", children, err)
		}
		elder, newborn := children[0].ID, children[1].ID
		if !may(mother, newborn) || !may(father, newborn) || !may(mother, elder) || !may(mother, mother.ID) {
			t.Error("a guardian was refused")
		}
		if may(stranger, newborn) || may(father, elder) || may(mother, father.ID) || may(mother, models.NewID()) || may(mother, "x") {
			t.Error("somebody acts for a person who is not theirs")
		}
		h.clock.Advance(24 * time.Hour) // 3 March: the teenager is eighteen
		if may(mother, elder) {
			t.Error("the guardian of an adult still acts")
		}
		if children, err = h.people.Dependants(ctx, mother.ID); err != nil || len(children) != 1 || children[0].ID != newborn {
			t.Errorf("children %+v, %v", children, err)
		}
		h.setWards(t, mother.ID)
		if may(mother, newborn) || !may(father, newborn) {
			t.Error("who is no longer named by the register still acts, or the other guardian does not")
		}
	})
}

func TestAnAccountTakesThePlaceOfADependantsRecord(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		mother, _ := h.signIn(t, "+8613800000002")
		h.setWards(t, mother.ID, ward("林大年", "330106200804030018", "child"))
		children, _ := h.people.Dependants(ctx, mother.ID)
		account, _ := h.signIn(t, "+8613800000007")
		err := h.store.InTx(ctx, func(tx *store.Tx) error {
			record, err := h.people.ByNationalIDIn(tx, models.KnownNationalID("330106200804030018"))
			if err != nil {
				return err
			}
			if err := h.people.Succeed(tx, record, account.ID); err != nil {
				return err
			}
			birth := models.NewDate(2008, 4, 3)
			account.NationalID, account.BirthDate = record.NationalID, &birth
			return h.people.Save(tx, account)
		})
		if err != nil {
			t.Fatal(err)
		}
		for actor, subject := range map[models.ID]models.ID{account.ID: children[0].ID, mother.ID: account.ID} {
			if allowed, err := h.people.MayActFor(ctx, actor, subject); err != nil || !allowed {
				t.Errorf("refused: %v", err)
			}
		}
		if allowed, err := h.people.MayActFor(ctx, mother.ID, children[0].ID); err != nil || !allowed {
			t.Errorf("the guardian lost what was begun for the child: %v", err)
		}
		if err := h.store.InTx(ctx, func(tx *store.Tx) error { return h.people.Succeed(tx, mother, account.ID) }); err == nil {
			t.Error("an account of another phone was taken over")
		}
	})
}
