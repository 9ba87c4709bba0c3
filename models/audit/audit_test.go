package audit_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onewindow/models"
	"onewindow/models/audit"
	"onewindow/models/store"
	"onewindow/models/store/storetest"
)

func TestAPersonSeesWhoLookedNewestFirstAndNobodyElsesLog(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func(*testing.T, *storetest.Clock) *store.Store) {
		ctx, clock := context.Background(), storetest.NewClock("2026-03-02T09:00:00+08:00")
		database := open(t, clock)
		log := audit.New(database)
		person, stranger, application := models.NewID(), models.NewID(), models.NewID()
		for _, field := range []string{"name", "phone", "address"} {
			record := audit.Record{
				SubjectID: person, Actor: audit.Actor{Role: "REVIEWER", DepartmentCode: "health"}, ActorID: models.NewID(),
				Purpose: models.T("办件", "case work"), Fields: []string{field}, ApplicationID: application,
			}
			if err := database.InTx(ctx, func(tx *store.Tx) error { return log.Record(tx, record) }); err != nil {
				t.Fatal(err)
			}
			clock.Advance(time.Minute)
		}
		first, err := log.Of(ctx, person, models.PageRequest{First: 2})
		if err != nil {
			t.Fatal(err)
		}
		second, err := log.Of(ctx, person, models.PageRequest{First: 2, After: *first.PageInfo.EndCursor})
		if err != nil {
			t.Fatal(err)
		}
		var seen []string
		for _, edge := range append(first.Edges, second.Edges...) {
			seen = append(seen, edge.Node.Fields...)
		}
		if diff := cmp.Diff([]string{"address", "phone", "name"}, seen); diff != "" {
			t.Error(diff)
		}
		if first.TotalCount != 3 || !first.PageInfo.HasNextPage || second.PageInfo.HasNextPage {
			t.Errorf("pages are wrong: %+v, %+v", first, second)
		}
		newest := first.Edges[0].Node
		if newest.Actor.DepartmentCode != "health" || newest.ApplicationID != application || newest.Purpose.In(models.English) != "case work" ||
			!newest.At.Equal(clock.Now().Add(-time.Minute)) {
			t.Errorf("the record came back changed: %+v", newest)
		}
		if other, err := log.Of(ctx, stranger, models.PageRequest{First: 20}); err != nil || other.TotalCount != 0 || len(other.Edges) != 0 {
			t.Errorf("a stranger's log: %+v, %v", other, err)
		}
	})
}

func TestARecordWithoutItsReasonAndABentCursorAreRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func(*testing.T, *storetest.Clock) *store.Store) {
		ctx := context.Background()
		database := open(t, storetest.NewClock("2026-03-02T09:00:00+08:00"))
		log := audit.New(database)
		err := database.InTx(ctx, func(tx *store.Tx) error {
			return log.Record(tx, audit.Record{SubjectID: models.NewID(), Actor: audit.Actor{Role: "REVIEWER"}, Fields: []string{"name"}})
		})
		if err == nil {
			t.Error("a look without a purpose was recorded")
		}
		for _, cursor := range []string{"x", store.Cursor("2026-03-02", "x"), store.Cursor(time.Now().UTC(), "'; --")} {
			var fault *models.Fault
			_, err := log.Of(ctx, models.NewID(), models.PageRequest{First: 1, After: cursor})
			if !errors.As(err, &fault) || fault.Code != models.BadUserInput {
				t.Errorf("cursor %q: %v", cursor, err)
			}
		}
	})
}
