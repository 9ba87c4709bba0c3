package app_test

import (
	"strings"
	"testing"
)

type consentsShown struct {
	Consents []struct {
		Purpose, Version, GivenAt, WithdrawnAt, Channel string
		Current, ByGuardian                             bool
	}
	Purposes []purposeShown
	Problems []problem
}

type purposeShown struct {
	Purpose, Name, Version, Text, Basis, Citation, Standing, Effect string
	Sensitive, Withdrawable                                         bool
	History                                                         []struct{ Kind, At, Version, Channel string }
}

// consent sends what clients of a later version send.
func consent(t *testing.T, v *visitor, mutation, inputType string, fields vars) consentsShown {
	t.Helper()
	return askOwn[consentsShown](t, v, `mutation($i: `+inputType+`!) { `+mutation+`(input: $i) {
		consents { purpose version givenAt withdrawnAt channel current byGuardian } purposes { purpose standing history { kind at version channel } }
		problems { code message field } } }`, vars{"i": fields})
}

func giveConsent(t *testing.T, v *visitor, fields vars) consentsShown {
	t.Helper()
	return consent(t, v, "giveConsent", "GiveConsentInput", fields)
}

func withdrawConsent(t *testing.T, v *visitor, fields vars) consentsShown {
	t.Helper()
	return consent(t, v, "withdrawConsent", "WithdrawConsentInput", fields)
}

// consentTo is where a purpose stands with somebody, or with a child in their care.
func consentTo(t *testing.T, v *visitor, purpose string, child any) string {
	t.Helper()
	for _, shown := range askOwn[[]purposeShown](t, v, `query($c: ID) { consentPurposes(onBehalfOf: $c) { purpose standing } }`, vars{"c": child}) {
		if shown.Purpose == purpose {
			return shown.Standing
		}
	}
	return ""
}

// asked counts the questions for papers that came to the office, by material.
func (o *office) asked() map[string]int {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	found := map[string]int{}
	for _, said := range o.heard["/v1/materials/fetch"] {
		found[said["material"].(string)]++
	}
	return found
}

// requests counts everything that came to the office.
func (o *office) requests() int {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return len(o.raw)
}

// The purposes read as people are to read them: each has its words and its law in both languages, and says what a no means.
func TestEveryPurposeTellsItsTextItsLawAndItsEnd(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother := c.resident(t, "r06")
		seen := map[string]string{}
		for _, locale := range []string{"zh", "en"} {
			shown := askOwn[[]purposeShown](t, mother.in(locale), `{ consentPurposes { purpose name version text basis citation sensitive withdrawable standing effect history { kind } } }`, nil)
			if len(shown) != 5 {
				t.Fatalf("%d purposes", len(shown))
			}
			for _, one := range shown {
				for what, words := range map[string]string{"name": one.Name, "text": one.Text, "citation": one.Citation, "effect": one.Effect} {
					if len(words) < 10 || seen[words] != "" && what != "citation" {
						t.Errorf("%s of %s in %s: %q", what, one.Purpose, locale, words)
					}
					seen[words] = one.Purpose
				}
				if one.Withdrawable == (one.Purpose == "APPLICATION_HANDLING") || one.Version != "1" {
					t.Errorf("%+v", one)
				}
			}
		}
		for _, stranger := range []struct {
			v    *visitor
			want string
		}{{c.guest(), "UNAUTHENTICATED"}, {c.staff(t, "zhang-desk"), "FORBIDDEN"}} {
			for _, query := range []string{
				`{ consentPurposes { purpose } }`, `mutation { giveConsent(input: {purpose: "HEALTH_FOLLOW_UP", version: "1"}) { problems { code } } }`,
				`mutation { withdrawConsent(input: {purpose: "HEALTH_FOLLOW_UP"}) { problems { code } } }`,
			} {
				if code, _ := refusalOf(sendOwn(t, stranger.v, query, nil)); code != stranger.want {
					t.Errorf("%s was answered %s, want %s", query, code, stranger.want)
				}
			}
		}
	})
}

// A consent is withdrawn as easily as it was given: no department is asked for papers from then on, and all is as before once it is
// given again. It is told what to do, and everything that was said stays on record.
func TestAWithdrawnConsentEndsTheQuestions(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother := c.resident(t, "r06")
		draft := change(t, mother, "StartApplication", vars{"itemCode": "birth-registration"}).Application
		unknown := ask[consentsShown](t, mother, "WithdrawConsent", input(vars{"purpose": "MOON"}))
		if len(unknown.Problems) != 1 || unknown.Problems[0].Code != "UNKNOWN" {
			t.Errorf("a consent never given: %+v", unknown)
		}
		for range 2 {
			got := ask[consentsShown](t, mother, "WithdrawConsent", input(vars{"purpose": "IDENTITY_BINDING"}))
			if len(got.Problems) > 0 || len(got.Consents) != 1 || got.Consents[0].WithdrawnAt == "" {
				t.Fatalf("withdrawn: %+v", got)
			}
		}
		if ask[viewer](t, mother, "Me", nil).Identity.Status != "BOUND" {
			t.Error("the identity is lost with the consent")
		}
		problematic(t, mother, sendInput(t, "FetchMaterials", vars{"applicationId": draft.ID}), mend{
			code:    "CONSENT_REQUIRED",
			chinese: "没有您对“身份核验与向部门查询”现行告知的同意，我们不向部门查询。请自行上传材料，或重新同意后再获取",
			english: "Without your consent to the present notice on “proving who you are, and asking departments”, departments are not asked. Please upload the papers yourself, or agree again and fetch them",
		})
		if count := fetched(ask[payload](t, mother, "FetchMaterials", input(vars{"applicationId": draft.ID})).Application); count != 0 {
			t.Errorf("%d papers were fetched without a consent", count)
		}
		change(t, mother, "BindIdentity", claimOf(c, "r06"))
		if count := fetched(change(t, mother, "FetchMaterials", vars{"applicationId": draft.ID}).Application); count == 0 {
			t.Error("nothing was fetched with the consent given again")
		}
		withdrawConsent(t, mother, vars{"purpose": "IDENTITY_BINDING"})
		few := purposesCost(t, c, mother)
		again := giveConsent(t, mother, vars{"purpose": "IDENTITY_BINDING", "version": "1"})
		if len(again.Problems) > 0 || len(again.Consents) != 3 || again.Consents[1].WithdrawnAt == "" || again.Consents[2].WithdrawnAt != "" || !again.Consents[2].Current {
			t.Errorf("given by itself: %+v", again)
		}
		if many := purposesCost(t, c, mother); many != few || many > 2 {
			t.Errorf("the purposes cost %d statements with little said and %d with more", few, many)
		}
	})
}

// purposesCost counts the statements of looking at all purposes, once what is cached is there.
func purposesCost(t *testing.T, c *city, v *visitor) int64 {
	t.Helper()
	for range 2 {
		askOwn[[]purposeShown](t, v, `{ consentPurposes { purpose text standing history { kind at version channel byGuardian } } }`, nil)
	}
	return c.counting.last.Load().Load()
}

func fetched(a application) (count int) {
	for _, requirement := range a.Checklist {
		if requirement.Status == "FETCHED" {
			count++
		}
	}
	return count
}

// What departments receive follows what was agreed to: sensitive papers are not asked for after a no, anything else is; nothing is
// after the binding's consent is gone; and what was handed in reaches them all the same, because the law wants it worked.
func TestDepartmentsReceiveOnlyWhatWasAgreedTo(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		o := newOffice(t)
		o.holds = map[string]string{"id-card": "SFZ-771177", "business-licence": "YYZZ-882288"}
		c := o.open(t, on, map[string]bool{"public-security": false, "market-regulation": false, "medical-insurance": true})
		applicant := knownToTheOffice(t, c)
		draft := soleTrader(t, applicant)

		refusal := ask[consentsShown](t, applicant, "WithdrawConsent", input(vars{"purpose": "SENSITIVE_MATERIALS"}))
		if len(refusal.Problems) > 0 || len(refusal.Consents) != 1 || consentTo(t, applicant, "SENSITIVE_MATERIALS", nil) != "WITHDRAWN" {
			t.Fatalf("refused without having agreed: %+v", refusal)
		}
		got := ask[payload](t, applicant, "FetchMaterials", input(vars{"applicationId": draft.ID}))
		card, licence := got.Application.required("id-card"), got.Application.required("business-licence")
		if len(got.Problems) != 1 || got.Problems[0].Code != "CONSENT_REQUIRED" || !strings.Contains(got.Problems[0].Message, "请自行上传") {
			t.Errorf("problems %+v", got.Problems)
		}
		if card.Status != "MISSING" || card.Reason == nil || !strings.Contains(*card.Reason, "敏感材料") || licence.Status != "FETCHED" {
			t.Errorf("the card is %+v, the licence %+v", card, licence)
		}
		if asked := o.asked(); asked["id-card"] != 0 || asked["business-licence"] != 1 {
			t.Errorf("the departments were asked for %v", asked)
		}

		old := giveConsent(t, applicant, vars{"purpose": "SENSITIVE_MATERIALS", "version": "0"})
		if codes(old.Problems) != "CONSENT_REQUIRED:version" || !strings.Contains(old.Problems[0].Message, "版本 1") {
			t.Errorf("an old text: %+v", old.Problems)
		}
		for range 2 {
			if given := giveConsent(t, applicant, vars{"purpose": "SENSITIVE_MATERIALS", "version": "1"}); len(given.Problems) > 0 || len(given.Consents) != 2 {
				t.Errorf("given: %+v", given)
			}
		}
		got = ask[payload](t, applicant, "FetchMaterials", input(vars{"applicationId": draft.ID}))
		if len(got.Problems) > 0 || got.Application.required("id-card").Status != "FETCHED" || o.asked()["id-card"] != 1 {
			t.Errorf("with the consent: %+v, asked for %v", got.Problems, o.asked())
		}

		o.handedWithoutConsent(t, c, applicant, draft)
	})
}

// soleTrader fills in an application that needs a sensitive paper and one that is not.
func soleTrader(t *testing.T, applicant *visitor) application {
	t.Helper()
	draft := change(t, applicant, "StartApplication", vars{"itemCode": "flexible-employment-insurance", "channel": "APP"}).Application
	return change(t, applicant, "SaveAnswers", vars{"applicationId": draft.ID, "answers": []vars{
		{"key": "work_kind", "value": "sole-trader"}, {"key": "insured_by_employer", "value": "false"}, {"key": "has_permit", "value": "false"},
		{"key": "pension", "value": "false"}, {"key": "medical", "value": "true"}, {"key": "bank_account", "value": "6222021234567890123"},
	}}).Application
}

// handedWithoutConsent: with the binding's consent withdrawn nobody is asked, and the law's own business goes on.
func (o *office) handedWithoutConsent(t *testing.T, c *city, applicant *visitor, draft application) {
	t.Helper()
	change(t, applicant, "Submit", vars{"applicationId": draft.ID})
	withdrawConsent(t, applicant, vars{"purpose": "IDENTITY_BINDING"})
	before := o.requests()
	second := change(t, applicant, "StartApplication", vars{"itemCode": "birth-registration"}).Application // needs what the wallet does not hold
	without := ask[payload](t, applicant, "FetchMaterials", input(vars{"applicationId": second.ID}))
	if codes(without.Problems) != "CONSENT_REQUIRED" || fetched(without.Application) > 0 || o.requests() != before {
		t.Errorf("without a consent: %+v, %d requests", without.Problems, o.requests()-before)
	}
	for _, said := range []consentsShown{
		withdrawConsent(t, applicant, vars{"purpose": "APPLICATION_HANDLING"}), giveConsent(t, applicant, vars{"purpose": "APPLICATION_HANDLING", "version": "1"}),
	} {
		if codes(said.Problems) != "LAW_BASED:purpose" || !strings.Contains(said.Problems[0].Message, "《行政许可法》") {
			t.Errorf("what the law lays down: %+v", said.Problems)
		}
	}
	enrolling := c.worker(t, "human-resources", "REVIEWER")
	change(t, enrolling, "Decide", vars{"taskId": openTask(t, enrolling, draft.ID, draft.ID+".enrol").ID, "decision": "APPROVE"})
	handed := o.wait(t, "/v1/cases")
	number, _ := handed["number"].(string)
	if papers, _ := handed["materials"].([]any); len(papers) == 0 || number == "" {
		t.Errorf("the step was handed over with %v", handed)
	}
	change(t, applicant, "Withdraw", vars{"applicationId": draft.ID, "reason": "不办了"})
	o.wait(t, "/v1/cases/"+number+"/steps/medical/withdraw")
}

// Who helps by a delegation is told that the person decides; the person's own refusal is not the helper's to lift.
func TestAHelperIsToldThatThePersonDecides(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother, helper := c.resident(t, "r06"), c.resident(t, "r05")
		given, problems := grant(t, mother, vars{
			"delegatePhone": helper.phone, "itemCodes": []string{"birth-registration"}, "powers": []string{"FILL", "TRACK"}, "until": "2026-04-01",
		})
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		answerDelegation(t, helper, "acceptDelegation", given.ID)
		person := ask[viewer](t, mother, "Me", nil).ID
		draft := change(t, helper, "StartApplication", vars{"itemCode": "birth-registration", "onBehalfOf": person}).Application
		withdrawConsent(t, mother, vars{"purpose": "SENSITIVE_MATERIALS"})
		for v, words := range map[*visitor]string{helper: "由本人", mother: "您已拒绝"} {
			got := ask[payload](t, v, "FetchMaterials", input(vars{"applicationId": draft.ID}))
			if codes(got.Problems) != "CONSENT_REQUIRED" || !strings.Contains(got.Problems[0].Message, words) {
				t.Errorf("problems %+v, want one with %s", got.Problems, words)
			}
		}
		lift := `mutation($p: ID) { giveConsent(input: {purpose: "SENSITIVE_MATERIALS", version: "1", onBehalfOf: $p}) { problems { code } } }`
		if code, _ := refusalOf(sendOwn(t, helper, lift, vars{"p": person})); code != "NOT_FOUND" {
			t.Errorf("the helper agrees for the person: %s", code)
		}
	})
}
