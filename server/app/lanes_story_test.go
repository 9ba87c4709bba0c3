package app_test

import (
	"testing"
	"time"

	"github.com/riverqueue/river"

	"onewindow/models"
	"onewindow/models/identity"
	"onewindow/models/store"
)

// While a department hangs with a crowd waiting for it, messages leave and other departments get their parts as on any day.
func TestADepartmentThatHangsHoldsNobodyBack(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		o := newOffice(t)
		silent, hanging := hangingDepartment(t)
		file := o.connections(t, map[string]bool{"public-security": false, "medical-insurance": true})
		further(t, file, "health", silent.URL, hangs)
		c := openWith(t, on, map[string]string{"ONEWINDOW_CONNECTIONS": file})
		applicant := knownToTheOffice(t, c)
		someone := models.ID(ask[viewer](t, applicant, "Me", nil).ID)
		if err := c.store.InTx(t.Context(), func(tx *store.Tx) error {
			for range 60 {
				if err := tx.Enqueue(identity.LinkArgs{ResidentID: someone, Department: "health"}, &river.InsertOpts{ScheduledAt: tx.Now}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the crowd's questions hang", func() bool { return hanging.Load() >= 5 })
		begun := time.Now()
		change(t, c.guest(), "RequestLoginCode", vars{"phone": "+8613900000123"})
		c.code(t, "+8613900000123")
		remoteMedical(t, c, applicant)
		o.wait(t, "/v1/cases")
		if took := time.Since(begun); took > hangs/2 || hanging.Load() > 10 {
			t.Errorf("while a department hangs with %d questions, others waited %s", hanging.Load(), took)
		}
	})
}
