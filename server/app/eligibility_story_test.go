package app_test

import (
	"slices"
	"strings"
	"testing"
)

type eligibility struct {
	Eligible *bool
	Unmet    []struct{ ID, Text string }
	Unknown  []struct {
		ID, Text string
		Needs    []string
	}
}

// Anybody may ask whether a service is for them. Of whom nothing is known nothing is held to be unmet; what is missing is named,
// and so is what to do about it.
func TestAnybodyMayAskWhetherAServiceIsForThem(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		stranger := ask[eligibility](t, c.guest(), "CheckEligibility", vars{"code": "elderly-card"})
		if stranger.Eligible != nil || len(stranger.Unmet) > 0 || len(stranger.Unknown) != 1 || len(stranger.Unknown[0].Needs) != 0 ||
			!strings.Contains(stranger.Unknown[0].Text, "完成实名认证后即可判断") {
			t.Errorf("a stranger hears %+v", stranger)
		}
		move := func(v *visitor, answers ...vars) eligibility {
			return ask[eligibility](t, v, "CheckEligibility", vars{"code": "household-move-in", "answers": answers})
		}
		open := move(c.guest(), vars{"key": "household_region", "value": "310101"})
		needs := map[string][]string{}
		for _, unknown := range open.Unknown {
			needs[unknown.ID] = unknown.Needs
		}
		for _, id := range []string{"spouse-years", "parents-age", "child-minor"} {
			if !slices.Equal(needs[id], []string{"kind"}) {
				t.Errorf("%s needs %v", id, needs[id])
			}
		}
		if open.Eligible != nil || len(needs) != 3 {
			t.Errorf("one answer given: %+v", open)
		}
		spouse := move(c.guest(), vars{"key": "household_region", "value": "310101"}, vars{"key": "kind", "value": "spouse"})
		if len(spouse.Unknown) != 1 || !slices.Equal(spouse.Unknown[0].Needs, []string{"married_on"}) {
			t.Errorf("a spouse: %+v", spouse)
		}
		wrong := move(c.guest(), vars{"key": "household_region", "value": "somewhere"}, vars{"key": "nonsense", "value": "x"}, vars{"key": "kind", "value": "talent"})
		if len(wrong.Unknown) != 1 || !slices.Equal(wrong.Unknown[0].Needs, []string{"household_region"}) || len(wrong.Unmet) > 0 {
			t.Errorf("an answer that does not fit: %+v", wrong)
		}
		near := move(c.guest(), vars{"key": "household_region", "value": "330106"})
		if near.Eligible == nil || *near.Eligible || len(near.Unmet) != 1 || near.Unmet[0].ID != "from-elsewhere" {
			t.Errorf("from the city itself: %+v", near)
		}
		known := move(c.resident(t, "r01"))
		if known.Eligible == nil || *known.Eligible || len(known.Unmet) != 1 || known.Unmet[0].ID != "from-elsewhere" {
			t.Errorf("nobody is asked what the identity tells, that they are registered here: %+v", known)
		}
		old := ask[eligibility](t, c.resident(t, "r04"), "CheckEligibility", vars{"code": "elderly-card"})
		if old.Eligible == nil || !*old.Eligible {
			t.Errorf("of sixty or more: %+v", old)
		}
		young := ask[eligibility](t, c.resident(t, "r06"), "CheckEligibility", vars{"code": "elderly-card"})
		if young.Eligible == nil || *young.Eligible || len(young.Unmet) != 1 {
			t.Errorf("a young mother: %+v", young)
		}
	})
}

const suggestionsOf = `query($for: ID) { viewer { suggestions(onBehalfOf: $for) { item { code } reason } } }`

type suggested struct {
	Suggestions []struct {
		Item   named
		Reason string
	}
}

// What a person is known to be meant by and has not used is suggested, with the reason; nobody is told anything of somebody else.
func TestWhatIsMeantForAPersonIsSuggested(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		old := c.resident(t, "r04")
		find := func(code string) string {
			for _, one := range askOwn[suggested](t, old, suggestionsOf, nil).Suggestions {
				if one.Item.Code == code {
					return one.Reason
				}
			}
			return ""
		}
		if reason := find("elderly-card"); !strings.Contains(reason, "年满六十周岁") {
			t.Errorf("the senior card is suggested because of %q", reason)
		}
		change(t, old, "StartApplication", vars{"itemCode": "elderly-card"})
		if find("elderly-card") != "" {
			t.Error("what has been used is suggested still")
		}
		young := askOwn[suggested](t, c.resident(t, "r06"), suggestionsOf, nil)
		for _, one := range young.Suggestions {
			if one.Item.Code == "elderly-card" || one.Item.Code == "old-age-allowance" {
				t.Errorf("%s is suggested to a young mother", one.Item.Code)
			}
		}
		unbound := c.signIn(t, "+8613900000001")
		if got := askOwn[suggested](t, unbound, suggestionsOf, nil); len(got.Suggestions) > 0 {
			t.Errorf("nothing is known of this person: %+v", got)
		}
		stranger := c.resident(t, "r06")
		owner := ask[viewer](t, old, "Me", nil).ID
		if code, _ := refusalOf(sendOwn(t, stranger, suggestionsOf, vars{"for": owner})); code != "NOT_FOUND" {
			t.Errorf("suggestions for somebody else: %s", code)
		}
		if code, _ := refusalOf(sendOwn(t, c.guest(), `query($for: ID) { eligibility(itemCode: "elderly-card", onBehalfOf: $for) { eligible } }`, vars{"for": owner})); code != "NOT_FOUND" {
			t.Errorf("a stranger asks for somebody: %s", code)
		}
	})
}
