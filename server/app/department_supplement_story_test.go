package app_test

import (
	"strings"
	"testing"

	"onewindow/models"
	"onewindow/models/store"
)

// askingFor asks for materials.
func askingFor(codes ...string) map[string]any {
	materials := []any{}
	for _, code := range codes {
		materials = append(materials, map[string]any{"code": code, "reason": "看不清"})
	}
	return map[string]any{"materials": materials, "note": "请补正"}
}

// A department asks for papers of the application, and once: what names none or unknown ones is mended by it, and a second time is
// against what is final, also while the first is being answered.
func TestADepartmentAsksOnceForPapersThatThereAre(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		o := newOffice(t)
		o.holds = map[string]string{"social-security-card": "SB-1"}
		c := o.open(t, on, map[string]bool{"public-security": false, "human-resources": false, "medical-insurance": true})
		a := remoteMedical(t, c, knownToTheOffice(t, c))
		const asked = "onewindow.case.supplement-required"
		for i, test := range []struct {
			codes  []string
			status int
			words  string
		}{
			{nil, 400, `"data.materials"`},
			{[]string{"no-such-paper"}, 400, `"data.materials"`},
			{[]string{"social-security-card", "no-such-paper"}, 400, `"data.materials"`},
			{[]string{"social-security-card"}, 202, `"applied"`},
			{[]string{"social-security-card"}, 409, `"conflict"`},
		} {
			if status, answer := o.event(t, c, asked, a.Number+"/file", "s"+string(rune('1'+i)), askingFor(test.codes...), nil); status != test.status || !strings.Contains(answer, test.words) {
				t.Errorf("%v: %d %s, want %d with %s", test.codes, status, answer, test.status, test.words)
			}
		}
	})
}

// What was parked and has nobody's step any more when the turn comes does not hold back what was said after it.
func TestWhatDoesNotFitAnyMoreHoldsNothingBack(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		c, o := withOffice(t, on)
		applicant, a := flexibleEmployment(t, c)
		subject := a.Number + "/medical"
		for _, test := range []struct {
			id, kind string
			data     map[string]any
		}{
			{"e1", "onewindow.case.received", map[string]any{}},
			{"e2", "onewindow.case.decided", map[string]any{"decision": "approve", "opinion": "同意参保"}},
		} {
			if status, answer := o.event(t, c, test.kind, subject, test.id, test.data, nil); status != 202 || !strings.Contains(answer, "parked") {
				t.Fatalf("%s: %d %s", test.id, status, answer)
			}
		}
		err := c.store.InTx(t.Context(), func(tx *store.Tx) error {
			return tx.DB.Exec("UPDATE connector_events SET department = 'health' WHERE event_id = 'e1'").Error
		})
		if err != nil {
			t.Fatal(err)
		}
		enrol := openTask(t, c.worker(t, "human-resources", models.Reviewer), a.ID, a.ID+".enrol")
		change(t, c.worker(t, "human-resources", models.Reviewer), "Decide", vars{"taskId": enrol.ID, "decision": "APPROVE"})
		untilStep(t, applicant, a.Number, a.ID+".medical", "DONE")
		var status string
		if err := c.store.Reader(t.Context()).Raw("SELECT status FROM connector_events WHERE event_id = 'e1'").Scan(&status).Error; err != nil || status != "conflict" {
			t.Errorf("what did not fit is %q, %v", status, err)
		}
	})
}
