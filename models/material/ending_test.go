package material

import (
	"slices"
	"testing"
	"time"

	"onewindow/models"
	"onewindow/models/store"
)

// Who is reminded of which document: of the one that ends last, once, and not of what an application issued.
func TestDocumentsThatEnd(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		mother, father, child := models.NewID(), models.NewID(), models.NewID()
		ends := func(owner models.ID, number, on string) models.ID {
			o.clock.Advance(time.Second)
			return o.fetched(t, owner, FetchedDocument{Department: "public-security", Number: number, ExpiresOn: dayOrNone(on)}).ID
		}
		replaced := ends(mother, "1", "2026-05-01")
		renewed := ends(mother, "2", "2036-05-01")
		ends(father, "3", "2026-05-01")
		twin := ends(father, "4", "2026-05-01")
		late := ends(child, "5", "2026-05-03")
		ends(child, "6", "2026-04-20") // newer and shorter: what lasts longer stays
		o.fetched(t, models.NewID(), FetchedDocument{Department: "public-security", Number: "7"})
		read := func(from, to string, after models.ID, limit int) (ids []models.ID) {
			t.Helper()
			err := o.store.InTx(t.Context(), func(tx *store.Tx) error {
				found, err := o.EndingBetween(t.Context(), tx, day(from), day(to), after, limit)
				ids = nil
				for _, one := range found {
					ids = append(ids, one.ID)
					if one.Name.In(models.Chinese) == "" || one.OwnerID == "" || one.MaterialCode == "" {
						t.Errorf("%+v says too little", one)
					}
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return ids
		}
		if got := read("2026-05-01", "2026-05-03", "", 10); !slices.Equal(got, []models.ID{twin, late}) {
			t.Errorf("in May: %v, want %v", got, []models.ID{twin, late})
		}
		if got := read("2026-05-01", "2026-05-03", "", 1); !slices.Equal(got, []models.ID{twin}) {
			t.Errorf("the first: %v", got)
		}
		if got := read("2026-05-01", "2026-05-03", twin, 10); !slices.Equal(got, []models.ID{late}) {
			t.Errorf("after the first: %v", got)
		}
		if got := read("2026-05-02", "2026-05-02", "", 10); got != nil {
			t.Errorf("on a day on which nothing ends: %v", got)
		}
		err := o.store.InTx(t.Context(), func(tx *store.Tx) error {
			issued, err := o.AddIssued(t.Context(), tx, child, idCard, IssuedDocument{ApplicationID: models.NewID(), Number: "8", ExpiresOn: dayOrNone("2026-05-03")})
			if err != nil {
				return err
			}
			found, err := o.EndingByIDs(t.Context(), tx, []models.ID{replaced, renewed, twin, late, issued.ID})
			var ids []models.ID
			for _, one := range found {
				ids = append(ids, one.ID)
			}
			slices.Sort(ids)
			if !slices.Equal(ids, []models.ID{renewed, twin}) {
				t.Errorf("read again: %v, want %v", ids, []models.ID{renewed, twin})
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
