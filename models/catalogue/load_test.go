package catalogue_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"onewindow/models/catalogue"
)

func hangzhou(t testing.TB) *catalogue.Catalogue {
	t.Helper()
	loaded, faults := catalogue.Embedded()
	if len(faults) > 0 {
		t.Fatalf("the embedded catalogue does not load:\n%s", faults.Error())
	}
	return loaded
}

func TestTheEmbeddedCatalogueOfHangzhou(t *testing.T) {
	loaded := hangzhou(t)
	for what, got := range map[string][2]int{
		"service items": {len(loaded.Items), 41}, "bundles": {len(loaded.Bundles), 4},
		"departments": {len(loaded.Departments), 24}, "materials": {len(loaded.Materials), 90},
	} {
		if got[0] != got[1] {
			t.Errorf("%d %s, want %d", got[0], what, got[1])
		}
	}
	for _, year := range []int{2025, 2026} {
		if !loaded.Calendar.Published(year) {
			t.Errorf("the calendar of %d is missing", year)
		}
	}
}

func TestBundlesPromiseLessThanTheirPartsOneAfterAnother(t *testing.T) {
	want := map[string][2]int{"restaurant-opening": {15, 45}, "newborn": {7, 13}, "retirement": {20, 24}, "disability-services": {22, 30}}
	for _, bundle := range hangzhou(t).Bundles {
		if got := [2]int{bundle.Days, bundle.SerialDays}; got != want[bundle.Code] {
			t.Errorf("%s: %d days side by side, %d one after another; want %v", bundle.Code, got[0], got[1], want[bundle.Code])
		}
	}
}

func TestAFolderOnDiskIsTheSameCatalogue(t *testing.T) {
	loaded, faults := catalogue.LoadFolder("hangzhou")
	if len(faults) > 0 || len(loaded.Items) != 41 {
		t.Fatalf("%v", faults)
	}
	if _, faults := catalogue.LoadFolder(filepath.Join(t.TempDir(), "nowhere")); len(faults) != 1 {
		t.Errorf("a folder that is not there: %v", faults)
	}
}

func TestTheSecondCityLoads(t *testing.T) {
	loaded, faults := catalogue.LoadFolder("testdata/yunling")
	if len(faults) > 0 || len(loaded.Items) != 6 {
		t.Fatalf("%s", faults.Error())
	}
	clinic := loaded.Items[5]
	if len(clinic.Steps) != 9 || clinic.Name["zh-Hant"] != "民族醫藥館開辦" || loaded.Departments[1].Name["ii"] == "" {
		t.Errorf("%s: %d steps", clinic.Code, len(clinic.Steps))
	}
	if day := loaded.Calendar.Reason(date(t, "2026-08-06")); day["en"] != "Torch Festival" {
		t.Errorf("a holiday of one's own: %v", day)
	}
}

// smallest is a catalogue that uses every optional key once, to be broken by the tests.
func smallest() fstest.MapFS {
	files := fstest.MapFS{}
	for name, text := range map[string]string{
		"README.md": "# a note beside the data",
		"departments.yaml": `departments:
  - code: health
    name: {zh: 卫生健康委员会, en: Health Commission}
    region: "330100"
    phone: "0571-12320"
    handles: [birth]
`,
		"materials.yaml": `materials:
  - code: id-card
    name: {zh: 居民身份证, en: Identity card}
    issuer: health
    kind: certificate
    source: shared
    also: [upload]
    sensitive: true
    valid_for_months: 240
    formats: [jpg, pdf]
    max_bytes: 10485760
`,
		"calendar/2026.yaml": `year: 2026
source: 国务院办公厅通知
days_off: ["2026-01-01", {date: "2026-02-17", name: 春节}]
make_up_days: ["2026-01-04"]
`,
		"items/care.yaml":    careItem,
		"bundles/age.yaml":   "code: age\nname: {zh: 养老}\nitems: [{item: care, when: form.kind == \"home\"}]\norder: []\nshared_form: [kind]\n",
		"synonyms.yaml":      "synonyms:\n  - {say: [照护], items: [care]}\n",
		"calendar/README.md": "sources",
	} {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

const careItem = `code: care
name: {zh: 长者照护, en: Care, zh-Hant: 長者照護}
kind: public-service
tags: [elderly]
audience: person
lead: health
statutory_calendar_days: 30
promised_calendar_days: 20
extension_days: 5
acceptance_days: 2
supplement_calendar_days: 15
fees:
  - {cents: 0, when: '"elderly" in resident.groups'}
  - {cents: 2000}
channels: [app, window]
effective_from: 2026-01-01
effective_until: "2027-12-31"
season: {from: "10-01", to: "03-31"}
conditions:
  - {id: adult, text: {zh: 成年}, rule: resident.age >= 18}
form:
  - {key: kind, type: choice, label: {zh: 方式}, required: true, choices: [{value: home, label: {zh: 居家}}, {value: away, label: {zh: 机构}}]}
  - {key: beds, type: integer, label: {zh: 床位}, required: true, min: 1, max: 9, show_if: form.kind == "away"}
  - {key: needs, type: multi-choice, label: {zh: 需要}, required: false, choices: [{value: meals, label: {zh: 助餐}}], reuse: never}
  - {key: fee, type: money, label: {zh: 费用}, required: false}
  - {key: firm, type: credit-code, label: {zh: 机构}, required: false}
  - {key: account, type: bank-account, label: {zh: 账号}, required: false}
  - key: helpers
    type: group
    label: {zh: 照护人}
    required: false
    max_items: 2
    fields:
      - {key: name, type: text, label: {zh: 姓名}, required: true}
      - {key: age, type: integer, label: {zh: 年龄}, required: true}
materials:
  - {code: id-card, required: "true", one_of: identity}
  - {code: id-card, id: helper-card, required: 'form.helpers.exists(h, h.age < 20)', commitment: {text: {zh: 承诺}}, one_of: identity}
steps:
  - {id: visit, name: {zh: 上门}, department: health, role: reviewer, calendar_days: 12, sees: {form: [kind], materials: [helper-card]}}
  - {id: appraisal, name: {zh: 鉴定}, department: health, role: reviewer, calendar_days: 30, after: [visit], counts: false, max_days: 30, basis: [《行政许可法》]}
  - {id: decide, name: {zh: 决定}, department: health, role: approver, calendar_days: 8, after: [appraisal]}
results:
  - {material: id-card, delivery: [electronic], valid_for_months: 12, valid_until: 'today + duration("24h")'}
reminders: {missing_material: [1, 5]}
`

func TestEveryOptionalKeyIsUnderstood(t *testing.T) {
	loaded, faults := catalogue.Load(smallest())
	if len(faults) > 0 {
		t.Fatalf("\n%s", faults.Error())
	}
	item := loaded.Items[0]
	helper, _ := item.Material("helper-card")
	visit, _ := item.Step("visit")
	appraisal, _ := item.Step("appraisal")
	for what, isSo := range map[string]bool{
		"fee that no rule narrows":         item.FeeCents == 2000,
		"promise in calendar days":         item.Limits().PromisedUnit == "CALENDAR_DAYS" && item.PromisedDays == 20,
		"season over the new year":         item.Season.From.Month == 10,
		"another locale":                   item.Name["zh-Hant"] == "長者照護",
		"commitment":                       helper.Commitment["zh"] == "承诺" && helper.OneOf == "identity" && !helper.Required,
		"what a department sees":           visit.Sees.Form[0] == "kind" && visit.Sees.Materials[0] == "helper-card",
		"a special step":                   !appraisal.Counts && appraisal.MaxDays == 30,
		"default reminders":                fmt.Sprint(item.Reminders) == "{[5 1] [2 0] [60 30 7]}",
		"a bundle's rule":                  loaded.Bundles[0].Members[0].When != nil,
		"a holiday with its name":          loaded.Calendar.Reason(date(t, "2026-02-17"))["en"] == "Spring Festival",
		"a holiday without one":            loaded.Calendar.Reason(date(t, "2026-01-01"))["en"] == "Public holiday",
		"another way in which it can come": item.Materials[0].Material.ComesBy(catalogue.Upload),
		"successors":                       len(item.Successors("visit")) == 1,
	} {
		if !isSo {
			t.Errorf("%s: not understood", what)
		}
	}
}

func TestWhatIsWrongIsNamedWithFileLineAndPath(t *testing.T) {
	for _, test := range []struct{ name, file, old, new, want string }{
		{"unknown key", "items/care.yaml", "tags: [elderly]", "tags: [elderly]\nurgent: true", "items/care.yaml:5: urgent: unknown key"},
		{"key twice", "items/care.yaml", "tags: [elderly]", "tags: [elderly]\ntags: [x-y]", "items/care.yaml:5: tags: the key stands twice, first on line 4"},
		{"missing key", "items/care.yaml", "audience: person\n", "", "audience: the key is missing"},
		{"both kinds of days", "items/care.yaml", "promised_calendar_days: 20", "promised_calendar_days: 20\npromised_days: 20", "promised_calendar_days: cannot stand beside promised_days"},
		{"unknown department", "items/care.yaml", "lead: health", "lead: healht", "items/care.yaml:6: lead: there is no department healht"},
		{"unknown material", "items/care.yaml", "{code: id-card, required", "{code: id-cart, required", "materials[0].code: there is no material id-cart"},
		{"code of another form", "items/care.yaml", "lead: health", "lead: Health", "items/care.yaml:6: lead: a code is 2 to 64 lower-case letters"},
		{"another name than the file", "items/care.yaml", "code: care\n", "code: cure\n", "items/care.yaml:1: code: must be the file's name, care"},
		{"no Chinese", "items/care.yaml", "text: {zh: 成年}", "text: {en: Adult}", "conditions[0].text: the Chinese text (zh) is missing"},
		{"rule with a slip", "items/care.yaml", "resident.age >= 18", "resident.ages >= 18", "conditions[0].rule: the rule does not compile: undefined field 'ages'"},
		{"rule of another type", "items/care.yaml", "resident.age >= 18", "resident.age", "gives int, not bool"},
		{"rule over a field that is not there", "items/care.yaml", `form.kind == "away"`, `form.kid == "away"`, "form[1].show_if: the rule does not compile: undefined field 'kid'"},
		{"fields that wait for each other", "items/care.yaml", "required: true, choices: [{value: home", "required: true, show_if: form.beds > 1, choices: [{value: home", "wait for each other"},
		{"choice without choices", "items/care.yaml", "type: multi-choice, label: {zh: 需要}, required: false, choices: [{value: meals, label: {zh: 助餐}}]", "type: multi-choice, label: {zh: 需要}, required: false", "form[2].choices: a choice needs something to choose from"},
		{"pattern on a number", "items/care.yaml", "min: 1, max: 9", `pattern: "x"`, "form[1].pattern: a field of this type has no pattern"},
		{"bounds in the wrong order", "items/care.yaml", "min: 1, max: 9", "min: 9, max: 1", "form[1].max: lies below min"},
		{"the same material twice", "items/care.yaml", "id: helper-card, ", "", "materials[1].code: stands twice"},
		{"steps in a circle", "items/care.yaml", "calendar_days: 12, sees", "calendar_days: 12, after: [decide], sees", "steps[0].after: the steps wait for each other"},
		{"a step that is not there", "items/care.yaml", "after: [visit]", "after: [vizit]", "steps[1].after[0]: there is no step vizit"},
		{"steps longer than the promise", "items/care.yaml", "calendar_days: 12", "calendar_days: 13", "steps: the longest path through the steps takes 21 days of 20 promised"},
		{"promise longer than the law", "items/care.yaml", "statutory_calendar_days: 30", "statutory_calendar_days: 19", "must not be longer than the legal limit"},
		{"number as text", "items/care.yaml", "acceptance_days: 2", `acceptance_days: "2"`, "items/care.yaml:10: acceptance_days: expected a whole number from 0 to 3650"},
		{"season that is none", "items/care.yaml", `from: "10-01"`, `from: "13-01"`, "season.from: expected month and day"},
		{"successor that is none", "items/care.yaml", "kind: public-service", "kind: public-service\nsuccessor: care", "successor: there is no other service item"},
		{"not YAML", "items/care.yaml", "tags: [elderly]", "tags: [elderly", "items/care.yaml"},
		{"text in place of a list", "items/care.yaml", "tags: [elderly]", "tags: elderly", "items/care.yaml:4: tags: expected a list"},
		{"year of another file", "calendar/2026.yaml", "year: 2026", "year: 2025", "calendar/2026.yaml:1: year: must be the file's name, 2026"},
		{"make-up on a working day", "calendar/2026.yaml", `make_up_days: ["2026-01-04"]`, `make_up_days: ["2026-01-05"]`, "make_up_days[0]: a make-up day is a Saturday or a Sunday"},
		{"off twice", "calendar/2026.yaml", `"2026-01-01", `, `"2026-01-01", "2026-01-01", `, "days_off[1]: the day stands twice"},
		{"issuer that is none", "materials.yaml", "issuer: health", "issuer: heath", "materials.yaml:4: materials[0].issuer: there is no department heath"},
		{"format that is none", "materials.yaml", "[jpg, pdf]", "[jpg, doc]", "materials[0].formats[1]: expected one of [jpg png pdf]"},
		{"bundle of nothing known", "bundles/age.yaml", "item: care", "item: cure", "bundles/age.yaml:3: items[0].item: there is no service item cure"},
		{"shared answer that nobody asks", "bundles/age.yaml", "shared_form: [kind]", "shared_form: [kid]", "none of the items has the field kid"},
		{"synonym of nothing", "synonyms.yaml", "items: [care]", "items: [cure]", "synonyms.yaml:2: synonyms[0].items[0]: there is no service item cure"},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := smallest()
			text := string(files[test.file].Data)
			if !strings.Contains(text, test.old) {
				t.Fatalf("the test's own %q is not in %s", test.old, test.file)
			}
			files[test.file] = &fstest.MapFile{Data: []byte(strings.Replace(text, test.old, test.new, 1))}
			loaded, faults := catalogue.Load(files)
			if loaded != nil || !strings.Contains(faults.Error(), test.want) {
				t.Errorf("got\n%s\nwant %s", faults.Error(), test.want)
			}
		})
	}
}

func TestEveryFaultIsReportedAtOnce(t *testing.T) {
	files := smallest()
	files["items/care.yaml"] = &fstest.MapFile{Data: []byte(strings.NewReplacer("lead: health", "lead: nobody", "audience: person", "audience: all", "resident.age >= 18", "resident.age >").Replace(careItem))}
	files["materials.yaml"].Data = append(files["materials.yaml"].Data, []byte("more: 1\n")...)
	files["items/notes.txt"] = &fstest.MapFile{Data: []byte("?")}
	_, faults := catalogue.Load(files)
	for _, want := range []string{"lead: there is no department nobody", "audience: expected one of", "conditions[0].rule", "materials.yaml:12: more: unknown key", "items/notes.txt:1: .: is none of the six kinds"} {
		if !strings.Contains(faults.Error(), want) {
			t.Errorf("%q is missing in\n%s", want, faults.Error())
		}
	}
	for _, fault := range faults {
		if fault.Message["zh"] == "" || fault.Message["en"] == "" || fault.File == "" {
			t.Errorf("%+v", fault)
		}
	}
}

func TestAFolderOfNothing(t *testing.T) {
	_, faults := catalogue.Load(fstest.MapFS{})
	for _, want := range []string{"departments.yaml:1: .: the file is missing", "materials.yaml:1: .: the file is missing", "holds no service item"} {
		if !strings.Contains(faults.Error(), want) {
			t.Errorf("%q is missing in\n%s", want, faults.Error())
		}
	}
}

func BenchmarkEmbedded(b *testing.B) {
	for b.Loop() {
		hangzhou(b)
	}
}
