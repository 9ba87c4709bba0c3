package app_test

import (
	"slices"
	"testing"

	"onewindow/models/catalogue"
)

// yunling is a prefecture that uses every optional key of the catalogue's format.
const yunling = "../../models/catalogue/testdata/yunling"

// inYunling runs a story in that city.
func inYunling(t *testing.T, story func(t *testing.T, c *city, items map[string]*catalogue.Item)) {
	t.Helper()
	loaded, faults := catalogue.LoadFolder(yunling)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	items := map[string]*catalogue.Item{}
	for _, item := range loaded.Items {
		items[item.Code] = item
	}
	grounds(t, func(t *testing.T, on ground) {
		story(t, openWith(t, on, map[string]string{"ONEWINDOW_CATALOGUE": yunling}), items)
	})
}

// theClinic are the answers of somebody who opens a clinic for herbs and fire cupping and gathers the herbs himself.
var theClinic = map[string]string{
	"shop_name": "吉木·阿𠮷医馆", "owner_name": "吕·㼆", "premises_area": "260.5", "capital": "350000.00", "account": "6222 0212 0200 0000 000",
	"firm": "91350100M000100Y43", "therapies": `["herbs","fire"]`, "opens_on": "2026-06-01",
	"healers": `[{"name":"曲比·𠮷","age":"41"},{"name":"阿牛","age":"22","phone":"13800000044"}]`,
	"gathers": "true", "in_reserve": "false",
}

// A second city's nine steps with rules, waits, deferred, promised and either-or materials end in a result, and its
// zero-day item is over in the same minute.
func TestASecondCityFromStartToFinish(t *testing.T) {
	inYunling(t, func(t *testing.T, c *city, items map[string]*catalogue.Item) {
		clinic := handInBy(t, c, items["traditional-clinic"], fitting{resident: "r27", answers: theClinic})
		if got := clinic.questions["shop_name"]; got.Label != "馆名" {
			t.Errorf("the form asks %+v", got)
		}
		at := func(id string) string {
			index := slices.IndexFunc(clinic.now.Steps, func(s step) bool { return s.ID == clinic.now.ID+"."+id })
			return clinic.now.Steps[index].State
		}
		if len(clinic.now.Steps) != 9 || at("check") != "ACTIVE" || at("decide") != "WAITING" {
			t.Fatalf("the steps are %+v", clinic.now.Steps)
		}
		work(t, c, clinic)
		for _, id := range []string{"hygiene", "fire", "waste", "forest"} {
			if at(id) != "ACTIVE" {
				t.Errorf("after the check, %s is %s", id, at(id))
			}
		}
		note := handInBy(t, c, items["name-character-note"], fitting{resident: "r27", answers: map[string]string{"old_name": "吕七夕", "formerName": "吕·𠮷㼆"}})
		workAll(t, c, []*journey{clinic, note})
		for _, one := range []*journey{clinic, note} {
			checkResult(t, one)
		}
		if expires := progress(t, clinic.applicant, clinic.now.Number).Results[0].ExpiresOn; expires == nil || *expires != "2031-06-01" {
			t.Errorf("the licence ends on %v, five years after the opening day", expires)
		}
	})
}

func answered(one *journey, key string) string {
	for _, field := range one.now.Form {
		if field.Key == key && field.Value != nil {
			return *field.Value
		}
	}
	return ""
}

// Without herbs of one's own and without fire cupping, two steps fall out and fewer papers are asked for; under a rule
// that does not hold, nothing can be handed in.
func TestASecondCityLeavesOutWhatIsNotNeeded(t *testing.T) {
	inYunling(t, func(t *testing.T, c *city, items map[string]*catalogue.Item) {
		answers := map[string]string{}
		for key, value := range theClinic {
			answers[key] = value
		}
		answers["therapies"], answers["gathers"] = `["needles"]`, "false"
		answers["healers"] = `[{"name":"阿牛","age":"22"}]`
		delete(answers, "in_reserve")
		who := c.resident(t, "r27")
		started := change(t, who, "StartApplication", vars{"itemCode": "traditional-clinic"}).Application
		one := &journey{item: items["traditional-clinic"], applicant: who, now: started, questions: map[string]formField{}}
		fillIn(t, one, answers)
		if name, capital := answered(one, "shop_name"), answered(one, "capital"); name != "吉木·阿𠮷医馆" || capital != "350000.00" {
			t.Errorf("kept are %q and %q", name, capital)
		}
		checked := ask[application](t, who, "PreCheck", vars{"id": started.ID})
		for _, wanted := range checked.Missing {
			if slices.Contains([]string{"herb-list", "forest-survey"}, wanted.Material.Code) {
				t.Errorf("%s is asked for", wanted.Material.Code)
			}
		}
		refused := ask[payload](t, who, "Submit", input(vars{"applicationId": started.ID, "revision": checked.Revision}))
		if !slices.ContainsFunc(refused.Problems, func(p problem) bool { return p.Code == "NOT_ELIGIBLE" }) {
			t.Errorf("a clinic whose healers are all too young: %+v", refused.Problems)
		}
		answers["healers"] = `[{"name":"曲比","age":"41"}]`
		clinic := handInBy(t, c, items["traditional-clinic"], fitting{resident: "r19", answers: answers})
		workAll(t, c, []*journey{clinic})
		for _, over := range progress(t, clinic.applicant, clinic.now.Number).Steps {
			isLeftOut := over.Name == "火疗专项审查" || over.Name == "采集地勘查"
			if (over.State == "SKIPPED") != isLeftOut {
				t.Errorf("%s is %s", over.Name, over.State)
			}
		}
	})
}

// What is paused, out of season or not open yet cannot be started, and the answer says so.
func TestASecondCityClosesWhatIsClosed(t *testing.T) {
	inYunling(t, func(t *testing.T, c *city, _ map[string]*catalogue.Item) {
		for item, code := range map[string]string{"elder-card-paper": "PAUSED", "matsutake-gathering": "OUT_OF_SEASON", "herb-garden-lease": "NOT_OPEN"} {
			got := ask[payload](t, c.resident(t, "r27"), "StartApplication", input(vars{"itemCode": item}))
			if len(got.Problems) != 1 || got.Problems[0].Code != code {
				t.Errorf("%s: %+v, want %s", item, got.Problems, code)
			}
		}
	})
}
