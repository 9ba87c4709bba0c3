package app_test

import (
	"strings"
	"testing"
)

// volunteerAccount signs one of the demo's volunteers in, as staff sign in.
func (c *city) volunteerAccount(t *testing.T, username string) *visitor {
	t.Helper()
	signedIn := ask[struct {
		Session *struct{ AccessToken string }
		Staff   struct {
			Username string
			Roles    []string
		}
		Problems []problem
	}](t, c.guest(), "StaffSignIn", input(vars{"username": username, "password": "onewindow-demo"}))
	if signedIn.Session == nil || strings.Join(signedIn.Staff.Roles, ",") != "VOLUNTEER" {
		t.Fatalf("%s signs in as %+v, %+v", username, signedIn.Staff, signedIn.Problems)
	}
	return &visitor{url: c.url, locale: "zh", token: signedIn.Session.AccessToken}
}

// A service point's volunteer with an account like staff's helps an old woman by her yes: every step, look and message names both and
// the point, she cancels what was handed in, and the help ends with it.
func TestAVolunteerWithAnAccountHelps(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		person, helper := c.resident(t, "r04"), c.volunteerAccount(t, "vol-qian")
		request, code := c.askToHelp(t, helper, person, allPowers, "elderly-card")
		if sms := c.smsOf(t, person.phone, "help-code"); !strings.Contains(sms.Body, "志愿者钱*（西湖区北山街道助老服务点）") {
			t.Errorf("the SMS says %q", sms.Body)
		}
		personID := ask[viewer](t, person, "Me", nil).ID
		begin := input(vars{"itemCode": "elderly-card", "onBehalfOf": personID})
		refused(t, helper, "StartApplication", begin, notFound) // not before the yes
		help := done(t, helper, confirmHelp, vars{"requestId": request, "code": code}).Delegation
		if help.Kind != "HELPER" || help.ServicePoint.Name != "西湖区北山街道助老服务点" || help.Delegate.DisplayName != "钱*" {
			t.Errorf("help is %+v", help)
		}
		refused(t, c.volunteerAccount(t, "vol-shi"), "StartApplication", begin, notFound) // the other volunteer's it is not
		submitted := c.handsIn(t, helper, help)
		if submitted.State != "IN_REVIEW" { // all papers came from authorities
			t.Fatalf("handed in it is %s", submitted.State)
		}
		ask[application](t, helper, "Progress", vars{"number": submitted.Number, "first": 10})
		c.seesVolunteerAndPoint(t, person, submitted)
		listed := askOwn[struct {
			HelpedApplications connection[struct{ Number string }]
		}](t, helper, `{ viewer { helpedApplications(first: 5) { edges { node { number } } } } }`, nil)
		if rows := listed.HelpedApplications.nodes(); len(rows) != 1 || rows[0].Number != submitted.Number {
			t.Errorf("the volunteer's list is %+v", rows)
		}
		if got := done(t, person, cancelHelped, vars{"applicationId": submitted.ID}); got.Application.State != "WITHDRAWN" {
			t.Errorf("cancelled it is %s", got.Application.State)
		}
		refused(t, helper, "PreCheck", vars{"id": submitted.ID}, notFound)
		if told := inboxOf(t, helper, "HELP_CANCELLED"); len(told) != 1 {
			t.Errorf("the volunteer is told %q", told)
		}
	})
}

// seesVolunteerAndPoint: the person reads in timeline, message and access log who it was, and of which point.
func (c *city) seesVolunteerAndPoint(t *testing.T, person *visitor, submitted application) {
	t.Helper()
	const who = "（志愿者）钱*（西湖区北山街道助老服务点）"
	shown := askOwn[helpedTimeline](t, person, `query($id: ID!) { application(id: $id) { timeline(first: 50) { edges { node { kind actor { displayName } } } } } }`, vars{"id": submitted.ID})
	for _, line := range shown.Timeline.nodes() {
		if line.Kind != "RECEIPT" && !strings.HasPrefix(line.Actor.DisplayName, who+" 代 ") {
			t.Errorf("%s is by %s", line.Kind, line.Actor.DisplayName)
		}
	}
	if told := inboxOf(t, person, "HELPED_HAND_IN"); len(told) != 1 || !strings.Contains(told[0], "志愿者钱*（西湖区北山街道助老服务点）") {
		t.Errorf("the person is told %q", told)
	}
	log := ask[struct {
		AccessLog connection[struct {
			Actor   struct{ Role string }
			Purpose string
		}]
	}](t, person.in("en"), "WhoLookedAtMe", vars{"first": 50})
	looked := false
	for _, record := range log.AccessLog.nodes() {
		looked = looked || record.Actor.Role == "VOLUNTEER" && record.Purpose == "(volunteer) 钱* (西湖区北山街道助老服务点) looking at an application as a volunteer"
	}
	if !looked {
		t.Errorf("the access log is %+v", log.AccessLog.nodes())
	}
}

// A volunteer's account opens nothing else: neither work of offices nor anybody's application, wallet, phone, payout, consents or
// delegations, and nothing in its own name.
func TestAVolunteersAccountOpensNothingElse(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		_, accepted := birthRegistration(t, c)
		helper := c.volunteerAccount(t, "vol-shi")
		c.unchanged(t, func() {
			refused(t, helper, "PreCheck", vars{"id": accepted.ID}, notFound)
			refused(t, helper, "Progress", vars{"number": accepted.Number}, notFound)
			refused(t, helper, "SaveAnswers", input(vars{"applicationId": accepted.ID, "answers": []vars{}}), notFound)
			refused(t, helper, "FetchMaterials", input(vars{"applicationId": accepted.ID}), notFound)
			refused(t, helper, "Supplement", input(vars{"applicationId": accepted.ID}), notFound)
			refused(t, helper, "StartApplication", input(vars{"itemCode": "elderly-card"}), notAllowed)
			for operation, fields := range map[string]vars{
				"Withdraw": {"applicationId": accepted.ID, "reason": "x"}, "Rate": {"applicationId": accepted.ID, "stars": 5},
				"Accept": {"applicationId": accepted.ID}, "ClaimTask": {"taskId": accepted.ID}, "BindIdentity": {"name": "钱婷", "nationalId": "330106199002049977"},
				"GrantDelegation":         {"delegatePhone": "13800000001", "itemCodes": []string{"elderly-card"}, "powers": allPowers, "until": "2026-04-01"},
				"SetNotificationSettings": {"largeText": true}, "WithdrawConsent": {"purpose": "HEALTH"}, "RegisterDevice": {"id": "one"},
				"StartBundle": {"bundleCode": "newborn"},
			} {
				refused(t, helper, operation, input(fields), notAllowed)
			}
			refused(t, helper, "Worklist", nil, notAllowed)
			refused(t, helper, "ExportMyData", nil, notAllowed)
			for _, mutation := range []string{
				`mutation { setSecondContact(input: {phone: "13800000001"}) { problems { code } } }`,
				`mutation { removePhone(input: {phone: "13800000001", confirmPhone: "13800000002", code: "123456"}) { problems { code } } }`,
				`mutation { cancelHelped(input: {applicationId: "` + accepted.ID + `"}) { problems { code } } }`,
				`{ volunteers(first: 5) { totalCount } }`,
			} {
				if code, _ := refusalOf(sendOwn(t, helper, mutation, nil)); code != "FORBIDDEN" {
					t.Errorf("%s answers %q", mutation, code)
				}
			}
		})
		own := askOwn[struct {
			Applications, Documents connection[struct{ ID string }]
			Dependants              []struct{ ID string }
		}](t, helper, `{ viewer { applications(first: 5) { edges { node { id } } } documents(first: 5) { edges { node { id } } } dependants { id } } }`, nil)
		if len(own.Applications.Edges)+len(own.Documents.Edges)+len(own.Dependants) != 0 {
			t.Errorf("the account has %+v", own)
		}
	})
}

// Staff end a volunteer's enrolment like any other, and a restart neither brings it back nor makes another account.
func TestAVolunteersEnrolmentEndsForGood(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		asks := func(c *city) string {
			code, _ := refusalOf(sendOwn(t, c.volunteerAccount(t, "vol-qian"), helpPerson, vars{"i": vars{
				"phone": "+8613900000055", "itemCodes": []string{"elderly-card"}, "powers": allPowers, "days": 7,
			}}))
			return code
		}
		t.Run("ended", func(t *testing.T) {
			c := open(t, on)
			all := askOwn[connection[volunteerShown]](t, c.staff(t, "zhang-desk"),
				`{ volunteers(first: 10) { totalCount edges { node { id state person { displayName } servicePoint { code name } } } } }`, nil)
			for _, one := range all.nodes() {
				if one.Person.DisplayName == "钱*" {
					done(t, c.staff(t, "zhang-desk"), endVolunteer, vars{"volunteerId": one.ID})
				}
			}
			if code := asks(c); all.TotalCount != 2 || code != "FORBIDDEN" {
				t.Errorf("of %d volunteers one has ended and asks: %q", all.TotalCount, code)
			}
		})
		t.Run("after a restart", func(t *testing.T) {
			c := open(t, on)
			all := askOwn[connection[volunteerShown]](t, c.staff(t, "zhang-desk"), `{ volunteers(first: 10) { totalCount } }`, nil)
			if code := asks(c); all.TotalCount != 2 || code != "FORBIDDEN" {
				t.Errorf("of %d volunteers one had ended and asks: %q", all.TotalCount, code)
			}
		})
	})
}
