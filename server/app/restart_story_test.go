package app_test

import (
	"testing"
)

// What lapsed can be begun again from its answers and papers: each with where it came from; somebody else's, or one that is
// still open, cannot.
func TestANewStartFromWhatWasThere(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother, accepted := birthRegistration(t, c)
		from := vars{"itemCode": "birth-registration", "fromApplicationId": accepted.ID, "idempotencyKey": "again"}
		askForMore(t, c, accepted)
		stranger := c.resident(t, "r01")
		c.unchanged(t, func() {
			refused(t, mother, "StartApplication", input(from), conflict("SUPPLEMENT_REQUIRED", "待补正材料", "waiting for more documents"))
			refused(t, stranger, "StartApplication", input(from), notFound)
		})
		c.advanceTo(t, "2026-03-18T00:00")
		started := change(t, mother, "StartApplication", from).Application
		for key, want := range map[string]string{"child_name": "陈惊春", "father_id": "330110199503219975"} {
			if got := started.field(key); got == nil || got.Value == nil || *got.Value != want || !got.Prefilled {
				t.Errorf("%s begins with %+v", key, got)
			}
		}
		want := map[string]string{"birth-certificate": "REUSED", "household-register": "REUSED", "marriage-certificate": "MISSING"}
		for material, status := range want { // what was found wanting is asked for anew
			if got := started.required(material); got == nil || got.Status != status {
				t.Errorf("%s is %+v, want %s", material, got, status)
			}
		}
		if again := change(t, mother, "StartApplication", from).Application; again.ID != started.ID || started.State != "DRAFT" || started.Number != "" {
			t.Errorf("the same key gave %s after %s (%s)", again.ID, started.ID, started.State)
		}
		upload(t, mother, started.ID, *started.required("marriage-certificate"), nil)
		if submitted := change(t, mother, "Submit", vars{"applicationId": started.ID}).Application; submitted.State != "SUBMITTED" || submitted.Number == accepted.Number {
			t.Errorf("handed in again it is %s, %s", submitted.State, submitted.Number)
		}
	})
}
