package app_test

import "testing"

type consentsShown struct {
	Consents []struct{ Purpose, Version, GivenAt, WithdrawnAt string }
	Problems []problem
}

// A consent is withdrawn as easily as it was given: no department is asked for papers from then on, and all is as before once it is
// given again.
func TestAWithdrawnConsentEndsTheQuestions(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother := c.resident(t, "r06")
		draft := change(t, mother, "StartApplication", vars{"itemCode": "birth-registration"}).Application
		unknown := ask[consentsShown](t, mother, "WithdrawConsent", input(vars{"purpose": "MOON"}))
		if len(unknown.Problems) != 1 || unknown.Problems[0].Code != "UNKNOWN" {
			t.Errorf("a consent never given: %+v", unknown)
		}
		for range 2 {
			got := ask[consentsShown](t, mother, "WithdrawConsent", input(vars{"purpose": "IDENTITY_BINDING"}))
			if len(got.Problems) > 0 || len(got.Consents) != 1 || got.Consents[0].WithdrawnAt == "" {
				t.Fatalf("withdrawn: %+v", got)
			}
		}
		if ask[viewer](t, mother, "Me", nil).Identity.Status != "BOUND" {
			t.Error("the identity is lost with the consent")
		}
		if count := fetched(change(t, mother, "FetchMaterials", vars{"applicationId": draft.ID}).Application); count != 0 {
			t.Errorf("%d papers were fetched without a consent", count)
		}
		change(t, mother, "BindIdentity", claimOf(c, "r06"))
		if count := fetched(change(t, mother, "FetchMaterials", vars{"applicationId": draft.ID}).Application); count == 0 {
			t.Error("nothing was fetched with the consent given again")
		}
	})
}

func fetched(a application) (count int) {
	for _, requirement := range a.Checklist {
		if requirement.Status == "FETCHED" {
			count++
		}
	}
	return count
}
