package casework

import (
	"testing"
	"time"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/catalogue"
	"onewindow/models/material"
)

// A document's flag follows the due date: before acceptance the latest day that would be promised, afterwards the promise with
// its waits and its extension; once all is decided, none.
func TestTheFlagOfADocumentFollowsTheDueDate(t *testing.T) {
	s := newStory(t, "birth-registration")
	item := *s.item
	item.PromisedDays, item.AcceptanceDays = 5, 2
	s.item = &item
	ends := models.NewDate(2026, 3, 12)
	s.kase.Progress.Requirements[0].ExpiresOn = &ends
	accepted, received := at(t, "2026-03-04 10:00"), at(t, "2026-03-03 10:00")
	waited := models.NewDate(2026, 3, 6)
	for _, c := range []struct {
		name      string
		state     State
		change    func(*Case)
		due       string
		isFlagged bool
	}{
		{"a draft of the 2nd: two days to accept, five to decide", Draft, func(*Case) {}, "2026-03-11", false},
		{"handed in on the 3rd", Submitted, func(c *Case) { c.ReceivedAt = &received }, "2026-03-12", false},
		{"accepted on the 4th", InReview, func(c *Case) { c.AcceptedAt = &accepted }, "2026-03-11", false},
		{"extended by three days", InReview, func(c *Case) {
			c.Progress.Stops = []calendar.Segment{{Kind: calendar.Extension, From: models.NewDate(2026, 3, 5), Days: 3}}
		}, "2026-03-16", true},
		{"stood still for four days instead", InReview, func(c *Case) {
			to := models.NewDate(2026, 3, 12)
			c.Progress.Stops = []calendar.Segment{{Kind: calendar.WaitingForApplicant, From: waited, To: &to}}
		}, "2026-03-17", true},
		{"decided", Approved, func(*Case) {}, "", false},
	} {
		s.kase.State = c.state
		c.change(s.kase)
		now := at(t, "2026-03-02 10:00")
		got := ""
		if due, open := s.kase.decisionDay(s.item, s.city.Calendar, now); open {
			got = due.String()
		}
		if got != c.due {
			t.Errorf("%s: due %s, want %s", c.name, got, c.due)
		}
		row := (reading{now: now}).checklist(s.kase, s.item, s.city.Calendar)[0]
		if flagged := row.RenewBy != nil && *row.RenewBy == ends && row.Reason != nil; flagged != c.isFlagged {
			t.Errorf("%s: flagged %v, %v", c.name, flagged, row.Reason)
		}
	}
}

// What a draft may be given from the wallet by itself: what it misses, of which there is one place, and nothing that is signed.
func TestWhatADraftLacks(t *testing.T) {
	piece := func(key, code string, kind catalogue.MaterialKind) *catalogue.ItemMaterial {
		return &catalogue.ItemMaterial{Key: key, Material: &catalogue.Material{Code: code, Kind: kind}}
	}
	m := &move{kase: &Case{State: Draft}, item: &catalogue.Item{Materials: []*catalogue.ItemMaterial{
		piece("id-card", "id-card", catalogue.Certificate), piece("mine", "register", catalogue.Certificate), piece("theirs", "register", catalogue.Certificate),
		piece("consent", "consent", catalogue.Form), piece("photo", "photo", catalogue.Photo), piece("permit", "permit", catalogue.Certificate), piece("slip", "slip", catalogue.Proof),
	}}}
	for _, definition := range m.item.Materials {
		m.kase.Progress.Requirements = append(m.kase.Progress.Requirements, material.Requirement{Key: definition.Key, Material: definition.Material.Code, Status: material.Missing})
	}
	m.kase.Requirement("photo").Status = material.Provided
	m.kase.Progress.Bundle = &Part{Awaits: map[string]string{"permit": "earlier-item"}}
	lacking := m.lacking(map[string]bool{"slip": true})
	if len(lacking) != 1 || lacking["id-card"] == nil {
		t.Errorf("lacking: %v", lacking)
	}
}

// The words say where a document came from and until when it lasts, in both languages.
func TestWhyNothingIsAsked(t *testing.T) {
	item := itemOf(t, city(t), "birth-registration")
	made, issued, until := at(t, "2026-03-02 10:00"), models.NewDate(2020, 1, 1), models.NewDate(2030, 1, 1)
	for name, c := range map[string]struct {
		requirement material.Requirement
		document    *material.Document
		want        string
	}{
		"handed in":  {material.Requirement{Status: material.Provided}, &material.Document{CreatedAt: made}, ""},
		"missing":    {material.Requirement{Status: material.Missing}, nil, ""},
		"not needed": {material.Requirement{Status: material.NotNeeded}, nil, "It is not needed in your case, by what you filled in"},
		"another of the group": {material.Requirement{Status: material.NotNeeded, ReplacedBy: "household-register"}, nil,
			"“Household register” is there; this one is not needed any more"},
		"promised": {material.Requirement{Status: material.Committed}, nil, "You gave your written promise instead; it need not be handed in"},
		"fetched": {material.Requirement{Status: material.Fetched}, &material.Document{SourceDepartment: "x", ExpiresOn: &until},
			"It came directly from the department, valid until 1 January 2030; you need not hand it in"},
		"a result": {material.Requirement{Status: material.Reused}, &material.Document{Source: material.FromApplication, IssuedOn: &issued},
			"Your wallet holds it as the result of an application, issued by the department (1 January 2020); it need not be handed in again"},
		"chosen": {material.Requirement{Status: material.Reused}, &material.Document{Source: material.FromUpload, Trust: material.Uploaded, CreatedAt: made},
			"You chose the one of your wallet that was uploaded on 2 March 2026; it need not be handed in again"},
		"compared": {material.Requirement{Status: material.Reused}, &material.Document{
			Source: material.FromUpload, Trust: material.Verified, Verified: &material.Verification{At: made}, CreatedAt: made.Add(-time.Hour),
		}, "Your wallet holds it; the department checked it against the original on 2 March 2026; it need not be handed in again"},
	} {
		got := why(item, &c.requirement, c.document, func(string) *catalogue.Department { return nil })
		if got.In(models.English) != c.want || (c.want != "" && got[models.Chinese] == "") {
			t.Errorf("%s: %v, want %q", name, got, c.want)
		}
	}
}
