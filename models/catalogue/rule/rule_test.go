package rule_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"onewindow/models"
	"onewindow/models/catalogue/rule"
)

func environment(t testing.TB) *rule.Environment {
	t.Helper()
	compiler, err := rule.NewCompiler()
	if err != nil {
		t.Fatal(err)
	}
	env, err := compiler.Environment([]rule.Field{
		{Key: "wedlock", Kind: rule.Boolean}, {Key: "region", Kind: rule.Text}, {Key: "months", Kind: rule.Integer},
		{Key: "area", Kind: rule.Decimal}, {Key: "born", Kind: rule.Moment}, {Key: "tags", Kind: rule.Texts},
		{Key: "workers", Kind: rule.Rows, Fields: []rule.Field{{Key: "name", Kind: rule.Text}, {Key: "age", Kind: rule.Integer}}},
		{Key: "child_id", Kind: rule.Text},
	})
	if err != nil {
		t.Fatal(err)
	}
	return env
}

func facts() rule.Facts {
	mother := &rule.Person{Age: 34, Region: "330106", Residence: "330106", Gender: "female", Groups: []string{"pregnant"}}
	return rule.Facts{Subject: mother, Applicant: mother, HouseholdSize: 3, Channel: "app", Today: models.NewDate(2026, time.March, 2)}
}

// hidden marks a field whose answer does not exist.
type hidden struct{}

// leftOut marks an optional answer that will not come.
type leftOut struct{}

func TestWhatARuleComesTo(t *testing.T) {
	env := environment(t)
	born := models.NewDate(2026, time.February, 20).Start()
	for _, test := range []struct {
		name, source string
		answers      map[string]any
		change       func(*rule.Facts)
		want         rule.Outcome
		needs        []string
	}{
		{"a fact", `resident.age >= 18 && household.size == 3 && channel == "app"`, nil, nil, rule.True, nil},
		{"a group of persons", `"pregnant" in subject.groups`, nil, nil, rule.True, nil},
		{"the division", `resident.region.startsWith("3301")`, nil, nil, rule.True, nil},
		{"an answer", `form.wedlock`, map[string]any{"wedlock": false}, nil, rule.False, nil},
		{"not answered yet", `form.wedlock`, nil, nil, rule.Unknown, []string{"wedlock"}},
		{"decided without the missing answer", `form.wedlock || form.months > 3`, map[string]any{"wedlock": true}, nil, rule.True, nil},
		{"two answers missing", `form.wedlock && form.months > 3`, nil, nil, rule.Unknown, []string{"months", "wedlock"}},
		{"only one of them matters still", `form.wedlock && form.months > 3`, map[string]any{"wedlock": true}, nil, rule.Unknown, []string{"months"}},
		{"has() of an answer to come", `has(form.months)`, nil, nil, rule.Unknown, []string{"months"}},
		{"has() of a hidden answer", `has(form.months)`, map[string]any{"months": hidden{}}, nil, rule.False, nil},
		{"a hidden answer makes nothing true", `form.months > 3`, map[string]any{"months": hidden{}}, nil, rule.False, nil},
		{"nor does its negation", `!(form.months > 3)`, map[string]any{"months": hidden{}}, nil, rule.False, nil},
		{"a hidden answer that does not matter", `form.wedlock || form.months > 3`, map[string]any{"wedlock": true, "months": hidden{}}, nil, rule.True, nil},
		{"left out, asked for with has()", `!has(form.child_id)`, map[string]any{"child_id": leftOut{}}, nil, rule.True, nil},
		{"left out, read as empty", `form.child_id != ""`, map[string]any{"child_id": leftOut{}}, nil, rule.False, nil},
		{"a date", `today - form.born <= duration("720h")`, map[string]any{"born": born}, nil, rule.True, nil},
		{"the month in the city", `today.getMonth("+08:00") == 2 && form.born.getDate("+08:00") == 20`, map[string]any{"born": born}, nil, rule.True, nil},
		{"decimals with whole numbers", `form.area <= 18.0 * double(household.size)`, map[string]any{"area": 54.0}, nil, rule.True, nil},
		{"several choices", `"a" in form.tags`, map[string]any{"tags": []string{"a", "b"}}, nil, rule.True, nil},
		{"rows", `form.workers.all(w, w.age >= 18)`, map[string]any{"workers": []map[string]any{{"name": "甲", "age": int64(17)}}}, nil, rule.False, nil},
		{"rows to come", `form.workers.all(w, w.age >= 18)`, nil, nil, rule.Unknown, []string{"workers"}},
		{"nobody known yet", `resident.age >= 60`, nil, func(f *rule.Facts) { f.Subject = nil }, rule.Unknown, []string{"resident.age"}},
		{"the residence not known", `subject.residence == "330106"`, nil, func(f *rule.Facts) { f.Subject = &rule.Person{Age: 20} }, rule.Unknown, []string{"subject.residence"}},
		{"the channel not known", `channel == "window"`, nil, func(f *rule.Facts) { f.Channel = "" }, rule.Unknown, []string{"channel"}},
		{"the household not known", `household.size > 1`, nil, func(f *rule.Facts) { f.HouseholdSize = 0 }, rule.Unknown, []string{"household.size"}},
		{"a failure decides nothing", `1 / form.months > 0`, map[string]any{"months": int64(0)}, nil, rule.Unknown, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			compiled, err := env.Compile(test.source)
			if err != nil {
				t.Fatal(err)
			}
			known := facts()
			if test.change != nil {
				test.change(&known)
			}
			scope := rule.NewScope(known)
			for _, key := range []string{"wedlock", "region", "months", "area", "born", "tags", "workers", "child_id"} {
				switch value := test.answers[key].(type) {
				case nil:
					scope.Unanswered(key, nil)
				case hidden:
				case leftOut:
					scope.LeftOut(key, "")
				default:
					scope.Answer(key, value)
				}
			}
			got, needs := scope.Evaluate(compiled)
			if got != test.want || !slices.Equal(needs, test.needs) {
				t.Errorf("%s: %s %v, want %s %v", test.source, got, needs, test.want, test.needs)
			}
		})
	}
}

func TestAFieldThatWaitsForAnotherNamesThatOne(t *testing.T) {
	compiled, err := environment(t).Compile(`form.months > 3`)
	if err != nil {
		t.Fatal(err)
	}
	scope := rule.NewScope(facts())
	scope.Unanswered("months", []string{"wedlock"})
	if _, needs := scope.Evaluate(compiled); !slices.Equal(needs, []string{"wedlock"}) {
		t.Errorf("needs %v", needs)
	}
}

func TestARuleThatCannotBeIsRefused(t *testing.T) {
	env := environment(t)
	for source, want := range map[string]string{
		`form.wedlok`:              "undefined field 'wedlok'",
		`form.region > 3`:          "no matching overload",
		`form.months`:              "gives int, not bool",
		`nobody.age > 3`:           "undeclared reference",
		`form.workers[0].shoe > 1`: "undefined field 'shoe'",
		`form.wedlock &&`:          "Syntax error",
		`resident.name == "x"`:     "undefined field 'name'",
	} {
		if _, err := env.Compile(source); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", source, err, want)
		}
	}
	if _, err := env.Compile(strings.Repeat("(", 200) + "true" + strings.Repeat(")", 200)); err == nil {
		t.Error("a rule nested two hundred deep was taken")
	}
}

func TestARuleHasABoundedCost(t *testing.T) {
	compiled, err := environment(t).Compile(`form.tags.all(a, form.tags.all(b, form.tags.all(c, a + b + c != "zzz")))`)
	if err != nil {
		t.Fatal(err)
	}
	tags := make([]string, 200)
	scope := rule.NewScope(facts())
	scope.Answer("tags", tags)
	begin := time.Now()
	if got, _ := scope.Evaluate(compiled); got != rule.Unknown || time.Since(begin) > 20*time.Second {
		t.Errorf("%s after %s", got, time.Since(begin))
	}
}

func TestAMoment(t *testing.T) {
	compiled, err := environment(t).CompileMoment(`form.born + duration("24h")`)
	if err != nil {
		t.Fatal(err)
	}
	scope := rule.NewScope(facts())
	scope.Unanswered("born", nil)
	if _, isKnown := scope.Moment(compiled); isKnown {
		t.Error("known without the answer")
	}
	scope = rule.NewScope(facts())
	scope.Answer("born", models.NewDate(2026, time.March, 1).Start())
	if at, isKnown := scope.Moment(compiled); !isKnown || models.DateOf(at) != models.NewDate(2026, time.March, 2) {
		t.Errorf("%v %v", at, isKnown)
	}
}
