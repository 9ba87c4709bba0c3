package app_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// query sends a question that is none of the clients' operations, as a supervisor's own tools do.
func (v *visitor) query(t *testing.T, text string) answer {
	t.Helper()
	return v.sendText(t, text, nil)
}

// sendText sends a document with its variables.
func (v *visitor) sendText(t *testing.T, text string, variables vars) answer {
	t.Helper()
	body, err := json.Marshal(vars{"query": text, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	got, err := v.post("/graphql", "application/json", strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// transferLine is one line of the bounce ledger.
type transferLine struct {
	Kind, Number, StepName, Reason string
	From, To                       named
	By                             *struct{ DisplayName string }
}

const ledgerQuery = `{ transfers(first: 50) { totalCount edges { node { kind number stepName reason from { code } to { code } by { displayName } } } } }`

func transferOf(task, to string) vars {
	return vars{"taskId": task, "toDepartment": to, "reason": "不属于本部门职责"}
}

// Work that two departments push to and fro: number and clock stay, the resident sees with whom it is, after the second
// refusal an arbiter decides, and the word of the arbiter stands.
func TestWorkThatNobodyWants(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother, accepted := birthRegistration(t, c)
		police, health, arbiter := c.staff(t, "li-police"), c.staff(t, "chen-health"), c.staff(t, "zhou-supervise")
		check := accepted.ID + ".check"
		task := openTask(t, police, accepted.ID, check)
		before := progress(t, mother, accepted.Number)

		refusedTransfers(t, c, task.ID)
		moved := change(t, police, "Transfer", transferOf(task.ID, "health"))
		if moved.Task.State != "OPEN" || moved.Task.Step.Department.Code != "health" {
			t.Fatalf("after the transfer: %+v", moved.Task)
		}
		now := progress(t, mother, accepted.Number)
		if now.Number != before.Number || !now.DueAt.Equal(*before.DueAt) || now.Steps[0].Department.Code != "health" || !strings.Contains(now.NextAction.Title, "卫生健康") {
			t.Errorf("the mother sees %s, due %v, with %+v", now.Number, now.DueAt, now.NextAction)
		}
		c.unchanged(t, func() { // it is not the police's any more
			refused(t, police, "Decide", input(vars{"taskId": task.ID, "decision": "APPROVE"}), notFound)
			refused(t, police, "Transfer", input(transferOf(task.ID, "civil-affairs")), notFound)
		})

		change(t, health, "Transfer", transferOf(openTask(t, health, accepted.ID, check).ID, "public-security")) // the first refusal
		change(t, police, "Transfer", transferOf(task.ID, "health"))                                             // the second
		decided := progress(t, mother, accepted.Number)
		if decided.NextAction.Title != "正在裁定由哪个部门办理“材料审核”" {
			t.Errorf("while the arbiter thinks: %+v", decided.NextAction)
		}
		c.unchanged(t, func() {
			for _, department := range []*visitor{police, health} {
				refused(t, department, "Transfer", input(transferOf(task.ID, "civil-affairs")), notFound)
				refused(t, department, "ClaimTask", input(vars{"taskId": task.ID}), notFound)
			}
			refused(t, health, "StaffCase", vars{"id": accepted.ID}, notFound) // given away is out of sight
		})

		if got := openTask(t, arbiter, accepted.ID, check); got.ID != task.ID {
			t.Errorf("the arbiter finds the task %s", got.ID)
		}
		change(t, arbiter, "Transfer", transferOf(task.ID, "health"))
		c.unchanged(t, func() {
			refused(t, health, "Transfer", input(transferOf(task.ID, "public-security")), refusal{
				status: 200, code: "CONFLICT", current: "IN_REVIEW", chinese: "已经由政务服务中心裁定由本部门办理，不能再次转出",
				english: "An arbiter has assigned it to your department; it cannot be handed on",
			})
		})
		done := change(t, health, "Decide", vars{"taskId": task.ID, "decision": "APPROVE", "opinion": "材料齐全"})
		if done.Task.State != "DONE" || done.Application.Number != before.Number {
			t.Errorf("in the end: %+v", done.Task)
		}
		theLedger(t, c, accepted.Number)
	})
}

// refusedTransfers are those that the answer to is no.
func refusedTransfers(t *testing.T, c *city, task string) {
	t.Helper()
	police := c.staff(t, "li-police")
	c.unchanged(t, func() {
		refused(t, c.staff(t, "sun-civil"), "Transfer", input(transferOf(task, "health")), notFound)
		refused(t, c.staff(t, "zhang-desk"), "Transfer", input(transferOf(task, "health")), notFound)
		refused(t, c.staff(t, "audit-zheng"), "Transfer", input(transferOf(task, "health")), notAllowed)
		refused(t, c.resident(t, "r06"), "Transfer", input(transferOf(task, "health")), notAllowed)
		problematic(t, police, sendInput(t, "Transfer", transferOf(task, "moon")), mend{"UNKNOWN_DEPARTMENT", "没有这个部门", "There is no such department", "toDepartment"})
		problematic(t, police, sendInput(t, "Transfer", transferOf(task, "public-security")),
			mend{"SAME_DEPARTMENT", "任务已在该部门", "The work is with that department already", "toDepartment"})
		problematic(t, police, sendInput(t, "Transfer", vars{"taskId": task, "toDepartment": "health", "reason": ""}),
			mend{"REQUIRED", "请说明转办理由", "Please say why it goes there", "reason"})
	})
}

// theLedger lists every transfer to the arbiter, and to a department its own; the month's pairs count them.
func theLedger(t *testing.T, c *city, number string) {
	t.Helper()
	arbiter := c.staff(t, "zhou-supervise")
	lines := read[connection[transferLine]](t, "transfers", arbiter.query(t, ledgerQuery))
	var kinds []string
	for _, line := range lines.nodes() {
		kinds = append(kinds, line.Kind+" "+line.From.Code+">"+line.To.Code)
		if line.Number != number || line.StepName != "材料审核" || line.By == nil {
			t.Errorf("a line says %+v", line)
		}
	}
	want := "ASSIGNMENT public-security>health, ARBITRATION public-security>health, REFUSAL health>public-security, TRANSFER public-security>health"
	if got := strings.Join(kinds, ", "); got != want || lines.TotalCount != 4 {
		t.Errorf("the ledger has %d: %s", lines.TotalCount, got)
	}
	if own := read[connection[transferLine]](t, "transfers", c.staff(t, "chen-health").query(t, ledgerQuery)); own.TotalCount != 4 {
		t.Errorf("health sees %d lines", own.TotalCount)
	}
	if others := read[connection[transferLine]](t, "transfers", c.staff(t, "sun-civil").query(t, ledgerQuery)); others.TotalCount != 0 || len(others.Edges) != 0 {
		t.Errorf("civil affairs sees %+v", others)
	}
	const pairs = `{ transferPairs(month: "2026-03") { from { code } to { code } transfers refusals arbitrations assigned } }`
	type pair struct {
		From, To                                    named
		Transfers, Refusals, Arbitrations, Assigned int
	}
	found := read[[]pair](t, "transferPairs", arbiter.query(t, pairs))
	if len(found) != 2 || found[0].Transfers+found[1].Transfers != 4 || found[0].Refusals+found[1].Refusals != 2 || found[0].Arbitrations+found[1].Arbitrations != 1 {
		t.Errorf("the pairs of March are %+v", found)
	}
	expectRefusal(t, "pairs for a reviewer", c.staff(t, "li-police").query(t, pairs), notAllowed, notAllowed.chinese)
	for _, month := range []string{"2026-13", "March", ""} {
		got := arbiter.query(t, strings.ReplaceAll(pairs, "2026-03", month))
		if code, _ := refusalOf(got); code != "BAD_USER_INPUT" {
			t.Errorf("the month %q is answered %s", month, got.Raw)
		}
	}
}

// A department that takes what it was handed may hand it on later without refusing it; acceptance goes the same way.
func TestWorkThatIsTakenAndHandedOn(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother, accepted := birthRegistration(t, c)
		police, health := c.staff(t, "li-police"), c.staff(t, "chen-health")
		task := openTask(t, police, accepted.ID, accepted.ID+".check")
		change(t, police, "Transfer", transferOf(task.ID, "health"))
		change(t, health, "ClaimTask", vars{"taskId": task.ID})
		change(t, health, "Transfer", transferOf(task.ID, "civil-affairs"))
		change(t, c.staff(t, "sun-civil"), "Transfer", transferOf(task.ID, "public-security"))
		change(t, police, "Decide", vars{"taskId": task.ID, "decision": "APPROVE"})
		var told []string
		for _, line := range progress(t, mother, accepted.Number).Timeline.nodes() {
			if strings.HasPrefix(line.Kind, "TRANSFER") {
				told = append(told, line.Kind)
			}
		}
		if got := strings.Join(told, " "); got != "TRANSFERRED TRANSFER_TAKEN TRANSFERRED TRANSFERRED TRANSFER_TAKEN" {
			t.Errorf("the timeline tells %s", got)
		}

		submitted := submitBirthRegistration(t, c)
		desk := c.staff(t, "zhang-desk")
		acceptance := acceptanceTask(t, desk, submitted.ID)
		change(t, desk, "Transfer", transferOf(acceptance, "education"))
		if next := progress(t, mother, submitted.Number).NextAction; next.Department.Code != "education" {
			t.Errorf("it waits for %+v", next.Department)
		}
		if got := change(t, c.staff(t, "education-clerk"), "Accept", vars{"applicationId": submitted.ID}).Application; got.State != "IN_REVIEW" {
			t.Errorf("after acceptance: %s", got.State)
		}
	})
}

// acceptanceTask finds the task of accepting an application.
func acceptanceTask(t *testing.T, v *visitor, applicationID string) string {
	t.Helper()
	for _, found := range ask[connection[task]](t, v, "Worklist", vars{"state": "OPEN", "first": 100}).nodes() {
		if found.Application.ID == applicationID && found.Kind == "ACCEPTANCE" {
			return found.ID
		}
	}
	t.Fatalf("the acceptance of %s is not in the worklist", applicationID)
	return ""
}

// A department's own system is handed what was transferred to it, and is told when it is not its any more.
func TestASystemIsHandedWhatWasTransferred(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		c, o := withOffice(t, on)
		_, a := flexibleEmployment(t, c)
		task := openTask(t, c.staff(t, "zhao-social"), a.ID, a.ID+".enrol")
		change(t, c.staff(t, "zhao-social"), "Transfer", transferOf(task.ID, "medical-insurance"))
		if handed := o.wait(t, "/v1/cases"); handed["number"] != a.Number || handed["step"] != "enrol" {
			t.Errorf("handed over: %v", handed)
		}
		if status, said := o.event(t, c, "onewindow.case.received", a.Number+"/enrol", "t1", map[string]any{}, nil); status != 202 {
			t.Errorf("the new system is answered %d %s", status, said)
		}
		change(t, c.staff(t, "liu-insurance"), "Transfer", transferOf(task.ID, "human-resources"))
		o.wait(t, "/v1/cases/"+a.Number+"/steps/enrol/withdraw")
		if status, said := o.event(t, c, "onewindow.case.decided", a.Number+"/enrol", "t2", map[string]any{"decision": "approve", "opinion": "同意"}, nil); status != 404 {
			t.Errorf("who has given it away is answered %d %s", status, said)
		}
		change(t, c.staff(t, "zhao-social"), "Decide", vars{"taskId": task.ID, "decision": "APPROVE"})
	})
}
