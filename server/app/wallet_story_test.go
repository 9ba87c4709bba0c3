package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"onewindow/models/catalogue"
)

// walletRow is a requirement with what the wallet has to do with it.
type walletRow struct {
	ID, Status           string
	Material             named
	Why, Reason, RenewBy *string
	Document, Offer      *struct{ ID, Trust string }
}

type walletCase struct {
	Ready      bool
	NextAction nextAction
	Checklist  []walletRow
	Timeline   connection[event]
}

func (a walletCase) row(t *testing.T, material string) walletRow {
	t.Helper()
	found := slices.IndexFunc(a.Checklist, func(row walletRow) bool { return row.Material.Code == material })
	if found < 0 {
		t.Fatalf("%s is not on the checklist %+v", material, a.Checklist)
	}
	return a.Checklist[found]
}

const walletFields = `ready nextAction { detail } checklist { id status why reason renewBy material { code } document { id trust } offer { id trust } }
	timeline(first: 50) { edges { node { kind title detail } } pageInfo { hasNextPage } }`

func walletOf(t *testing.T, v *visitor, id string) walletCase {
	t.Helper()
	return read[walletCase](t, "application", v.query(t, `{ application(id: "`+id+`") { `+walletFields+` } }`))
}

func said(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// A paper is asked for once: what departments supplied and what the window has compared with its original meets the next
// application by itself, and each says why nothing is asked; what nobody has checked is offered only.
func TestAPaperIsNotAskedForTwice(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother, desk := c.resident(t, "r06"), c.staff(t, "zhang-desk")
		first := draftBirthRegistration(t, c)
		fetched := change(t, mother, "FetchMaterials", vars{"applicationId": first.ID}).Application
		upload(t, mother, first.ID, *fetched.required("birth-certificate"), nil)
		before := walletOf(t, mother.in("en"), first.ID)
		if got := said(before.row(t, "marriage-certificate").Why); !strings.HasPrefix(got, "It came directly from Hangzhou Civil Affairs Bureau") {
			t.Errorf("of what was fetched it says %q", got)
		}
		if row := before.row(t, "birth-certificate"); row.Why != nil || row.Offer != nil {
			t.Errorf("of what was uploaded just now: %+v", row)
		}

		second := walletOf(t, mother.in("en"), draftBirthRegistration(t, c).ID)
		register, paper := second.row(t, "household-register"), second.row(t, "birth-certificate")
		if register.Status != "REUSED" || register.Document.ID != before.row(t, "household-register").Document.ID ||
			said(register.Why) != "Your wallet holds it, supplied by Hangzhou Public Security Bureau (2 March 2026); it need not be handed in again" {
			t.Errorf("the register is %+v: %s", register, said(register.Why))
		}
		if paper.Status != "MISSING" || paper.Why != nil || paper.Offer == nil || paper.Offer.ID != before.row(t, "birth-certificate").Document.ID || paper.Offer.Trust != "UPLOADED" {
			t.Errorf("what nobody has checked is %+v", paper)
		}
		if !slices.ContainsFunc(second.Timeline.nodes(), func(e event) bool {
			return e.Kind == "MATERIAL_REUSED" && e.Title == "Already in the wallet, not asked for again: Household register, Marriage certificate"
		}) {
			t.Errorf("the timeline says %+v", second.Timeline.nodes())
		}

		change(t, mother, "Submit", vars{"applicationId": first.ID})
		compareAtTheWindow(t, c, first, before.row(t, "birth-certificate"))
		if row := walletOf(t, desk, first.ID).row(t, "birth-certificate"); row.Document.Trust != "VERIFIED" || row.Offer != nil {
			t.Errorf("the desk sees %+v", row)
		}
		third := walletOf(t, mother, draftBirthRegistration(t, c).ID)
		if row := third.row(t, "birth-certificate"); row.Status != "REUSED" || row.Document.Trust != "VERIFIED" ||
			said(row.Why) != "您的卡包里已有这份材料，杭州市政务服务中心已于2026年3月2日与原件核对，不用再次提交" {
			t.Errorf("after the comparison: %+v, %s", row, said(row.Why))
		}
		if !third.Ready {
			t.Errorf("nothing is lacking, and it is not ready: %+v", third.Checklist)
		}
	})
}

// compareAtTheWindow: who has the work compares, once, and only what was uploaded; everybody else may not, and changes nothing.
func compareAtTheWindow(t *testing.T, c *city, a application, paper walletRow) {
	t.Helper()
	desk := c.staff(t, "zhang-desk")
	given := vars{"applicationId": a.ID, "requirementId": paper.ID, "idempotencyKey": "compare"}
	with := func(key string, value any) vars {
		changed := vars{"applicationId": a.ID, "requirementId": paper.ID}
		changed[key] = value
		return input(changed)
	}
	c.unchanged(t, func() {
		refused(t, c.resident(t, "r06"), "VerifyDocument", input(given), notAllowed)
		refused(t, c.staff(t, "wang-police"), "VerifyDocument", input(given), notAllowed)
		refused(t, c.staff(t, "li-police"), "VerifyDocument", input(given), notAllowed)
		refused(t, c.staff(t, "sun-civil"), "VerifyDocument", input(given), notFound)
		refused(t, desk, "VerifyDocument", with("requirementId", a.ID+".moon"), notFound)
		refused(t, desk, "VerifyDocument", with("documentId", a.ID), refusal{
			status: 200, code: "CONFLICT", current: paper.Document.ID, chinese: "该材料已换成另一份，请核对现在的这一份", english: "Another document has taken its place; please compare the present one",
		})
		problematic(t, desk, sendInput(t, "VerifyDocument", vars{"applicationId": a.ID, "requirementId": a.ID + ".household-register"}), mend{
			"NOT_COMPARABLE", "这是签发机关提供的证照，不需要核对原件", "The authority supplied it itself; there is nothing to compare", "requirementId"})
	})
	for range 2 { // the same key again is the same comparison
		if got := change(t, desk, "VerifyDocument", given).Requirement; got.Document == nil || got.Document.Trust != "VERIFIED" || got.Status != "PROVIDED" {
			t.Fatalf("after the comparison: %+v", got)
		}
	}
	c.unchanged(t, func() {
		problematic(t, desk, sendInput(t, "VerifyDocument", vars{"applicationId": a.ID, "requirementId": paper.ID}), mend{
			"NOT_COMPARABLE", "这份材料已经核对过原件", "It has been compared with its original already", "requirementId"})
	})
	told := 0
	for _, line := range walletOf(t, c.resident(t, "r06"), a.ID).Timeline.nodes() {
		if line.Kind == "MATERIAL_VERIFIED" && line.Title == "材料已与原件核对：出生医学证明" {
			told++
		}
	}
	var looks int
	err := c.store.Reader(t.Context()).Raw(`SELECT count(*) FROM audit_records WHERE application_id = ? AND fields = '["materials"]'`, a.ID).Scan(&looks).Error
	if err != nil || told != 1 || looks != 1 {
		t.Errorf("told %d times, %d access records, %v", told, looks, err)
	}
}

// A paper that ends before the decision is due is flagged with the day until which a newer one is needed; one that has ended is
// not handed in; what was signed for one application is never used for another.
func TestAPaperThatEndsTooSoonIsFlagged(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother := c.resident(t, "r06")
		draft := draftBirthRegistration(t, c)
		fetched := change(t, mother, "FetchMaterials", vars{"applicationId": draft.ID}).Application
		upload(t, mother, draft.ID, *fetched.required("birth-certificate"), vars{"expiresOn": "2026-03-03"})
		row := walletOf(t, mother.in("en"), draft.ID).row(t, "birth-certificate")
		if said(row.RenewBy) != "2026-03-03" || !strings.HasPrefix(said(row.Reason), "This document is valid until 2026-03-03, before the decision is due on 2026-03-") {
			t.Errorf("it says %s, renew by %s", said(row.Reason), said(row.RenewBy))
		}
		if lasting := walletOf(t, mother, draft.ID).row(t, "marriage-certificate"); lasting.RenewBy != nil || lasting.Reason != nil {
			t.Errorf("what lasts is flagged too: %+v", lasting)
		}
		if next := walletOf(t, mother.in("en"), draft.ID).NextAction; said(next.Detail) != "It ends before the decision is due; please replace it: Medical certificate of birth" {
			t.Errorf("next: %s", said(next.Detail))
		}
		c.advanceTo(t, "2026-03-04T09:00")
		c.unchanged(t, func() {
			problematic(t, mother, sendInput(t, "Submit", vars{"applicationId": draft.ID}), mend{
				"EXPIRED", "“出生医学证明”已于2026年3月3日到期，请换成有效的材料", "“Medical certificate of birth” expired on 3 March 2026; please replace it by a valid one", "birth-certificate"})
		})
		upload(t, mother, draft.ID, *fetched.required("birth-certificate"), vars{"expiresOn": "2026-03-04"})
		if got := change(t, mother, "Submit", vars{"applicationId": draft.ID}).Application; got.State != "SUBMITTED" {
			t.Errorf("it is %s", got.State)
		}
		if row := walletOf(t, c.staff(t, "zhang-desk"), draft.ID).row(t, "birth-certificate"); said(row.RenewBy) != "2026-03-04" {
			t.Errorf("the desk is not told: %+v", row)
		}
	})
}

type caredFor struct {
	Dependants []struct {
		ID        string
		Documents connection[walletDocument]
	}
}

const caredForQuery = `{ viewer { dependants { id documents(first: %d) { totalCount edges { node { id source material { code } usedBy { number } } } pageInfo { hasNextPage endCursor } } } } }`

// What an application about a child issues lies in the child's wallet, for the guardian to see and to use for the child; nobody
// else sees it, the guardian no more once the register does not name the guardian.
func TestAChildsWalletIsTheGuardians(t *testing.T) {
	loaded, faults := catalogue.Embedded()
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	each(t, func(t *testing.T, c *city) {
		item := loaded.Items[slices.IndexFunc(loaded.Items, func(item *catalogue.Item) bool { return item.Code == "primary-school-enrolment" })]
		one := handIn(t, c, item)
		workAll(t, c, []*journey{one})
		father := one.applicant
		child := dependant(t, c, father, everyItem[item.Code].child)
		wallet := func(v *visitor, first int) caredFor {
			t.Helper()
			return read[caredFor](t, "viewer", v.query(t, fmt.Sprintf(caredForQuery, first)))
		}
		find := func(all caredFor, id string) *connection[walletDocument] {
			for i := range all.Dependants {
				if all.Dependants[i].ID == id {
					return &all.Dependants[i].Documents
				}
			}
			return nil
		}
		result := progress(t, father, one.now.Number).Results[0]
		held := find(wallet(father, 50), child)
		if held == nil || !slices.ContainsFunc(held.nodes(), func(d walletDocument) bool {
			return d.ID == result.ID && d.Source == "APPLICATION" && slices.Contains(d.UsedBy, struct{ Number string }{one.now.Number})
		}) {
			t.Fatalf("the child's wallet is %+v, the result %+v", held, result)
		}
		for _, own := range ask[viewer](t, father, "MyDocuments", vars{"first": 100}).Documents.nodes() {
			if own.ID == result.ID {
				t.Error("the child's result lies in the guardian's wallet")
			}
		}
		cost := func(first int) int64 {
			t.Helper()
			query := strings.Replace(fmt.Sprintf(caredForQuery, first), "usedBy { number }", "", 1)
			if got := father.query(t, query); !got.ok() {
				t.Fatalf("answered %s", got.Raw)
			}
			return c.counting.last.Load().Load()
		}
		if many, one := cost(50), cost(1); many != one {
			t.Errorf("the wallets cost %d statements for many documents and %d for one", many, one)
		}
		if page := find(wallet(father, 1), child); len(page.Edges) != 1 || held.TotalCount < 2 || !page.PageInfo.HasNextPage {
			t.Errorf("the first page is %+v of %d", page, held.TotalCount)
		}
		again := change(t, father, "StartApplication", vars{"itemCode": item.Code, "onBehalfOf": child}).Application
		if reused := walletOf(t, father, again.ID).row(t, "household-register"); reused.Status != "REUSED" || reused.Why == nil {
			t.Errorf("for the child again: %+v", reused)
		}
		if stranger := c.resident(t, "r01"); find(wallet(stranger, 50), child) != nil {
			t.Error("a stranger sees the child's wallet")
		}
		c.execute(t, "DELETE FROM resident_relations WHERE dependant_id = ?", child)
		if find(wallet(father, 50), child) != nil {
			t.Error("a former guardian still sees the child's wallet")
		}
		c.unchanged(t, func() {
			refused(t, father, "StartApplication", input(vars{"itemCode": item.Code, "onBehalfOf": child}), notFound)
		})
	})
}

// What has come into the wallet since a bundle was begun meets its drafts with the next answer.
func TestABundleLooksIntoTheWallet(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother := c.resident(t, "r06")
		begun := startBundle(t, mother, vars{"bundleCode": "newborn"})
		member := begun.member(t, "birth-registration")
		if row := walletOf(t, mother, member.ID).row(t, "marriage-certificate"); row.Status != "MISSING" {
			t.Fatalf("with an empty wallet: %+v", row)
		}
		change(t, mother, "FetchMaterials", vars{"applicationId": draftBirthRegistration(t, c).ID})
		saved := mother.sendText(t, `mutation($id: ID!) { saveBundleAnswers(input: {bundleCaseId: $id, answers: [{key: "child_name", value: "陈惊春"}]}) { problems { code } } }`, vars{"id": begun.ID})
		if !saved.ok() || !strings.Contains(saved.Raw, `"problems":[]`) {
			t.Fatalf("saved: %s", saved.Raw)
		}
		if row := walletOf(t, mother, member.ID).row(t, "marriage-certificate"); row.Status != "REUSED" || row.Why == nil {
			t.Errorf("with a wallet: %+v", row)
		}
		again := startBundle(t, mother, vars{"bundleCode": "newborn"}).member(t, "birth-registration")
		if row := walletOf(t, mother, again.ID).row(t, "marriage-certificate"); row.Status != "REUSED" {
			t.Errorf("begun with a wallet: %+v", row)
		}
	})
}
