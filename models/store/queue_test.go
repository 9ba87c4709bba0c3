package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onewindow/models"
	"onewindow/models/store"
	"onewindow/models/store/storetest"
)

// Many rows that go to PostgreSQL as arrays arrive as they were, and those that are there already are left alone.
func TestManyRowsArriveAsTheyWere(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func(*testing.T, *storetest.Clock) *store.Store) {
		opened := open(t, storetest.NewClock("2026-03-02T10:00:00+08:00"))
		type row struct {
			ActorID   models.ID
			Operation string
			Key       string
			InputHash []byte
			ResultID  models.ID
			CreatedAt time.Time
		}
		odd := []string{"", "NULL", `a"b\c`, "{1,2}", "一窗 'x'\n"}
		var want []row
		rows := store.Rows{
			Table: "store_requests", Conflict: "DO NOTHING",
			Columns: []string{"actor_id", "operation", "key", "input_hash", "result_id", "created_at"},
			Kinds:   []string{"uuid", "text", "text", "bytea", "uuid", "timestamptz"},
		}
		for i := range 100 {
			one := row{
				models.NewID(), odd[i%len(odd)], string(models.NewID()), []byte{0, byte(i), '\\', '"'}, models.NewID(),
				time.Date(2026, 3, 2, 1, 2, 3, i*1000, time.UTC),
			}
			want = append(want, one)
			rows.Values = append(rows.Values, []any{one.ActorID, one.Operation, one.Key, one.InputHash, &one.ResultID, one.CreatedAt})
		}
		for _, expected := range []int64{100, 0} {
			err := opened.InTx(t.Context(), func(tx *store.Tx) error {
				written, err := tx.Write(rows)
				if written != expected {
					t.Errorf("%d written, want %d", written, expected)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		var got []row
		if err := opened.Reader(t.Context()).Table("store_requests").Order("created_at").Find(&got).Error; err != nil {
			t.Fatal(err)
		}
		for i := range got {
			got[i].CreatedAt = got[i].CreatedAt.UTC()
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
	})
}
