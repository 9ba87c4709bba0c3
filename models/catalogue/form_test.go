package catalogue_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onewindow/models"
	"onewindow/models/catalogue"
)

func date(t testing.TB, text string) models.Date {
	t.Helper()
	day, err := models.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return day
}

func itemOf(t testing.TB, loaded *catalogue.Catalogue, code string) *catalogue.Item {
	t.Helper()
	index := slices.IndexFunc(loaded.Items, func(item *catalogue.Item) bool { return item.Code == code })
	if index < 0 {
		t.Fatalf("no item %s", code)
	}
	return loaded.Items[index]
}

func motherOfANewborn() catalogue.Facts {
	mother := &catalogue.Person{Age: 33, Region: "330106", Residence: "330106", Gender: "female"}
	return catalogue.Facts{Subject: &catalogue.Person{Age: 0, Region: "330106", Gender: "female", Groups: []string{"minor"}}, Applicant: mother, HouseholdSize: 3, Channel: "app", Today: models.NewDate(2026, time.March, 2)}
}

func birthAnswers(changes map[string]string) map[string]string {
	answers := map[string]string{
		"child_name": "林小年", "child_gender": "female", "birth_date": "2026-02-11", "birthplace": "330106",
		"settle_with": "mother", "settle_region": "330106", "household_kind": "family", "born_in_wedlock": "true",
		"same_ethnicity": "true", "mother_name": "周雨水", "mother_id": "330105199206199962", "phone": "13800000002",
	}
	maps.Copy(answers, changes)
	return answers
}

func needed(state *catalogue.FormState) (yes, perhaps []string) {
	for _, material := range state.Materials {
		switch material.Needed {
		case catalogue.True:
			yes = append(yes, material.Material.Key)
		case catalogue.Unknown:
			perhaps = append(perhaps, material.Material.Key)
		}
	}
	return yes, perhaps
}

func codes(problems []*models.Problem) []string {
	var all []string
	for _, problem := range problems {
		field := ""
		if problem.Field != nil {
			field = *problem.Field
		}
		all = append(all, field+" "+problem.Code)
	}
	return all
}

func TestABirthRegistrationThatIsFine(t *testing.T) {
	state := itemOf(t, hangzhou(t), "birth-registration").EvaluateFinal(birthAnswers(nil), motherOfANewborn())
	if problems := codes(state.AllProblems()); len(problems) > 0 {
		t.Errorf("problems %v", problems)
	}
	yes, perhaps := needed(state)
	if diff := cmp.Diff([]string{"birth-certificate", "household-register", "marriage-certificate"}, yes); diff != "" || perhaps != nil {
		t.Errorf("needed: %s, perhaps %v", diff, perhaps)
	}
	if len(state.UnmetConditions())+len(state.UnknownConditions()) > 0 {
		t.Error("the conditions are met")
	}
	for _, step := range state.Steps {
		if want := catalogue.True; step.Step.ID != "inquiry" && step.Takes != want {
			t.Errorf("step %s: %s", step.Step.ID, step.Takes)
		} else if step.Step.ID == "inquiry" && step.Takes != catalogue.False {
			t.Errorf("no inquiry where the parents are married and the child is days old, got %s", step.Takes)
		}
	}
	if phone, _ := state.Field("phone"); phone.Text != "+8613800000002" {
		t.Error("the phone is kept in E.164")
	}
	if ethnicity, _ := state.Field("child_ethnicity"); ethnicity.Visible {
		t.Error("the child's ethnicity is not asked where the parents have one")
	}
}

func TestAnEmptyFormKnowsWhatItNeeds(t *testing.T) {
	item := itemOf(t, hangzhou(t), "birth-registration")
	state := item.Evaluate(nil, motherOfANewborn())
	if problems := codes(state.AllProblems()); len(problems) > 0 {
		t.Errorf("nothing is wrong with a form that has just been begun: %v", problems)
	}
	_, perhaps := needed(state)
	if want := []string{"marriage-certificate", "out-of-wedlock-statement", "paternity-test", "ethnicity-confirmation", "no-property-proof"}; !slices.Equal(perhaps, want) {
		t.Errorf("perhaps needed: %v, want %v", perhaps, want)
	}
	needs := map[string][]string{}
	for _, condition := range state.UnknownConditions() {
		needs[condition.Condition.ID] = condition.Needs
	}
	if diff := cmp.Diff(map[string][]string{"settle-here": {"settle_region"}, "born-already": {"birth_date"}}, needs); diff != "" {
		t.Error(diff)
	}
	if !state.Materials[2].Counts() {
		t.Error("what is perhaps needed counts as needed")
	}
	final := codes(item.EvaluateFinal(nil, motherOfANewborn()).AllProblems())
	if !slices.Contains(final, "child_name REQUIRED") || slices.Contains(final, "father_name REQUIRED") || slices.Contains(final, "child_ethnicity REQUIRED") {
		t.Errorf("at submission: %v", final)
	}
}

func TestAnswersChangeWhatIsNeeded(t *testing.T) {
	item := itemOf(t, hangzhou(t), "birth-registration")
	for _, test := range []struct {
		name     string
		changes  map[string]string
		want     []string
		problems []string
	}{
		{"not married", map[string]string{"born_in_wedlock": "false"}, []string{"birth-certificate", "household-register", "out-of-wedlock-statement"}, nil},
		{"not married, joins the father", map[string]string{"born_in_wedlock": "false", "settle_with": "father"}, []string{"birth-certificate", "household-register", "out-of-wedlock-statement", "paternity-test"}, nil},
		{"collective household", map[string]string{"household_kind": "collective"}, []string{"birth-certificate", "household-register", "marriage-certificate", "no-property-proof"}, nil},
		{"parents of two ethnicities, not said which", map[string]string{"same_ethnicity": "false"}, []string{"birth-certificate", "household-register", "marriage-certificate", "ethnicity-confirmation"}, []string{"child_ethnicity REQUIRED"}},
		{"parents of two ethnicities", map[string]string{"same_ethnicity": "false", "child_ethnicity": "畲族"}, []string{"birth-certificate", "household-register", "marriage-certificate", "ethnicity-confirmation"}, nil},
		{"a hidden answer does not exist", map[string]string{"child_ethnicity": "!!"}, []string{"birth-certificate", "household-register", "marriage-certificate"}, nil},
		{"a question nobody asks", map[string]string{"shoe_size": "40"}, []string{"birth-certificate", "household-register", "marriage-certificate"}, []string{"shoe_size UNKNOWN_FIELD"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			state := item.EvaluateFinal(birthAnswers(test.changes), motherOfANewborn())
			if yes, _ := needed(state); !slices.Equal(yes, test.want) {
				t.Errorf("needed %v, want %v", yes, test.want)
			}
			if problems := codes(state.AllProblems()); !slices.Equal(problems, test.problems) {
				t.Errorf("problems %v, want %v", problems, test.problems)
			}
		})
	}
}

func TestAConditionThatIsNotMetSaysWhatToDo(t *testing.T) {
	state := itemOf(t, hangzhou(t), "birth-registration").EvaluateFinal(birthAnswers(map[string]string{"settle_region": "310101"}), motherOfANewborn())
	problems := state.NotEligible()
	if len(problems) != 1 || problems[0].Code != "NOT_ELIGIBLE" || problems[0].Field != nil ||
		!strings.Contains(problems[0].Message.In(models.Chinese), "请到父亲或者母亲户口所在地派出所申报") ||
		!strings.Contains(problems[0].Message.In(models.English), "Apply where the father or mother is registered") {
		t.Errorf("%v", problems)
	}
}

func TestAnOptionalAnswerLeftOutDoesNotExist(t *testing.T) {
	item := itemOf(t, hangzhou(t), "medical-insurance-newborn")
	find := func(state *catalogue.FormState) *catalogue.MaterialState {
		index := slices.IndexFunc(state.Materials, func(m *catalogue.MaterialState) bool { return m.Material.Key == "birth-certificate" })
		return state.Materials[index]
	}
	answers := map[string]string{"settle_region": "330106"}
	if draft := find(item.Evaluate(answers, motherOfANewborn())); draft.Needed != catalogue.Unknown || !slices.Equal(draft.Needs, []string{"child_id"}) {
		t.Errorf("while the child's number may come: %s %v", draft.Needed, draft.Needs)
	}
	if final := find(item.EvaluateFinal(answers, motherOfANewborn())); final.Needed != catalogue.True {
		t.Errorf("submitted without the child's number: %s", final.Needed)
	}
	answers["child_id"] = "330106202602119961"
	if final := find(item.EvaluateFinal(answers, motherOfANewborn())); final.Needed != catalogue.False {
		t.Errorf("submitted with it: %s", final.Needed)
	}
}

func TestAStrangerCannotBeJudgedYet(t *testing.T) {
	facts := catalogue.Facts{Channel: "app", Today: date(t, "2026-03-02")}
	item := itemOf(t, hangzhou(t), "elderly-card")
	state := item.Evaluate(nil, facts)
	if len(state.UnknownConditions()) == 0 || !slices.Equal(state.UnknownConditions()[0].Needs, []string{"resident.age"}) {
		t.Errorf("%+v", state.UnknownConditions())
	}
	if problems := codes(item.EvaluateFinal(nil, facts).AllProblems()); !slices.Contains(problems, " UNDECIDED") {
		t.Errorf("submission by a stranger: %v", problems)
	}
}

func TestTheFeeIsTheFirstThatHolds(t *testing.T) {
	loaded, faults := catalogue.Load(smallest())
	if len(faults) > 0 {
		t.Fatal(faults.Error())
	}
	facts := motherOfANewborn()
	if fee := loaded.Items[0].Evaluate(nil, facts).FeeCents; fee != 2000 {
		t.Errorf("fee %d", fee)
	}
	facts.Subject = &catalogue.Person{Age: 70, Groups: []string{"elderly"}}
	if fee := loaded.Items[0].Evaluate(nil, facts).FeeCents; fee != 0 {
		t.Errorf("fee for the elderly %d", fee)
	}
}

func TestAnItemIsClosedOutOfItsTime(t *testing.T) {
	loaded, faults := catalogue.Load(smallest())
	if len(faults) > 0 {
		t.Fatal(faults.Error())
	}
	item := loaded.Items[0]
	for day, want := range map[string]string{"2025-12-31": "NOT_OPEN", "2026-02-28": "", "2026-07-01": "OUT_OF_SEASON", "2026-10-01": "", "2028-01-01": "CLOSED"} {
		got := ""
		if problem := item.Closed(date(t, day)); problem != nil {
			got = problem.Code
		}
		if got != want {
			t.Errorf("%s: %q, want %q", day, got, want)
		}
	}
	if !item.Offers("WEB") || item.Offers("KIOSK") || catalogue.RuleChannel("CALL_CENTRE") != "call-centre" {
		t.Error("channels")
	}
}
