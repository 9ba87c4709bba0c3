package app_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"onewindow/models"
)

// The shapes of bundles, as far as the stories read them.
type (
	bundleCase struct {
		ID, State    string
		Applications []application
		Form         []formField
		Missing      []requirement
	}
	bundlePayload struct {
		BundleCase *bundleCase
		Problems   []problem
	}
)

// startBundle begins a bundle with the clients' own operation.
func startBundle(t *testing.T, v *visitor, fields vars) bundleCase {
	t.Helper()
	got := ask[bundlePayload](t, v, "StartBundle", input(fields))
	if len(got.Problems) > 0 || got.BundleCase == nil {
		t.Fatalf("StartBundle: %+v", got.Problems)
	}
	return *got.BundleCase
}

// member finds the application of an item.
func (b bundleCase) member(t *testing.T, item string) application {
	t.Helper()
	for _, member := range b.Applications {
		if member.Item.Code == item {
			return member
		}
	}
	t.Fatalf("no application for %s in the bundle", item)
	return application{}
}

func (b bundleCase) items() (codes []string) {
	for _, member := range b.Applications {
		codes = append(codes, member.Item.Code)
	}
	return codes
}

// look reads an application of a bundle as PreCheck shows it, with its progress where it has a number.
func look(t *testing.T, v *visitor, id string) application {
	t.Helper()
	return ask[application](t, v, "PreCheck", vars{"id": id})
}

// standing finds an application of the person in the list, as MyApplications shows it.
func standing(t *testing.T, v *visitor, id string) application {
	t.Helper()
	for _, mine := range ask[viewer](t, v, "MyApplications", vars{"first": 100}).Applications.nodes() {
		if mine.ID == id {
			return mine
		}
	}
	t.Fatalf("the application %s is not in the list", id)
	return application{}
}

// say saves answers in one application with the revision that the client has from the beginning.
func say(t *testing.T, v *visitor, a application, answers map[string]string) application {
	t.Helper()
	var list []vars
	for key, value := range answers {
		list = append(list, vars{"key": key, "value": value})
	}
	return change(t, v, "SaveAnswers", vars{"applicationId": a.ID, "revision": a.Revision, "answers": list}).Application
}

// decideAll brings an application that was handed in to its end, step by step, by whoever does each step's work.
func decideAll(t *testing.T, c *city, applicant *visitor, id string) application {
	t.Helper()
	for until := time.Now().Add(patience); time.Now().Before(until); {
		now := standing(t, applicant, id)
		switch now.State {
		case "SUBMITTED":
			change(t, c.staff(t, "zhang-desk"), "Accept", vars{"applicationId": id})
			continue
		case "COMPLETED", "REJECTED":
			return now
		}
		index := slices.IndexFunc(now.Steps, func(s step) bool { return s.State == "ACTIVE" })
		if index < 0 {
			t.Fatalf("%s is %s and nobody is at work", now.Item.Code, now.State)
		}
		if !decideStep(t, c, id, now.Steps[index], "APPROVE") {
			time.Sleep(50 * time.Millisecond) // the department's own system is at it
		}
	}
	t.Fatal("no end of steps")
	return application{}
}

// decideStep has whoever may decide a step do it; false where nobody could.
func decideStep(t *testing.T, c *city, id string, s step, decision string) bool {
	t.Helper()
	for _, role := range []models.Role{models.Issuer, models.Approver, models.Reviewer} {
		for _, account := range c.roster.Staff {
			if account.Department != s.Department.Code || !slices.Contains(account.Roles, role) {
				continue
			}
			v := c.staff(t, account.Username)
			for _, found := range ask[connection[task]](t, v, "Worklist", vars{"state": "OPEN", "first": 100}).nodes() {
				if found.Application.ID == id && found.Step != nil && found.Step.ID == s.ID {
					got := v.send(t, "Decide", input(vars{"taskId": found.ID, "decision": decision, "opinion": "已核"}))
					if got.ok() && len(read[payload](t, "Decide", got).Problems) == 0 {
						return true
					}
				}
			}
		}
	}
	return false
}

var newbornMembers = []string{
	"birth-certificate", "vaccination-certificate", "birth-registration", "medical-insurance-newborn", "social-security-card", "childbirth-benefit",
}

// newbornBundle is begun and filled in by 吴清明, each application once, with the revisions of the beginning.
func newbornBundle(t *testing.T, c *city) (mother *visitor, b bundleCase) {
	t.Helper()
	mother = c.resident(t, "r06")
	b = startBundle(t, mother, vars{"bundleCode": "newborn", "channel": "APP", "idempotencyKey": "baby"})
	say(t, mother, b.member(t, "birth-certificate"), map[string]string{
		"child_name": "陈惊春", "child_gender": "male", "birth_date": "2026-02-27", "birthplace": "330110", "place_kind": "hospital",
		"hospital": "杭州市第一人民医院", "applicant_relation": "mother", "father_known": "true", "father_name": "陈春分", "father_id": "330110199503219975",
	})
	say(t, mother, b.member(t, "vaccination-certificate"), map[string]string{"residence_region": "330110"})
	say(t, mother, b.member(t, "birth-registration"), map[string]string{
		"settle_with": "mother", "household_kind": "family", "born_in_wedlock": "true", "same_ethnicity": "true",
	})
	say(t, mother, b.member(t, "medical-insurance-newborn"), map[string]string{"parent_insured_here": "true", "payer": "family-account"})
	say(t, mother, b.member(t, "social-security-card"), map[string]string{"holder": "child", "insured_here": "true", "reason": "first", "bank": "icbc"})
	return mother, b
}

// A mother starts the whole matter, fills it in once, hands in the first item, and the rest follows by itself.
func TestHavingABabyIsOneMatter(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother, b := newbornBundle(t, c)
		if b.State != "DRAFT" || !slices.Equal(b.items(), newbornMembers) {
			t.Fatalf("it begins as %s with %v", b.State, b.items())
		}
		for _, row := range b.Missing {
			if row.Material.Code == "birth-certificate" {
				t.Errorf("the birth certificate is asked for, which the first item issues")
			}
		}
		keys := map[string]int{}
		for _, field := range b.Form {
			keys[field.Key]++
		}
		if keys["child_name"] != 1 || keys["phone"] != 1 || keys["settle_with"] != 1 || keys["bank_account"] != 2 {
			t.Errorf("the one form asks %v", keys)
		}
		registration := look(t, mother, b.member(t, "birth-registration").ID)
		if got := registration.field("child_name"); got.Problem != nil {
			t.Errorf("the child's name did not reach the registration: %+v", got)
		}
		fetchAndUpload(t, mother, b)
		first := change(t, mother, "Submit", vars{"applicationId": b.member(t, "birth-certificate").ID, "idempotencyKey": "go"}).Application
		if first.State != "SUBMITTED" {
			t.Fatalf("the first is %s", first.State)
		}
		waits := standing(t, mother, b.member(t, "birth-registration").ID)
		if waits.State != "DRAFT" || waits.NextAction.Who != "NOBODY" || !strings.Contains(waits.NextAction.Title, "出生医学证明首次签发") {
			t.Errorf("the registration says %+v", waits.NextAction)
		}
		newbornFollows(t, c, mother, b)
	})
}

// fetchAndUpload has the departments asked for each member, and hands in what is still missing, once.
func fetchAndUpload(t *testing.T, v *visitor, b bundleCase) {
	t.Helper()
	for _, member := range b.Applications {
		if member.Item.Code == "childbirth-benefit" {
			continue
		}
		change(t, v, "FetchMaterials", vars{"applicationId": member.ID})
		for _, missing := range look(t, v, member.ID).Missing {
			upload(t, v, member.ID, missing, nil)
		}
	}
}

func newbornFollows(t *testing.T, c *city, mother *visitor, b bundleCase) {
	t.Helper()
	certificate := decideAll(t, c, mother, b.member(t, "birth-certificate").ID)
	if certificate.State != "COMPLETED" {
		t.Fatalf("the certificate is %s", certificate.State)
	}
	registration := standing(t, mother, b.member(t, "birth-registration").ID)
	if registration.Number == "" || registration.State == "DRAFT" {
		t.Fatalf("the registration did not follow: %s, next %+v, told %+v", registration.State, registration.NextAction, told(t, mother, "STILL_LACKING"))
	}
	if vaccination := standing(t, mother, b.member(t, "vaccination-certificate").ID); vaccination.State == "DRAFT" {
		t.Errorf("the vaccination certificate did not follow: %+v", vaccination.NextAction)
	}
	// A click that comes late is answered with what is there.
	late := ask[payload](t, mother, "Submit", input(vars{"applicationId": registration.ID, "revision": 1, "idempotencyKey": "late"}))
	if len(late.Problems) > 0 || late.Application.Number != registration.Number {
		t.Errorf("the late click is answered %+v", late)
	}
	// The benefit was never filled in: it stays and the mother is told what is lacking.
	if benefit := standing(t, mother, b.member(t, "childbirth-benefit").ID); benefit.State != "DRAFT" {
		t.Errorf("the benefit is %s", benefit.State)
	}
	if got := told(t, mother, "STILL_LACKING"); len(got) != 1 || !strings.Contains(got[0].Body, "生育津贴支付") || !strings.Contains(got[0].Body, "申领类别") {
		t.Errorf("she is told %+v", got)
	}
	decideAll(t, c, mother, registration.ID)
	for _, item := range []string{"medical-insurance-newborn", "social-security-card"} {
		if got := standing(t, mother, b.member(t, item).ID); got.State == "DRAFT" {
			t.Errorf("%s did not follow: %+v", item, got.NextAction)
		}
	}
	again := startBundle(t, mother, vars{"bundleCode": "newborn", "channel": "APP", "idempotencyKey": "baby"})
	if again.ID != b.ID || again.State != "IN_PROGRESS" {
		t.Errorf("the same click again gives %s, %s", again.ID, again.State)
	}
}
