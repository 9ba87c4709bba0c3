package app_test

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// What stories of volunteers have in common.

const (
	enrolVolunteer = `mutation($i: EnrolVolunteerInput!) { enrolVolunteer(input: $i) { volunteer { id state helping until person { displayName } servicePoint { code name } } problems { code field message } } }`
	endVolunteer   = `mutation($i: EndVolunteerInput!) { endVolunteer(input: $i) { volunteer { id state helping } problems { code field message } } }`
	helpPerson     = `mutation($i: HelpPersonInput!) { helpPerson(input: $i) { request { id sentTo expiresAt } problems { code field message } } }`
	confirmHelp    = `mutation($i: ConfirmHelpInput!) { confirmHelp(input: $i) { delegation { id kind state until powers itemCodes servicePoint { code name } delegate { displayName } grantor { id displayName } } problems { code field message } } }`
	setContact     = `mutation($i: SetSecondContactInput!) { setSecondContact(input: $i) { secondContact { phone locale codeSentTo } problems { code field message } } }`
	cancelHelped   = `mutation($i: CancelHelpedInput!) { cancelHelped(input: $i) { application { id state } problems { code field message } } }`
	cancelByCode   = `mutation($i: CancelHelpedByCodeInput!) { cancelHelpedByCode(input: $i) { cancelled problems { code field message } } }`
)

type (
	volunteerShown struct {
		ID, State, Until string
		Helping          int
		Person           struct{ DisplayName string }
		ServicePoint     named
	}
	helpShown struct {
		ID, Kind, State, Until string
		Powers, ItemCodes      []string
		ServicePoint           *named
		Delegate               struct{ DisplayName string }
		Grantor                struct{ ID, DisplayName string }
	}
	helpPayload struct {
		Volunteer     *volunteerShown
		Request       *struct{ ID, SentTo string }
		Delegation    *helpShown
		SecondContact *struct{ Phone, Locale, CodeSentTo *string }
		Application   *application
		Cancelled     bool
		Problems      []problem
	}
)

// asking is a mutation of this topic; its problems are the caller's.
func asking(t *testing.T, v *visitor, mutation string, fields vars) helpPayload {
	t.Helper()
	return askOwn[helpPayload](t, v, mutation, vars{"i": fields})
}

// done is asking that has to have no problems.
func done(t *testing.T, v *visitor, mutation string, fields vars) helpPayload {
	t.Helper()
	got := asking(t, v, mutation, fields)
	if len(got.Problems) > 0 {
		t.Fatalf("%s: %+v", mutation[:strings.Index(mutation, "{")], got.Problems)
	}
	return got
}

// problemOf is the code and field of a single problem.
func problemOf(problems []problem) string {
	if len(problems) != 1 {
		return ""
	}
	if problems[0].Field == nil {
		return problems[0].Code
	}
	return problems[0].Code + " " + *problems[0].Field
}

// volunteer enrols a sample resident at a service point.
func (c *city) volunteer(t *testing.T, id string) (*visitor, *volunteerShown) {
	t.Helper()
	helper := c.resident(t, id)
	enrolled := done(t, c.staff(t, "zhang-desk"), enrolVolunteer, vars{
		"phone": helper.phone, "servicePoint": vars{"code": "wenxin-01", "name": "文新街道便民服务点"}, "until": "2026-12-31",
	})
	return helper, enrolled.Volunteer
}

// smsOf waits for the last SMS of a template to a phone.
func (c *city) smsOf(t *testing.T, phone, template string) outgoingMessage {
	t.Helper()
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		for _, sms := range slices.Backward(c.outbox(t, "sms", phone)) {
			if sms.Template == template {
				return sms
			}
		}
	}
	t.Fatalf("no %s was sent", template)
	return outgoingMessage{}
}

// ask has a volunteer ask a person, and gives the request and the code that the person reads.
func (c *city) askToHelp(t *testing.T, helper, person *visitor, powers []string, items ...string) (request, code string) {
	t.Helper()
	asked := done(t, helper, helpPerson, vars{"phone": person.phone, "itemCodes": items, "powers": powers, "days": 7})
	return asked.Request.ID, c.smsOf(t, person.phone, "help-code").Data["code"]
}

// helps begins help with a person's yes.
func (c *city) helps(t *testing.T, helper, person *visitor, powers []string, items ...string) *helpShown {
	t.Helper()
	request, code := c.askToHelp(t, helper, person, powers, items...)
	return done(t, helper, confirmHelp, vars{"requestId": request, "code": code}).Delegation
}

// handsIn brings an elderly card of a person from its start to its hand-in by a volunteer.
func (c *city) handsIn(t *testing.T, helper *visitor, help *helpShown) application {
	t.Helper()
	begun := change(t, helper, "StartApplication", vars{"itemCode": help.ItemCodes[0], "onBehalfOf": help.Grantor.ID}).Application
	one := &journey{applicant: helper, now: begun, questions: map[string]formField{}}
	for _, question := range begun.Form {
		one.questions[question.Key] = question
	}
	fillIn(t, one, nil)
	change(t, helper, "FetchMaterials", vars{"applicationId": begun.ID})
	fetched := ask[application](t, helper, "PreCheck", vars{"id": begun.ID})
	for _, missing := range fetched.Missing {
		upload(t, helper, begun.ID, missing, nil)
	}
	return change(t, helper, "Submit", vars{"applicationId": begun.ID}).Application
}

// inboxOf are the kinds of the messages in somebody's inbox, the newest first, with their bodies.
func inboxOf(t *testing.T, v *visitor, kind string) (bodies []string) {
	t.Helper()
	for _, one := range ask[viewer](t, v, "Inbox", vars{"first": 50}).Inbox.nodes() {
		if one.Kind == kind {
			bodies = append(bodies, one.Body)
		}
	}
	return bodies
}
