package app_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"
)

// Somebody else's case is, word for word, the same as one that does not exist: by every operation, in both languages.
func TestSomebodyElsesCaseDoesNotExist(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		accepted := submitBirthRegistration(t, c)
		draft := draftBirthRegistration(t, c)
		stranger := c.resident(t, "r01")
		nobodys := application{ID: uuid.Must(uuid.NewV7()).String(), Number: "202603020000000000"}
		c.unchanged(t, func() {
			for _, theirs := range []application{draft, accepted} {
				for operation, of := range residentsOperations {
					compareWithNothing(t, stranger, operation, of(theirs), of(nobodys))
				}
			}
			compareWithNothing(t, stranger, "Progress", vars{"number": accepted.Number}, vars{"number": nobodys.Number})
			for operation, of := range staffOperations { // a department that has no part in it, and a draft that is nobody's business
				compareWithNothing(t, c.staff(t, "sun-civil"), operation, of(accepted), of(nobodys))
				compareWithNothing(t, c.staff(t, "li-police"), operation, of(draft), of(nobodys))
			}
		})
	})
}

// residentsOperations are those that name an application by its id, with the variables for one.
var residentsOperations = map[string]func(a application) vars{
	"PreCheck":       func(a application) vars { return vars{"id": a.ID} },
	"Receipt":        func(a application) vars { return vars{"id": a.ID} },
	"SaveAnswers":    func(a application) vars { return input(vars{"applicationId": a.ID, "answers": []vars{}}) },
	"FetchMaterials": func(a application) vars { return input(vars{"applicationId": a.ID}) },
	"Submit":         func(a application) vars { return input(vars{"applicationId": a.ID, "idempotencyKey": "x"}) },
	"Supplement":     func(a application) vars { return input(vars{"applicationId": a.ID}) },
	"Withdraw":       func(a application) vars { return input(vars{"applicationId": a.ID}) },
	"Rate":           func(a application) vars { return input(vars{"applicationId": a.ID, "stars": 5}) },
	"AttachMaterial": func(a application) vars {
		return input(vars{"applicationId": a.ID, "requirementId": a.ID + ".birth-certificate", "fileId": uuid.Nil.String()})
	},
	"ReuseMaterial": func(a application) vars {
		return input(vars{"applicationId": a.ID, "requirementId": a.ID + ".birth-certificate", "documentId": uuid.Nil.String()})
	},
}

var staffOperations = map[string]func(a application) vars{
	"StaffCase": func(a application) vars { return vars{"id": a.ID} },
	"RequestSupplement": func(a application) vars {
		return input(vars{"applicationId": a.ID, "items": []vars{{"requirementId": a.ID + ".birth-certificate"}}})
	},
}

// compareWithNothing sends an operation for a case and for one that does not exist; the answers must not differ.
func compareWithNothing(t *testing.T, v *visitor, operation string, theirs, nobodys vars) {
	t.Helper()
	refused(t, v, operation, theirs, notFound)
	if hidden, missing := v.send(t, operation, theirs), v.send(t, operation, nobodys); hidden.Raw != missing.Raw || hidden.Status != missing.Status {
		t.Errorf("%s tells a hidden case (%s) from none (%s)", operation, hidden.Raw, missing.Raw)
	}
}

func TestAnUnknownItemIsNotFound(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother := c.resident(t, "r06")
		c.unchanged(t, func() {
			refused(t, mother, "StartApplication", input(vars{"itemCode": "moon-landing"}), notFound)
			refused(t, mother, "StartApplication", input(vars{"itemCode": ""}), notFound)
			refused(t, c.guest(), "ServiceGuide", vars{"code": "moon-landing"}, notFound)
			refused(t, mother, "CheckEligibility", vars{"code": "moon-landing"}, notFound)
			refused(t, c.guest(), "Bundle", vars{"code": "moon-landing"}, notFound)
		})
	})
}

// Two devices filled in the same form: who comes second with an old picture of it is told, and can look again.
func TestAStaleRevisionIsAConflict(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother := c.resident(t, "r06")
		draft := draftBirthRegistration(t, c)
		save := func(revision int, name string) vars {
			return vars{"applicationId": draft.ID, "revision": revision, "answers": []vars{{"key": "child_name", "value": name}}}
		}
		newer := change(t, mother, "SaveAnswers", save(draft.Revision, "陈大年")).Application
		stale := refusal{
			status: 200, code: "CONFLICT", current: newer.Revision,
			chinese: "内容已被更新，请刷新后重试", english: "It was changed meanwhile; please look again and retry",
		}
		c.unchanged(t, func() {
			refused(t, mother, "SaveAnswers", input(save(draft.Revision, "陈小年")), stale)
			refused(t, mother, "Submit", input(vars{"applicationId": draft.ID, "revision": draft.Revision}), stale)
		})
		saved := change(t, mother, "SaveAnswers", save(newer.Revision, "陈小年")).Application
		if got := saved.field("child_name").Value; saved.Revision != newer.Revision+1 || got == nil || *got != "陈小年" {
			t.Errorf("after looking again: revision %d, %v", saved.Revision, got)
		}
	})
}

// An answer that does not fit comes back with its question; the others are saved.
func TestAnAnswerThatDoesNotFitComesBack(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother := c.resident(t, "r06")
		draft := draftBirthRegistration(t, c)
		wrong := []struct {
			key, value string
			want       mend
		}{
			{"birth_date", "2026-02-30", mend{"FORMAT", "请填写日期，例如 2026-03-02", "Give a date, such as 2026-03-02", "birth_date"}},
			{"child_gender", "neither", mend{"UNKNOWN_CHOICE", "请从给出的选项中选择", "Choose one of the given choices", "child_gender"}},
			{"born_in_wedlock", "yes", mend{"FORMAT", "请选择是或者否", "Give true or false", "born_in_wedlock"}},
			{"child_name", "Chen 123", mend{"FORMAT", "格式不符合要求", "Does not have the form that is asked for", "child_name"}},
			{"mother_id", "330109199704059969", mend{"FORMAT", "请填写正确的公民身份号码", "Give a valid identity number", "mother_id"}},
			{"birthplace", "杭州", mend{"FORMAT", "请选择行政区划（六位代码）", "Give a division code of six digits", "birthplace"}},
			{"phone", "12345", mend{"FORMAT", "请填写正确的手机号码", "Give a valid phone number", "phone"}},
		}
		for i, one := range wrong {
			father := "陈春分" + strings.Repeat("分", i)
			before := ask[application](t, mother, "PreCheck", vars{"id": draft.ID})
			problematic(t, mother, sendInput(t, "SaveAnswers", vars{"applicationId": draft.ID, "answers": []vars{
				{"key": one.key, "value": one.value}, {"key": "father_name", "value": father},
			}}), one.want)
			got := ask[payload](t, mother, "SaveAnswers", input(vars{"applicationId": draft.ID, "answers": []vars{{"key": one.key, "value": one.value}}}))
			if field := got.Application.field(one.key); field.Problem == nil || field.Problem.Code != one.want.code || *field.Value == one.value {
				t.Errorf("the question %s is %+v", one.key, field)
			}
			if saved := *got.Application.field("father_name").Value; saved != father {
				t.Errorf("the answer beside it is %q, want %q", saved, father)
			}
			if before.Revision+3 != got.Application.Revision {
				t.Errorf("revision %d after %d", got.Application.Revision, before.Revision)
			}
		}
		unknown := mend{"UNKNOWN_FIELD", "表单中没有这一项", "The form has no such question", "shoe_size"}
		problematic(t, mother, sendInput(t, "SaveAnswers", vars{"applicationId": draft.ID, "answers": []vars{{"key": "shoe_size", "value": "38"}}}), unknown)
	})
}

// What the table of transitions does not allow is refused with the present state.
func TestAStateThatDoesNotAllowIt(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother, desk := c.resident(t, "r06"), c.staff(t, "zhang-desk")
		draft := draftBirthRegistration(t, c)
		submitted := submitBirthRegistration(t, c)
		answers := []vars{{"key": "child_name", "value": "陈小年"}}
		c.unchanged(t, func() {
			isDraft := conflict("DRAFT", "草稿", "draft")
			refused(t, mother, "Supplement", input(vars{"applicationId": draft.ID}), isDraft)
			refused(t, mother, "Rate", input(vars{"applicationId": draft.ID, "stars": 5}), isDraft)
			isSubmitted := conflict("SUBMITTED", "已提交，待受理", "submitted, waiting for acceptance")
			refused(t, mother, "SaveAnswers", input(vars{"applicationId": submitted.ID, "answers": answers}), isSubmitted)
			refused(t, mother, "Submit", input(vars{"applicationId": submitted.ID}), isSubmitted)
			refused(t, mother, "FetchMaterials", input(vars{"applicationId": submitted.ID}), isSubmitted)
			refused(t, mother, "Supplement", input(vars{"applicationId": submitted.ID}), isSubmitted)
			refused(t, mother, "Rate", input(vars{"applicationId": submitted.ID, "stars": 5}), isSubmitted)
		})
		change(t, desk, "Accept", vars{"applicationId": submitted.ID})
		askForMore(t, c, submitted)
		c.unchanged(t, func() {
			waits := conflict("SUPPLEMENT_REQUIRED", "待补正材料", "waiting for more documents")
			refused(t, desk, "Accept", input(vars{"applicationId": submitted.ID}), waits)
			refused(t, c.staff(t, "li-police"), "RequestSupplement", input(vars{
				"applicationId": submitted.ID, "items": []vars{{"requirementId": submitted.ID + ".birth-certificate"}},
			}), waits)
		})
		change(t, mother, "Withdraw", vars{"applicationId": submitted.ID})
		c.unchanged(t, func() {
			over := conflict("WITHDRAWN", "已撤回", "withdrawn")
			refused(t, mother, "Withdraw", input(vars{"applicationId": submitted.ID}), over)
			refused(t, mother, "Rate", input(vars{"applicationId": submitted.ID, "stars": 1}), over)
			refused(t, desk, "Accept", input(vars{"applicationId": submitted.ID}), over)
		})
	})
}

// A step is worked by its own department and role alone.
func TestAStepThatIsNotYours(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		_, accepted := birthRegistration(t, c)
		check := openTask(t, c.staff(t, "li-police"), accepted.ID, accepted.ID+".check")
		decide := func(decision string) vars {
			return input(vars{"taskId": check.ID, "decision": decision, "opinion": "同意"})
		}
		c.unchanged(t, func() {
			// Another department's task does not exist for it.
			for _, other := range []string{"chen-health", "sun-civil"} {
				refused(t, c.staff(t, other), "Decide", decide("APPROVE"), notFound)
				refused(t, c.staff(t, other), "ClaimTask", input(vars{"taskId": check.ID}), notFound)
				refused(t, c.staff(t, other), "SuspendStep", input(vars{"taskId": check.ID, "reason": "听证", "noticeNumber": "1"}), notFound)
			}
			// In the own department the role decides.
			refused(t, c.staff(t, "wang-police"), "Decide", decide("APPROVE"), notAllowed)
			refused(t, c.staff(t, "li-police"), "Decide", decide("REJECT"), notAllowed)
			// Those who have no business with steps do not pass the door.
			refused(t, c.staff(t, "zhang-desk"), "Decide", decide("APPROVE"), notAllowed)
			refused(t, c.resident(t, "r06"), "Decide", decide("APPROVE"), notAllowed)
		})
		held := change(t, c.staff(t, "li-police"), "ClaimTask", vars{"taskId": check.ID})
		if held.Task.State != "CLAIMED" {
			t.Fatalf("after the claim: %s", held.Task.State)
		}
		c.unchanged(t, func() {
			refused(t, c.staff(t, "wang-police"), "ClaimTask", input(vars{"taskId": check.ID}), refusal{
				status: 200, code: "CONFLICT", current: "李强", chinese: "任务正由李强办理", english: "李强 is working on this task"})
		})
	})
}
