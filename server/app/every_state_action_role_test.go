package app_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

// attempt is one thing that somebody tries on an application.
type attempt struct {
	name, operation string
	fields          func(k copied, accepted bool) vars
}

func onApplication(more vars) func(copied, bool) vars {
	return func(k copied, _ bool) vars {
		fields := vars{"applicationId": k.ID}
		maps.Copy(fields, more)
		return fields
	}
}

func onTask(more vars) func(copied, bool) vars {
	return func(k copied, accepted bool) vars {
		fields := vars{"taskId": k.task(accepted)}
		maps.Copy(fields, more)
		return fields
	}
}

func onRequirement(more vars) func(copied, bool) vars {
	return func(k copied, _ bool) vars {
		fields := vars{"applicationId": k.ID, "requirementId": k.ID + ".marriage-certificate"}
		maps.Copy(fields, more)
		return fields
	}
}

func intervenes(kind string, more vars) func(copied, bool) vars {
	return func(k copied, _ bool) vars { return intervening(k.application, kind, more) }
}

var nobodys = uuid.Nil.String()

// attempts are every mutation of residents and staff that acts on an application.
var attempts = []attempt{
	{"SaveAnswers", "SaveAnswers", onApplication(vars{"answers": []vars{{"key": "child_name", "value": "陈小年"}}})},
	{"AttachMaterial", "AttachMaterial", onRequirement(vars{"fileId": nobodys})},
	{"ReuseMaterial", "ReuseMaterial", onRequirement(vars{"documentId": nobodys})},
	{"FetchMaterials", "FetchMaterials", onApplication(nil)},
	{"Commit", "Commit", func(k copied, _ bool) vars {
		return vars{"applicationId": k.ID, "requirementIds": []string{k.ID + ".marriage-certificate"}, "textVersion": "1"}
	}},
	{"Submit", "Submit", onApplication(nil)},
	{"Supplement", "Supplement", onApplication(nil)},
	{"Withdraw", "Withdraw", onApplication(nil)},
	{"CancelHelped", "CancelHelped", onApplication(nil)},
	{"Rate", "Rate", onApplication(vars{"stars": 4})},
	{"ClaimTask", "ClaimTask", onTask(nil)},
	{"ReleaseTask", "ReleaseTask", onTask(nil)},
	{"Accept", "Accept", onApplication(nil)},
	{"RefuseNotCompetent", "RefuseNotCompetent", onApplication(vars{"rightDepartment": "civil-affairs", "reason": "不属于本部门职责"})},
	{"RequestSupplement", "RequestSupplement", func(k copied, _ bool) vars {
		return vars{"applicationId": k.ID, "items": []vars{{"requirementId": k.ID + ".household-register", "reason": "不清晰"}}}
	}},
	{"Decide APPROVE", "Decide", onTask(vars{"decision": "APPROVE", "opinion": "同意"})},
	{"Decide REJECT", "Decide", onTask(vars{"decision": "REJECT", "opinion": "不符合条件"})},
	{"CheckCommitment", "CheckCommitment", onRequirement(vars{"outcome": "KEPT", "note": "属实"})},
	{"VerifyDocument", "VerifyDocument", onRequirement(nil)},
	{"SuspendStep", "SuspendStep", onTask(vars{"reason": "听证", "noticeNumber": "1", "until": "2026-03-25"})},
	{"ResumeStep", "ResumeStep", onTask(nil)},
	{"Transfer", "Transfer", onTask(vars{"toDepartment": "health", "reason": "不属于本部门职责"})},
	{"Intervene EXPEDITE", "Intervene", intervenes("EXPEDITE", nil)},
	{"Intervene REASSIGN", "Intervene", intervenes("REASSIGN", nil)},
	{"Intervene EXTEND", "Intervene", intervenes("EXTEND", vars{"days": 3})},
	{"Intervene WAIVE_MATERIAL", "Intervene", intervenes("WAIVE_MATERIAL", nil)},
}

// callers are every role, and strangers; in the order of the golden page.
var callers = []struct{ name, who string }{
	{"guest", ""}, {"applicant", "r06"}, {"another resident", "r01"}, {"front desk", "zhang-desk"}, {"reviewer", "li-police"},
	{"approver", "wang-police"}, {"another department", "sun-civil"}, {"supervisor", "zhou-supervise"}, {"call agent", "wu-call"},
	{"auditor", "audit-zheng"}, {"administrator", "admin-feng"},
}

func (c *city) caller(t *testing.T, who string) *visitor {
	t.Helper()
	switch {
	case who == "":
		return c.guest()
	case strings.HasPrefix(who, "r"):
		return c.resident(t, who)
	}
	return c.staff(t, who)
}

// What is answered in every state, to every action, of everybody: sent through the door, each on a copy that nobody has
// touched, and held to a page that an official can read. UPDATE_GOLDEN=1 writes the page anew, after a change that was meant.
func TestEveryStateActionAndRoleIsAnsweredAsThePageSays(t *testing.T) {
	const golden = "testdata/every_state_action_role.golden"
	grounds(t, func(t *testing.T, on ground) {
		c := openWith(t, on, map[string]string{"ONEWINDOW_RATE_PERSON_BURST": "100000", "ONEWINDOW_RATE_ANONYMOUS_BURST": "100000"})
		states, ids := inEveryState(t, c)
		var page strings.Builder
		for _, state := range states {
			_, _ = fmt.Fprintf(&page, "%s\n", state)
			for _, one := range attempts {
				_, _ = fmt.Fprintf(&page, "  %s\n", one.name)
				for _, line := range answersTo(t, c, one, ids[state], state) {
					_, _ = fmt.Fprintf(&page, "    %s\n", line)
				}
			}
		}
		if os.Getenv("UPDATE_GOLDEN") != "" {
			if err := os.WriteFile(golden, []byte(page.String()), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if difference := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(page.String(), "\n")); difference != "" {
			t.Errorf("it is not answered as the page says (-page +answered):\n%s", difference)
		}
	})
}

// answersTo has everybody try one thing on one application in one state; those who are answered alike share a line.
func answersTo(t *testing.T, c *city, one attempt, id, state string) []string {
	t.Helper()
	accepted := state != "DRAFT" && state != "SUBMITTED"
	alike := map[string][]string{}
	var order []string
	fresh := c.copyOf(t, id, nil)
	for _, caller := range callers {
		before := c.stateOf(t, fresh.ID)
		got := c.caller(t, caller.who).send(t, one.operation, input(one.fields(fresh, accepted)))
		said := summary(t, got)
		after := c.stateOf(t, fresh.ID)
		if said == "done" {
			said += ": " + after
			fresh = c.copyOf(t, id, nil)
		} else if before != after {
			t.Errorf("%s %s by %s answered %s and moved it to %s", state, one.name, caller.name, said, after)
		}
		if !slices.Contains(order, said) {
			order = append(order, said)
		}
		alike[said] = append(alike[said], caller.name)
	}
	lines := make([]string, len(order))
	for i, said := range order {
		lines[i] = said + " <- " + strings.Join(alike[said], ", ")
	}
	return lines
}

// summary is an answer in few words: done, the problems, or the code of the refusal with the state that it names.
func summary(t *testing.T, got answer) string {
	t.Helper()
	if code, _ := refusalOf(got); code != "" {
		if current := got.Errors[0].Extensions["current"]; current != nil {
			code += " " + fmt.Sprint(current)
		}
		return code
	}
	var codes []string
	for _, problem := range read[payload](t, "answer", got).Problems {
		codes = append(codes, problem.Code)
	}
	if len(codes) > 0 {
		return "problem " + strings.Join(codes, " ")
	}
	return "done"
}
