package app_test

import "testing"

// Who does not answer a supplement notice is reminded ten, three and one day before its end, once each, and then the
// application ends. Everything stays readable, and it can be begun anew.
func TestASupplementThatNeverComes(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother, accepted := birthRegistration(t, c)
		asked := askForMore(t, c, accepted)
		c.advanceTo(t, "2026-03-07T09:00")
		c.advanceTo(t, "2026-03-14T09:00")
		c.advanceTo(t, "2026-03-16T09:00")
		c.advanceTo(t, "2026-03-17T20:00")
		expectReminders(t, c, mother, mother.phone, "2026-03-07", "2026-03-14", "2026-03-16")
		if waiting := progress(t, mother, accepted.Number); waiting.State != "SUPPLEMENT_REQUIRED" {
			t.Fatalf("on the last day it is %s", waiting.State)
		}
		c.advanceTo(t, "2026-03-18T00:00")
		ended := progress(t, mother, accepted.Number)
		if ended.State != "LAPSED" || ended.FinishedAt == nil || ended.NextAction.Who != "NOBODY" {
			t.Fatalf("after the last day it is %s, next %+v", ended.State, ended.NextAction)
		}
		if got := told(t, mother, "LAPSED"); len(got) != 1 {
			t.Errorf("the inbox says %+v", got)
		}
		c.unchanged(t, func() {
			refused(t, mother, "Supplement", input(vars{"applicationId": accepted.ID}), conflict("LAPSED", "逾期未补正，已终止", "ended: documents did not come in time"))
			late := vars{"applicationId": accepted.ID, "requirementId": asked.ID, "fileId": "0197a000-0000-7000-8000-000000000000"}
			refused(t, mother, "AttachMaterial", input(late), conflict("LAPSED", "逾期未补正，已终止", "ended: documents did not come in time"))
		})
		draftBirthRegistration(t, c)
	})
}
