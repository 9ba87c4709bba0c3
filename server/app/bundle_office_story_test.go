package app_test

import (
	"strings"
	"sync"
	"testing"
)

// theChild is the number that the register gives a newborn.
const theChild = "330110202602270017"

// What departments' own servers say of their results stands in the forms behind them, with its source; nobody types it again.
func TestTheChildsNumberFlowsOn(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		o := newOffice(t)
		c := o.open(t, on, map[string]bool{"public-security": true, "health": true})
		father := knownToTheOffice(t, c)
		b := startBundle(t, father, vars{"bundleCode": "newborn", "channel": "APP", "idempotencyKey": "child"})
		answersAtOnce(t, father, b)
		fetchAndUpload(t, father, b)
		change(t, father, "Submit", vars{"applicationId": b.member(t, "birth-certificate").ID})
		decided := func(item, department, step string, document vars) {
			t.Helper()
			a := standing(t, father, b.member(t, item).ID)
			if a.State == "SUBMITTED" {
				change(t, c.staff(t, "zhang-desk"), "Accept", vars{"applicationId": a.ID})
			}
			data := vars{"decision": "approve", "opinion": "已核"}
			if document != nil {
				data["document"] = document
			}
			status, said := o.eventOf(t, c, department, "onewindow.case.decided", a.Number+"/"+step, item+step, data, nil)
			if status != 202 || !strings.Contains(said, "applied") {
				t.Fatalf("%s of %s: %d %s", step, item, status, said)
			}
		}
		decided("birth-certificate", "health", "verify", nil)
		decided("birth-certificate", "health", "issue", vars{"number": "Q330000001", "issuedOn": "2026-03-02"})
		decided("birth-registration", "public-security", "check", nil)
		decided("birth-registration", "public-security", "register", vars{"number": "3301-0001", "issuedOn": "2026-03-02", "fields": vars{"childId": theChild}})
		for _, item := range []string{"medical-insurance-newborn", "social-security-card"} {
			shown := own[struct {
				State string
				Form  []struct {
					Key           string
					Value         *string
					PrefilledFrom *string
				}
				Checklist []requirement
			}](t, father, `query($id: ID!) { application(id: $id) { state form { key value prefilledFrom } checklist { material { code } status document { number } } } }`,
				vars{"id": b.member(t, item).ID})
			found := false
			for _, field := range shown.Form {
				if field.Key == "child_id" && field.Value != nil && *field.Value == theChild {
					found = field.PrefilledFrom != nil && strings.Contains(*field.PrefilledFrom, "出生登记")
				}
			}
			register := application{Checklist: shown.Checklist}.required("household-register")
			if !found || shown.State == "DRAFT" || register.Document == nil || register.Document.Number != "3301-0001" {
				t.Errorf("%s is %s, register %+v, form %+v", item, shown.State, register.Document, shown.Form)
			}
		}
	})
}

// answersAtOnce answers all members at the same time, as an impatient client does: nobody is told of a conflict.
func answersAtOnce(t *testing.T, v *visitor, b bundleCase) {
	t.Helper()
	all := map[string]map[string]string{
		"birth-certificate": {
			"child_name": "吕惊春", "child_gender": "male", "birth_date": "2026-02-27", "birthplace": "330108", "place_kind": "hospital",
			"hospital": "杭州市第一人民医院", "applicant_relation": "father", "mother_name": "朱立冬", "mother_id": "330105198911079988", "father_known": "false",
		},
		"vaccination-certificate":   {"residence_region": "330108"},
		"birth-registration":        {"settle_with": "father", "household_kind": "family", "born_in_wedlock": "true", "same_ethnicity": "true"},
		"medical-insurance-newborn": {"parent_insured_here": "true", "payer": "family-account"},
		"social-security-card":      {"holder": "child", "insured_here": "true", "reason": "first", "bank": "icbc"},
	}
	var saves sync.WaitGroup
	for item, answers := range all {
		member := b.member(t, item)
		var list []vars
		for key, value := range answers {
			list = append(list, vars{"key": key, "value": value})
		}
		saves.Go(func() {
			got, err := v.try("SaveAnswers", input(vars{"applicationId": member.ID, "revision": member.Revision, "answers": list}))
			if err != nil || !got.ok() || strings.Contains(got.Raw, `"problems":[{`) {
				t.Errorf("%s: %v %s", item, err, got.Raw)
			}
		})
	}
	saves.Wait()
}
