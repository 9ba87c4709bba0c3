package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// promiseText is what a mother may agree to in place of the birth certificate, in lenientCatalogue.
const promiseText = "本人承诺婴儿已在本市医疗机构出生，出生医学证明随后可查"

// lenientCatalogue is the city's catalogue with a birth registration that lets the birth certificate come later, or be
// replaced by a commitment.
func lenientCatalogue(t *testing.T) map[string]string {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS(filepath.Join("..", "..", "models", "catalogue", "hangzhou"))); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, "items", "birth-registration.yaml")
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const strict = "  - code: birth-certificate\n    required: \"true\"\n    deferrable: false\n"
	lenient := "  - code: birth-certificate\n    required: \"true\"\n    deferrable: true\n    commitment: {text: {zh: " + promiseText + ", en: The child was born here}}\n"
	changed := strings.Replace(string(raw), strict, lenient, 1)
	if changed == string(raw) {
		t.Fatal("birth-registration asks for other papers now")
	}
	if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	return map[string]string{"ONEWINDOW_CATALOGUE": folder}
}

// A stage asks once. Only a supervisor may have it ask again, on the record, and only for what the first notice named.
func TestASecondNoticeNeedsASupervisor(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother, accepted := birthRegistration(t, c)
		reviewer, supervisor := c.staff(t, "li-police"), c.staff(t, "zhou-supervise")
		again := func(material string, further vars) vars {
			fields := vars{"applicationId": accepted.ID, "items": []vars{{"requirementId": accepted.ID + "." + material, "reason": "仍不清晰"}}}
			for key, value := range further {
				fields[key] = value
			}
			return fields
		}
		override := vars{"override": vars{"authority": "《行政许可法》第三十二条", "reason": "补交的照片仍无法辨认"}}
		refused(t, supervisor, "RequestSupplement", input(again("marriage-certificate", override)), refusal{
			status: 200, code: "CONFLICT", chinese: "没有可以再次要求补正的环节", english: "There is no step that could ask again"})
		asked := askForMore(t, c, accepted)
		upload(t, mother, accepted.ID, asked, nil)
		change(t, mother, "Supplement", vars{"applicationId": accepted.ID})
		c.unchanged(t, func() {
			refused(t, reviewer, "RequestSupplement", input(again("marriage-certificate", nil)), refusal{
				status: 200, code: "CONFLICT",
				chinese: "本环节已于2026年3月2日一次性告知过补正内容（结婚证），不能再次要求补正；确有必要的，须由督导人员批准并说明依据和理由",
				english: "This stage gave its one supplement notice on 2 March 2026 (Marriage certificate); a second needs a supervisor's recorded override"})
			refused(t, reviewer, "RequestSupplement", input(again("marriage-certificate", override)), notAllowed)
			problematic(t, supervisor, sendInput(t, "RequestSupplement", again("marriage-certificate", vars{"override": vars{"authority": "x", "reason": ""}})),
				mend{"REQUIRED", "再次要求补正须写明依据和理由", "A second notice needs its authority and its reason", "override.reason"})
			problematic(t, supervisor, sendInput(t, "RequestSupplement", again("household-register", override)),
				mend{"NOT_IN_FIRST_NOTICE", "“居民户口簿”不在首次一次性告知的范围内，不能再要求补正", "“Household register” was not in the first notice and cannot be asked for any more", "items"})
		})
		second := change(t, supervisor, "RequestSupplement", again("marriage-certificate", override)).Application
		if second.State != "SUPPLEMENT_REQUIRED" || len(second.Missing) != 1 {
			t.Fatalf("after the override it is %s, missing %+v", second.State, second.Missing)
		}
		expectLine(t, progress(t, mother, accepted.Number), "SUPPLEMENT_REQUESTED", "《行政许可法》第三十二条", "补交的照片仍无法辨认")
	})
}

// expectLine finds the last line of a kind in the timeline, and the words in its detail.
func expectLine(t *testing.T, a application, kind string, words ...string) {
	t.Helper()
	detail, found := "", false
	for _, one := range a.Timeline.nodes() {
		if one.Kind == kind {
			detail, found = "", true
			if one.Detail != nil {
				detail = *one.Detail
			}
		}
	}
	if !found {
		t.Errorf("the timeline has no %s", kind)
	}
	for _, word := range words {
		if !strings.Contains(detail, word) {
			t.Errorf("%s tells “%s”, without “%s”", kind, detail, word)
		}
	}
}

// What may come later is told at once, held against the last approval, and told again when its day has passed.
func TestADeferredPaperThatIsLate(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		c := openWith(t, on, lenientCatalogue(t))
		mother := c.resident(t, "r06")
		draft := draftBirthRegistration(t, c)
		change(t, mother, "FetchMaterials", vars{"applicationId": draft.ID})
		submitted := change(t, mother, "Submit", vars{"applicationId": draft.ID}).Application
		change(t, c.staff(t, "zhang-desk"), "Accept", vars{"applicationId": draft.ID, "deferred": []string{draft.ID + ".birth-certificate"}})
		accepted := progress(t, mother, submitted.Number)
		if len(accepted.Missing) != 1 || accepted.Missing[0].Status != "DEFERRED" || accepted.Missing[0].DueAt.After(*accepted.DueAt) {
			t.Fatalf("deferred: %+v, promised %v", accepted.Missing, accepted.DueAt)
		}
		if got := told(t, mother, "DEFERRED"); len(got) != 1 || !strings.Contains(got[0].Body, "出生医学证明") || !strings.Contains(got[0].Body, "2026年3月2日") {
			t.Errorf("the inbox says %+v", got)
		}
		check := openTask(t, c.staff(t, "li-police"), draft.ID, draft.ID+".check")
		change(t, c.staff(t, "li-police"), "Decide", vars{"taskId": check.ID, "decision": "APPROVE"})
		register := openTask(t, c.staff(t, "wang-police"), draft.ID, draft.ID+".register")
		approve := vars{"taskId": register.ID, "decision": "APPROVE"}
		c.unchanged(t, func() {
			refused(t, c.staff(t, "wang-police"), "Decide", input(approve), refusal{
				status: 200, code: "CONFLICT", chinese: "容缺材料“出生医学证明”尚未补齐，不能办结", english: "“Medical certificate of birth” was deferred and has not come yet"})
		})
		c.advanceTo(t, "2026-03-03T00:00")
		late := progress(t, mother, submitted.Number)
		if late.NextAction.Who != "APPLICANT" || late.NextAction.Detail == nil || !strings.Contains(*late.NextAction.Detail, "出生医学证明") {
			t.Errorf("when it is late: %+v", late.NextAction)
		}
		expectLine(t, late, "DEFERRED_LATE", "出生医学证明")
		c.advanceTo(t, "2026-03-03T12:00")
		if got := told(t, mother, "DEFERRED_LATE"); len(got) != 1 {
			t.Errorf("told %d times that it is late", len(got))
		}
		upload(t, mother, draft.ID, late.Missing[0], nil)
		if done := change(t, c.staff(t, "wang-police"), "Decide", approve).Application; done.State != "COMPLETED" {
			t.Errorf("with the paper it is %s", done.State)
		}
	})
}

// An office that says nothing in time has accepted, as of the day of receipt; who had it in hand is named, and a supervisor
// looks into it.
func TestNobodyAnswersInTime(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother := c.resident(t, "r06")
		desk, supervisor := c.staff(t, "zhang-desk"), c.staff(t, "zhou-supervise")
		submitted := submitBirthRegistration(t, c)
		change(t, desk, "ClaimTask", vars{"taskId": taskOf(t, desk, "ACCEPTANCE").ID})
		c.advanceTo(t, "2026-03-04T00:00")
		deemed := progress(t, mother, submitted.Number)
		if deemed.State != "IN_REVIEW" || !deemed.AcceptedAt.Equal(*submitted.SubmittedAt) {
			t.Fatalf("it is %s, accepted at %v", deemed.State, deemed.AcceptedAt)
		}
		expectLine(t, deemed, "DEEMED_ACCEPTED", "责任人：张敏（杭州市公安局）", "2026年3月2日")
		look := taskOf(t, supervisor, "OVERSIGHT")
		if look.Application.Number != submitted.Number {
			t.Errorf("the supervisor looks at %+v", look.Application)
		}
		closing := func(note string) string {
			return fmt.Sprintf(`mutation { closeOversight(input: {taskId: "%s", note: "%s"}) { task { state } problems { code } } }`, look.ID, note)
		}
		c.unchanged(t, func() {
			if code, _ := refusalOf(desk.query(t, closing("已核查"))); code != "FORBIDDEN" {
				t.Errorf("the front desk closed it: %s", code)
			}
			if got := supervisor.query(t, closing("")); !strings.Contains(got.Raw, "REQUIRED") {
				t.Errorf("without a note: %s", got.Raw)
			}
		})
		if got := supervisor.query(t, closing("窗口人手不足，已调整排班")); !got.ok() || !strings.Contains(got.Raw, `"state":"DONE"`) {
			t.Errorf("closing: %s", got.Raw)
		}
		if code, _ := refusalOf(supervisor.query(t, closing("再次"))); code != "CONFLICT" {
			t.Errorf("closing twice: %s", code)
		}
	})
}

// taskOf finds the one open task of a kind in a worklist.
func taskOf(t *testing.T, v *visitor, kind string) task {
	t.Helper()
	for _, found := range ask[connection[task]](t, v, "Worklist", vars{"first": 50}).nodes() {
		if found.Kind == kind {
			return found
		}
	}
	t.Fatalf("no task of kind %s is in the worklist", kind)
	return task{}
}

// At the wrong counter one is told at once where the right one is, and goes on there with what is filled in.
func TestTheWrongCounter(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother, desk := c.resident(t, "r06"), c.staff(t, "zhang-desk")
		submitted := submitBirthRegistration(t, c)
		refuse := func(fields string) string {
			return fmt.Sprintf(`mutation { refuseNotCompetent(input: {applicationId: "%s", %s}) { application { state rightOffice { code } } problems { code field message } } }`, submitted.ID, fields)
		}
		c.unchanged(t, func() {
			if got := desk.query(t, refuse(`reason: "由卫健部门办理"`)); !strings.Contains(got.Raw, "UNKNOWN_DEPARTMENT") || !strings.Contains(got.Raw, "杭州市卫生健康委员会（health）") {
				t.Errorf("without a department: %s", got.Raw)
			}
			if got := desk.query(t, refuse(`reason: "x", rightDepartment: "public-security"`)); !strings.Contains(got.Raw, "SAME_DEPARTMENT") {
				t.Errorf("the own department: %s", got.Raw)
			}
			if code, _ := refusalOf(c.staff(t, "li-police").query(t, refuse(`reason: "x", rightDepartment: "health"`))); code != "FORBIDDEN" {
				t.Errorf("a reviewer refused it: %s", code)
			}
		})
		if got := desk.query(t, refuse(`reason: "由卫健部门办理", rightDepartment: "health"`)); !strings.Contains(got.Raw, `"state":"REJECTED","rightOffice":{"code":"health"}`) {
			t.Fatalf("refusing: %s", got.Raw)
		}
		ended := progress(t, mother, submitted.Number)
		for _, word := range []string{"杭州市卫生健康委员会", "0571-12320", "六十日", "行政复议"} {
			if word = strings.Replace(word, "六十日", "60日", 1); ended.NextAction.Detail == nil || !strings.Contains(*ended.NextAction.Detail, word) {
				t.Errorf("what is next: %+v, without %s", ended.NextAction, word)
			}
		}
		expectLine(t, ended, "REJECTED", "由卫健部门办理", "0571-12320", "行政复议")
		if got := told(t, mother, "REJECTED"); len(got) != 1 || !strings.Contains(got[0].Body, "行政复议") {
			t.Errorf("the inbox says %+v", got)
		}
	})
}
