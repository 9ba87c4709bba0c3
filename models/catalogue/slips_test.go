package catalogue_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"onewindow/models/catalogue"
)

// slip is one thing that a clerk gets wrong: what stands in the item in place of what, and what is said about it.
type slip struct{ name, old, new, want string }

// itemSlips are faults of one item, beyond those of TestWhatIsWrongIsNamedWithFileLineAndPath.
var itemSlips = []slip{
	{"no channel", "channels: [app, window]", "channels: []", ":15: channels: an item needs a channel"},
	{"a channel twice", "channels: [app, window]", "channels: [app, app]", ":15: channels[1]: stands twice"},
	{"season that is no day", `from: "10-01"`, `from: "02-30"`, ":18: season.from: expected month and day"},
	{"dates in the wrong order", `effective_until: "2027-12-31"`, `effective_until: "2025-12-31"`, ":17: effective_until: lies before effective_from"},
	{"a day that is none", "effective_from: 2026-01-01", "effective_from: 2026-02-30", ":16: effective_from: expected a date"},
	{"working days beyond the calendar days of the law", "promised_calendar_days: 20", "promised_days: 31", "promised_days: the promise must not be longer than the legal limit"},
	{"no time to supplement", "supplement_calendar_days: 15", "supplement_calendar_days: 0", "supplement_calendar_days: expected a whole number from 1"},
	{"less than no days", "acceptance_days: 2", "acceptance_days: -1", "acceptance_days: expected a whole number from 0"},
	{"more days than can be counted", "acceptance_days: 2", "acceptance_days: 99999999999999999999", "acceptance_days: expected a whole number from 0"},
	{"days and a half", "acceptance_days: 2", "acceptance_days: 2.5", "acceptance_days: expected a whole number from 0"},
	{"a fee and fees", "extension_days: 5", "extension_days: 5\nfee_cents: 1", "fees: cannot stand beside fee_cents"},
	{"an extraordinary fee", "{cents: 2000}", "{cents: 1000000001}", "fees[1].cents: expected a whole number"},
	{"a rule of a fee that reads nothing", `'"elderly" in resident.groups'`, `'resident.group'`, "fees[0].when: the rule does not compile: undefined field 'group'"},
	{"an empty condition", "rule: resident.age >= 18", `rule: " "`, "conditions[0].rule: the rule must not be empty"},
	{"a rule that begins and does not end", "rule: resident.age >= 18", "rule: resident.age >= ", "conditions[0].rule: the rule does not compile: Syntax error"},
	{"a rule over nobody", "rule: resident.age >= 18", "rule: clerk.age >= 18", "undeclared reference to 'clerk'"},
	{"a length of time that is none", "rule: resident.age >= 18", `rule: today > today + duration("soon")`, "invalid duration"},
	{"a rule nested without end", "rule: resident.age >= 18", "rule: " + strings.Repeat("(", 900) + "true" + strings.Repeat(")", 900), "conditions[0].rule: the rule does not compile"},
	{"a regular expression from an answer", "rule: resident.age >= 18", `rule: form.firm.matches(form.account)`, "must be written out"},
	{"a key beginning with a digit", "key: kind,", "key: 1kind,", "form[0].key: a key is letters"},
	{"a field twice", "key: needs,", "key: kind,", "form[2].key: stands twice"},
	{"a field of no type", "type: money", "type: currency", "form[3].type: expected one of"},
	{"a pattern that is none", "type: credit-code", "type: text, pattern: '['", "form[4].pattern: not a regular expression"},
	{"a pattern that closes what it did not open", "type: credit-code", "type: text, pattern: 'a)(b'", "form[4].pattern: not a regular expression"},
	{"a pattern that unfolds", "type: credit-code", `type: text, pattern: '(\p{L}{30}){30}'`, "form[4].pattern: the regular expression unfolds to too much"},
	{"a bound that is no number", "min: 1, max: 9", `min: "NaN", max: 9`, "form[1].min: expected a number"},
	{"more chosen than there is", "reuse: never", "min: 2, reuse: never", "form[2].min: more than there are choices"},
	{"half a choice", "reuse: never", "max: 0.5, reuse: never", "form[2].max: expected a whole number"},
	{"a way of reuse that is none", "reuse: never", "reuse: always", "form[2].reuse: expected one of"},
	{"a default", "reuse: never", "default: meals", "form[2].default: unknown key"},
	{"a choice twice", "{value: away, label", "{value: home, label", "form[0].choices[1].value: stands twice"},
	{"a choice that is a number", "{value: away, label", "{value: 2, label", "form[0].choices[1].value: expected text"},
	{"more rows than rows", "max_items: 2", "max_items: 2\n    min: 3", "form[6].min: more than max_items"},
	{"a group of groups", "{key: age, type: integer, label", "{key: age, type: group, fields: [], label", "form[6].fields[1].type: a group holds no group"},
	{"a prefill that is no name", "type: credit-code", "type: credit-code, prefill: 'a b'", "form[4].prefill: expected the name"},
	{"a material that nothing decides on", `{code: id-card, required: "true"`, `{code: id-card, required: ""`, "materials[0].required: the rule must not be empty"},
	{"copies without end", "one_of: identity}\n  - {", "copies: 1001, one_of: identity}\n  - {", "materials[0].copies: expected a whole number from 0 to 1000"},
	{"a promise without words", "commitment: {text: {zh: 承诺}}", "commitment: {}", "materials[1].commitment.text: the key is missing"},
	{"a step that waits for itself", "after: [visit]", "after: [visit, appraisal]", "steps[1].after: the steps wait for each other"},
	{"a step twice", "{id: decide,", "{id: visit,", "steps[2].id: stands twice"},
	{"a special step shorter than itself", "max_days: 30", "max_days: 29", "steps[1].max_days: less than the step's own days"},
	{"a step of both kinds of days", "calendar_days: 8", "calendar_days: 8, days: 8", "steps[2].calendar_days: cannot stand beside days"},
	{"an office that is none", "role: approver", "role: boss", "steps[2].role: expected one of"},
	{"seeing an answer that is not asked", "form: [kind]", "form: [kinds]", "steps[0].sees.form[0]: the item has no kinds"},
	{"seeing a paper that is not wanted", "materials: [helper-card]", "materials: [passport]", "steps[0].sees.materials[0]: the item has no passport"},
	{"a result that reaches nobody", "delivery: [electronic]", "delivery: []", "results[0].delivery: there must be a way of delivery"},
	{"an end that is no moment", `'today + duration("24h")'`, "'resident.age > 3'", "results[0].valid_until: the rule does not compile: the rule gives bool"},
	{"a reminder twice", "missing_material: [1, 5]", "missing_material: [1, 1]", "reminders.missing_material[1]: stands twice"},
	{"a language that is none", "zh-Hant: 長者照護", "chinese_old: 長者照護", "name.chinese_old: expected a language tag"},
	{"Chinese of spaces", "text: {zh: 成年}", `text: {zh: "  "}`, "conditions[0].text: the Chinese text (zh) is missing"},
	{"an anchor that is none", "lead: health", "lead: *health", "lead: there is no anchor health"},
	{"a tag of YAML", "lead: health", "lead: !!str health", "lead: tags and merge keys are not supported"},
	{"a control character", "lead: health", `lead: "he\u0007alth"`, "lead: holds control characters"},
	{"a merge", "tags: [elderly]", "tags: [elderly]\n<<: {a: b}", "a key must be text"},
}

// spoilt is the folder with every slip in an item of its own, and whatever else can be wrong with a folder.
func spoilt(t *testing.T) (files fstest.MapFS, want []string) {
	t.Helper()
	files = smallest()
	put := func(name, text, fault string) {
		files[name] = &fstest.MapFile{Data: []byte(text)}
		want = append(want, name+fault)
	}
	for index, one := range itemSlips {
		name := fmt.Sprintf("care-%d", index)
		text := strings.Replace(careItem, one.old, one.new, 1)
		if text == careItem {
			t.Fatalf("%s: %q is not in the item", one.name, one.old)
		}
		files["items/"+name+".yaml"] = &fstest.MapFile{Data: []byte(strings.Replace(text, "code: care\n", "code: "+name+"\n", 1))}
		want = append(want, one.want)
	}
	put("items/gbk.yaml", "code: gbk\nname: {zh: \xc4\xe3\xba\xc3}\n", ":2: .: not UTF-8 text (perhaps GBK)")
	put("items/utf16.yaml", "\xff\xfec\x00", ":1: .: the file is UTF-16")
	put("items/nul.yaml", "code: nul\nname: \x00\n", ":2: .: holds the control character U+0000")
	put("items/none.yaml", "", ":1: .: the file is empty")
	put("items/two.yaml", "code: two\n---\ncode: two\n", ":3: .: a file holds one YAML document")
	put("items/tab.yaml", "code: tab\nname:\n\tzh: x\n", ":3: .: not valid YAML")
	put("items/deep.yaml", "code: deep\nname: "+strings.Repeat("[", 100)+"\n", ":2: .: nested too deeply")
	put("items/large.yaml", strings.Repeat("#\n", 300_000), ":1: .: a file has at most 524288 bytes")
	put("items/Upper.yaml", "code: Upper\n", ":1: code: a code is 2 to 64 lower-case letters")
	put("items/first.yaml", strings.NewReplacer("code: care\n", "code: first\nsuccessor: second\n").Replace(careItem), ":2: successor: the successors lead back to this item")
	put("items/second.yaml", strings.NewReplacer("code: care\n", "code: second\nsuccessor: first\n").Replace(careItem), ":2: successor: the successors lead back to this item")
	put("items/inner/x.yaml", "code: x\n", ":1: .: is none of the six kinds")
	put("items/x.yml", "code: x\n", ":1: .: is none of the six kinds")
	put("calendar/2027.yaml", "year: 2027\nsource: x\ndays_off: [2027-01-02, 2027-02-30, 2026-12-31, 2027-01-01, 2027-02-05]\nmake_up_days: [2027-02-06, {date: 2027-02-06, name: x}]\n", ":3: days_off[0]: a Saturday or a Sunday is off already")
	want = append(want, "days_off[1]: expected a date", "days_off[2]: does not lie in the year", "make_up_days[1]: the day stands twice")
	put("bundles/odd.yaml", "code: odd\nname: {zh: 怪}\nitems: [care, care, nobody]\norder: [{item: care, after: [care]}]\nshared_form: [kind, kind, nothing]\n", ":3: items[1]: stands twice")
	want = append(want, "items[2]: there is no service item nobody", "order: the items wait for each other: care", "shared_form[1]: stands twice", "none of the items has the field nothing")
	put("bundles/nothing.yaml", "code: nothing\nname: {zh: 空}\nitems: []\n", ":3: items: a bundle needs a service item")
	put("synonyms.yaml", "synonyms:\n  - {say: [], items: [care, care]}\n", ":2: synonyms[0].say: there must be something that people say")
	return files, append(want, "synonyms[0].items[1]: stands twice")
}

func TestOneRunReportsEveryFault(t *testing.T) {
	files, want := spoilt(t)
	_, faults := catalogue.Load(files)
	all := faults.Error()
	for _, fault := range want {
		if !strings.Contains(all, fault) {
			t.Errorf("not reported: %s", fault)
		}
	}
	if !slices.IsSortedFunc(faults, func(a, b catalogue.Fault) int { return strings.Compare(a.File, b.File) }) {
		t.Error("the faults do not come file by file")
	}
	if t.Failed() {
		t.Log(all)
	}
	for _, file := range []string{"items/care.yaml", "departments.yaml", "materials.yaml", "calendar/2026.yaml"} {
		if strings.Contains(all, file+":") {
			t.Errorf("%s is fine, yet something is said of it", file)
		}
	}
}

func TestOnlyPlainFilesInsideTheFolderAreRead(t *testing.T) {
	folder, outside := t.TempDir(), filepath.Join(t.TempDir(), "secret.yaml")
	if err := os.CopyFS(folder, smallest()); err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(careItem, "code: care\n", "code: link\n", 1)
	if err := os.WriteFile(outside, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"link.yaml": outside, "device.yaml": os.DevNull, "folder.yaml": "../bundles"} {
		if err := os.Symlink(target, filepath.Join(folder, "items", name)); err != nil {
			t.Skipf("no links here: %v", err)
		}
	}
	_, faults := catalogue.LoadFolder(folder)
	if len(faults) != 3 {
		t.Errorf("%s", faults.Error())
	}
	if strings.Contains(faults.Error(), outside) {
		t.Errorf("a path of this machine is told: %s", faults.Error())
	}
}

func TestWhatIsOddButAllowedIsAWarning(t *testing.T) {
	files := smallest()
	files["items/care.yaml"].Data = []byte("\ufeff" + strings.NewReplacer("acceptance_days: 2", "acceptance_days: 6", ", one_of: identity}\n  -", "}\n  -",
		"type: credit-code", "type: credit-code, prefill: nickname", "  - {cents: 2000}\n", "  - {cents: 2000}\n  - {cents: 3000}\n").Replace(careItem))
	loaded, faults := catalogue.Load(files)
	if len(faults) > 0 {
		t.Fatal(faults.Error())
	}
	sum := loaded.Summary(date(t, "2026-03-02"))
	warnings := sum.Warnings.Error()
	for _, want := range []string{"acceptance_days: more than five", "one_of: no other material", "prefill: the identity has no nickname", "fees[2]: the fee before", "calendar/2027.yaml:1: .: the year is not published"} {
		if !strings.Contains(warnings, want) {
			t.Errorf("%q is missing in\n%s", want, warnings)
		}
	}
	if sum.Items != 1 || sum.Departments != 1 || sum.Rules != 6 {
		t.Errorf("%+v", sum)
	}
}
