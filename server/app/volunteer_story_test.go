package app_test

import (
	"strings"
	"testing"
)

// A volunteer of a service point helps an old man to his allowance: asked by SMS he says yes on the spot, the account into which
// it is paid is his own to name, every step names both, and he takes back what was handed in.
func TestAVolunteerHelpsTheWholeWay(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		person := c.resident(t, "r08")
		helper, enrolled := c.volunteer(t, "r05")
		if enrolled.State != "ENROLLED" || !strings.Contains(enrolled.Person.DisplayName, "*") || enrolled.ServicePoint.Name != "文新街道便民服务点" {
			t.Fatalf("enrolled: %+v", enrolled)
		}
		if bodies := inboxOf(t, helper, "VOLUNTEER_ENROLLED"); len(bodies) != 1 || !strings.Contains(bodies[0], "文新街道便民服务点，至2026年12月31日") {
			t.Errorf("the volunteer is told %q", bodies)
		}
		help := c.saysYesOnTheSpot(t, helper, person)
		draft := c.fillsAllButTheAccount(t, helper, person, help)
		submitted := change(t, helper, "Submit", vars{"applicationId": draft.ID}).Application
		if submitted.State != "SUBMITTED" {
			t.Fatalf("handed in it is %s", submitted.State)
		}
		if code, _ := refusalOf(helper.send(t, "Withdraw", input(vars{"applicationId": draft.ID}))); code != "FORBIDDEN" {
			t.Errorf("a volunteer withdraws: %q", code)
		}
		told := inboxOf(t, person, "HELPED_HAND_IN")
		if len(told) != 1 || !strings.Contains(told[0], "志愿者陈*分（文新街道便民服务点）代您提交了“高龄津贴申领”") || !strings.Contains(told[0], "2026年3月4日") {
			t.Errorf("the person is told %q", told)
		}
		if sms := c.smsOf(t, person.phone, "helped-hand-in"); !strings.Contains(sms.Body, submitted.Number) || strings.Contains(sms.Body, "高龄") {
			t.Errorf("the SMS says %q", sms.Body)
		}
		c.namesVolunteerAndPerson(t, person, draft.ID)
		c.takesItBack(t, helper, person, submitted)
	})
}

// saysYesOnTheSpot: only a volunteer asks, nothing happens without the code of this request, and the code is good for nothing else.
func (c *city) saysYesOnTheSpot(t *testing.T, helper, person *visitor) *helpShown {
	t.Helper()
	wanted := vars{"phone": person.phone, "itemCodes": []string{"old-age-allowance"}, "powers": []string{"FILL", "SUBMIT", "TRACK"}, "days": 7}
	if code, _ := refusalOf(sendOwn(t, person, helpPerson, vars{"i": wanted})); code != "FORBIDDEN" {
		t.Errorf("who is no volunteer asks: %q", code)
	}
	asked := done(t, helper, helpPerson, wanted)
	sms := c.smsOf(t, person.phone, "help-code")
	for _, part := range []string{"志愿者陈*分（文新街道便民服务点）", "“高龄津贴申领”", "填写、提交、查看进度", "7天"} {
		if !strings.Contains(sms.Body, part) {
			t.Errorf("the SMS does not say %s: %s", part, sms.Body)
		}
	}
	code := sms.Data["code"]
	signIn := ask[payload](t, c.guest(), "Login", input(vars{"phone": person.phone, "code": code}))
	if signIn.Session != nil || len(signIn.Problems) != 1 {
		t.Fatal("the code signs in")
	}
	request := asked.Request.ID
	wrong := asking(t, helper, confirmHelp, vars{"requestId": request, "code": "000000"})
	if problemOf(wrong.Problems) != "MISMATCH code" && code != "000000" {
		t.Errorf("a wrong code: %+v", wrong.Problems)
	}
	if code, _ := refusalOf(sendOwn(t, person, confirmHelp, vars{"i": vars{"requestId": request, "code": code}})); code != "NOT_FOUND" {
		t.Errorf("somebody else confirms: %q", code)
	}
	refused(t, helper, "StartApplication", input(vars{"itemCode": "old-age-allowance", "onBehalfOf": ask[viewer](t, person, "Me", nil).ID}), notFound)
	help := done(t, helper, confirmHelp, vars{"requestId": request, "code": code}).Delegation
	if help.Kind != "HELPER" || help.State != "ACTIVE" || help.Until != "2026-03-08" || help.ServicePoint.Code != "wenxin-01" {
		t.Errorf("help is %+v", help)
	}
	if again := done(t, helper, confirmHelp, vars{"requestId": request, "code": code}).Delegation; again.ID != help.ID {
		t.Error("confirmed twice it is two")
	}
	if bodies := inboxOf(t, person, "HELP_BEGUN"); len(bodies) != 1 || !strings.Contains(bodies[0], "陈*分") {
		t.Errorf("the person is told %q", bodies)
	}
	return help
}

// fillsAllButTheAccount: where money is paid and the phone that is called back are the person's own to name.
func (c *city) fillsAllButTheAccount(t *testing.T, helper, person *visitor, help *helpShown) application {
	t.Helper()
	draft := change(t, helper, "StartApplication", vars{"itemCode": "old-age-allowance", "onBehalfOf": help.Grantor.ID}).Application
	if phone := draft.field("phone"); phone.Value == nil || !strings.Contains(*phone.Value, "****") {
		t.Errorf("the volunteer reads the phone %v", phone.Value)
	}
	saved := ask[payload](t, helper, "SaveAnswers", input(vars{"applicationId": draft.ID, "answers": []vars{
		{"key": "age_group", "value": "from-80"}, {"key": "by_agent", "value": "true"}, {"key": "agent_kind", "value": "volunteer"},
		{"key": "agent_name", "value": "陈春分"}, {"key": "pay_to", "value": "bank"}, {"key": "bank_account", "value": "6222021202000000000"},
		{"key": "phone", "value": helper.phone},
	}}))
	var refusedKeys []string
	for _, one := range saved.Problems {
		refusedKeys = append(refusedKeys, one.Code+" "+*one.Field)
	}
	if got := strings.Join(refusedKeys, ", "); got != "PERSON_ONLY pay_to, PERSON_ONLY bank_account, PERSON_ONLY phone" {
		t.Errorf("refused: %s", got)
	}
	if value := saved.Application.field("age_group").Value; value == nil || *value != "from-80" {
		t.Error("the other answers were not saved")
	}
	if phone := saved.Application.field("phone").Value; phone != nil {
		again := ask[payload](t, helper, "SaveAnswers", input(vars{"applicationId": draft.ID, "answers": []vars{{"key": "phone", "value": *phone}}}))
		if len(again.Problems) > 0 {
			t.Errorf("what is there already, masked, is refused: %+v", again.Problems)
		}
	}
	log := askOwn[struct {
		AccessLog connection[struct {
			Actor   struct{ Role string }
			Purpose string
			Fields  []string
		}]
	}](t, person, `{ viewer { accessLog(first: 20) { edges { node { actor { role } purpose fields } } } } }`, nil)
	tried := false
	for _, record := range log.AccessLog.nodes() {
		tried = tried || record.Actor.Role == "VOLUNTEER" && strings.Join(record.Fields, ",") == "pay_to,bank_account,phone"
	}
	if !tried {
		t.Errorf("the access log does not hold what was tried: %+v", log.AccessLog.nodes())
	}
	change(t, helper, "FetchMaterials", vars{"applicationId": draft.ID})
	checked := askOwn[struct{ Blockers []problem }](t, helper, `query($id: ID!) { application(id: $id) { blockers { code field } } }`, vars{"id": draft.ID})
	if len(checked.Blockers) == 0 || problemOf(checked.Blockers[:1]) != "PERSON_ONLY pay_to" {
		t.Errorf("the volunteer is told before: %+v", checked.Blockers)
	}
	handedIn := ask[payload](t, helper, "Submit", input(vars{"applicationId": draft.ID}))
	if len(handedIn.Problems) == 0 || problemOf(handedIn.Problems[:1]) != "PERSON_ONLY pay_to" || !strings.Contains(handedIn.Problems[0].Message, "本人") {
		t.Fatalf("without the person's own answer: %+v", handedIn.Problems)
	}
	change(t, person, "SaveAnswers", vars{"applicationId": draft.ID, "answers": []vars{{"key": "pay_to", "value": "social-card"}}})
	return draft
}

type helpedTimeline struct {
	Timeline connection[struct {
		Kind  string
		Actor struct{ DisplayName string }
	}]
}

// namesVolunteerAndPerson: every event of the volunteer's names both.
func (c *city) namesVolunteerAndPerson(t *testing.T, person *visitor, id string) {
	t.Helper()
	shown := askOwn[helpedTimeline](t, person, `query($id: ID!) { application(id: $id) { timeline(first: 50) { edges { node { kind actor { displayName } } } } } }`, vars{"id": id})
	both := 0
	for _, one := range shown.Timeline.nodes() {
		switch one.Kind {
		case "STARTED", "MATERIALS_FETCHED", "SUBMITTED":
			both++
			if one.Actor.DisplayName != "（志愿者）陈*分（文新街道便民服务点） 代 孙*夏" {
				t.Errorf("%s is by %s", one.Kind, one.Actor.DisplayName)
			}
		}
	}
	if both < 2 {
		t.Errorf("the timeline is %+v", shown.Timeline.nodes())
	}
}

// takesItBack: nobody but the person cancels, the help ends with it, and volunteer and service point are told.
func (c *city) takesItBack(t *testing.T, helper, person *visitor, submitted application) {
	t.Helper()
	cooling := askOwn[struct {
		CoolingOff *struct{ Action, Until string }
	}](t, person, `query($id: ID!) { application(id: $id) { coolingOff { action until } } }`, vars{"id": submitted.ID})
	if cooling.CoolingOff == nil || cooling.CoolingOff.Action != "SUBMIT" {
		t.Errorf("the person sees %+v", cooling.CoolingOff)
	}
	if code, _ := refusalOf(sendOwn(t, helper, cancelHelped, vars{"i": vars{"applicationId": submitted.ID}})); code != "FORBIDDEN" {
		t.Errorf("the volunteer cancels: %q", code)
	}
	stranger := c.resident(t, "r06")
	if code, _ := refusalOf(sendOwn(t, stranger, cancelHelped, vars{"i": vars{"applicationId": submitted.ID}})); code != "NOT_FOUND" {
		t.Errorf("a stranger cancels: %q", code)
	}
	for range 2 { // the second is the answer of the first
		if got := done(t, person, cancelHelped, vars{"applicationId": submitted.ID}); got.Application.State != "WITHDRAWN" {
			t.Errorf("cancelled it is %s", got.Application.State)
		}
	}
	shown := askOwn[application](t, person, `query($id: ID!) { application(id: $id) { submittedAt } }`, vars{"id": submitted.ID})
	if shown.SubmittedAt == nil {
		t.Error("the date of receipt is gone")
	}
	given := askOwn[struct{ DelegationsGiven []helpShown }](t, person, `{ viewer { delegationsGiven { id state kind delegate { displayName } } } }`, nil)
	if len(given.DelegationsGiven) != 1 || given.DelegationsGiven[0].State != "REVOKED" || !strings.Contains(given.DelegationsGiven[0].Delegate.DisplayName, "陈") {
		t.Errorf("the help is %+v", given.DelegationsGiven)
	}
	refused(t, helper, "PreCheck", vars{"id": submitted.ID}, notFound)
	if bodies := inboxOf(t, helper, "HELP_CANCELLED"); len(bodies) != 1 || !strings.Contains(bodies[0], "本人取消") {
		t.Errorf("the volunteer is told %q", bodies)
	}
	notices := askOwn[connection[struct{ Kind, Number string }]](t, c.staff(t, "zhang-desk"), `{ staffNotices(first: 50) { edges { node { kind number } } } }`, nil)
	atPoint := 0
	for _, notice := range notices.nodes() {
		if notice.Kind == "HELP_CANCELLED_NOTICE" && notice.Number == submitted.Number {
			atPoint++
		}
	}
	if atPoint != 1 {
		t.Errorf("the service point is told %d times", atPoint)
	}
}
