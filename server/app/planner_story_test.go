package app_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// query asks in words of its own, and gives what lies under a field; refused are the codes of the answer's errors.
func query(t *testing.T, v *visitor, text, under string, into any) (refused []string) {
	t.Helper()
	body, err := json.Marshal(vars{"query": text})
	if err != nil {
		t.Fatal(err)
	}
	got, err := v.post("/graphql", "application/json", strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	var said struct {
		Data   map[string]json.RawMessage
		Errors []struct {
			Message    string
			Extensions struct{ Code string }
		}
	}
	if err := json.Unmarshal([]byte(got.Raw), &said); err != nil {
		t.Fatalf("%v: %s", err, got.Raw)
	}
	for _, refusal := range said.Errors {
		refused = append(refused, refusal.Extensions.Code)
	}
	if raw := said.Data[under]; len(refused) == 0 && json.Unmarshal(raw, into) != nil {
		t.Fatalf("the answer is %s", got.Raw)
	}
	return refused
}

// left gives what left on a channel after the code with which everybody signs in: when, and which template.
func (c *city) left(t *testing.T, channel, to string) (all []string) {
	t.Helper()
	for _, sent := range c.outbox(t, channel, to) {
		if sent.Template != "login-code" {
			all = append(all, sent.At.In(time.FixedZone("", 8*3600)).Format("01-02 15:04")+" "+sent.Template)
		}
	}
	return all
}

// soon reads again until so many have left: moving the clock waits for what leaves, but on a busy machine not for ever.
func soon(want int, read func() []string) (got []string) {
	for until := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		if got = read(); len(got) >= want || time.Now().After(until) {
			return got
		}
	}
}

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// Who handed in yesterday what was missing hears nothing more of it, by whichever way it came.
func TestWhoHandedInYesterdayIsNotBothered(t *testing.T) {
	ways := map[string]func(t *testing.T, mother *visitor, a application, asked requirement){
		"uploaded": func(t *testing.T, mother *visitor, a application, asked requirement) {
			upload(t, mother, a.ID, asked, nil)
		},
		"from the wallet, where another draft put it": func(t *testing.T, mother *visitor, a application, asked requirement) {
			other := change(t, mother, "StartApplication", vars{"itemCode": "birth-registration", "channel": "APP"}).Application
			upload(t, mother, other.ID, *other.required(asked.Material.Code), nil)
			for _, document := range ask[viewer](t, mother, "MyDocuments", vars{"first": 100}).Documents.nodes() {
				if document.Material.Code == asked.Material.Code && document.Source == "UPLOAD" {
					change(t, mother, "ReuseMaterial", vars{"applicationId": a.ID, "requirementId": asked.ID, "documentId": document.ID})
					return
				}
			}
			t.Fatal("the wallet does not hold it")
		},
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, c *city) {
				mother, accepted := birthRegistration(t, c)
				asked := askForMore(t, c, accepted)
				c.advanceTo(t, "2026-03-07T09:00")
				c.advanceTo(t, "2026-03-13T15:00")
				way(t, mother, accepted, asked)
				change(t, mother, "Supplement", vars{"applicationId": accepted.ID, "idempotencyKey": "yesterday"})
				for _, moment := range []string{"2026-03-14T09:00", "2026-03-16T09:00", "2026-03-17T20:00", "2026-03-18T09:00"} {
					c.advanceTo(t, moment)
				}
				expectReminders(t, c, mother, mother.phone, "2026-03-07")
				if late := told(t, mother, "SUPPLEMENT_READY"); len(late) > 0 {
					t.Errorf("reminded to hand in what was handed in: %+v", late)
				}
				if ended := told(t, mother, "LAPSED"); len(ended) > 0 {
					t.Errorf("the application ended: %+v", ended)
				}
			})
		})
	}
}

// A clock that jumps over all three reminders, and over none of the days: one reminder, of the last.
func TestAClockThatJumpsRemindsOnce(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother, accepted := birthRegistration(t, c)
		askForMore(t, c, accepted)
		c.advanceTo(t, "2026-03-16T12:00")
		reminders := told(t, mother, "MISSING_MATERIAL")
		if len(reminders) != 1 || !strings.Contains(reminders[0].Body, "还有 1 天") {
			t.Errorf("reminded by %+v", reminders)
		}
		c.advanceTo(t, "2026-03-17T12:00")
		if again := told(t, mother, "MISSING_MATERIAL"); len(again) != 1 {
			t.Errorf("reminded again by %+v", again)
		}
	})
}

// At night nothing makes a sound but what is urgent, and no SMS leaves at all; in the morning all of it comes.
func TestTheNightIsQuiet(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother := c.resident(t, "r06")
		change(t, mother, "RegisterDevice", vars{"id": "phone-1", "platform": "ANDROID", "name": "a phone", "pushToken": "token-1"})
		submitted := submitBirthRegistration(t, c)
		pushed := func(but string) func() []string {
			return func() []string { return withoutDay(c.left(t, "push", "phone-1"), but) }
		}
		texted := func(but string) func() []string {
			return func() []string { return withoutDay(c.left(t, "sms", mother.phone), but) }
		}
		soon(1, pushed("never")) // what is told of it leaves before the night
		soon(1, texted("never"))
		c.advanceTo(t, "2026-03-02T23:00")
		accepted := change(t, c.staff(t, "zhang-desk"), "Accept", vars{"applicationId": submitted.ID}).Application
		c.advance(t, "1m")
		same(t, "pushed at eleven", withoutDay(c.left(t, "push", "phone-1"), "03-02 09"))
		askForMore(t, c, accepted)
		c.advance(t, "1m")
		if atNight := soon(1, pushed("03-02 09")); len(atNight) != 1 || !strings.HasPrefix(atNight[0], "03-02 23:0") || !strings.HasSuffix(atNight[0], " supplement-requested") {
			t.Errorf("what is urgent is pushed: %q", atNight)
		}
		same(t, "no SMS at night", withoutDay(c.left(t, "sms", mother.phone), "03-02 09"))
		c.advanceTo(t, "2026-03-03T08:00")
		same(t, "in the morning the rest is pushed", soon(1, pushed("03-02")), "03-03 08:00 accepted")
		inOrder := soon(2, texted("03-02"))
		slices.Sort(inOrder)
		same(t, "and SMS leave", inOrder, "03-03 08:00 accepted", "03-03 08:00 supplement-requested")
		if all := told(t, mother, "ACCEPTED"); len(all) != 1 {
			t.Errorf("the inbox had it at once: %+v", all)
		}
	})
}

// withoutDay leaves out what left at a time that begins like this.
func withoutDay(left []string, beginning string) []string {
	var rest []string
	for _, one := range left {
		if !strings.HasPrefix(one, beginning) || strings.HasPrefix(one, "03-02 23") && beginning == "03-02 09" {
			rest = append(rest, one)
		}
	}
	return rest
}

// One message a day makes a sound in this city: the others lie in the inbox at once and come together at six.
func TestWhatIsTooMuchForADayComesTogether(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		c := openWith(t, on, map[string]string{
			"ONEWINDOW_NOTIFY_CASE_CAP": "1", "ONEWINDOW_NOTIFY_PERSON_CAP": "1", "ONEWINDOW_NOTIFY_DIGEST_AT": "18:00",
		})
		mother, submitted := c.resident(t, "r06"), submitBirthRegistration(t, c)
		accepted := change(t, c.staff(t, "zhang-desk"), "Accept", vars{"applicationId": submitted.ID}).Application
		decide(t, c, accepted)
		c.advance(t, "1m")
		before := soon(1, func() []string { return c.left(t, "sms", mother.phone) })
		if len(before) != 1 {
			t.Errorf("before six there left %q", before)
		}
		if len(told(t, mother, "SUBMITTED")) != 1 || len(told(t, mother, "ACCEPTED")) != 1 || len(told(t, mother, "COMPLETED")) != 1 {
			t.Error("the inbox does not hold them all")
		}
		c.advanceTo(t, "2026-03-02T18:00")
		same(t, "at six", soon(2, func() []string { return c.left(t, "sms", mother.phone) }), append(before, "03-02 18:00 digest")...)
		digests := told(t, mother, "DIGEST")
		if len(digests) != 1 || !strings.Contains(digests[0].Body, "2 条不急的消息") {
			t.Errorf("the digest says %+v", digests)
		}
		c.advanceTo(t, "2026-03-03T18:00")
		if again := told(t, mother, "DIGEST"); len(again) != 1 {
			t.Errorf("a day without news has a digest: %+v", again[0].Body)
		}
	})
}

// decide takes an accepted registration to its end.
func decide(t *testing.T, c *city, accepted application) {
	t.Helper()
	check := openTask(t, c.staff(t, "li-police"), accepted.ID, accepted.ID+".check")
	change(t, c.staff(t, "li-police"), "Decide", vars{"taskId": check.ID, "decision": "APPROVE", "opinion": "材料齐全"})
	register := openTask(t, c.staff(t, "wang-police"), accepted.ID, accepted.ID+".register")
	change(t, c.staff(t, "wang-police"), "Decide", vars{"taskId": register.ID, "decision": "APPROVE"})
}

// A draft that was left lying is a line of the digest at nine; one that was handed in is not, and then there is no digest.
func TestADraftLeftLyingIsALineOfTheMorning(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother := c.resident(t, "r06")
		draft := draftBirthRegistration(t, c)
		c.advanceTo(t, "2026-03-05T08:55")
		if early := told(t, mother, "DIGEST"); len(early) != 0 {
			t.Errorf("before nine: %+v", early)
		}
		c.advanceTo(t, "2026-03-05T09:00")
		if digests := told(t, mother, "DIGEST"); len(digests) != 1 || !strings.Contains(digests[0].Body, "没有提交的申请") {
			t.Errorf("at nine: %+v", digests)
		}
		fetched := change(t, mother, "FetchMaterials", vars{"applicationId": draft.ID}).Application
		for _, missing := range fetched.Missing {
			upload(t, mother, draft.ID, missing, nil)
		}
		change(t, mother, "Submit", vars{"applicationId": draft.ID, "idempotencyKey": "at last"})
		c.advanceTo(t, "2026-03-16T09:00")
		if digests := told(t, mother, "DIGEST"); len(digests) != 1 {
			t.Errorf("after it was handed in: %+v", digests)
		}
	})
}

// A decision that is late: first those who have the work are told, then their department's supervisor; nobody of another one.
func TestALateDecisionReachesTheSupervisor(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother, accepted := birthRegistration(t, c)
		due := progress(t, mother, accepted.Number).DueAt
		supervisor := c.staff(t, "zhou-supervise")
		c.advanceTo(t, due.Format("2006-01-02")+"T09:30")
		if kinds, _ := staffNotices(t, c.staff(t, "li-police")); !slices.Contains(kinds, "DECISION_DUE") {
			t.Errorf("on the last day the clerk is told %v", kinds)
		}
		if kinds, _ := staffNotices(t, supervisor); slices.Contains(kinds, "DECISION_DUE") || slices.Contains(kinds, "DECISION_OVERDUE") {
			t.Errorf("on the last day the supervisor is told %v", kinds)
		}
		c.advanceTo(t, due.AddDate(0, 0, 1).Format("2006-01-02")+"T09:30")
		if kinds, _ := staffNotices(t, supervisor); !slices.Contains(kinds, "DECISION_OVERDUE") {
			t.Errorf("a day late the supervisor is told %v", kinds)
		}
		if late := told(t, mother, "DECISION_OVERDUE"); len(late) > 0 {
			t.Errorf("the applicant is told %+v", late)
		}
	})
}

// A document of the wallet that ends: its owner is reminded thirty days before; once a newer one is there, not seven days before.
func TestADocumentOfTheWalletEnds(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother := c.resident(t, "r06")
		draft := draftBirthRegistration(t, c)
		certificate := *draft.required("birth-certificate")
		upload(t, mother, draft.ID, certificate, vars{"number": "Q330000001", "issuedOn": "2026-02-28", "expiresOn": "2026-04-10"})
		c.advanceTo(t, "2026-03-11T08:55")
		if early := told(t, mother, "WALLET_DOCUMENT_ENDS"); len(early) != 0 {
			t.Errorf("before its hour: %+v", early)
		}
		c.advanceTo(t, "2026-03-11T09:00")
		reminded := told(t, mother, "WALLET_DOCUMENT_ENDS")
		if len(reminded) != 1 || !strings.Contains(reminded[0].Body, certificate.Material.Name) || !strings.Contains(reminded[0].Body, "2026年4月10日") {
			t.Fatalf("thirty days before: %+v", reminded)
		}
		for _, sent := range c.outbox(t, "sms", mother.phone) {
			if sent.Template == "wallet-document-ends" && strings.Contains(sent.Body+sent.Title, certificate.Material.Name) {
				t.Errorf("an SMS names the paper: %+v", sent)
			}
		}
		another := change(t, mother, "StartApplication", vars{"itemCode": "birth-registration", "channel": "APP", "idempotencyKey": "again"}).Application
		paper := another.required("birth-certificate")
		if paper == nil {
			t.Fatalf("the new draft asks for %+v", another.Checklist)
		}
		got := read[payload](t, "AttachMaterial", mother.attach(t, vars{
			"applicationId": another.ID, "requirementId": paper.ID, "number": "Q330000002", "issuedOn": "2026-03-10", "expiresOn": "2036-04-10",
		}, "renewed.pdf", samplePDF("renewed")))
		if len(got.Problems) > 0 {
			t.Fatalf("the renewed paper was not taken: %+v", got.Problems)
		}
		c.advanceTo(t, "2026-04-03T09:30")
		if again := told(t, mother, "WALLET_DOCUMENT_ENDS"); len(again) != 1 {
			t.Errorf("reminded of what was renewed: %+v", again)
		}
	})
}

// The slip of what is missing names the papers, the day and a phone, and nobody; a stranger gets none.
func TestASlipForTheWayHome(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother, accepted := birthRegistration(t, c)
		askForMore(t, c, accepted)
		var shown struct {
			Slip struct {
				Lines   []string
				Columns int
				QRText  string
			}
		}
		wanted := fmt.Sprintf(`query { application(id: %q) { slip(large: true) { lines columns qrText } } }`, accepted.ID)
		if refused := query(t, mother, wanted, "application", &shown); refused != nil {
			t.Fatal(refused)
		}
		text := strings.Join(shown.Slip.Lines, "")
		for _, part := range []string{accepted.Number, "结婚证", "2026年3月17日", "星期二", "咨询电话"} {
			if !strings.Contains(text, part) {
				t.Errorf("the slip does not say %s: %q", part, shown.Slip.Lines)
			}
		}
		person := c.people.Resident("r06")
		for _, secret := range []string{person.Name.Reveal(), person.NationalID.Reveal(), strings.TrimPrefix(person.Phone.Reveal(), "+86"), "陈惊春"} {
			if strings.Contains(text, secret) {
				t.Errorf("the slip holds something personal")
			}
		}
		if shown.Slip.Columns != 16 || shown.Slip.QRText != "onewindow:"+accepted.Number {
			t.Errorf("slip: %+v", shown.Slip)
		}
		if refused := query(t, c.resident(t, "r01"), wanted, "application", &shown); !slices.Equal(refused, []string{"NOT_FOUND"}) {
			t.Errorf("a stranger is answered %v", refused)
		}
		var papers []struct{ ID string }
		const unprinted = `query { unprinted { id at kind lines columns } }`
		if refused := query(t, mother, unprinted, "unprinted", &papers); refused != nil || len(papers) != 0 {
			t.Errorf("who was reached by phone is offered paper: %v, %v", papers, refused)
		}
		if refused := query(t, c.staff(t, "li-police"), unprinted, "unprinted", &papers); !slices.Equal(refused, []string{"FORBIDDEN"}) {
			t.Errorf("a clerk is answered %v", refused)
		}
		var done struct{ UnreadCount int }
		const printed = `mutation { markPrinted(input: {messageIds: ["nonsense"]}) { unreadCount } }`
		if refused := query(t, mother, printed, "markPrinted", &done); refused != nil || done.UnreadCount == 0 {
			t.Errorf("marking what is nobody's: %+v, %v", done, refused)
		}
		if refused := query(t, c.guest(), printed, "markPrinted", &done); !slices.Equal(refused, []string{"UNAUTHENTICATED"}) {
			t.Errorf("a guest is answered %v", refused)
		}
	})
}

// Who watches the inbox at one replica hears at once what happens at the other, each message once.
func TestTheInboxIsLiveAcrossReplicas(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		if on.database == "" {
			t.Skip("one server at a time works on a SQLite folder")
		}
		here := open(t, on)
		there := openWith(t, ground{on.database, on.redis, t.TempDir()}, map[string]string{
			"ONEWINDOW_KEYS": filepath.Join(on.folder, "keys.yaml"),
		})
		mother := here.resident(t, "r06")
		watching := watchInbox(t, &visitor{url: there.url, locale: "zh", token: mother.token, phone: mother.phone})
		submitted := submitBirthRegistration(t, here)
		change(t, here.staff(t, "zhang-desk"), "Accept", vars{"applicationId": submitted.ID})
		same(t, "heard", watching.next(t, 2), "SUBMITTED", "ACCEPTED")
		select {
		case twice := <-watching.events:
			t.Errorf("%s came once more", twice.Kind)
		case <-time.After(300 * time.Millisecond):
		}
	})
}
