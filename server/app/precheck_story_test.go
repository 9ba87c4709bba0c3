package app_test

import (
	"slices"
	"testing"
)

// Before handing in, a resident sees everything that is still in the way: at the field where it belongs to one, and all of it in one
// list. While the form is being filled in, an answer that is not there yet is no mistake.
func TestThePreCheckNamesEverythingThatIsMissing(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother := c.resident(t, "r06")
		draft := change(t, mother, "StartApplication", vars{"itemCode": "residence-registration", "channel": "APP"}).Application
		saved := change(t, mother, "SaveAnswers", vars{"applicationId": draft.ID, "answers": []vars{{"key": "stay_days", "value": "90"}}}).Application
		if at := slices.IndexFunc(saved.Form, func(f formField) bool { return f.Problem != nil }); at >= 0 {
			t.Errorf("while it is filled in: %s is a problem", saved.Form[at].Key)
		}
		checked := ask[application](t, mother, "PreCheck", vars{"id": draft.ID})
		missing := map[string]string{}
		for _, field := range checked.Form {
			if field.Problem != nil {
				missing[field.Key] = field.Problem.Code
			}
		}
		if checked.Ready || missing["live_address"] != "REQUIRED" || missing["stay_days"] != "" {
			t.Errorf("the pre-check says ready %v, %v", checked.Ready, missing)
		}
		type listed struct {
			Blockers []struct {
				Code  string
				Field *string
			}
		}
		const query = `query($id: ID!) { application(id: $id) { blockers { code field message } } }`
		listedAt := map[string]bool{}
		for _, one := range askOwn[listed](t, mother, query, vars{"id": draft.ID}).Blockers {
			if one.Field != nil {
				listedAt[*one.Field] = true
			} else {
				listedAt[one.Code] = true
			}
		}
		refused := ask[payload](t, mother, "Submit", input(vars{"applicationId": draft.ID})).Problems
		for _, one := range refused {
			if key := one.Code; one.Field != nil && !listedAt[*one.Field] || one.Field == nil && !listedAt[key] {
				t.Errorf("the submission is refused for what the pre-check did not list: %+v", one)
			}
		}
		if len(refused) == 0 || len(listedAt) < len(missing) {
			t.Errorf("listed %v, refused %+v", listedAt, refused)
		}
	})
}
