package app_test

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
)

// own sends an operation that only those know who read the schema.
func own[T any](t *testing.T, v *visitor, document string, variables vars) T {
	t.Helper()
	return read[T](t, document, v.own(t, document, variables))
}

func (v *visitor) own(t *testing.T, document string, variables vars) answer {
	t.Helper()
	body, err := json.Marshal(vars{"query": document, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	got, err := v.post("/graphql", "application/json", strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// wholeCase is a bundle case with what the contract's operations do not ask for.
type wholeCase struct {
	ID, State    string
	Bundle       named
	Applications []application
	FallenOut    []struct {
		Item           named
		Reason, Remedy string
		Application    *application
	}
	Progress struct {
		Done, Total int
		Text        string
	}
	NextAction       nextAction
	Days, SerialDays int
}

const wholeParts = `id state bundle { code name } applications { id state item { code } number }
	fallenOut { item { code } reason remedy application { id state } } progress { done total text } nextAction { who title detail } days serialDays`

func whole(t *testing.T, v *visitor, id string) wholeCase {
	t.Helper()
	return own[wholeCase](t, v, `query($id: ID!) { bundleCase(id: $id) { `+wholeParts+` } }`, vars{"id": id})
}

// out finds why a member fell out, "" where it takes part.
func (w wholeCase) out(item string) (reason, remedy string) {
	for _, fallen := range w.FallenOut {
		if fallen.Item.Code == item {
			return fallen.Reason, fallen.Remedy
		}
	}
	return "", ""
}

var restaurantAnswers = map[string]map[string]string{
	"sole-trader-registration": {
		"business_name": "西湖区清明面馆", "family_business": "false", "premises_region": "330106", "premises_address": "文三路1号", "premises_kind": "rented",
		"premises_area": "320.5", "trade": "catering", "prohibited_trade": "false", "employees": "4",
	},
	"seal-engraving-filing":           {"seal_official": "true", "seal_finance": "true", "seal_invoice": "false", "seal_electronic": "false"},
	"tax-registration":                {"tax_agent_name": "王小会", "taxpayer_kind": "small", "invoice_limit": "50000"},
	"food-handler-health-certificate": {"workers": "4", "post": "kitchen", "clinic": "西湖区疾控中心", "check_date": "2026-03-04", "past_illness": "false"},
	"food-business-licence": {
		"business_kind": "hot", "small_restaurant": "false", "online_sales": "false", "has_food_manager": "true", "pollution_distance": "30",
		"food_workers": "4", "by_commitment": "false",
	},
	"fire-safety-inspection": {
		"entertainment": "false", "floors": "ground", "building_accepted": "true", "gas_kind": "pipe", "by_commitment": "false",
	},
	"outdoor-sign-filing": {
		"on_own_premises": "true", "has_advertising": "false", "sign_width": "3", "sign_height": "1", "lit": "true", "historic_street": "false",
	},
	"drainage-permit": {"daily_discharge": "5", "separate_drains": "true", "grease_trap": "true", "new_connection": "false"},
}

// restaurant is filled in by 吴清明: all but the insurance of employees.
func restaurant(t *testing.T, c *city) (owner *visitor, b bundleCase) {
	t.Helper()
	owner = c.resident(t, "r06")
	b = startBundle(t, owner, vars{"bundleCode": "restaurant-opening", "channel": "APP", "idempotencyKey": "noodles"})
	for _, member := range b.Applications {
		if answers := restaurantAnswers[member.Item.Code]; answers != nil {
			say(t, owner, member, answers)
		}
	}
	for _, member := range b.Applications {
		change(t, owner, "FetchMaterials", vars{"applicationId": member.ID})
		for _, missing := range look(t, owner, member.ID).Missing {
			if missing.Material.Code == "business-licence" {
				t.Errorf("%s asks for the licence that comes by itself", member.Item.Code)
			}
			upload(t, owner, member.ID, missing, nil)
		}
	}
	return owner, b
}

// A restaurant opens: what can run side by side does; one refusal and one supplement are nobody else's business.
func TestARestaurantOpensAsOneMatter(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		plan := ask[struct{ Days, SerialDays int }](t, c.guest(), "Bundle", vars{"code": "restaurant-opening"})
		if plan.Days != 15 || plan.SerialDays != 45 {
			t.Errorf("it takes %d days side by side and %d one after another", plan.Days, plan.SerialDays)
		}
		owner, b := restaurant(t, c)
		id := func(item string) string { return b.member(t, item).ID }
		if shown := whole(t, owner, b.ID); shown.State != "DRAFT" || shown.Days != 15 || shown.SerialDays != 45 || shown.Progress.Total != 9 || shown.Bundle.Code != "restaurant-opening" {
			t.Errorf("as a whole: %+v", shown)
		}
		// A wish for what is not at its turn is kept, however often it is said.
		for range 2 {
			wish := change(t, owner, "Submit", vars{"applicationId": id("drainage-permit"), "revision": 1}).Application
			if wish.State != "DRAFT" || wish.NextAction.Who != "NOBODY" || !strings.Contains(wish.NextAction.Title, "届时由我们自动提交") {
				t.Fatalf("the wish is answered %s, %+v", wish.State, wish.NextAction)
			}
		}
		for _, item := range []string{"sole-trader-registration", "food-handler-health-certificate"} {
			change(t, owner, "Submit", vars{"applicationId": id(item), "idempotencyKey": item})
		}
		decideAll(t, c, owner, id("sole-trader-registration"))
		for _, item := range []string{"seal-engraving-filing", "tax-registration", "fire-safety-inspection", "outdoor-sign-filing", "drainage-permit"} {
			if got := standing(t, owner, id(item)); got.Number == "" {
				t.Errorf("%s did not follow: %s %+v", item, got.State, got.NextAction)
			}
		}
		licence := standing(t, owner, id("food-business-licence"))
		if licence.State != "DRAFT" || licence.DueAt != nil || !strings.Contains(licence.NextAction.Title, "健康") {
			t.Errorf("the food licence does not wait for the health certificate: %s %+v", licence.State, licence.NextAction)
		}
		decideAll(t, c, owner, id("food-handler-health-certificate"))
		if licence = standing(t, owner, id("food-business-licence")); licence.Number == "" {
			t.Fatalf("the food licence did not follow: %+v", licence.NextAction)
		}
		refusedAndSupplemented(t, c, owner, b)
	})
}

func refusedAndSupplemented(t *testing.T, c *city, owner *visitor, b bundleCase) {
	t.Helper()
	fire := b.member(t, "fire-safety-inspection").ID
	change(t, c.staff(t, "zhang-desk"), "Accept", vars{"applicationId": fire})
	refuse := standing(t, owner, fire)
	for _, s := range refuse.Steps {
		if s.State == "ACTIVE" && !decideStep(t, c, fire, s, "REJECT") {
			t.Fatalf("nobody refused %s", s.Name)
		}
	}
	sign := b.member(t, "outdoor-sign-filing").ID
	change(t, c.staff(t, "zhang-desk"), "Accept", vars{"applicationId": sign})
	drawing := ask[application](t, c.staff(t, "urban-management-clerk"), "StaffCase", vars{"id": sign}).required("sign-drawing")
	change(t, c.staff(t, "urban-management-clerk"), "RequestSupplement", vars{
		"applicationId": sign, "items": []vars{{"requirementId": drawing.ID, "reason": "请注明尺寸"}}, "idempotencyKey": "sign",
	})
	states := map[string]string{}
	for _, mine := range ask[viewer](t, owner, "MyApplications", vars{"first": 100}).Applications.nodes() {
		states[mine.Item.Code] = mine.State
	}
	if states["fire-safety-inspection"] != "REJECTED" || states["outdoor-sign-filing"] != "SUPPLEMENT_REQUIRED" || states["drainage-permit"] != "SUBMITTED" {
		t.Errorf("after one refusal and one supplement: %v", states)
	}
	shown := whole(t, owner, b.ID)
	if shown.State != "IN_PROGRESS" || shown.Progress.Done != 3 || shown.Progress.Text != "共9项，已办完3项" || shown.NextAction.Who != "APPLICANT" {
		t.Errorf("the one line: %+v, next %+v", shown.Progress, shown.NextAction)
	}
}

// The owner takes the first step back: what cannot do without its result says so, and who has the paper goes on.
func TestWhoHasThePaperGoesOn(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		owner, b := restaurant(t, c)
		change(t, owner, "Submit", vars{"applicationId": b.member(t, "sole-trader-registration").ID, "idempotencyKey": "first"})
		change(t, owner, "Withdraw", vars{"applicationId": b.member(t, "sole-trader-registration").ID, "reason": "执照已另行办好"})
		shown := whole(t, owner, b.ID)
		reason, remedy := shown.out("outdoor-sign-filing")
		if !strings.Contains(reason, "已撤回") || !strings.Contains(reason, "营业执照") || !strings.Contains(remedy, "上传") || len(shown.FallenOut) != 7 {
			t.Errorf("out are %+v", shown.FallenOut)
		}
		if health := standing(t, owner, b.member(t, "food-handler-health-certificate").ID); health.State != "DRAFT" || health.NextAction.Who != "APPLICANT" {
			t.Errorf("the health certificate: %+v", health.NextAction)
		}
		if got := told(t, owner, "PATH_BLOCKED"); len(got) != 7 {
			t.Errorf("she is told %d times", len(got))
		}
		sign := b.member(t, "outdoor-sign-filing")
		missing := look(t, owner, sign.ID).Missing
		if len(missing) != 1 || missing[0].Material.Code != "business-licence" {
			t.Fatalf("the sign lacks %+v", missing)
		}
		upload(t, owner, sign.ID, missing[0], vars{"number": "92330106MA2H123456"})
		if back := whole(t, owner, b.ID); len(back.FallenOut) != 0 {
			t.Errorf("with the licence there still are out: %+v", back.FallenOut)
		}
		done := own[struct {
			BundleCase wholeCase
			Problems   []problem
		}](t, owner, `mutation($id: ID!) { submitBundle(input: {bundleCaseId: $id, idempotencyKey: "all"}) { bundleCase { `+wholeParts+` } problems { code message field } } }`, vars{"id": b.ID})
		handedIn := 0
		for _, member := range done.BundleCase.Applications {
			if member.Number != "" && member.State != "WITHDRAWN" {
				handedIn++
			}
		}
		lacking := slices.ContainsFunc(done.Problems, func(p problem) bool {
			return strings.Contains(p.Message, "用人单位") || strings.Contains(p.Message, "社会保险")
		})
		if handedIn < 6 || !lacking {
			t.Errorf("%d were handed in, problems %+v", handedIn, done.Problems)
		}
	})
}

// Answers that are no: other people's bundles, unknown ones, and eight clicks at once are one.
func TestABundleIsItsOwnersAlone(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		owner, stranger := c.resident(t, "r06"), c.resident(t, "r01")
		if code, _ := refusalOf(owner.send(t, "StartBundle", input(vars{"bundleCode": "moon-landing"}))); code != "NOT_FOUND" {
			t.Errorf("an unknown bundle is answered %s", code)
		}
		other := ask[viewer](t, stranger, "Me", nil)
		if code, _ := refusalOf(owner.send(t, "StartBundle", input(vars{"bundleCode": "newborn", "onBehalfOf": other.ID}))); code != "NOT_FOUND" {
			t.Errorf("on behalf of a stranger is answered %s", code)
		}
		if code, _ := refusalOf(c.guest().send(t, "StartBundle", input(vars{"bundleCode": "newborn"}))); code != "UNAUTHENTICATED" {
			t.Errorf("a guest is answered %s", code)
		}
		ids := make([]string, 8)
		var clicks sync.WaitGroup
		for i := range ids {
			clicks.Go(func() {
				got, err := owner.try("StartBundle", input(vars{"bundleCode": "newborn", "channel": "APP", "idempotencyKey": "eight"}))
				var answered bundlePayload
				if err == nil && json.Unmarshal(got.Data["startBundle"], &answered) == nil && answered.BundleCase != nil {
					ids[i] = answered.BundleCase.ID
				}
			})
		}
		clicks.Wait()
		if slices.Sort(ids); ids[0] == "" || ids[0] != ids[7] {
			t.Fatalf("eight clicks gave %v", ids)
		}
		for _, document := range []string{
			`query($id: ID!) { bundleCase(id: $id) { id } }`,
			`mutation($id: ID!) { submitBundle(input: {bundleCaseId: $id}) { bundleCase { id } } }`,
			`mutation($id: ID!) { saveBundleAnswers(input: {bundleCaseId: $id, answers: [{key: "child_name", value: "王小二"}]}) { bundleCase { id } } }`,
		} {
			for _, id := range []string{ids[0], "0199d0c8-0000-7000-8000-000000000000", "nobody"} {
				if code, _ := refusalOf(stranger.own(t, document, vars{"id": id})); code != "NOT_FOUND" {
					t.Errorf("a stranger asking for %s is answered %s", id, code)
				}
			}
		}
		mine := own[struct{ BundleCases connection[wholeCase] }](t, owner, `{ viewer { bundleCases(first: 5) { totalCount edges { cursor node { `+wholeParts+` } } pageInfo { hasNextPage endCursor } } } }`, nil)
		if mine.BundleCases.TotalCount != 1 || mine.BundleCases.nodes()[0].ID != ids[0] {
			t.Errorf("the list of bundles: %+v", mine)
		}
		pointed := own[struct {
			Applications connection[struct{ BundleCase struct{ ID string } }]
		}](t, owner, `{ viewer { applications(first: 20) { edges { cursor node { bundleCase { id } } } pageInfo { hasNextPage endCursor } } } }`, nil)
		for _, one := range pointed.Applications.nodes() {
			if one.BundleCase.ID != ids[0] {
				t.Errorf("an application belongs to %q", one.BundleCase.ID)
			}
		}
	})
}
