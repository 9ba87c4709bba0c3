package document_test

import (
	"regexp"
	"strings"
	"testing"

	"onewindow/models/catalogue/document"
)

func read(text string, reader func(*document.Object)) document.Faults {
	collector := &document.Collector{}
	if root := document.Parse("file.yaml", []byte(text), collector).Object(); root != nil {
		reader(root)
		root.Close()
	}
	return collector.Faults()
}

func TestWhatCannotBeReadIsOneFault(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"nothing":            {"", "file.yaml:1: .: the file is empty"},
		"only a comment":     {"# nothing\n", "the file is empty"},
		"no YAML":            {"a: [1\n", "file.yaml:1: .: not valid YAML"},
		"not UTF-8":          {"a: \xff\n", "not UTF-8 text"},
		"two documents":      {"a: 1\n---\nb: 2\n", "a file holds one YAML document"},
		"a list":             {"- a\n", "expected keys and values"},
		"nested too deeply":  {strings.Repeat("[", 100_000), "nested too deeply"},
		"lists in lists":     {strings.Repeat("- ", 100_000), "nested too deeply"},
		"too large":          {"a: " + strings.Repeat("x", 600<<10), "at most 524288 bytes"},
		"a tag":              {"a: !!binary x\n", "tags and merge keys are not supported"},
		"an alias of itself": {"a: &a *a\n", "file.yaml:1: "},
	} {
		faults := read(test.text, func(o *document.Object) { o.Required("a").Int(0, 9) })
		if len(faults) == 0 || !strings.Contains(faults.Error(), test.want) {
			t.Errorf("%s: %q, want %q", name, faults.Error(), test.want)
		}
	}
}

func TestValuesOfTheWrongKind(t *testing.T) {
	letters := regexp.MustCompile(`^[a-z]+$`)
	for text, test := range map[string]struct {
		read func(document.Value)
		want string
	}{
		"a: 1":             {func(v document.Value) { _ = v.String() }, "expected text"},
		"a: A1":            {func(v document.Value) { v.Matching(letters, "小写", "letters") }, "a: letters"},
		"a: [x]":           {func(v document.Value) { v.Int(0, 3) }, "expected a whole number from 0 to 3"},
		"a: 4":             {func(v document.Value) { v.Int(0, 3) }, "expected a whole number from 0 to 3"},
		"a: yes":           {func(v document.Value) { v.Bool() }, "expected true or false"},
		"a: 2026-13-01":    {func(v document.Value) { v.Date() }, "expected a date"},
		"a: {en: x}":       {func(v document.Value) { v.Words() }, "the Chinese text (zh) is missing"},
		"a: {zh: x, _: y}": {func(v document.Value) { v.Words() }, "a._: expected a language tag"},
		"a: [x, ~]":        {func(v document.Value) { v.List() }, "a[1]: must not be empty"},
		"a: x":             {func(v document.Value) { v.List() }, "expected a list"},
		"a: green":         {func(v document.Value) { document.OneOf(v, []string{"red"}, []int{1}) }, "expected one of [red]"},
		"a: much":          {func(v document.Value) { v.Number() }, "expected a number"},
	} {
		faults := read(text, func(o *document.Object) { test.read(o.Required("a")) })
		if len(faults) != 1 || faults[0].Line != 1 || !strings.Contains(faults.Error(), test.want) {
			t.Errorf("%s: %q, want %q", text, faults.Error(), test.want)
		}
	}
}

func TestAnchorsAreFollowed(t *testing.T) {
	var first, second string
	faults := read("a: &words {zh: 甲}\nb: *words\n", func(o *document.Object) {
		first, second = o.Required("a").Words()["zh"], o.Required("b").Words()["zh"]
	})
	if len(faults) > 0 || first != "甲" || second != "甲" {
		t.Errorf("%q %q %v", first, second, faults)
	}
}

func TestAListThatHoldsItselfHasAnEnd(t *testing.T) {
	faults := read("a: &a [*a, *a]\n", func(o *document.Object) { o.Required("a").Plain() })
	if count := strings.Count(faults.Error(), "nested too deeply"); count != 1 || len(faults) > 200 {
		t.Errorf("%d faults, %d of them about depth", len(faults), count)
	}
}

func TestAliasesDoNotMultiply(t *testing.T) {
	var text strings.Builder
	text.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for level := 1; level < 9; level++ {
		previous := "*a" + string(rune('0'+level-1))
		text.WriteString("a" + string(rune('0'+level)) + ": &a" + string(rune('0'+level)) + " [" + strings.TrimSuffix(strings.Repeat(previous+", ", 10), ", ") + "]\n")
	}
	var walk func(document.Value)
	walk = func(v document.Value) {
		if v.IsList() {
			for _, member := range v.List() {
				walk(member)
			}
		}
	}
	faults := read(text.String(), func(o *document.Object) { walk(o.Required("a8")) })
	if !strings.Contains(faults.Error(), "the file holds too much") {
		t.Errorf("%d faults", len(faults))
	}
}
