package app_test

import (
	"fmt"
	"strings"
	"testing"
)

// A promise stands for a paper, with the text as it was shown; it is checked afterwards, and whoever broke one makes no
// further ones until it is repaired.
func TestAPromiseInPlaceOfAPaper(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		c := openWith(t, on, lenientCatalogue(t))
		mother, reviewer, stranger := c.resident(t, "r06"), c.staff(t, "li-police"), c.resident(t, "r01")
		guide := c.guest().query(t, `{ serviceItem(code: "birth-registration") { materials { material { code } commitment { version text } } } }`)
		version := between(guide.Raw, `"commitment":{"version":"`, `"`)
		if version == "" || !strings.Contains(guide.Raw, promiseText) {
			t.Fatalf("the guide does not show what is agreed to: %s", guide.Raw)
		}
		draft := draftBirthRegistration(t, c)
		change(t, mother, "FetchMaterials", vars{"applicationId": draft.ID})
		commit := func(a application, material, version string) vars {
			return vars{"applicationId": a.ID, "requirementIds": []string{a.ID + "." + material}, "textVersion": version}
		}
		c.unchanged(t, func() {
			problematic(t, mother, sendInput(t, "Commit", commit(draft, "birth-certificate", "old")), mend{
				"TEXT_CHANGED", "承诺书内容与您看到的不一致，请阅读现行文本（版本" + version + "）后重新确认：" + promiseText,
				"The text differs from the one you saw; please read the present one (version " + version + ") and agree again: The child was born here", "textVersion"})
			problematic(t, mother, sendInput(t, "Commit", commit(draft, "household-register", version)), mend{
				"NOT_OFFERED", "“居民户口簿”不适用告知承诺，请提交材料", "“Household register” cannot be replaced by a commitment; please hand it in", "requirementIds"})
			refused(t, stranger, "Commit", input(commit(draft, "birth-certificate", version)), notFound)
		})
		if got := change(t, mother, "Commit", commit(draft, "birth-certificate", version)).Application; got.required("birth-certificate").Status != "COMMITTED" || len(got.Missing) > 0 {
			t.Fatalf("after committing: %+v", got.Checklist)
		}
		submitted := change(t, mother, "Submit", vars{"applicationId": draft.ID}).Application
		if submitted.State != "SUBMITTED" { // a promise is not an authority's document: somebody looks
			t.Fatalf("it is %s", submitted.State)
		}
		change(t, c.staff(t, "zhang-desk"), "Accept", vars{"applicationId": draft.ID})
		if found := taskOf(t, reviewer, "COMMITMENT"); found.Application.ID != draft.ID {
			t.Errorf("the check is about %+v", found.Application)
		}
		checkPromise(t, c, mother, draft)

		second := draftBirthRegistration(t, c)
		change(t, mother, "FetchMaterials", vars{"applicationId": second.ID})
		barred := mend{"COMMITMENT_BARRED", "您此前有未履行的承诺，修复之前不能再适用告知承诺，请提交材料", "An earlier promise was not kept; until that is repaired please hand in the documents", ""}
		c.unchanged(t, func() {
			problematic(t, mother, sendInput(t, "Commit", commit(second, "birth-certificate", version)), barred)
		})
		if got := reviewer.query(t, checkMutation(draft, "REPAIRED", "已补交证明")); !got.ok() || !strings.Contains(got.Raw, `"problems":[]`) {
			t.Fatalf("repairing: %s", got.Raw)
		}
		change(t, mother, "Commit", commit(second, "birth-certificate", version))
	})
}

func checkMutation(a application, outcome, note string) string {
	return fmt.Sprintf(`mutation { checkCommitment(input: {applicationId: "%s", requirementId: "%s.birth-certificate", outcome: %s, note: "%s"}) { application { state } problems { code } } }`,
		a.ID, a.ID, outcome, note)
}

// checkPromise finds the promise broken: the paper itself is asked for, and the applicant told.
func checkPromise(t *testing.T, c *city, mother *visitor, a application) {
	t.Helper()
	reviewer := c.staff(t, "li-police")
	c.unchanged(t, func() {
		if code, _ := refusalOf(c.staff(t, "sun-civil").query(t, checkMutation(a, "KEPT", ""))); code != "NOT_FOUND" {
			t.Errorf("another department checked: %s", code)
		}
		if got := reviewer.query(t, checkMutation(a, "BROKEN", "")); !strings.Contains(got.Raw, "REQUIRED") {
			t.Errorf("broken, without saying how: %s", got.Raw)
		}
	})
	if got := reviewer.query(t, checkMutation(a, "BROKEN", "医院没有该出生记录")); !got.ok() || !strings.Contains(got.Raw, `"problems":[]`) {
		t.Fatalf("checking: %s", got.Raw)
	}
	if code, _ := refusalOf(reviewer.query(t, checkMutation(a, "KEPT", "x"))); code != "CONFLICT" {
		t.Errorf("checking twice: %s", code)
	}
	asked := ask[application](t, mother, "PreCheck", vars{"id": a.ID})
	if len(asked.Missing) != 1 || asked.Missing[0].Status != "DEFERRED" || asked.Missing[0].DueAt == nil {
		t.Errorf("after a broken promise: %+v", asked.Missing)
	}
	if got := told(t, mother, "COMMITMENT_BROKEN"); len(got) != 1 || !strings.Contains(got[0].Body, "医院没有该出生记录") {
		t.Errorf("the inbox says %+v", got)
	}
}

// between gives what stands between two texts; "" where they are not there.
func between(text, before, after string) string {
	_, rest, _ := strings.Cut(text, before)
	inside, _, _ := strings.Cut(rest, after)
	return inside
}
