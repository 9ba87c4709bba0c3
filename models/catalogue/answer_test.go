package catalogue_test

import (
	"strings"
	"testing"

	"onewindow/models/catalogue"
)

func TestAnswersAreKeptInOneSpelling(t *testing.T) {
	loaded, faults := catalogue.Load(smallest())
	if len(faults) > 0 {
		t.Fatal(faults.Error())
	}
	care, birth := loaded.Items[0], itemOf(t, hangzhou(t), "birth-registration")
	rent := itemOf(t, hangzhou(t), "provident-fund-rent-withdrawal")
	for _, test := range []struct {
		item            *catalogue.Item
		key, text, kept string
		problem         string
	}{
		{birth, "child_name", "  林小年 ", "林小年", ""},
		{birth, "child_name", "Bob1", "Bob1", "FORMAT"},
		{birth, "child_name", "林\u202e小年", "林\u202e小年", "FORMAT"},
		{birth, "child_name", "林\x00年", "林\x00年", "FORMAT"},
		{birth, "child_name", strings.Repeat("林", 600), strings.Repeat("林", 600), "TOO_LONG"},
		{birth, "child_name", strings.Repeat("林", 9000), strings.Repeat("林", 9000), "TOO_LONG"},
		{birth, "child_name", "   ", "", ""},
		{birth, "birth_date", "2026-02-11", "2026-02-11", ""},
		{birth, "birth_date", "11.02.2026", "11.02.2026", "FORMAT"},
		{birth, "birth_date", "2026-02-30", "2026-02-30", "FORMAT"},
		{birth, "birth_date", "1800-01-01", "1800-01-01", "OUT_OF_RANGE"},
		{birth, "born_in_wedlock", "true", "true", ""},
		{birth, "born_in_wedlock", "yes", "yes", "FORMAT"},
		{birth, "child_gender", "female", "female", ""},
		{birth, "child_gender", "女", "女", "UNKNOWN_CHOICE"},
		{birth, "birthplace", "330106", "330106", ""},
		{birth, "birthplace", "3301", "3301", "FORMAT"},
		{birth, "phone", "138 0000 0002", "+8613800000002", ""},
		{birth, "phone", "12345", "12345", "FORMAT"},
		{birth, "mother_id", "34052419800101001x", "34052419800101001X", ""},
		{birth, "mother_id", "340524198001010011", "340524198001010011", "FORMAT"},
		{rent, "amount", "1500.50", "1500.5", ""},
		{rent, "amount", "007", "7", ""},
		{rent, "amount", "1e3", "1e3", "FORMAT"},
		{rent, "amount", "1,500", "1,500", "FORMAT"},
		{care, "fee", "1200", "1200.00", ""},
		{care, "fee", "0.5", "0.50", ""},
		{care, "fee", "0.505", "0.505", "FORMAT"},
		{care, "fee", "-1", "-1", "OUT_OF_RANGE"},
		{care, "needs", `["meals"]`, `["meals"]`, ""},
		{care, "needs", `[ "meals" ]`, `["meals"]`, ""},
		{care, "needs", `["meals","meals"]`, `["meals","meals"]`, "UNKNOWN_CHOICE"},
		{care, "needs", `meals`, `meals`, "FORMAT"},
		{care, "needs", `[]`, ``, ""},
		{care, "account", "6222 0000 1111 2222", "6222000011112222", ""},
		{care, "account", "6222-abc", "6222-abc", "FORMAT"},
		{care, "firm", "91350100m000100y43", "91350100M000100Y43", ""},
		{care, "firm", "91350100M000100Y44", "91350100M000100Y44", "FORMAT"},
		{care, "helpers", `[{"name":"甲","age":30}]`, `[{"age":"30","name":"甲"}]`, ""},
		{care, "helpers", `[{"name":"甲"}]`, `[{"name":"甲"}]`, "REQUIRED"},
		{care, "helpers", `[{"name":"甲","age":"x"}]`, `[{"name":"甲","age":"x"}]`, "FORMAT"},
		{care, "helpers", `[{"name":"甲","age":1,"x":1}]`, `[{"name":"甲","age":1,"x":1}]`, "UNKNOWN_FIELD"},
		{care, "helpers", `[{"name":"甲","age":1},{"name":"乙","age":2},{"name":"丙","age":3}]`, `[{"name":"甲","age":1},{"name":"乙","age":2},{"name":"丙","age":3}]`, "TOO_MANY"},
		{care, "helpers", `{"name":"甲"}`, `{"name":"甲"}`, "FORMAT"},
	} {
		state, _ := test.item.Evaluate(map[string]string{test.key: test.text}, motherOfANewborn()).Field(test.key)
		problem := ""
		if state.Problem != nil {
			problem = state.Problem.Code
			if state.Problem.Message["zh"] == "" || state.Problem.Message["en"] == "" || *state.Problem.Field != test.key {
				t.Errorf("%s: problem %+v", test.key, state.Problem)
			}
		}
		if state.Text != test.kept || problem != test.problem || state.Answered != (test.problem == "" && test.kept != "") {
			t.Errorf("%s %.40q: kept %.40q, problem %q; want %.40q, %q", test.key, test.text, state.Text, problem, test.kept, test.problem)
		}
	}
}

func TestAGroupsProblemNamesTheRow(t *testing.T) {
	loaded, _ := catalogue.Load(smallest())
	state, _ := loaded.Items[0].Evaluate(map[string]string{"helpers": `[{"name":"甲","age":30},{"name":"乙"}]`}, motherOfANewborn()).Field("helpers")
	if got := state.Problem.Message["zh"]; got != "第 2 行 年龄：必须填写" {
		t.Error(got)
	}
}

func TestBoundsOfNumbers(t *testing.T) {
	loaded, _ := catalogue.Load(smallest())
	for text, want := range map[string]string{"1": "", "9": "", "0": "OUT_OF_RANGE", "10": "OUT_OF_RANGE", "+3": "FORMAT", "2.0": "FORMAT"} {
		state, _ := loaded.Items[0].Evaluate(map[string]string{"kind": "away", "beds": text}, motherOfANewborn()).Field("beds")
		got := ""
		if state.Problem != nil {
			got = state.Problem.Code
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// FuzzAnswer: whatever is written, the kept spelling is read again as the same.
func FuzzAnswer(f *testing.F) {
	for _, text := range []string{"1", "-0.50", "2026-02-28", "true", `["meals"]`, `[{"name":"甲","age":30}]`, "330105199206199962", "𠮷"} {
		f.Add(text)
	}
	loaded, faults := catalogue.Load(smallest())
	if len(faults) > 0 {
		f.Fatal(faults.Error())
	}
	item := loaded.Items[0]
	f.Fuzz(func(t *testing.T, text string) {
		for _, field := range item.Form {
			first, _ := item.Evaluate(map[string]string{"kind": "away", field.Key: text}, motherOfANewborn()).Field(field.Key)
			if !first.Answered {
				continue
			}
			second, _ := item.Evaluate(map[string]string{"kind": "away", field.Key: first.Text}, motherOfANewborn()).Field(field.Key)
			if second.Text != first.Text || !second.Answered {
				t.Errorf("%s: %q became %q", field.Key, first.Text, second.Text)
			}
		}
	})
}
