package app_test

import (
	"bytes"
	"slices"
	"testing"

	"onewindow/models"
)

// seesLittle gives the medical step one answer and one paper of the item.
var seesLittle = [3]string{
	"items/flexible-employment-insurance.yaml",
	"    when: 'form.medical'\n",
	"    when: 'form.medical'\n    sees: {form: [medical], materials: [business-licence]}\n",
}

// What a step's definition does not name is in no byte that its department is sent; without a definition it is sent everything.
func TestADepartmentIsSentOnlyWhatItsStepSees(t *testing.T) {
	for name, edits := range map[string][][3]string{"sees little": {seesLittle}, "says nothing": nil} {
		t.Run(name, func(t *testing.T) {
			grounds(t, func(t *testing.T, on ground) { sentToTheOffice(t, on, edits) })
		})
	}
}

func sentToTheOffice(t *testing.T, on ground, edits [][3]string) {
	t.Helper()
	o := newOffice(t)
	o.holds = map[string]string{"id-card": "SFZ-771177", "business-licence": "YYZZ-882288"}
	c := openWith(t, on, map[string]string{
		"ONEWINDOW_CATALOGUE":   folderOf(t, edits...),
		"ONEWINDOW_CONNECTIONS": o.connections(t, map[string]bool{"public-security": false, "market-regulation": false, "medical-insurance": true}),
	})
	handInAsSoleTrader(t, c)
	handed := o.wait(t, "/v1/cases")
	everything := len(edits) == 0
	o.mutex.Lock()
	all := slices.Clone(o.raw)
	o.mutex.Unlock()
	count := func(words string) (times int) {
		for _, body := range all {
			times += bytes.Count(body, []byte(words))
		}
		return times
	}
	for _, hidden := range []string{
		"sole-trader", "6222021234567890123", "13800000019", "SFZ-771177",
		`"work_kind"`, `"insured_by_employer"`, `"has_permit"`, `"pension"`, `"bank_account"`, `"phone"`,
	} {
		if was := count(hidden) > 0; was != everything {
			t.Errorf("%s was sent: %v", hidden, was)
		}
	}
	if count("YYZZ-882288") == 0 || handed["form"].(map[string]any)["medical"] != "true" {
		t.Errorf("what the step sees was not sent: %v", handed)
	}
	papers, answers := len(handed["materials"].([]any)), len(handed["form"].(map[string]any))
	if !everything && (papers != 1 || answers != 1) {
		t.Errorf("%d papers and %d answers were sent", papers, answers)
	}
}

// handInAsSoleTrader hands an application in and decides its first step, so that the medical step's turn comes.
func handInAsSoleTrader(t *testing.T, c *city) {
	t.Helper()
	applicant := knownToTheOffice(t, c)
	a := change(t, applicant, "StartApplication", vars{"itemCode": "flexible-employment-insurance", "channel": "APP"}).Application
	change(t, applicant, "SaveAnswers", vars{"applicationId": a.ID, "answers": []vars{
		{"key": "work_kind", "value": "sole-trader"}, {"key": "insured_by_employer", "value": "false"}, {"key": "has_permit", "value": "false"},
		{"key": "pension", "value": "false"}, {"key": "medical", "value": "true"}, {"key": "bank_account", "value": "6222021234567890123"},
	}})
	for _, missing := range change(t, applicant, "FetchMaterials", vars{"applicationId": a.ID}).Application.Missing {
		t.Errorf("%s was not fetched", missing.Material.Code)
	}
	change(t, applicant, "Submit", vars{"applicationId": a.ID})
	enrolling := c.worker(t, "human-resources", models.Reviewer)
	enrol := openTask(t, enrolling, a.ID, a.ID+".enrol")
	change(t, enrolling, "Decide", vars{"taskId": enrol.ID, "decision": "APPROVE"})
}
