package delegation

import (
	"context"
	"strings"
	"testing"
	"time"

	"onewindow/models"
	"onewindow/models/resident"
	"onewindow/models/sealed"
	"onewindow/models/store"
	"onewindow/models/store/storetest"
)

// Who was asked by a volunteer and did not answer leaves no phone behind: after a day the request is gone, and one of today stays.
func TestRequestsAreGoneAfterADay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func(*testing.T, *storetest.Clock) *store.Store) {
		ctx, clock := context.Background(), storetest.NewClock("2026-03-02T09:00:00+08:00")
		database := open(t, clock)
		field, _ := sealed.NewKey(1, []byte(strings.Repeat("f", sealed.KeySize)))
		index, _ := sealed.NewKey(2, []byte(strings.Repeat("i", sealed.KeySize)))
		keyring, err := sealed.NewKeyring([]sealed.Key{field}, index)
		if err != nil {
			t.Fatal(err)
		}
		service := New(Config{Store: database, Keyring: keyring, Residents: resident.New(database, keyring)})
		phone, _ := models.ParsePhone("13800000001")
		volunteer := &Volunteer{ID: models.NewID(), ServicePoint: ServicePoint{"wenxin-01", "文新", "service-centre"}, Until: models.DateOf(clock.Now()) + 30}
		ask := func() models.ID {
			request := &HelpRequest{ID: models.NewID(), Wanted: HelpWanted{ItemCodes: []string{"elderly-card"}, Powers: []Power{Fill}, Days: 1}, phone: phone, volunteerID: volunteer.ID}
			if err := database.InTx(ctx, func(tx *store.Tx) error { return service.insertRequest(tx, request) }); err != nil {
				t.Fatal(err)
			}
			return request.ID
		}
		err = database.InTx(ctx, func(tx *store.Tx) error {
			person, _, err := service.Residents.SignInByPhone(ctx, tx, phone)
			if err != nil {
				return err
			}
			volunteer.ResidentID = person.ID
			return insertVolunteer(tx, volunteer, models.NewID())
		})
		if err != nil {
			t.Fatal(err)
		}
		old := ask()
		clock.Advance(requestLife)
		young := ask()
		clock.Advance(time.Second)
		if err := service.Tidy(ctx); err != nil {
			t.Fatal(err)
		}
		for id, want := range map[models.ID]bool{old: false, young: true} {
			found, asker, err := service.request(database.Reader(ctx), id)
			if err != nil || (found != nil) != want {
				t.Errorf("there is %v, %v", found, err)
			}
			if want && (asker != volunteer.ResidentID || found.phone != phone || found.Wanted.Days != 1) {
				t.Errorf("it came back changed: %+v of %s", found, asker)
			}
		}
	})
}
