package app_test

import (
	"fmt"
	"strings"
	"testing"

	"onewindow/models"
)

// A department that asks for a paper and decides before it has come is not forgotten: what it said waits with the step, and is
// applied when the step goes on.
func TestWhatWasSaidWhileAStepStoodStillIsAppliedWhenItGoesOn(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		c, o := withOffice(t, on)
		applicant := knownToTheOffice(t, c)
		a := remoteMedical(t, c, applicant)
		wanted := ask[application](t, applicant, "PreCheck", vars{"id": a.ID}).Checklist[0]
		expect := func(kind, id string, data any, words string) {
			t.Helper()
			if status, answer := o.event(t, c, kind, a.Number+"/file", id, data, nil); status != 202 || !strings.Contains(answer, words) {
				t.Fatalf("%s: %d %s, want %s", id, status, answer, words)
			}
		}
		expect("onewindow.case.supplement-required", "s1",
			map[string]any{"materials": []any{map[string]any{"code": wanted.Material.Code, "reason": "看不清"}}, "note": ""}, `"applied"`)
		expect("onewindow.case.decided", "s2", map[string]any{"decision": "approve", "opinion": "同意备案"}, `"parked"`)
		upload(t, applicant, a.ID, wanted, nil)
		change(t, applicant, "Supplement", vars{"applicationId": a.ID})
		untilStep(t, applicant, a.Number, a.ID+".file", "DONE")
	})
}

// After a supplement the department's system gets its step again, with the paper that has come and links that work.
func TestAfterASupplementTheDepartmentIsGivenTheStepAgain(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		c, o := withOffice(t, on)
		applicant := knownToTheOffice(t, c)
		a := remoteMedical(t, c, applicant)
		before := paperOf(t, o.wait(t, "/v1/cases"), 0)
		wanted := ask[application](t, applicant, "PreCheck", vars{"id": a.ID}).required(before["code"].(string))
		status, answer := o.event(t, c, "onewindow.case.supplement-required", a.Number+"/file", "s1",
			map[string]any{"materials": []any{map[string]any{"code": before["code"], "reason": "看不清"}}, "note": ""}, nil)
		if status != 202 {
			t.Fatalf("%d %s", status, answer)
		}
		paper := read[payload](t, "AttachMaterial", applicant.attach(t, vars{"applicationId": a.ID, "requirementId": wanted.ID}, "new.pdf", samplePDF("clearer")))
		if len(paper.Problems) > 0 {
			t.Fatalf("%+v", paper.Problems)
		}
		change(t, applicant, "Supplement", vars{"applicationId": a.ID})
		again := paperOf(t, o.waitFor(t, "/v1/cases", 2), 0)
		if again["sha256"] == before["sha256"] || again["url"] == before["url"] {
			t.Errorf("handed over again: %v", again)
		}
	})
}

// A paper that was to follow reaches the department's system when it comes: the last approval waits for it.
func TestAPaperThatWasToFollowIsHandedOverWhenItComes(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		c, o := withOffice(t, on)
		applicant := knownToTheOffice(t, c)
		a := change(t, applicant, "StartApplication", vars{"itemCode": "remote-medical-filing", "channel": "APP"}).Application
		a = change(t, applicant, "SaveAnswers", vars{"applicationId": a.ID, "answers": []vars{
			{"key": "kind", "value": "posted"}, {"key": "insured_here", "value": "true"}, {"key": "treat_region", "value": "310101"},
			{"key": "start_date", "value": "2026-03-10"}, {"key": "by_commitment", "value": "false"},
		}}).Application
		for _, missing := range change(t, applicant, "FetchMaterials", vars{"applicationId": a.ID}).Application.Missing {
			if missing.Material.Code != "labour-contract" {
				upload(t, applicant, a.ID, missing, nil)
			}
		}
		a = change(t, applicant, "Submit", vars{"applicationId": a.ID}).Application
		contract := ask[application](t, applicant, "PreCheck", vars{"id": a.ID}).required("labour-contract")
		change(t, c.staff(t, "zhang-desk"), "Accept", vars{"applicationId": a.ID, "deferred": []string{contract.ID}})
		papers, _ := o.wait(t, "/v1/cases")["materials"].([]any)
		upload(t, applicant, a.ID, *contract, nil)
		again, _ := o.waitFor(t, "/v1/cases", 2)["materials"].([]any)
		if len(again) != len(papers)+1 || !strings.Contains(fmt.Sprint(again), "labour-contract") || strings.Contains(fmt.Sprint(papers), "labour-contract") {
			t.Errorf("handed over %v, then %v", papers, again)
		}
	})
}

// paperOf is one of the papers of a case as a department was given it.
func paperOf(t *testing.T, handed map[string]any, place int) map[string]any {
	t.Helper()
	papers, _ := handed["materials"].([]any)
	if len(papers) <= place {
		t.Fatalf("handed over: %v", handed)
	}
	paper, _ := papers[place].(map[string]any)
	return paper
}

// However much a department says before its turn, all of it is applied when the turn comes.
func TestAllThatWasSaidBeforeTheTurnIsApplied(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		c, o := withOffice(t, on)
		applicant, a := flexibleEmployment(t, c)
		park := func(kind, id string, data any) {
			t.Helper()
			if status, answer := o.event(t, c, kind, a.Number+"/medical", id, data, nil); status != 202 || !strings.Contains(answer, `"parked"`) {
				t.Fatalf("%s: %d %s", id, status, answer)
			}
		}
		for n := range mostParkedAtOnce + 1 {
			park("onewindow.case.progress", fmt.Sprintf("p%d", n), map[string]any{"title": "经办中", "detail": "", "public": false})
		}
		park("onewindow.case.decided", "last", map[string]any{"decision": "approve", "opinion": "同意参保"})
		enrol := openTask(t, c.worker(t, "human-resources", models.Reviewer), a.ID, a.ID+".enrol")
		change(t, c.worker(t, "human-resources", models.Reviewer), "Decide", vars{"taskId": enrol.ID, "decision": "APPROVE"})
		untilStep(t, applicant, a.Number, a.ID+".medical", "DONE")
	})
}

// mostParkedAtOnce is how many parked events are read at a time.
const mostParkedAtOnce = 100
