package app_test

import (
	"slices"
	"testing"
	"time"

	"onewindow/models"
	"onewindow/models/catalogue"
)

// ownSystems are the departments whose simulated systems work their cases by themselves.
var ownSystems = []string{"medical-insurance", "human-resources"}

// journey is one application on its way.
type journey struct {
	item      *catalogue.Item
	applicant *visitor
	forChild  bool
	// questions are the item's, by key, and papers the checklist that was handed in.
	questions map[string]formField
	papers    []requirement
	now       application
}

// Every item of the city's catalogue can be started, filled in, handed in, worked and completed.
func TestEveryItemFromStartToFinish(t *testing.T) {
	loaded, faults := catalogue.Embedded()
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	items := loaded.Items
	if len(items) != 41 || len(everyItem) != len(items) {
		t.Fatalf("the catalogue has %d items, and %d have somebody who applies for them", len(items), len(everyItem))
	}
	each(t, func(t *testing.T, c *city) {
		var journeys []*journey
		for _, item := range items {
			t.Run("hand in "+item.Code, func(t *testing.T) { journeys = append(journeys, handIn(t, c, item)) })
		}
		workAll(t, c, journeys)
		for _, one := range journeys {
			t.Run("result of "+one.item.Code, func(t *testing.T) { checkResult(t, one) })
		}
	})
}

// handIn brings an application from its start to its acceptance.
func handIn(t *testing.T, c *city, item *catalogue.Item) *journey {
	t.Helper()
	return handInBy(t, c, item, everyItem[item.Code])
}

func handInBy(t *testing.T, c *city, item *catalogue.Item, who fitting) *journey {
	t.Helper()
	one := &journey{item: item, applicant: c.resident(t, who.resident), forChild: who.child != ""}
	fields := vars{"itemCode": item.Code}
	if one.forChild {
		fields["onBehalfOf"] = dependant(t, c, one.applicant, who.child)
	}
	one.now = change(t, one.applicant, "StartApplication", fields).Application
	one.questions = map[string]formField{}
	for _, question := range one.now.Form {
		one.questions[question.Key] = question
	}
	fillIn(t, one, who.answers)
	fetched := change(t, one.applicant, "FetchMaterials", vars{"applicationId": one.now.ID}).Application
	for _, missing := range fetched.Missing {
		if got := upload(t, one.applicant, one.now.ID, missing, nil); got.Status != "PROVIDED" {
			t.Fatalf("%s is %s after the upload", missing.Material.Code, got.Status)
		}
	}
	checked := ask[application](t, one.applicant, "PreCheck", vars{"id": one.now.ID})
	if !checked.Ready || len(checked.Missing) > 0 {
		submitted := ask[payload](t, one.applicant, "Submit", input(vars{"applicationId": one.now.ID}))
		t.Fatalf("not ready: missing %+v, problems of a submission %+v", checked.Missing, submitted.Problems)
	}
	one.papers = checked.Checklist
	one.now = change(t, one.applicant, "Submit", vars{
		"applicationId": one.now.ID, "revision": checked.Revision, "idempotencyKey": "hand-in-" + item.Code,
	}).Application
	if one.now.Number == "" {
		t.Fatal("no number was given")
	}
	accept(t, c, one)
	return one
}

// accept has the front desk of unified intake accept what was not accepted by itself: only what came whole from authorities is.
func accept(t *testing.T, c *city, one *journey) {
	byItself := true
	for _, row := range one.papers {
		byItself = byItself && (row.Status == "NOT_NEEDED" || (row.Document != nil && row.Document.Trust == "ISSUED"))
	}
	if accepted := one.now.State != "SUBMITTED"; accepted != byItself {
		t.Errorf("accepted by itself: %v, all papers from authorities: %v", accepted, byItself)
	}
	if one.now.State == "SUBMITTED" {
		one.now = change(t, c.staff(t, "zhang-desk"), "Accept", vars{"applicationId": one.now.ID}).Application
	}
	if one.now.State != "IN_REVIEW" && one.now.State != "COMPLETED" {
		t.Fatalf("it is %s after acceptance", one.now.State)
	}
}

func dependant(t *testing.T, c *city, guardian *visitor, child string) string {
	name := c.people.Resident(child).Name.Masked()
	for _, known := range ask[viewer](t, guardian, "Me", nil).Dependants {
		if known.DisplayName == name || known.DisplayName == c.people.Resident(child).Name.Reveal() {
			return known.ID
		}
	}
	t.Fatalf("%s is not among the guardian's dependants", child)
	return ""
}

// fillIn answers every required question that is shown, as often as answers bring up further ones.
func fillIn(t *testing.T, one *journey, given map[string]string) {
	for round := 0; ; round++ {
		answers := openQuestions(one, given, round == 0)
		if len(answers) == 0 {
			return
		}
		if round == 5 {
			t.Fatalf("still open after five rounds: %v", answers)
		}
		one.now = change(t, one.applicant, "SaveAnswers", vars{
			"applicationId": one.now.ID, "revision": one.now.Revision, "answers": answers,
		}).Application
	}
}

func openQuestions(one *journey, given map[string]string, first bool) []vars {
	var answers []vars
	for _, asked := range one.now.Form {
		value, isGiven := given[asked.Key]
		answered := asked.Value != nil && *asked.Value != ""
		switch {
		case isGiven && asked.Visible && (first || !answered):
			answers = append(answers, vars{"key": asked.Key, "value": value})
		case asked.Visible && asked.Required && !answered:
			answers = append(answers, vars{"key": asked.Key, "value": plainAnswer(one.questions[asked.Key])})
		}
	}
	return answers
}

// workAll has every active step worked: by the staff of its department, or by the department's own system, until all are done.
func workAll(t *testing.T, c *city, journeys []*journey) {
	t.Helper()
	open := slices.Clone(journeys)
	for until := time.Now().Add(10 * patience); len(open) > 0; {
		if time.Now().After(until) {
			for _, one := range open {
				t.Errorf("%s is still %s: %s", one.item.Code, one.now.State, one.now.NextAction.Title)
			}
			return
		}
		for _, one := range open {
			work(t, c, one)
		}
		open = slices.DeleteFunc(open, func(one *journey) bool { return one.now.State == "COMPLETED" })
		if slices.ContainsFunc(open, waitsForSystem) {
			time.Sleep(200 * time.Millisecond)
		}
	}
}

func waitsForSystem(one *journey) bool {
	return slices.ContainsFunc(one.now.Steps, func(step step) bool {
		return step.State == "ACTIVE" && slices.Contains(ownSystems, step.Department.Code)
	})
}

// work has one active step of an application decided by the staff whose work it is.
func work(t *testing.T, c *city, one *journey) {
	t.Helper()
	for _, active := range one.now.Steps {
		if active.State != "ACTIVE" || slices.Contains(ownSystems, active.Department.Code) {
			continue
		}
		staff := c.worker(t, active.Department.Code, roleOf(t, one.item, one.now.ID, active.ID))
		found := openTask(t, staff, one.now.ID, active.ID)
		one.now = change(t, staff, "Decide", vars{
			"taskId": found.ID, "decision": "APPROVE", "opinion": "同意", "idempotencyKey": "decide-" + found.ID,
		}).Application
		return
	}
	if one.now.State != "COMPLETED" {
		one.now = progress(t, one.applicant, one.now.Number)
	}
}

func roleOf(t *testing.T, item *catalogue.Item, applicationID, stepID string) models.Role {
	t.Helper()
	for _, step := range item.Steps {
		if applicationID+"."+step.ID == stepID {
			return step.Role
		}
	}
	t.Fatalf("%s has no step %s", item.Code, stepID)
	return ""
}

// checkResult looks at what a completed application has left: steps that are over, results, and the wallet.
func checkResult(t *testing.T, one *journey) {
	done := progress(t, one.applicant, one.now.Number)
	if done.State != "COMPLETED" || done.FinishedAt == nil || done.NextAction.Who != "NOBODY" {
		t.Fatalf("%s, next: %s", done.State, done.NextAction.Title)
	}
	for _, over := range done.Steps {
		if over.State != "DONE" && over.State != "SKIPPED" {
			t.Errorf("the step %s is %s", over.Name, over.State)
		}
	}
	if len(done.Results) != len(one.item.Results) {
		t.Fatalf("%d results, the item promises %d", len(done.Results), len(one.item.Results))
	}
	for i, issued := range done.Results {
		if issued.Material.Code != one.item.Results[i].Material.Code || issued.Number == nil || issued.IssuedOn == nil {
			t.Errorf("the result is %+v", issued)
		}
	}
	if one.forChild {
		return // it lies in the child's wallet
	}
	wallet := ask[viewer](t, one.applicant, "MyDocuments", vars{"first": 100}).Documents.nodes()
	for _, issued := range done.Results {
		held := slices.IndexFunc(wallet, func(document walletDocument) bool { return document.ID == issued.ID })
		if held < 0 {
			t.Fatalf("the result %s is not in the wallet", issued.Material.Code)
		}
		if wallet[held].Source != "APPLICATION" || !slices.Contains(wallet[held].UsedBy, struct{ Number string }{done.Number}) {
			t.Errorf("in the wallet it is %+v", wallet[held])
		}
	}
}
