package app_test

import (
	"strings"
	"testing"
)

// theFamily is what the office knows of a father, his daughter of seven and his son of fifteen, who has a phone.
var theFamily = map[string]string{
	"330108198707079971": `{"subject":"s-1","attributes":{"birthDate":"1987-07-07","gender":"male","region":"330108","phone":"13800000019","household":[
		{"name":"吕立夏","nationalId":"330108201805059960","relation":"child"},{"name":"吕元旦","nationalId":"330108201101019979","relation":"child"}]}}`,
	"330108201805059960": `{"subject":"s-7","attributes":{"birthDate":"2018-05-05","gender":"female","region":"330108"}}`,
	"330108201101019979": `{"subject":"s-15","attributes":{"birthDate":"2011-01-01","gender":"male","region":"330108","phone":"13800000029"}}`,
}

// about counts the questions about one person that came to the office.
func (o *office) about(number, subject string) (count int) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	for _, said := range o.heard["/v1/subjects/resolve"] {
		if said["nationalId"] == number {
			count++
		}
	}
	for _, said := range o.heard["/v1/materials/fetch"] {
		if said["subject"] == subject {
			count++
		}
	}
	return count
}

type childShown struct{ ID, DisplayName string }

func children(t *testing.T, guardian *visitor) (daughter, son string) {
	t.Helper()
	for _, child := range askOwn[struct{ Dependants []childShown }](t, guardian, `{ viewer { dependants { id displayName } } }`, nil).Dependants {
		if child.DisplayName == "吕*夏" {
			daughter = child.ID
		} else {
			son = child.ID
		}
	}
	if daughter == "" || son == "" {
		t.Fatal("the children are not the guardian's")
	}
	return daughter, son
}

// A father's consent lets departments be asked about his children; he refuses for one of them, and for all with his own; the son of
// fifteen decides for himself from the day on which he binds his identity.
func TestAGuardianAgreesForChildrenUntilTheyDecide(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		o := newOffice(t)
		o.knows = theFamily
		o.holds = map[string]string{"household-register": "HKB-1", "vaccination-certificate": "YM-1"}
		c := o.open(t, on, map[string]bool{"public-security": false, "health": false})
		father := knownToTheOffice(t, c)
		daughter, son := children(t, father)
		school := func(child string) string {
			return change(t, father, "StartApplication", vars{"itemCode": "primary-school-enrolment", "onBehalfOf": child}).Application.ID
		}
		fetch := func(v *visitor, draft string) (string, int) {
			got := ask[payload](t, v, "FetchMaterials", input(vars{"applicationId": draft}))
			return codes(got.Problems), fetched(got.Application)
		}
		hers, his := school(daughter), school(son)
		if consentTo(t, father, "MINOR_DATA", daughter) != "GIVEN" || consentTo(t, father, "IDENTITY_BINDING", daughter) != "" {
			t.Error("his consent does not hold for his daughter")
		}

		for range 2 {
			if got := withdrawConsent(t, father, vars{"purpose": "MINOR_DATA", "onBehalfOf": daughter}); len(got.Problems) > 0 {
				t.Fatalf("refused for her: %+v", got)
			}
		}
		if got, count := fetch(father, hers); got != "CONSENT_REQUIRED" || count != 0 || o.about("330108201805059960", "s-7") != 0 {
			t.Errorf("refused for her: %s, %d papers, %d questions", got, count, o.about("330108201805059960", "s-7"))
		}
		if got, count := fetch(father, his); got != "" || count == 0 {
			t.Errorf("for her brother: %s, %d papers", got, count)
		}
		given := giveConsent(t, father, vars{"purpose": "MINOR_DATA", "version": "1", "onBehalfOf": daughter})
		if len(given.Problems) > 0 || len(given.Consents) != 1 || !given.Consents[0].ByGuardian {
			t.Errorf("agreed to for her: %+v", given)
		}
		if got, count := fetch(father, hers); got != "" || count == 0 {
			t.Errorf("agreed to for her: %s, %d papers", got, count)
		}

		withdrawConsent(t, father, vars{"purpose": "IDENTITY_BINDING"})
		before := o.requests()
		if got, _ := fetch(father, school(daughter)); got != "CONSENT_REQUIRED" || o.requests() != before {
			t.Errorf("with his own consent withdrawn: %s, %d requests", got, o.requests()-before)
		}
		giveConsent(t, father, vars{"purpose": "IDENTITY_BINDING", "version": "1"})

		strangersDecideNothing(t, c, daughter)
		o.theSonDecides(t, c, father, his)
	})
}

func strangersDecideNothing(t *testing.T, c *city, daughter string) {
	t.Helper()
	stranger := c.signIn(t, "+8613900000077")
	for _, query := range []string{
		`mutation($c: ID) { giveConsent(input: {purpose: "MINOR_DATA", version: "1", onBehalfOf: $c}) { problems { code } } }`,
		`mutation($c: ID) { withdrawConsent(input: {purpose: "MINOR_DATA", onBehalfOf: $c}) { problems { code } } }`,
		`query($c: ID) { consentPurposes(onBehalfOf: $c) { purpose } }`,
	} {
		for _, child := range []string{daughter, "0190f3c0-0000-7000-8000-000000000000", "nobody"} {
			if code, words := refusalOf(sendOwn(t, stranger, query, vars{"c": child})); code != "NOT_FOUND" || words != notFound.chinese {
				t.Errorf("%s about %s was answered %s %s", query, child, code, words)
			}
		}
	}
	if got := giveConsent(t, stranger, vars{"purpose": "HEALTH_FOLLOW_UP", "version": "1"}); codes(got.Problems) != "IDENTITY_REQUIRED" {
		t.Errorf("without an identity: %+v", got.Problems)
	}
}

func (o *office) theSonDecides(t *testing.T, c *city, father *visitor, his string) {
	t.Helper()
	_, son := children(t, father)
	if got := giveConsent(t, father, vars{"purpose": "HEALTH_FOLLOW_UP", "version": "1", "onBehalfOf": son}); codes(got.Problems) != "NOT_ELIGIBLE:onBehalfOf" {
		t.Errorf("his health at fifteen: %+v", got.Problems)
	}
	young := c.guest()
	change(t, young, "RequestLoginCode", vars{"phone": "+8613800000029"})
	login := change(t, young, "Login", vars{"phone": "+8613800000029", "code": c.code(t, "+8613800000029"), "device": vars{"id": "phone-of-the-son", "platform": "ANDROID"}})
	young = &visitor{url: c.url, locale: "zh", token: login.Session.AccessToken}
	change(t, young, "BindIdentity", vars{
		"name": "吕元旦", "nationalId": "330108201101019979", "consents": []vars{{"purpose": "IDENTITY_BINDING", "version": "1"}},
	})
	if got := giveConsent(t, young, vars{"purpose": "HEALTH_FOLLOW_UP", "version": "1"}); len(got.Problems) > 0 || got.Consents[1].Channel != "ANDROID" {
		t.Errorf("his health by himself: %+v", got)
	}
	_, son = children(t, father)
	if got := withdrawConsent(t, father, vars{"purpose": "MINOR_DATA", "onBehalfOf": son}); codes(got.Problems) != "NOT_ELIGIBLE:onBehalfOf" {
		t.Errorf("his father refuses for him: %+v", got.Problems)
	}
	withdrawConsent(t, young, vars{"purpose": "IDENTITY_BINDING"})
	before := o.requests()
	later := change(t, father, "StartApplication", vars{"itemCode": "primary-school-enrolment", "onBehalfOf": son}).Application.ID
	for _, draft := range []string{his, later} { // by the record that his father had of him, and by his account
		got := ask[payload](t, father, "FetchMaterials", input(vars{"applicationId": draft}))
		if codes(got.Problems) != "CONSENT_REQUIRED" || !strings.Contains(got.Problems[0].Message, "由本人") || o.requests() != before {
			t.Errorf("after his own no: %+v, %d requests", got.Problems, o.requests()-before)
		}
	}
}
