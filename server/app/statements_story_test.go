package app_test

import "testing"

// The most database statements that a look may cost, however much hangs on what is looked at.
const (
	progressMost = 4
	listMost     = 5
	// changeMost is what a submission or a decision may cost, with its key, messages, reminders, hand-overs and answer.
	changeMost = 8
)

// What a look costs is constant: for one case or thirty, for a few events or many.
func TestALookCostsTheSameHoweverMuchThereIs(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother, accepted := birthRegistration(t, c)
		draftBirthRegistration(t, c)
		few := c.cost(t, mother, "Progress", vars{"number": accepted.Number, "first": 50})
		for range 5 {
			draftBirthRegistration(t, c)
		}
		small := c.cost(t, mother, "MyApplications", vars{"first": 20})
		askForMore(t, c, accepted)
		for range 20 { // each a document and an event
			upload(t, mother, accepted.ID, requirement{ID: accepted.ID + ".marriage-certificate", Material: named{Code: "marriage-certificate"}}, nil)
		}
		for range 25 {
			draftBirthRegistration(t, c)
		}
		many := c.cost(t, mother, "Progress", vars{"number": accepted.Number, "first": 50})
		large := c.cost(t, mother, "MyApplications", vars{"first": 20})
		if events := len(progress(t, mother, accepted.Number).Timeline.Edges); events < 20 {
			t.Fatalf("only %d events hang on the case", events)
		}
		if few != many || many > progressMost {
			t.Errorf("Progress costs %d statements with a few events and %d with many, want the same and at most %d", few, many, progressMost)
		}
		if small != large || large > listMost {
			t.Errorf("MyApplications costs %d statements with a few cases and %d with many, want the same and at most %d", small, large, listMost)
		}
		t.Logf("Progress %d statements, MyApplications (20) %d", many, large)
	})
}

// cost counts the statements of one look, once what is cached is there.
func (c *city) cost(t *testing.T, v *visitor, operation string, variables vars) int64 {
	t.Helper()
	for range 2 {
		if got := v.send(t, operation, variables); !got.ok() {
			t.Fatalf("%s was answered %d: %s", operation, got.Status, got.Raw)
		}
	}
	return c.counting.last.Load().Load()
}

// What a submission and a decision cost, with everything that hangs on them, is little.
func TestASubmissionAndADecisionCostLittle(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother := c.resident(t, "r06")
		draft := draftBirthRegistration(t, c)
		for _, missing := range change(t, mother, "FetchMaterials", vars{"applicationId": draft.ID}).Application.Missing {
			upload(t, mother, draft.ID, missing, nil)
		}
		most := int64(changeMost)
		if !c.store.IsPostgres() { // each table that is written to is a statement there; on PostgreSQL they are one
			most += 8 // the last decision ends reminders, plans others and a digest
		}
		spends := func(what string, v *visitor, operation string, variables vars) {
			change(t, v, operation, variables)
			spent := c.counting.last.Load().Load()
			t.Logf("%s: %d statements", what, spent)
			if spent > most {
				t.Errorf("%s costs %d statements, want at most %d", what, spent, most)
			}
		}
		spends("submission", mother, "Submit", vars{"applicationId": draft.ID, "idempotencyKey": "submit"})
		spends("acceptance", c.staff(t, "zhang-desk"), "Accept", vars{"applicationId": draft.ID})
		reviewer, approver := c.staff(t, "li-police"), c.staff(t, "wang-police")
		spends("decision", reviewer, "Decide", vars{
			"taskId": openTask(t, reviewer, draft.ID, draft.ID+".check").ID, "decision": "APPROVE", "opinion": "同意", "idempotencyKey": "check",
		})
		spends("last decision", approver, "Decide", vars{
			"taskId": openTask(t, approver, draft.ID, draft.ID+".register").ID, "decision": "APPROVE", "opinion": "同意", "idempotencyKey": "register",
		})
	})
}
