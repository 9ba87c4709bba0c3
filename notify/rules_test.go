package notify

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onewindow/models"
	"onewindow/models/casework"
	"onewindow/models/catalogue"
	"onewindow/models/material"
)

// TestWhoIsToldWhatWhen is the planner as an official reads it: what is true of the case on Monday, 2 March 2026 at ten, and
// who is told what on which day. Every reminder comes at nine in the morning but where an hour stands.
func TestWhoIsToldWhatWhen(t *testing.T) {
	now := moment(t, "2026-03-02 10:00")
	day := func(text string) *time.Time { at := moment(t, text); return &at }
	decided := models.NewID()
	owed := func(status material.Status, due string) material.Requirement {
		requirement := material.Requirement{Key: "photo", Status: status}
		if due != "" {
			requirement.DueAt = day(due)
		}
		return requirement
	}
	notice := &casework.Supplement{Keys: []string{"photo"}, RequestedAt: now, DueAt: *day("2026-03-17 23:59")}
	tests := map[string]struct {
		kase  casework.Case
		dueAt *time.Time // the promised decision
		item  catalogue.Reminders
		want  []string
	}{
		"a draft is begun": {
			kase: casework.Case{State: casework.Draft, CreatedAt: now},
			want: []string{"2026-03-05 digest: applicant DRAFT_FORGOTTEN", "2026-03-16 digest: applicant DRAFT_FORGOTTEN"},
		},
		"submitted: the office has until the 9th to accept": {
			kase: casework.Case{State: casework.Submitted, WakeAt: day("2026-03-09 23:59")},
			want: []string{"2026-03-07: staff ACCEPTANCE_DUE", "2026-03-09: staff ACCEPTANCE_DUE"},
		},
		"a paper is missing until the 17th": {
			kase: casework.Case{State: casework.SupplementRequired, Progress: casework.Progress{
				Supplement: notice, Requirements: []material.Requirement{owed(material.Missing, "")}}},
			want: []string{
				"2026-03-09: applicant MISSING_MATERIAL", "2026-03-14: applicant MISSING_MATERIAL", "2026-03-16: applicant MISSING_MATERIAL",
				"2026-03-17: applicant MISSING_MATERIAL",
			},
		},
		"the item's own days win": {
			item: catalogue.Reminders{MissingMaterial: []int{5}},
			kase: casework.Case{State: casework.SupplementRequired, Progress: casework.Progress{
				Supplement: notice, Requirements: []material.Requirement{owed(material.Missing, "")}}},
			want: []string{"2026-03-12: applicant MISSING_MATERIAL"},
		},
		"all papers are there and nobody has said so": {
			kase: casework.Case{State: casework.SupplementRequired, Progress: casework.Progress{
				Supplement: notice, Requirements: []material.Requirement{owed(material.Provided, "")}}},
			want: []string{
				"2026-03-02 12:00: applicant SUPPLEMENT_READY", "2026-03-09: applicant SUPPLEMENT_READY",
				"2026-03-14: applicant SUPPLEMENT_READY", "2026-03-16: applicant SUPPLEMENT_READY", "2026-03-17: applicant SUPPLEMENT_READY",
			},
		},
		"a paper may come later, by the 12th": {
			kase: casework.Case{State: casework.InReview, AcceptedAt: &now, Progress: casework.Progress{
				Requirements: []material.Requirement{owed(material.Deferred, "2026-03-12 23:59")}}},
			want: []string{
				"2026-03-07: applicant DEFERRED_MATERIAL", "2026-03-09: applicant DEFERRED_MATERIAL", "2026-03-11: applicant DEFERRED_MATERIAL",
				"2026-03-12: applicant DEFERRED_MATERIAL",
			},
		},
		"in review: the decision is promised for the 13th": {
			kase: casework.Case{State: casework.InReview}, dueAt: day("2026-03-13 23:59"),
			want: []string{
				"2026-03-11: staff DECISION_DUE", "2026-03-13: staff DECISION_DUE",
				"2026-03-14: staff and supervisor DECISION_OVERDUE", "2026-03-20: staff and supervisor DECISION_OVERDUE",
			},
		},
		"in review while the clock stands still: nothing is due": {kase: casework.Case{State: casework.InReview}},
		"finished: the paper lies at the counter, nobody has rated, and the document ends in May": {
			kase: casework.Case{State: casework.Completed, FinishedAt: &now, Progress: casework.Progress{
				Results: []casework.Result{{DocumentID: decided, Method: casework.Pickup, State: casework.DeliveryReady}}}},
			want: []string{
				"2026-03-09: applicant RESULT_WAITS", "2026-03-23: applicant RESULT_WAITS", "2026-03-05 digest: applicant RATING_WAITS",
				"2026-03-11: applicant DOCUMENT_EXPIRES", "2026-04-10: applicant DOCUMENT_EXPIRES", "2026-05-03: applicant DOCUMENT_EXPIRES",
			},
		},
		"finished, fetched and rated": {
			kase: casework.Case{State: casework.Completed, FinishedAt: &now, Progress: casework.Progress{
				Results: []casework.Result{{Method: casework.Pickup, State: casework.DeliveryDelivered}}, Rating: &casework.RatingProgress{Stars: 5}}},
		},
		"withdrawn": {kase: casework.Case{State: casework.Withdrawn}},
		"rejected":  {kase: casework.Case{State: casework.Rejected}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.kase.ID, test.kase.ApplicantID = "case", "applicant"
			item := &catalogue.Item{Reminders: test.item}
			known := stand{
				casework.Standing{Case: &test.kase, Item: item, DueAt: test.dueAt},
				map[models.ID]models.Date{decided: models.NewDate(2026, 5, 10)},
			}
			keys := map[string]bool{}
			var got []string
			for _, plan := range Plan(factsOf(known), timetable(catalogue.DefaultReminders()), now) {
				got = append(got, spoken(plan))
				if keys[plan.Key] {
					t.Errorf("key %s stands twice", plan.Key)
				}
				keys[plan.Key] = true
				if _, dropped := plan.holds(waitsOf(known), plan.At); dropped != "" {
					t.Errorf("%s would not hold when nothing changes: %s", plan.Key, dropped)
				}
				if _, dropped := plan.holds(nil, plan.At); dropped != droppedFulfilled {
					t.Errorf("%s would hold (%q) when nothing of it is true any more", plan.Key, dropped)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// spoken says a plan as the table does.
func spoken(plan Planned) string {
	rule, _ := natureOf(plan.Rule)
	when := plan.At.Format("2006-01-02 15:04")
	if plan.At.Hour() == 9 {
		when = plan.At.Format("2006-01-02")
	}
	if plan.Digest {
		when += " digest"
	}
	whom := "applicant"
	switch {
	case rule.staff && rule.supervisor:
		whom = "staff and supervisor"
	case rule.staff:
		whom = "staff"
	}
	return fmt.Sprintf("%s: %s %s", when, whom, plan.Rule)
}

func TestEveryListOfAnItemFallsBackByItself(t *testing.T) {
	got := withDefaults(catalogue.Reminders{DecisionDue: []int{4}}, catalogue.DefaultReminders())
	want := catalogue.Reminders{DecisionDue: []int{4}, ResultExpires: []int{60, 30, 7}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
