package app_test

import (
	"slices"
	"strings"
	"testing"
	"time"
)

const helpedApplications = `query($after: String) { viewer { helpedApplications(first: 2, after: $after) { totalCount edges { node { id state subject { displayName } item { code } form { key value } } } pageInfo { hasNextPage endCursor } } } }`

type helpedList struct {
	HelpedApplications connection[struct {
		ID, State string
		Subject   struct{ DisplayName string }
		Item      named
		Form      []formField
	}]
}

// A daughter helps her mother from the offer to the result: what she may, what she may not, what both are told, and what the mother
// reads of it afterwards.
func TestADaughterHelpsHerMotherTheWholeWay(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother, daughter := c.resident(t, "r04"), c.resident(t, "r05")
		yes := true
		change(t, mother, "SetNotificationSettings", vars{"copyHelpers": yes})
		given, problems := grant(t, mother, vars{"delegatePhone": daughter.phone, "itemCodes": []string{"elderly-card"}, "powers": allPowers, "until": "2026-04-01"})
		if len(problems) > 0 {
			t.Fatalf("the offer: %+v", problems)
		}
		answerDelegation(t, daughter, "acceptDelegation", given.ID)
		motherID := ask[viewer](t, mother, "Me", nil).ID
		help := &helpShown{ItemCodes: []string{"elderly-card"}}
		help.Grantor.ID = motherID
		submitted := c.handsIn(t, daughter, help)
		shown := askOwn[helpedTimeline](t, mother, `query($id: ID!) { application(id: $id) { timeline(first: 50) { edges { node { kind actor { displayName } } } } } }`, vars{"id": submitted.ID})
		if !slices.ContainsFunc(shown.Timeline.nodes(), func(one struct {
			Kind  string
			Actor struct{ DisplayName string }
		}) bool {
			return one.Kind == "SUBMITTED" && one.Actor.DisplayName == "陈*分 代 许*蛰"
		}) {
			t.Errorf("the timeline is %+v", shown.Timeline.nodes())
		}
		if len(inboxOf(t, mother, "HELPED_HAND_IN")) > 0 {
			t.Error("a daughter's hand-in is told as a volunteer's")
		}
		if got := asking(t, mother, cancelHelped, vars{"applicationId": submitted.ID}); problemOf(got.Problems) != "NOT_HELPED applicationId" {
			t.Errorf("a daughter's hand-in is cancelled as a volunteer's: %+v", got)
		}
		c.getsCopies(t, mother, daughter, submitted)
		c.readsOfTheLook(t, mother, daughter)
	})
}

// getsCopies: of what the daughter follows, and of nothing else.
func (c *city) getsCopies(t *testing.T, mother, daughter *visitor, submitted application) {
	t.Helper()
	other := change(t, mother, "StartApplication", vars{"itemCode": "flexible-employment-insurance"}).Application
	change(t, mother, "Withdraw", vars{"applicationId": other.ID})
	copied := func(kind string) bool {
		return slices.ContainsFunc(inboxOf(t, daughter, kind), func(body string) bool { return strings.HasPrefix(body, "【您帮助的人收到了这条消息】") })
	}
	for until := time.Now().Add(patience); !copied("SUBMITTED") && time.Now().Before(until); {
		time.Sleep(50 * time.Millisecond)
	}
	if !copied("SUBMITTED") {
		t.Errorf("no copy of %s came", submitted.Number)
	}
	c.advance(t, "1s") // comes back when everything was delivered
	if copied("WITHDRAWN") {
		t.Error("a copy about another service came")
	}
}

// readsOfTheLook: the list holds what was given and no more, costs the same however long it is, and stands in the access log.
func (c *city) readsOfTheLook(t *testing.T, mother, daughter *visitor) {
	t.Helper()
	first := askOwn[helpedList](t, daughter, helpedApplications, nil)
	few := c.counting.last.Load().Load()
	if nodes := first.HelpedApplications.nodes(); first.HelpedApplications.TotalCount != 1 || nodes[0].Item.Code != "elderly-card" || nodes[0].Subject.DisplayName != "许*蛰" {
		t.Fatalf("the daughter's list is %+v", first)
	}
	for range 4 {
		change(t, mother, "StartApplication", vars{"itemCode": "elderly-card"})
	}
	page := askOwn[helpedList](t, daughter, helpedApplications, nil)
	many := c.counting.last.Load().Load()
	if len(page.HelpedApplications.nodes()) != 2 || page.HelpedApplications.TotalCount != 5 || !page.HelpedApplications.PageInfo.HasNextPage {
		t.Errorf("the first page is %+v", page)
	}
	if many > few+2*6 { // the forms are read for each
		t.Errorf("a page of 1 took %d statements, one of 2 took %d", few, many)
	}
	bare := strings.ReplaceAll(helpedApplications, " form { key value }", "")
	askOwn[helpedList](t, daughter, strings.Replace(bare, "first: 2", "first: 1", 1), nil)
	few = c.counting.last.Load().Load()
	askOwn[helpedList](t, daughter, strings.Replace(bare, "first: 2", "first: 4", 1), nil)
	if many = c.counting.last.Load().Load(); many != few {
		t.Errorf("one application took %d statements, four took %d", few, many)
	}
	askOwn[helpedList](t, daughter, strings.Replace(bare, "first: 2", "first: 5", 1), nil)
	if many = c.counting.last.Load().Load(); many > few+1 { // one more for the papers of the one that was handed in
		t.Errorf("one application took %d statements, five took %d", few, many)
	}
	next := askOwn[helpedList](t, daughter, helpedApplications, vars{"after": page.HelpedApplications.PageInfo.EndCursor})
	if len(next.HelpedApplications.nodes()) != 2 || next.HelpedApplications.nodes()[0].ID == page.HelpedApplications.nodes()[0].ID {
		t.Errorf("the second page is %+v", next)
	}
	for _, one := range page.HelpedApplications.nodes()[0].Form {
		if one.Value != nil && strings.Contains(*one.Value, "330104196303069967") {
			t.Errorf("%s is shown in full", one.Key)
		}
	}
	log := askOwn[struct {
		AccessLog connection[struct{ Actor struct{ Role string } }]
	}](t, mother, `{ viewer { accessLog(first: 100) { edges { node { actor { role } } } } } }`, nil)
	looks := 0
	for _, record := range log.AccessLog.nodes() {
		if record.Actor.Role == "DELEGATE" {
			looks++
		}
	}
	if looks < 5 {
		t.Errorf("the mother reads of %d looks", looks)
	}
	stranger := c.resident(t, "r06")
	if none := askOwn[helpedList](t, stranger, helpedApplications, nil); none.HelpedApplications.TotalCount != 0 {
		t.Errorf("a stranger lists %+v", none)
	}
	if code, _ := refusalOf(sendOwn(t, daughter, helpedApplications, vars{"after": "x"})); code != "BAD_USER_INPUT" {
		t.Errorf("a bent cursor: %q", code)
	}
}
