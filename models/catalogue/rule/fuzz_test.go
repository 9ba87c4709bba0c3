package rule_test

import (
	"testing"
	"time"

	"onewindow/models"
	"onewindow/models/catalogue/rule"
)

// FuzzRule: whatever a rule says, compiling and evaluating it ends soon, and what it comes to is one of three.
func FuzzRule(f *testing.F) {
	for _, source := range hostile() {
		f.Add(source)
	}
	f.Add(`form.workers.all(w, w.age >= 18) || today - form.born < duration("72h") && !has(form.child_id)`)
	f.Add(`form.tags.map(t, t + t).exists(t, t.matches("^a.c$")) ? form.area > 2.5 : form.months in [1, 2]`)
	f.Add(`form.tags.map(a, form.tags.map(b, form.tags.map(c, a + b + c))).size() > 3`)
	f.Fuzz(func(t *testing.T, source string) {
		begin := time.Now()
		compiled, err := environment(t).Compile(source)
		if err != nil {
			return
		}
		scope := rule.NewScope(facts())
		scope.Answer("tags", make([]string, 1_000))
		scope.Answer("region", "330106")
		scope.Answer("born", models.NewDate(2026, time.March, 1).Start())
		scope.Answer("workers", []map[string]any{{"name": "甲", "age": int64(17)}, {"name": "乙"}})
		scope.Unanswered("months", nil)
		scope.LeftOut("child_id", "")
		if outcome, _ := scope.Evaluate(compiled); outcome != rule.True && outcome != rule.False && outcome != rule.Unknown {
			t.Errorf("%q comes to %d", source, outcome)
		}
		if took := time.Since(begin); took > 20*time.Second {
			t.Errorf("%q took %s", source, took)
		}
	})
}
