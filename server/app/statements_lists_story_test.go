package app_test

import (
	"fmt"
	"testing"
	"time"

	"onewindow/models"
)

// aLook is a list with all that hangs on its rows, as deep as a client may ask.
type aLook struct {
	name  string
	who   *visitor
	query string
}

const (
	applicationRow = `number state ready blockers { code } timeline(first: 5) { totalCount edges { node { kind } } } results { id } subject { displayName }
		applicant { displayName } interventions { id } coolingOff { until } bundleCase { id } receipt { number }`
	shortRow = `number timeline(first: 2) { totalCount edges { node { kind } } } subject { displayName } coolingOff { until } results { id } bundleCase { id }`
)

// looks are the lists that a person, a helper and staff have.
func (c *city) looks(t *testing.T, mother, helper *visitor) []aLook {
	t.Helper()
	mine := func(field string) string { return `{ viewer { ` + field + ` } }` }
	nodes := func(list, row string) string {
		return list + `(first: 20) { totalCount edges { node { ` + row + ` } } }`
	}
	return []aLook{
		{"applications", mother, mine(nodes("applications", applicationRow))},
		{"forms", mother, mine(`applications(first: 20) { edges { node { form { key value } } } }`)},
		{"checklists", mother, mine(`applications(first: 20) { edges { node { checklist { offer { id usedBy { number } } document { id usedBy { number } } } } } }`)},
		{"documents", mother, mine(nodes("documents", `id usedBy { `+shortRow+` }`))},
		{"dependants", mother, mine(`dependants { id displayName documents(first: 5) { totalCount edges { node { id usedBy { number subject { displayName } } } } } }`)},
		{"bundles", mother, mine(`bundleCases(first: 20) { edges { node { id form { key } applications { ` + shortRow + ` } } } }`)},
		{"inbox", mother, mine(`inbox(first: 20) { edges { node { id application { ` + shortRow + ` } } } }`)},
		{"access log", mother, mine(nodes("accessLog", `id actor { role department { code } } application { `+shortRow+` }`))},
		{"given", mother, mine(`delegationsGiven { id delegate { displayName } grantor { displayName } }`)},
		{"consents", mother, mine(`consents { purpose version text givenAt } phones { masked } bindingRequests { id }`)},
		{"received", helper, mine(`delegationsReceived { id delegate { displayName } grantor { displayName } }`)},
		{"helped", helper, mine(nodes("helpedApplications", shortRow+` form { key value }`))},
		{"volunteering", helper, mine(`volunteering { id helping person { displayName } servicePoint { name } }`)},
		{"volunteers", c.staff(t, "zhang-desk"), `{ ` + nodes("volunteers", `id helping person { displayName maskedPhone }`) + ` }`},
		{"worklist", c.staff(t, "zhang-desk"), `{ ` + nodes("worklist", `id kind assignee { displayName } application { `+shortRow+` }`) + ` }`},
	}
}

// copies makes a row n times more, each with an id of its own and what the story changes.
func (c *city) copies(t *testing.T, n int, table, key string, of string, change func(row map[string]any)) {
	t.Helper()
	db := c.store.Reader(t.Context())
	for range n {
		row := map[string]any{}
		if err := db.Table(table).Where(key+" = ?", of).Limit(1).Take(&row).Error; err != nil {
			t.Fatalf("%s: %v", table, err)
		}
		if row["id"] != nil {
			row["id"] = string(models.NewID())
		}
		if change != nil {
			change(row)
		}
		if err := db.Table(table).Create(row).Error; err != nil {
			t.Fatalf("%s: %v", table, err)
		}
	}
}

// Twenty of anything cost as many statements as one, whatever hangs on each and however deep: applications, documents, dependants
// with their documents, bundles, messages, looks, delegations, consents, volunteers with their people, work.
func TestTwentyCostWhatOneCosts(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother := c.resident(t, "r29")
		helper, enrolled := c.volunteer(t, "r05")
		child := dependant(t, c, mother, "r31")
		me := ask[viewer](t, mother, "Me", nil).ID
		begun := change(t, mother, "StartApplication", vars{"itemCode": "birth-registration"}).Application
		change(t, mother, "FetchMaterials", vars{"applicationId": begun.ID})
		forChild := change(t, mother, "StartApplication", vars{"itemCode": "primary-school-enrolment", "onBehalfOf": child}).Application
		change(t, mother, "FetchMaterials", vars{"applicationId": forChild.ID})
		given, problems := grant(t, mother, vars{"delegatePhone": helper.phone, "itemCodes": []string{"birth-registration"}, "powers": []string{"FILL", "TRACK"}, "until": "2026-12-31"})
		if len(problems) > 0 {
			t.Fatalf("%+v", problems)
		}
		answerDelegation(t, helper, "acceptDelegation", given.ID)
		startBundle(t, mother, vars{"bundleCode": "newborn"})
		c.execute(t, "DELETE FROM resident_relations WHERE guardian_id = ? AND dependant_id <> ?", me, child)
		submitBirthRegistration(t, c)

		helper.query(t, `{ viewer { helpedApplications(first: 5) { edges { node { number } } } } }`) // leaves records of the look
		c.copies(t, 1, "notify_messages", "resident_id", me, about(begun.ID))

		before := map[string]int64{}
		for _, look := range c.looks(t, mother, helper) {
			before[look.name] = c.costOf(t, look)
		}
		c.growTwentyfold(t, mother, me, child, given.ID, enrolled.ID, begun.ID)
		for _, look := range c.looks(t, mother, helper) {
			if after := c.costOf(t, look); after > before[look.name] { // fewer, where the newest rows have less about them
				t.Errorf("%s: %d statements for few and %d for many", look.name, before[look.name], after)
			}
		}
		t.Logf("statements: %v", before)
	})
}

// about makes a message one about an application.
func about(application string) func(row map[string]any) {
	return func(row map[string]any) { row["plan_key"], row["application_id"] = nil, application }
}

// costOf counts the statements of a look once what is cached is there.
func (c *city) costOf(t *testing.T, look aLook) int64 {
	t.Helper()
	for range 2 {
		if got := look.who.query(t, look.query); !got.ok() {
			t.Fatalf("%s: %s", look.name, got.Raw)
		}
	}
	return c.counting.last.Load().Load()
}

// growTwentyfold makes twenty more of everything.
func (c *city) growTwentyfold(t *testing.T, mother *visitor, me, child, given, enrolled, begun string) {
	t.Helper()
	for range 19 {
		draft := change(t, mother, "StartApplication", vars{"itemCode": "birth-registration"}).Application
		change(t, mother, "FetchMaterials", vars{"applicationId": draft.ID})
	}
	for range 3 {
		startBundle(t, mother, vars{"bundleCode": "newborn"})
	}
	var people []string
	for range 19 {
		c.copies(t, 1, "resident_residents", "id", child, func(row map[string]any) {
			row["national_id_index"] = nil
			people = append(people, row["id"].(string))
		})
	}
	upload := func(owner string) func(map[string]any) {
		return func(row map[string]any) { row["owner_id"], row["source"], row["number_index"] = owner, "UPLOAD", nil }
	}
	for i, other := range people {
		c.copies(t, 1, "resident_relations", "dependant_id", child, func(row map[string]any) { row["dependant_id"], row["guardian_id"] = other, me })
		c.copies(t, 2, "material_documents", "owner_id", child, upload(other))
		c.copies(t, 1, "delegation_delegations", "id", given, func(row map[string]any) { row["grantor_id"], row["state"] = other, "ACTIVE" })
		c.copies(t, 1, "delegation_delegations", "id", given, func(row map[string]any) { row["delegate_id"], row["state"] = other, "ACTIVE" })
		c.copies(t, 1, "delegation_volunteers", "id", enrolled, func(row map[string]any) {
			row["resident_id"] = other
		})
		c.copies(t, 1, "delegation_volunteers", "id", enrolled, func(row map[string]any) { row["point_code"] = fmt.Sprintf("point-%d", i) })
	}
	c.copies(t, 20, "material_documents", "owner_id", me, func(row map[string]any) { // older than those that applications rest on
		upload(me)(row)
		row["created_at"] = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	})
	c.copies(t, 20, "notify_messages", "resident_id", me, about(begun))
	c.copies(t, 20, "audit_records", "subject_id", me, nil)
	c.copies(t, 20, "identity_consents", "resident_id", me, func(row map[string]any) { row["withdrawn_at"] = row["given_at"] })
}
