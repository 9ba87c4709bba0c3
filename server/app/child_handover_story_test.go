package app_test

import "testing"

// An application about a child, who has no links of its own, is handed to the department under the subject by which it knows the child.
func TestAChildsCaseIsHandedOver(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		o := newOffice(t)
		o.knows = theFamily
		o.holds = map[string]string{"social-security-card": "SB-7"}
		c := o.open(t, on, map[string]bool{"public-security": false, "human-resources": false, "medical-insurance": true})
		father := knownToTheOffice(t, c)
		daughter, _ := children(t, father)
		a := remoteMedicalFor(t, c, father, daughter)
		handed := o.handedOver(t, a.Number, "file")
		if subject := handed["applicant"].(map[string]any)["subject"]; subject != "s-7" {
			t.Errorf("handed over as %v, want the child's subject", subject)
		}
		if status, answer := o.event(t, c, "onewindow.case.decided", a.Number+"/file", "e1", map[string]any{"decision": "approve", "opinion": "同意"}, nil); status != 202 {
			t.Errorf("decided: %d %s", status, answer)
		}
	})
}
