package app_test

import (
	"testing"
)

type paperShown struct {
	ID, State, Source, Until string
	ItemCodes                []string
	Grantor                  struct{ ID string }
}

// papersOf are the powers on paper that somebody holds.
func papersOf(t *testing.T, agent *visitor) []paperShown {
	t.Helper()
	var papers []paperShown
	held := askOwn[struct{ DelegationsReceived []paperShown }](t, agent, `{ viewer { delegationsReceived { id state source until itemCodes grantor { id } } } }`, nil)
	for _, one := range held.DelegationsReceived {
		if one.Source == "PAPER" {
			papers = append(papers, one)
		}
	}
	return papers
}

// What sample residents signed on paper is there when the agent has proven an identity, once, also after a restart; within its items and
// until its day; and who has proven nothing cannot use it. What was taken back stays so.
func TestPowersSignedOnPaper(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		token := ""
		t.Run("used", func(t *testing.T) {
			c := open(t, on)
			mother := c.signIn(t, c.people.Resident("r11").Phone.Reveal())
			token = mother.token
			unproven := papersOf(t, mother)
			if len(unproven) != 1 || unproven[0].State != "OFFERED" {
				t.Fatalf("before an identity: %+v", unproven)
			}
			begin := input(vars{"itemCode": "disability-certificate", "onBehalfOf": unproven[0].Grantor.ID})
			refused(t, mother, "StartApplication", begin, notFound)
			change(t, mother, "BindIdentity", vars{
				"name": c.people.Resident("r11").Name.Reveal(), "nationalId": c.people.Resident("r11").NationalID.Reveal(),
				"consents": []vars{{"purpose": "IDENTITY_BINDING", "version": "1"}},
			})
			daughter := c.resident(t, "r10")
			if own := ask[viewer](t, daughter, "Me", nil).ID; own != unproven[0].Grantor.ID {
				t.Errorf("the paper is %s's, the account %s", unproven[0].Grantor.ID, own)
			}
			draft := ask[payload](t, mother, "StartApplication", begin).Application
			if draft.State != "DRAFT" {
				t.Errorf("begun it is %s", draft.State)
			}
			refused(t, mother, "StartApplication", input(vars{"itemCode": "elderly-card", "onBehalfOf": unproven[0].Grantor.ID}), notFound)
			if held := papersOf(t, mother); held[0].State != "ACTIVE" || held[0].Until != "2028-12-31" {
				t.Errorf("used it is %+v", held)
			}
			ask[struct{ Delegation delegationShown }](t, daughter, "RevokeDelegation", input(vars{"delegationId": unproven[0].ID}))
			elder := c.joined(t, "13900000077", "r07") // who signed without having a phone, and comes to one
			if held := papersOf(t, c.resident(t, "r04")); len(held) != 1 || held[0].Grantor.ID != ask[viewer](t, elder, "Me", nil).ID {
				t.Errorf("what was signed without a phone: %+v", held)
			}
			if ended := papersOf(t, c.resident(t, "r02")); len(ended) != 1 || ended[0].State != "EXPIRED" {
				t.Errorf("over since January: %+v", ended)
			}
		})
		t.Run("after a restart", func(t *testing.T) {
			c := open(t, on)
			mother := &visitor{url: c.url, locale: "zh", token: token}
			if held := papersOf(t, mother); len(held) != 1 || held[0].State != "REVOKED" {
				t.Errorf("after a restart: %+v", held)
			}
			c.advance(t, "8760h")
			if held := papersOf(t, c.resident(t, "r19")); len(held) != 1 || held[0].State != "EXPIRED" {
				t.Errorf("a year later: %+v", held)
			}
		})
	})
}
