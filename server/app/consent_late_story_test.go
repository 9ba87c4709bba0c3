package app_test

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// The background looks again before it asks: what was agreed to when a department did not answer does not count any more.
func TestTheBackgroundDoesNotAskAfterANo(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		o := newOffice(t)
		o.holds = map[string]string{"id-card": "SFZ-771177", "business-licence": "YYZZ-882288"}
		c := o.open(t, on, map[string]bool{"public-security": false, "market-regulation": false})
		applicant := knownToTheOffice(t, c)
		draft := soleTrader(t, applicant)
		o.setDown(true)
		waiting := change(t, applicant, "FetchMaterials", vars{"applicationId": draft.ID}).Application.required("id-card")
		if waiting.Reason == nil || !strings.Contains(*waiting.Reason, "正在向") {
			t.Fatalf("the card is %+v", waiting)
		}
		withdrawConsent(t, applicant, vars{"purpose": "SENSITIVE_MATERIALS"})
		o.setDown(false)
		c.advance(t, "1h")
		for until := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
			now := ask[application](t, applicant, "PreCheck", vars{"id": draft.ID})
			card, licence := now.required("id-card"), now.required("business-licence")
			if licence.Status == "FETCHED" && card.Reason != nil && strings.Contains(*card.Reason, "敏感材料") {
				break
			}
			if time.Now().After(until) {
				t.Fatalf("the card is %+v, the licence %+v", card, licence)
			}
		}
		if asked := o.asked(); asked["id-card"] != 0 || asked["business-licence"] != 1 {
			t.Errorf("the departments were asked for %v", asked)
		}
	})
}

// A paper that comes after the no, to a question from before it, is not taken.
func TestAPaperThatComesAfterTheNoIsNotTaken(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		o := newOffice(t)
		c := o.open(t, on, map[string]bool{"public-security": false})
		applicant := knownToTheOffice(t, c)
		draft := soleTrader(t, applicant)
		var asked atomic.Int32
		o.forge = func(w http.ResponseWriter, _ *http.Request) {
			asked.Add(1)
			withdrawConsent(t, applicant, vars{"purpose": "IDENTITY_BINDING"})
			_, _ = io.WriteString(w, `{"number":"SFZ-771177","issuedOn":"2020-01-01","fields":{}}`)
		}
		got := ask[payload](t, applicant, "FetchMaterials", input(vars{"applicationId": draft.ID}))
		if codes(got.Problems) != "CONSENT_REQUIRED" || fetched(got.Application) != 0 || asked.Load() != 1 {
			t.Errorf("withdrawn while the department answered: %+v, asked %d times", got.Problems, asked.Load())
		}
		if papers := askOwn[struct{ Documents connection[walletFile] }](t, applicant, `{ viewer { documents { edges { node { id number } } } } }`, nil); len(papers.Documents.Edges) != 0 {
			t.Errorf("the wallet holds %+v", papers.Documents.Edges)
		}
	})
}
