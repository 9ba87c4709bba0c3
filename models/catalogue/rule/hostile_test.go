package rule_test

import (
	"runtime"
	"strings"
	"testing"
	"time"
)

// hostile are expressions that a rule's length allows and that are made to cost much.
func hostile() map[string]string {
	fill := func(open, middle, closing string) string {
		count := (2_000 - len(middle)) / (len(open) + len(closing))
		return strings.Repeat(open, count) + middle + strings.Repeat(closing, count)
	}
	return map[string]string{
		"parentheses":            fill("(", "true", ")"),
		"lists":                  fill("[", "1", "]"),
		"maps":                   fill("{1:", "1", "}"),
		"negations":              fill("!", "true", ""),
		"signs":                  fill("-", "1", ""),
		"choices":                fill("true?true:", "true", ""),
		"choices in choices":     fill("true?", "true", ":true"),
		"calls":                  fill("size(", "[]", ")"),
		"members":                fill("", "form", ".a"),
		"indexes":                fill("", "form.tags", "[0]"),
		"and":                    fill("", "true", "&&true"),
		"sums":                   fill("", "1", "+1"),
		"comprehensions":         fill("form.tags.all(a,", "true", ")"),
		"maps of maps":           fill("[1].map(a,", "[1]", ")"),
		"lists that double":      fill("[1,1].map(a,", "1", ")") + `.size() > 1`,
		"half a bracket":         strings.Repeat("(", 1_999),
		"half a string":          strings.Repeat(`"`, 1_999),
		"backticks":              strings.Repeat("`", 1_999),
		"selections and indexes": fill("form.tags[", "0", "]"),
		"a regex of great size":  `form.region.matches("((a{100}){10}){1000}")`,
		"many regexes":           fill("", `"".matches("x")`, `&&form.region.matches("(x{30}){30}y{999}")`),
		"a regex from an answer": `form.region.matches(form.child_id)`,
		"strings that double":    `"` + strings.Repeat("x", 900) + `".matches("` + strings.Repeat("x?", 400) + `")`,
	}
}

func TestNoRuleCostsMuchToCompile(t *testing.T) {
	env := environment(t)
	for name, source := range hostile() {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		begin := time.Now()
		_, err := env.Compile(source)
		took := time.Since(begin)
		runtime.ReadMemStats(&after)
		if allocated := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 20*time.Second || allocated > 64 {
			t.Errorf("%s: %s and %d MB (%v)", name, took, allocated, err)
		}
	}
}

func TestOnlyBoundedPatternsAreTaken(t *testing.T) {
	env := environment(t)
	for source, want := range map[string]string{
		`form.region.matches("^33[0-9]{4}$")`:                       "",
		`form.region.matches("((a{100}){10}){1000}")`:               "invalid repeat count",
		`form.region.matches("(\\pL{30}){30}")`:                     "unfolds to too much",
		`form.region.matches(form.child_id)`:                        "must be written out",
		`form.region.matches("(")`:                                  "not a regular expression",
		`matches(form.region, "x{1001}")`:                           "not a regular expression",
		`today - form.born < duration("a day")`:                     "invalid duration",
		`today < timestamp("tomorrow")`:                             "invalid timestamp",
		`form.region.matches("` + strings.Repeat("x", 1_001) + `")`: "at most 1000 bytes",
	} {
		_, err := env.Compile(source)
		if (want == "" && err != nil) || (want != "" && (err == nil || !strings.Contains(err.Error(), want))) {
			t.Errorf("%.60s: %v, want %q", source, err, want)
		}
	}
}
