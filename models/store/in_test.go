package store_test

import (
	"testing"

	"onewindow/models"
	"onewindow/models/store"
	"onewindow/models/store/storetest"
)

// Ids and texts are found on both databases, whatever stands in the texts.
func TestIn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func(t *testing.T, clock *storetest.Clock) *store.Store) {
		house := open(t, storetest.NewClock("2026-03-02T09:00:00+08:00"))
		text := "TEXT"
		if house.IsPostgres() {
			text = "uuid"
		}
		odd := []string{`plain`, `{a,"b"}`, `back\slash`, ``, `NULL`, `it's`}
		ids := make([]models.ID, len(odd))
		err := house.InTx(t.Context(), func(tx *store.Tx) error {
			if err := tx.DB.Exec("CREATE TABLE in_test (id " + text + ", word text)").Error; err != nil {
				return err
			}
			for i, word := range odd {
				ids[i] = models.NewID()
				if err := tx.DB.Exec("INSERT INTO in_test VALUES (?, ?)", ids[i], word).Error; err != nil {
					return err
				}
			}
			for i, word := range odd {
				var found []string
				err := tx.DB.Table("in_test").Where(store.InTexts("word", []string{word, "another"})).Pluck("word", &found).Error
				if err != nil || len(found) != 1 || found[0] != word {
					t.Errorf("looked for %q, found %q, %v", word, found, err)
				}
				var count int
				err = tx.DB.Raw("SELECT count(*) FROM in_test WHERE word <> 'other' AND ?", store.In("id", append([]models.ID{models.NewID()}, ids[:i+1]...))).Scan(&count).Error
				if err != nil || count != i+1 {
					t.Errorf("%d ids, found %d, %v", i+1, count, err)
				}
			}
			var none int
			err := tx.DB.Raw("SELECT count(*) FROM in_test WHERE ?", store.In("id", nil)).Scan(&none).Error
			if none != 0 {
				t.Errorf("none of no ids, found %d", none)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
