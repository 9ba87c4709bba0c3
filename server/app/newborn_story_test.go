package app_test

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

// birthRegistration brings 吴清明's application for her newborn to its acceptance.
func birthRegistration(t *testing.T, c *city) (mother *visitor, accepted application) {
	t.Helper()
	mother = c.resident(t, "r06")
	submitted := submitBirthRegistration(t, c)
	return mother, change(t, c.staff(t, "zhang-desk"), "Accept", vars{"applicationId": submitted.ID}).Application
}

func submitBirthRegistration(t *testing.T, c *city) application {
	t.Helper()
	mother := c.resident(t, "r06")
	started := draftBirthRegistration(t, c)
	fetched := change(t, mother, "FetchMaterials", vars{"applicationId": started.ID}).Application
	for _, missing := range fetched.Missing {
		upload(t, mother, started.ID, missing, nil)
	}
	return change(t, mother, "Submit", vars{"applicationId": started.ID, "idempotencyKey": "submit-" + started.ID}).Application
}

// draftBirthRegistration starts the application and answers its questions.
func draftBirthRegistration(t *testing.T, c *city) application {
	t.Helper()
	mother := c.resident(t, "r06")
	started := change(t, mother, "StartApplication", vars{"itemCode": "birth-registration", "channel": "APP"}).Application
	var answers []vars
	for key, value := range map[string]string{
		"child_name": "陈惊春", "child_gender": "male", "birth_date": "2026-02-27", "birthplace": "330110", "settle_with": "mother",
		"household_kind": "family", "born_in_wedlock": "true", "same_ethnicity": "true", "father_name": "陈春分", "father_id": "330110199503219975",
	} {
		answers = append(answers, vars{"key": key, "value": value})
	}
	saved := change(t, mother, "SaveAnswers", vars{"applicationId": started.ID, "revision": started.Revision, "answers": answers}).Application
	started.Revision, started.Checklist = saved.Revision, saved.Checklist
	return started
}

// askForMore has the reviewer ask for a better copy of the marriage certificate.
func askForMore(t *testing.T, c *city, a application) requirement {
	t.Helper()
	reviewer := c.staff(t, "li-police")
	certificate := ask[application](t, reviewer, "StaffCase", vars{"id": a.ID}).required("marriage-certificate")
	asked := change(t, reviewer, "RequestSupplement", vars{
		"applicationId": a.ID, "items": []vars{{"requirementId": certificate.ID, "reason": "照片不清晰"}}, "note": "请重新拍照",
		"idempotencyKey": "supplement-" + a.ID,
	}).Application
	if asked.State != "SUPPLEMENT_REQUIRED" || len(asked.Missing) != 1 || asked.Missing[0].ID != certificate.ID {
		t.Fatalf("it is %s after the notice, missing %+v", asked.State, asked.Missing)
	}
	return asked.Missing[0]
}

// A mother registers her newborn, from signing in to the rating, with one supplement and its reminders.
func TestANewbornIsRegistered(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother := c.resident(t, "r06")
		draft := draftBirthRegistration(t, c)
		checkPrefilled(t, draft)
		fetched := change(t, mother, "FetchMaterials", vars{"applicationId": draft.ID}).Application
		if got := statuses(fetched); !cmp.Equal(got, map[string]string{
			"birth-certificate": "MISSING", "household-register": "FETCHED", "marriage-certificate": "FETCHED",
		}) {
			t.Fatalf("after asking the departments: %v", got)
		}
		upload(t, mother, draft.ID, fetched.Missing[0], vars{"number": "Q330000001", "issuedOn": "2026-02-28"})
		submitted := change(t, mother, "Submit", vars{"applicationId": draft.ID, "idempotencyKey": "one"}).Application
		if submitted.State != "SUBMITTED" || len(submitted.Number) != 17 || submitted.NextAction.Who != "DEPARTMENT" || submitted.DueAt != nil {
			t.Fatalf("after handing in: %+v", submitted)
		}

		live := watch(t, mother, submitted.Number)
		untilWatched(t, c, mother, submitted, live)
		askForMore(t, c, submitted)
		expectLive(t, live, "SUPPLEMENT_REQUESTED")
		supplementStory(t, c, mother, submitted, live)
		decisions(t, c, mother, submitted, live)
		afterwards(t, mother, submitted)
	})
}

// checkPrefilled: what the register knows stands in the form already.
func checkPrefilled(t *testing.T, draft application) {
	t.Helper()
	for key, want := range map[string]string{
		"mother_name": "吴清明", "mother_id": "330109199704059968", "phone": "+8613800000005", "settle_region": "330110",
	} {
		if got := draft.field(key); got == nil || got.Value == nil || *got.Value != want || !got.Prefilled {
			t.Errorf("%s is prefilled with %+v", key, got)
		}
	}
}

func statuses(a application) map[string]string {
	found := map[string]string{}
	for _, row := range a.Checklist {
		if row.Required {
			found[row.Material.Code] = row.Status
		}
	}
	return found
}

// untilWatched accepts the application; that its events come live shows that the socket listens.
func untilWatched(t *testing.T, c *city, mother *visitor, submitted application, live *watching) {
	t.Helper()
	accepted := change(t, c.staff(t, "zhang-desk"), "Accept", vars{"applicationId": submitted.ID}).Application
	expectLive(t, live, "ACCEPTED", "STEP_STARTED")
	if accepted.State != "IN_REVIEW" || !accepted.DueAt.Equal(endOf(t, "2026-03-03")) {
		t.Fatalf("after acceptance: %s, due %v", accepted.State, accepted.DueAt)
	}
	shown := progress(t, mother, submitted.Number)
	if shown.NextAction.Who != "DEPARTMENT" || shown.NextAction.Title != "杭州市公安局正在办理“材料审核”" {
		t.Errorf("next: %+v", shown.NextAction)
	}
}

func expectLive(t *testing.T, live *watching, want ...string) {
	t.Helper()
	if got := live.next(t, len(want)); !slices.Equal(got, want) {
		t.Errorf("live came %v, want %v", got, want)
	}
}

// endOf is the last moment of a day in the city, as due dates say it.
func endOf(t *testing.T, day string) time.Time {
	t.Helper()
	start, err := time.Parse(time.RFC3339, day+"T00:00:00+08:00")
	if err != nil {
		t.Fatal(err)
	}
	return start.AddDate(0, 0, 1).Add(-time.Second)
}

// supplementStory: told at once, reminded ten and three days before, and not any more once the paper is there.
func supplementStory(t *testing.T, c *city, mother *visitor, submitted application, live *watching) {
	t.Helper()
	phone := mother.phone
	if got := told(t, mother, "SUPPLEMENT_REQUESTED"); len(got) != 1 || !strings.Contains(got[0].Body, "结婚证") || !strings.Contains(got[0].Body, "2026年3月17日") {
		t.Fatalf("the inbox says %+v", got)
	}
	waiting := progress(t, mother, submitted.Number)
	if waiting.NextAction.Who != "APPLICANT" || !waiting.Supplement.DueAt.Equal(endOf(t, "2026-03-17")) || *waiting.Supplement.Note != "请重新拍照" {
		t.Errorf("waiting: %+v, notice %+v", waiting.NextAction, waiting.Supplement)
	}
	c.advanceTo(t, "2026-03-07T08:50")
	expectReminders(t, c, mother, phone)
	c.advanceTo(t, "2026-03-07T09:00")
	expectReminders(t, c, mother, phone, "2026-03-07")
	c.advanceTo(t, "2026-03-13T12:00")
	expectReminders(t, c, mother, phone, "2026-03-07")
	c.advanceTo(t, "2026-03-14T09:00")
	expectReminders(t, c, mother, phone, "2026-03-07", "2026-03-14")

	upload(t, mother, submitted.ID, waiting.Missing[0], nil)
	expectLive(t, live, "MATERIAL_ATTACHED")
	back := change(t, mother, "Supplement", vars{"applicationId": submitted.ID, "idempotencyKey": "two"}).Application
	expectLive(t, live, "SUPPLEMENTED")
	if back.State != "IN_REVIEW" || len(back.Missing) > 0 || back.Supplement != nil {
		t.Fatalf("after the supplement: %s, missing %+v", back.State, back.Missing)
	}
	c.advanceTo(t, "2026-03-16T09:30")
	expectReminders(t, c, mother, phone, "2026-03-07", "2026-03-14")
}

// expectReminders: one in the inbox and one by SMS for each day, each at nine.
func expectReminders(t *testing.T, c *city, v *visitor, phone string, days ...string) {
	t.Helper()
	var inbox, sms []string
	for _, reminder := range slices.Backward(told(t, v, "MISSING_MATERIAL")) {
		inbox = append(inbox, reminder.At.In(time.FixedZone("", 8*3600)).Format("2006-01-02 15"))
	}
	for _, sent := range c.outbox(t, "sms", phone) {
		if sent.Template == "missing-material" {
			sms = append(sms, sent.At.In(time.FixedZone("", 8*3600)).Format("2006-01-02 15"))
		}
	}
	var want []string
	for _, day := range days {
		want = append(want, day+" 09")
	}
	if !slices.Equal(inbox, want) || !slices.Equal(sms, want) {
		t.Fatalf("reminders: in the inbox %v, by SMS %v, want %v", inbox, sms, want)
	}
}

// told gives the messages of a kind, newest first.
func told(t *testing.T, v *visitor, kind string) []message {
	t.Helper()
	all := ask[viewer](t, v, "Inbox", vars{"first": 100}).Inbox.nodes()
	return slices.DeleteFunc(all, func(m message) bool { return m.Kind != kind })
}

// decisions: the reviewer approves, the inquiry is skipped, the issuer registers.
func decisions(t *testing.T, c *city, mother *visitor, submitted application, live *watching) {
	t.Helper()
	check := openTask(t, c.staff(t, "li-police"), submitted.ID, submitted.ID+".check")
	decided := change(t, c.staff(t, "li-police"), "Decide", vars{"taskId": check.ID, "decision": "APPROVE", "opinion": "材料齐全"})
	if decided.Application.State != "IN_REVIEW" || decided.Task.State != "DONE" {
		t.Fatalf("after the first decision: %s, task %s", decided.Application.State, decided.Task.State)
	}
	expectLive(t, live, "STEP_DECIDED", "STEP_STARTED")
	register := openTask(t, c.staff(t, "wang-police"), submitted.ID, submitted.ID+".register")
	done := change(t, c.staff(t, "wang-police"), "Decide", vars{"taskId": register.ID, "decision": "APPROVE"}).Application
	if done.State != "COMPLETED" || done.FinishedAt == nil {
		t.Fatalf("after the last decision: %s", done.State)
	}
	expectLive(t, live, "STEP_DECIDED", "APPROVED", "COMPLETED")
	if got := told(t, mother, "COMPLETED"); len(got) != 1 || got[0].Application == nil || got[0].Application.Number != submitted.Number {
		t.Errorf("the inbox says %+v", got)
	}
}

// afterwards: the deadline explained, the timeline in both languages, the wallet, the rating.
func afterwards(t *testing.T, mother *visitor, submitted application) {
	t.Helper()
	done := progress(t, mother, submitted.Number)
	checkDeadline(t, *done.Deadline)
	checkTimeline(t, done, progress(t, mother.in("en"), submitted.Number))
	wallet := ask[viewer](t, mother, "MyDocuments", vars{"first": 100}).Documents.nodes()
	issued := slices.IndexFunc(wallet, func(document walletDocument) bool { return document.ID == done.Results[0].ID })
	if len(done.Results) != 1 || issued < 0 || wallet[issued].Material.Code != "household-register" || wallet[issued].Source != "APPLICATION" {
		t.Errorf("results %+v, wallet %+v", done.Results, wallet)
	}
	if rated := change(t, mother, "Rate", vars{"applicationId": done.ID, "stars": 5, "comment": "很方便"}); rated.Rating.Stars != 5 {
		t.Errorf("rated: %+v", rated.Rating)
	}
	if again := progress(t, mother, submitted.Number); again.Rating == nil || again.Rating.Stars != 5 {
		t.Errorf("the rating is shown as %+v", again.Rating)
	}
	twice := ask[payload](t, mother, "Rate", input(vars{"applicationId": done.ID, "stars": 1}))
	if len(twice.Problems) != 1 || twice.Problems[0].Code != "ALREADY_RATED" {
		t.Errorf("a second rating: %+v", twice)
	}
}

// checkDeadline: one day was promised and one used. The clock stood still from the notice on Monday the 2nd to the
// supplement on Saturday the 14th; Saturday and Sunday do not count, Monday the 16th is the day.
func checkDeadline(t *testing.T, got deadline) {
	t.Helper()
	if got.AllowedDays != 1 || got.UsedDays != 1 || got.RemainingDays != 0 || got.Provisional || !got.PromisedDueAt.Equal(endOf(t, "2026-03-16")) {
		t.Errorf("the deadline is %+v", got)
	}
	var segments []string
	for _, one := range got.Segments {
		to := "…"
		if one.To != nil {
			to = *one.To
		}
		segments = append(segments, one.Kind+" "+one.From+" "+to)
	}
	if want := []string{"WAITING_FOR_APPLICANT 2026-03-02 2026-03-14", "RUNNING 2026-03-14 2026-03-17"}; !slices.Equal(segments, want) {
		t.Errorf("the segments are %v", segments)
	}
	want := []skippedDay{{"2026-03-14", "周六"}, {"2026-03-15", "周日"}}
	if diff := cmp.Diff(want, got.Skipped); diff != "" {
		t.Errorf("days that did not count:\n%s", diff)
	}
}

// line is one of the timeline in both languages.
type line struct{ kind, chinese, english string }

var newbornTimeline = []line{
	{"STARTED", "开始填写“出生登记”申请", "Began the application “Birth registration”"},
	{"MATERIALS_FETCHED", "已从部门获取：居民户口簿、结婚证", "Fetched from departments: Household register, Marriage certificate"},
	{"MATERIAL_ATTACHED", "上传材料：出生医学证明", "Handed in: Medical certificate of birth"},
	{"SUBMITTED", "申请已提交", "Application handed in"},
	{"ACCEPTED", "申请已受理", "Application accepted"},
	{"STEP_STARTED", "杭州市公安局开始办理“材料审核”", "Hangzhou Public Security Bureau has begun “Document check”"},
	{"SUPPLEMENT_REQUESTED", "需要补正材料", "More documents are needed"},
	{"MATERIAL_ATTACHED", "上传材料：结婚证", "Handed in: Marriage certificate"},
	{"SUPPLEMENTED", "补正材料已交齐", "The documents asked for are all in"},
	{"STEP_DECIDED", "“材料审核”已通过", "“Document check” passed"},
	{"STEP_STARTED", "杭州市公安局开始办理“登记入户”", "Hangzhou Public Security Bureau has begun “Registration”"},
	{"STEP_DECIDED", "“登记入户”已通过", "“Registration” passed"},
	{"APPROVED", "申请已批准", "Application approved"},
	{"COMPLETED", "事项已办结", "Completed"},
}

// checkTimeline holds every line of the timeline to its words, and to its language.
func checkTimeline(t *testing.T, chinese, english application) {
	t.Helper()
	var got []line
	for i, one := range chinese.Timeline.nodes() {
		other := english.Timeline.nodes()[i]
		got = append(got, line{one.Kind, one.Title, other.Title})
		if !strings.ContainsFunc(one.Title, isHan) || strings.ContainsFunc(other.Title, isHan) || one.ID != other.ID {
			t.Errorf("%s is “%s” in Chinese and “%s” in English", one.Kind, one.Title, other.Title)
		}
		// What a clerk wrote stays as it was written; what the house says is in the reader's language.
		if other.Detail != nil && strings.ContainsFunc(*other.Detail, isHan) && *other.Detail != *one.Detail {
			t.Errorf("%s tells in English “%s”", one.Kind, *other.Detail)
		}
	}
	if diff := cmp.Diff(newbornTimeline, got, cmp.AllowUnexported(line{})); diff != "" {
		t.Errorf("the timeline:\n%s", diff)
	}
}

func isHan(char rune) bool { return unicode.Is(unicode.Han, char) }
