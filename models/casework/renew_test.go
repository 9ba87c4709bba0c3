package casework

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"onewindow/models"
	"onewindow/models/catalogue"
	"onewindow/models/material"
	"onewindow/models/resident"
)

const renewFolder = `departments.yaml
departments:
  - {code: health, name: {zh: 卫健委, en: Health}, region: "330100", phone: "0571-1", handles: []}
--
materials.yaml
materials:
  - {code: id-card, name: {zh: 身份证, en: Identity card}, issuer: health, kind: certificate, source: shared, sensitive: true, formats: [jpg], max_bytes: 100000}
  - {code: photo, name: {zh: 照片, en: Photograph}, issuer: health, kind: photo, source: upload, formats: [jpg], max_bytes: 100000}
  - {code: proof, name: {zh: 证明, en: Proof}, issuer: health, kind: proof, source: upload, formats: [jpg], max_bytes: 100000}
--
items/care.yaml
`

const renewItem = `code: care
name: {zh: 照护, en: Care}
tags: [elderly]
audience: person
lead: health
statutory_days: 20
promised_days: 10
acceptance_days: 2
supplement_calendar_days: 15
fee_cents: 0
channels: [app]
form:
  - {key: name, type: text, label: {zh: 姓名, en: Name}, required: true, prefill: name}
  - {key: beds, type: integer, label: {zh: 床位, en: Beds}, required: true, min: 1, max: 9}
  - {key: wish, type: text, label: {zh: 愿望, en: Wish}, required: false}
materials:
  - {code: id-card, required: "true"}
  - {code: photo, required: "true"}
  - {code: proof, required: "form.beds > 3", commitment: {text: {zh: 承诺一}}}
steps:
  - {id: decide, name: {zh: 决定, en: Decision}, department: health, role: approver, days: 2, after: []}
`

func renewVersion(t *testing.T, version int, changes ...string) *catalogue.Item {
	t.Helper()
	files := fstest.MapFS{}
	for part := range strings.SplitSeq(renewFolder+strings.NewReplacer(changes...).Replace(renewItem), "--\n") {
		name, text, _ := strings.Cut(part, "\n")
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	loaded, faults := catalogue.Load(files)
	if len(faults) > 0 {
		t.Fatal(faults.Error())
	}
	loaded.Items[0].Version = version
	return loaded.Items[0]
}

func TestADraftIsBroughtForwardWithoutLosingAnything(t *testing.T) {
	birth := models.NewDate(1990, 1, 1)
	person := people{&resident.Resident{ID: "a", BirthDate: &birth, Name: models.NewPersonName("张三"), Residence: "330106"}, nil}
	person.applicant = person.subject
	first := renewVersion(t, 1)
	second := renewVersion(t, 2,
		"max: 9}", "max: 4}\n  - {key: where, type: region, label: {zh: 住处, en: Place}, required: true, prefill: residence}",
		"  - {key: wish, type: text, label: {zh: 愿望, en: Wish}, required: false}\n", "",
		"{code: photo, required", "{code: photo, id: portrait, required", "承诺一", "承诺二", "promised_days: 10", "promised_days: 8")
	c := &Case{ID: "c", ItemCode: "care", ItemVersion: 1, State: Draft, Answers: map[string]Answer{
		"name": {Value: "张三", Source: sourceIdentity}, "beds": {Value: "7"}, "wish": {Value: "安静"},
	}}
	m := &move{kase: c, item: first, now: at(t, "2026-03-02 09:00")}
	m.refresh(person)
	m.kase.Requirement("photo").Status, m.kase.Requirement("photo").DocumentID, m.kase.Requirement("photo").Way = material.Provided, "d", material.Provided
	m.kase.Requirement("proof").Status = material.Committed
	m.renew(second, person)

	state := m.item.Evaluate(m.kase.texts(), person.facts(m.kase, m.today()))
	beds, _ := state.Field("beds")
	for what, isSo := range map[string]bool{
		"the new version":                         c.ItemVersion == 2 && c.seenVersion() == 1,
		"an answer that fits stays, with source":  c.Answers["name"].Value == "张三" && c.Answers["name"].Source == sourceIdentity,
		"one that does not fit is kept and named": c.Answers["beds"].Value == "7" && beds.Problem != nil && beds.Problem.Code == "OUT_OF_RANGE",
		"a new one comes from the identity":       c.Answers["where"].Value == "330106",
		"one no longer asked is put aside":        c.Answers["wish"].Aside && c.texts()["wish"] == "" && len(state.Problems) == 0,
		"a document stays by its material":        c.Requirement("portrait").Status == material.Provided && c.Requirement("portrait").DocumentID == "d" && c.Requirement("photo") == nil,
		"a promise to another text is asked anew": c.Requirement("proof").Status == material.Missing,
		"what was missing is still missing":       c.Requirement("id-card").Status == material.Missing,
	} {
		if !isSo {
			t.Errorf("not so: %s\n%+v", what, c)
		}
	}
	m.renew(first, person)
	if c.Answers["wish"].Aside || c.texts()["wish"] != "安静" || c.Progress.SeenVersion != 0 || c.Requirement("photo").DocumentID != "d" {
		t.Errorf("back at the first version nothing is lost and there is nothing to tell: %+v", c)
	}
}

func TestWhatChangedIsToldInWords(t *testing.T) {
	first := renewVersion(t, 1)
	for _, test := range []struct {
		name             string
		changes          []string
		chinese, english string
		concerns         bool
	}{
		{"days", []string{"promised_days: 10", "promised_days: 8"}, "承诺期限由10个工作日改为8个工作日", "the promised time changes from 10 working days to 8 working days", true},
		{"fee", []string{"fee_cents: 0", "fee_cents: 1050"}, "费用由0.00元改为10.50元", "the fee changes from 0.00 to 10.50 yuan", true},
		{"a question more", []string{"form:\n", "form:\n  - {key: age, type: integer, label: {zh: 年龄, en: Age}, required: true}\n"}, "新增填写项“年龄”", "new question “Age”", true},
		{"a question less", []string{"  - {key: wish, type: text, label: {zh: 愿望, en: Wish}, required: false}\n", ""}, "取消填写项“愿望”", "no longer asked: question “Wish”", true},
		{"another range", []string{"max: 9", "max: 8"}, "填写项有变化：“床位”", "changed question “Beds”", true},
		{"another document", []string{"code: photo", "code: proof, id: other"}, "新增材料“证明”；取消材料“照片”", "new document “Proof”; no longer asked: document “Photograph”", true},
		{"a step", []string{"days: 2, after", "days: 3, after"}, "办理环节有变化：“决定”", "changed step “Decision”", false},
		{"words alone", []string{"en: Wish", "en: Wishes"}, "文字说明有变化", "the wording has changed", false},
		{"the season", []string{"channels: [app]", "channels: [app]\nseason: {from: \"05-01\", to: \"08-31\"}"}, "受理期间或者渠道有变化", "when or on which channels it is taken has changed", false},
		{"nothing", nil, "", "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			changes := catalogue.Changes(first, renewVersion(t, 2, test.changes...))
			words := catalogue.Sentence(changes)
			if words.In(models.Chinese) != test.chinese || words.In(models.English) != test.english {
				t.Errorf("%s / %s", words.In(models.Chinese), words.In(models.English))
			}
			if slices.ContainsFunc(changes, catalogue.Change.Concerns) != test.concerns {
				t.Errorf("concerns the applicant: %t", !test.concerns)
			}
		})
	}
}
