package app_test

import (
	"strings"
	"testing"
)

// intervention is one use of discretion, as far as the stories read it.
type intervention struct {
	ID, Kind, Authority, Reason string
	By                          struct{ DisplayName string }
	Refused, UnderReview        bool
	Refusal                     *string
	Evaluation                  *struct {
		Outcome string
		By      *struct{ DisplayName string }
	}
}

type intervened struct {
	Intervention *intervention
	Application  application
	Problems     []problem
}

// intervening makes the input of an intervention with everything that it always needs.
func intervening(a application, kind string, more vars) vars {
	fields := vars{"applicationId": a.ID, "kind": kind, "authority": "《行政许可法》第四十二条", "reason": "情况复杂，需要核实"}
	for key, value := range more {
		fields[key] = value
	}
	return fields
}

// intervene does one that must be done.
func intervene(t *testing.T, v *visitor, fields vars) intervened {
	t.Helper()
	got := ask[intervened](t, v, "Intervene", input(fields))
	if len(got.Problems) > 0 || got.Intervention == nil {
		t.Fatalf("the intervention has problems: %+v", got.Problems)
	}
	return got
}

const discretionQuery = `{ interventions(first: 50%s) { totalCount edges { node { id kind authority reason refused refusal underReview by { displayName } evaluation { outcome by { displayName } } } } } }`

func discretion(t *testing.T, v *visitor, refused string) []intervention {
	t.Helper()
	page := read[connection[intervention]](t, "interventions", v.query(t, strings.ReplaceAll(discretionQuery, "%s", refused)))
	if page.TotalCount != len(page.Edges) {
		t.Errorf("the ledger counts %d and shows %d", page.TotalCount, len(page.Edges))
	}
	return page.nodes()
}

// The one extension: by an approver, within the days, with authority and reason; dates move, the applicant is told why, a
// second is refused, and what was refused is kept.
func TestAnExtensionIsGivenOnce(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother, accepted := birthRegistration(t, c)
		approver := c.staff(t, "wang-police")
		before := progress(t, mother, accepted.Number)
		days := vars{"days": 5}

		problematic(t, approver, sendInput(t, "Intervene", intervening(accepted, "EXTEND", vars{"days": 11})), mend{"LIMIT", "最多可以延长10天", "At most 10 days can be given", "days"})
		problematic(t, approver, sendInput(t, "Intervene", intervening(accepted, "EXTEND", nil)), mend{"REQUIRED", "请填写延长的天数", "Please say by how many days", "days"})
		problematic(t, approver, sendInput(t, "Intervene", intervening(accepted, "EXTEND", vars{"days": 5, "authority": ""})),
			mend{"REQUIRED", "请引用作出干预的依据", "Please cite the authority for it", "authority"})
		refused(t, c.staff(t, "zhou-supervise"), "Intervene", input(intervening(accepted, "EXTEND", days)), notAllowed)
		refused(t, c.staff(t, "sun-civil"), "Intervene", input(intervening(accepted, "EXTEND", days)), notFound)
		c.unchanged(t, func() {
			refused(t, c.staff(t, "li-police"), "Intervene", input(intervening(accepted, "EXTEND", days)), notAllowed)
			refused(t, mother, "Intervene", input(intervening(accepted, "EXTEND", days)), notAllowed)
		})
		if now := progress(t, mother, accepted.Number); now.Revision != before.Revision {
			t.Errorf("what was refused changed revision %d to %d", before.Revision, now.Revision)
		}

		given := intervene(t, approver, intervening(accepted, "EXTEND", days))
		after := progress(t, mother, accepted.Number)
		if given.Intervention.By.DisplayName != "王刚" || !after.DueAt.Equal(endOf(t, "2026-03-10")) || !after.Deadline.LegalDueAt.After(before.Deadline.LegalDueAt) || after.Deadline.AllowedDays != 6 {
			t.Errorf("extended to %v (law %v), by %+v", after.DueAt, after.Deadline.LegalDueAt, given.Intervention)
		}
		if !after.Steps[0].DueAt.After(*before.Steps[0].DueAt) {
			t.Errorf("the step was due %v and is due %v", before.Steps[0].DueAt, after.Steps[0].DueAt)
		}
		if got := told(t, mother, "EXTENDED"); len(got) != 1 || !strings.Contains(got[0].Body, "情况复杂") || !strings.Contains(got[0].Body, "2026年3月10日") {
			t.Errorf("the inbox says %+v", got)
		}
		last := after.Timeline.nodes()[len(after.Timeline.nodes())-1]
		if last.Kind != "EXTENDED" || last.Detail == nil || !strings.Contains(*last.Detail, "第四十二条") || strings.Contains(*last.Detail, "王刚") {
			t.Errorf("the timeline tells %+v", last)
		}
		refused(t, approver, "Intervene", input(intervening(accepted, "EXTEND", days)), refusal{
			status: 200, code: "CONFLICT", current: "IN_REVIEW", chinese: "办理期限已经延长过一次，不能再次延长", english: "It has been extended once; it cannot be extended again",
		})

		if kept := discretion(t, c.staff(t, "zhou-supervise"), ", refused: true"); len(kept) != 10 { // each in two languages
			t.Errorf("%d refused attempts were kept: %+v", len(kept), kept)
		}
		if done := discretion(t, c.staff(t, "zhou-supervise"), ", refused: false"); len(done) != 1 || done[0].Refusal != nil {
			t.Errorf("done were %+v", done)
		}
		expectRefusal(t, "the ledger for an approver", approver.query(t, strings.ReplaceAll(discretionQuery, "%s", "")), notAllowed, notAllowed.chinese)
	})
}

// Put first, taken from a clerk, and evaluated by somebody else; residents see no name.
func TestASupervisorExpeditesAndReassigns(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		c := openWith(t, on, map[string]string{"ONEWINDOW_CASE_INTERVENTION_SAMPLE_PERCENT": "100", "ONEWINDOW_CASE_INTERVENTION_REASSIGN_MONTHLY": "2"})
		mother, accepted := birthRegistration(t, c)
		supervisor, clerk := c.staff(t, "zhou-supervise"), c.staff(t, "li-police")
		change(t, clerk, "ClaimTask", vars{"taskId": openTask(t, clerk, accepted.ID, accepted.ID+".check").ID})

		made := intervene(t, supervisor, intervening(accepted, "EXPEDITE", nil)).Intervention
		if got := ask[connection[taskInLine]](t, clerk, "Worklist", vars{"mine": true}).nodes(); len(got) != 1 || got[0].Priority < 1000 || got[0].State != "CLAIMED" {
			t.Errorf("the clerk has %+v", got)
		}
		refused(t, supervisor, "Intervene", input(intervening(accepted, "EXPEDITE", nil)), refusal{
			status: 200, code: "CONFLICT", current: "IN_REVIEW", chinese: "该申请已经加急", english: "The application has been expedited already",
		})
		intervene(t, supervisor, intervening(accepted, "REASSIGN", nil))
		if back := openTask(t, clerk, accepted.ID, accepted.ID+".check"); back.State != "OPEN" {
			t.Errorf("it is %s", back.State)
		}
		const given = `mutation($input: InterveneInput!) { intervene(input: $input) { intervention { id kind } application { id } problems { code message field } } }`
		to := func(username string) intervened {
			return read[intervened](t, "Intervene", supervisor.sendText(t, given, input(intervening(accepted, "REASSIGN", vars{"toUsername": username}))))
		}
		if no := to("sun-civil"); len(no.Problems) != 1 || no.Problems[0].Code != "NOT_SUITABLE" {
			t.Errorf("somebody of another department: %+v", no)
		}
		if yes := to("li-police"); len(yes.Problems) > 0 {
			t.Errorf("given to a colleague: %+v", yes.Problems)
		}
		if got := ask[connection[task]](t, clerk, "Worklist", vars{"mine": true, "state": "CLAIMED"}).nodes(); len(got) != 1 {
			t.Errorf("the colleague has %+v", got)
		}
		if third := to("li-police"); len(third.Problems) != 1 || third.Problems[0].Code != "LIMIT" {
			t.Errorf("the third this month: %+v", third)
		}

		theSampleIsReviewed(t, c, accepted, made.ID)
		const asResident = `{ application(id: "%s") { interventions { kind reason by { username displayName } } } }`
		shown := mother.query(t, strings.ReplaceAll(asResident, "%s", accepted.ID)).Raw
		if strings.Contains(shown, "周正") || strings.Contains(shown, "zhou-supervise") || !strings.Contains(shown, "EXPEDITE") || !strings.Contains(shown, "政务服务") {
			t.Errorf("the mother sees %s", shown)
		}
	})
}

type taskInLine struct {
	State    string
	Priority int
}

// theSampleIsReviewed: every intervention is drawn here; nobody evaluates their own, and each is evaluated once.
func theSampleIsReviewed(t *testing.T, c *city, accepted application, id string) {
	t.Helper()
	supervisor, auditor := c.staff(t, "zhou-supervise"), c.staff(t, "audit-zheng")
	reviews := 0
	for _, found := range ask[connection[task]](t, supervisor, "Worklist", vars{"first": 100}).nodes() {
		if found.Kind == "REVIEW" && found.Application.ID == accepted.ID {
			reviews++
		}
	}
	if reviews != 3 {
		t.Errorf("%d interventions are to be reviewed", reviews)
	}
	evaluation := vars{"interventionId": id, "outcome": "JUSTIFIED", "note": "依据充分"}
	c.unchanged(t, func() {
		refused(t, supervisor, "EvaluateIntervention", input(evaluation), refusal{
			status: 200, code: "FORBIDDEN", chinese: "不能评价自己作出的干预", english: "Nobody evaluates their own intervention",
		})
		refused(t, c.staff(t, "wang-police"), "EvaluateIntervention", input(evaluation), notAllowed)
		refused(t, auditor, "EvaluateIntervention", input(vars{"interventionId": accepted.ID, "outcome": "JUSTIFIED"}), notFound)
		refused(t, auditor, "EvaluateIntervention", input(vars{"interventionId": "x", "outcome": "JUSTIFIED"}), notFound)
		problematic(t, auditor, sendInput(t, "EvaluateIntervention", vars{"interventionId": id, "outcome": ""}), mend{"REQUIRED", "请填写评价结论", "Please give the outcome", "outcome"})
	})
	done := ask[intervened](t, auditor, "EvaluateIntervention", input(evaluation))
	if done.Intervention == nil || done.Intervention.Evaluation.Outcome != "JUSTIFIED" || done.Intervention.Evaluation.By.DisplayName != "郑清" {
		t.Errorf("evaluated: %+v", done.Intervention)
	}
	refused(t, auditor, "EvaluateIntervention", input(evaluation), refusal{
		status: 200, code: "CONFLICT", current: "JUSTIFIED", chinese: "这次干预已经评价过", english: "It has been evaluated already",
	})
}

// A material is waived: the application goes on where nothing else was asked for, and the checklist says why.
func TestAMaterialIsWaived(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother, accepted := birthRegistration(t, c)
		approver := c.staff(t, "wang-police")
		problematic(t, approver, sendInput(t, "Intervene", intervening(accepted, "WAIVE_MATERIAL", nil)),
			mend{"NOTHING_TO_WAIVE", "没有尚未交齐、可以免交的材料", "No material is open that could be waived", "requirementId"})
		asked := askForMore(t, c, accepted)
		got := intervene(t, approver, intervening(accepted, "WAIVE_MATERIAL", nil)).Application
		if got.State != "IN_REVIEW" || got.Supplement != nil || len(got.Missing) != 0 {
			t.Fatalf("after it was waived: %s, missing %+v", got.State, got.Missing)
		}
		row := ask[application](t, approver, "StaffCase", vars{"id": accepted.ID}).required("marriage-certificate")
		if row.ID != asked.ID || row.Status != "NOT_NEEDED" || row.Required || row.Reason == nil || !strings.Contains(*row.Reason, "免交") {
			t.Errorf("the checklist says %+v", row)
		}
		c.advanceTo(t, "2026-03-18T09:00") // nothing reminds, nothing lapses
		if later := progress(t, mother, accepted.Number); later.State != "IN_REVIEW" || len(told(t, mother, "MISSING_MATERIAL")) != 0 {
			t.Errorf("later it is %s", later.State)
		}
		change(t, mother, "Withdraw", vars{"applicationId": accepted.ID})
		refused(t, approver, "Intervene", input(intervening(accepted, "WAIVE_MATERIAL", nil)), conflict("WITHDRAWN", "已撤回", "withdrawn"))
		refused(t, approver, "Intervene", input(intervening(accepted, "EXPEDITE", nil)), conflict("WITHDRAWN", "已撤回", "withdrawn"))
	})
}
