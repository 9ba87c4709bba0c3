package app_test

import (
	"strings"
	"testing"
)

// A man retires: the fund falls out while a loan runs and comes back when it does not; what one member is told all know.
func TestAMemberFallsOutAndComesBack(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		man := c.resident(t, "r25") // sixty years old
		b := startBundle(t, man, vars{"bundleCode": "retirement", "channel": "APP", "idempotencyKey": "rest"})
		if len(b.Applications) != 4 {
			t.Fatalf("it begins with %v", b.items())
		}
		fund := b.member(t, "provident-fund-retirement-withdrawal")
		saved := say(t, man, fund, map[string]string{"has_loan": "true", "retire_date": "2026-04-01", "bank_account": "6222020200112233445"})
		shown := whole(t, man, b.ID)
		if reason, _ := shown.out(fund.Item.Code); reason == "" || len(shown.Applications) != 3 || shown.Progress.Total != 3 {
			t.Errorf("with a loan: out %+v, in %d", shown.FallenOut, len(shown.Applications))
		}
		if out := standing(t, man, fund.ID); out.NextAction.Who != "NOBODY" || out.State != "DRAFT" {
			t.Errorf("the fund says %+v", out.NextAction)
		}
		// The others have the date and the account by now, and their revisions have not moved.
		pension := b.member(t, "retirement")
		before := look(t, man, pension.ID)
		if before.Revision != pension.Revision || before.field("retire_date").Problem != nil {
			t.Errorf("the pension stands at revision %d, began with %d, date %+v", before.Revision, pension.Revision, before.field("retire_date").Problem)
		}
		saved.Revision = say(t, man, saved, map[string]string{"has_loan": "false"}).Revision
		if back := whole(t, man, b.ID); len(back.FallenOut) != 0 || back.Progress.Total != 4 {
			t.Errorf("without a loan: %+v", back.FallenOut)
		}
		stale := man.send(t, "SaveAnswers", input(vars{"applicationId": fund.ID, "revision": fund.Revision, "answers": []vars{{"key": "has_loan", "value": "true"}}}))
		if code, _ := refusalOf(stale); code != "CONFLICT" {
			t.Errorf("a save from an older picture is answered %s", code)
		}
		retires(t, c, man, b)
	})
}

// retires hands the pension in; the department's own system decides it, and the rest follows.
func retires(t *testing.T, c *city, man *visitor, b bundleCase) {
	t.Helper()
	pension := b.member(t, "retirement")
	say(t, man, pension, map[string]string{
		"kind": "normal", "post": "worker", "special_work": "false", "paid_months": "300", "archive_place": "employer",
	})
	saved := own[struct {
		BundleCase wholeCase
		Problems   []problem
	}](t, man, `mutation($id: ID!) { saveBundleAnswers(input: {bundleCaseId: $id, answers: [
			{key: "live_region", value: "330102"}, {key: "in_force", value: "true"}, {key: "medical_years", value: "25"}, {key: "make_up", value: "none"},
			{key: "party_member", value: "false"}, {key: "volunteer", value: "false"}, {key: "moon", value: "1"}]}) {
		bundleCase { `+wholeParts+` } problems { code message field } } }`, vars{"id": b.ID})
	if len(saved.Problems) != 1 || saved.Problems[0].Code != "UNKNOWN_FIELD" || *saved.Problems[0].Field != "moon" {
		t.Errorf("what nobody asks is answered %+v", saved.Problems)
	}
	fetchAndUpload(t, man, b)
	change(t, man, "Submit", vars{"applicationId": pension.ID, "idempotencyKey": "pension"})
	decideAll(t, c, man, pension.ID)
	for _, item := range []string{"medical-insurance-retiree", "provident-fund-retirement-withdrawal", "retiree-community-registration"} {
		if got := standing(t, man, b.member(t, item).ID); got.Number == "" {
			t.Errorf("%s did not follow: %+v", item, got.NextAction)
		}
	}
	register := standing(t, man, b.member(t, "retiree-community-registration").ID)
	change(t, man, "Withdraw", vars{"applicationId": register.ID, "reason": "自行办理"})
	for _, item := range []string{"medical-insurance-retiree", "provident-fund-retirement-withdrawal"} {
		decideAll(t, c, man, b.member(t, item).ID)
	}
	if end := whole(t, man, b.ID); end.State != "COMPLETED" || end.Progress.Done != 4 || !strings.Contains(end.NextAction.Title, "办完") {
		t.Errorf("at the end: %s, %+v", end.State, end.Progress)
	}
}
