package bundle

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"testing"

	"onewindow/models"
	"onewindow/models/catalogue"
	"onewindow/models/material"
)

const (
	childsNumber  = "330110202602270017"
	mothersNumber = "110105194912310021"
)

func TestWhatAResultSaysGoesToTheQuestionThatAsksForIt(t *testing.T) {
	text := func(key string) *catalogue.Field { return &catalogue.Field{Key: key, Type: catalogue.TextField} }
	identity := func(key string) *catalogue.Field { return &catalogue.Field{Key: key, Type: catalogue.NationalIDField} }
	code := &catalogue.Field{Key: "uscc", Type: catalogue.TextField, Pattern: regexp.MustCompile(`^[0-9A-HJ-NPQRTUWXY]{18}$`)}
	for name, row := range map[string]struct {
		material, number string
		fields           material.Fields
		open             []*catalogue.Field
		want             map[string]string
	}{
		"the number of the paper": {
			"birth-certificate", "Q330000001", nil, []*catalogue.Field{text("birth_certificate_number"), text("remark")},
			map[string]string{"birth_certificate_number": "Q330000001"},
		},
		"a field of the same name, however it is spelled": {
			"household-register", "33-1", material.Fields{"childId": childsNumber, "weight": json.Number("3.4"), "married": true},
			[]*catalogue.Field{identity("child_id"), text("weight"), text("married")},
			map[string]string{"child_id": childsNumber, "weight": "3.4", "married": "true"},
		},
		"a prefill that names it": {
			"birth-certificate", "Q1", nil, []*catalogue.Field{{Key: "certificate", Type: catalogue.TextField, Prefill: "birth-certificate.number"}},
			map[string]string{"certificate": "Q1"},
		},
		"somebody's identity number goes to the one question for such": {
			"household-register", "33-1", material.Fields{"national_id": childsNumber}, []*catalogue.Field{identity("child_id"), text("remark")},
			map[string]string{"child_id": childsNumber},
		},
		"not where two could be meant": {
			"household-register", "33-1", material.Fields{"national_id": childsNumber}, []*catalogue.Field{identity("child_id"), identity("father_id")},
			map[string]string{},
		},
		"not the applicant's own": {
			"household-register", "33-1", material.Fields{"national_id": mothersNumber}, []*catalogue.Field{identity("child_id")}, map[string]string{},
		},
		"a licence's number is the code that a pattern of its length asks for": {
			"business-licence", "92330106MA2H123456", nil,
			[]*catalogue.Field{code, {Key: "bank_account", Type: catalogue.TextField, Pattern: regexp.MustCompile(`^[0-9]{16,19}$`)}},
			map[string]string{"uscc": "92330106MA2H123456"},
		},
		"a number of our own making fits nothing": {
			"business-licence", "business-licence-20260302123456789", nil, []*catalogue.Field{code}, map[string]string{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			document := &material.Document{MaterialCode: row.material, Number: &row.number, Fields: row.fields}
			got := flows(document, row.open, func(number string) bool { return number == mothersNumber }, models.NewDate(2026, 3, 2))
			if !maps.Equal(got, row.want) {
				t.Errorf("it says %v, want %v", got, row.want)
			}
		})
	}
}

func TestTheOrderOfAMatter(t *testing.T) {
	p := plan{Members: []plannedMember{
		{Item: "card", After: []string{"register"}, Days: 5}, {Item: "register", After: []string{"certificate"}, Days: 1},
		{Item: "certificate", Days: 1}, {Item: "aid", Days: 4},
	}}
	codes := func(members []*plannedMember) (codes []string) {
		for _, member := range members {
			codes = append(codes, member.Item)
		}
		return codes
	}
	if got := codes(p.ordered()); !slices.Equal(got, []string{"certificate", "register", "card", "aid"}) {
		t.Errorf("in order: %v", got)
	}
	if got := codes(p.before("card")); !slices.Equal(got, []string{"certificate", "register"}) {
		t.Errorf("before the card: %v", got)
	}
	if got := codes(p.behind("certificate")); !slices.Equal(got, []string{"register", "card"}) {
		t.Errorf("behind the certificate: %v", got)
	}
	if parallel, serial := p.days(func(string) bool { return true }); parallel != 7 || serial != 11 {
		t.Errorf("all take %d and %d days", parallel, serial)
	}
	if parallel, serial := p.days(func(code string) bool { return code != "card" }); parallel != 4 || serial != 6 {
		t.Errorf("without the card %d and %d days", parallel, serial)
	}
}

func TestWhatTwoQuestionsShare(t *testing.T) {
	p := plan{Shared: []string{"hospital"}}
	field := func(key, label string, values ...string) *catalogue.Field {
		f := &catalogue.Field{Key: key, Type: catalogue.TextField, Label: models.T(label, label)}
		for _, value := range values {
			f.Type, f.Choices = catalogue.ChoiceField, append(f.Choices, &catalogue.Choice{Value: value})
		}
		return f
	}
	never := field("hospital", "医院")
	never.Reuse = catalogue.ReuseNever
	for name, row := range map[string]struct {
		a, b *catalogue.Field
		want sharing
	}{
		"the catalogue says so":      {field("hospital", "助产机构"), field("hospital", "医疗机构"), sharedAlways},
		"they read the same":         {field("street", "街道"), field("street", "街道"), sharedIfFree},
		"they read otherwise":        {field("account", "扣款账号"), field("account", "收款账号"), notShared},
		"other choices":              {field("kind", "类别", "a", "b"), field("kind", "类别", "a", "c"), notShared},
		"another type":               {field("kind", "类别"), field("kind", "类别", "a"), notShared},
		"what is never to be reused": {field("hospital", "医院"), never, notShared},
	} {
		if got := p.shares(row.a, row.b); got != row.want {
			t.Errorf("%s: %d, want %d", name, got, row.want)
		}
	}
}
