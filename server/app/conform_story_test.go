package app_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"onewindow/server/connector/conform"
	"onewindow/server/connector/webhook"
)

// OneWindow keeps its own conformance kit's rows: a department's integrator sees the same.
func TestTheDoorForEventsConforms(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		c, o := withOffice(t, on)
		applicant, waiting := flexibleEmployment(t, c)
		window := conform.Window{
			URL: conform.EventsURL(c.url, "medical-insurance"), Inbound: []webhook.Secret{o.theirs, o.theirs}, Flood: 5_000, Timeout: 20 * time.Second,
			Waiting: waiting.Number + "/medical", Foreign: waiting.Number + "/enrol",
		}
		window.Active, window.Ended = workedByTheOffice(t, c, o, applicant)
		results := window.Check(context.Background())
		var printed strings.Builder
		if !conform.Write(&printed, results) {
			t.Errorf("\n%s", &printed)
		}
		if slices.ContainsFunc(results, func(result conform.Result) bool { return result.Verdict == conform.Skip }) {
			t.Errorf("not everything was tried:\n%s", &printed)
		}
	})
}

// workedByTheOffice gives two steps that the office has: one that it works on, one that it has decided.
func workedByTheOffice(t *testing.T, c *city, o *office, applicant *visitor) (active, ended string) {
	t.Helper()
	var given []string
	for range 2 {
		a := remoteMedical(t, c, applicant)
		untilStep(t, applicant, a.Number, a.ID+".file", "ACTIVE")
		given = append(given, a.Number+"/file")
	}
	approve := map[string]any{"decision": "approve", "opinion": "同意"}
	if status, answer := o.event(t, c, "onewindow.case.decided", given[1], "ended", approve, nil); status != 202 {
		t.Fatalf("deciding: %d %s", status, answer)
	}
	return given[0], given[1]
}

// remoteMedical hands in an application whose one step is the office's.
func remoteMedical(t *testing.T, c *city, applicant *visitor) application {
	t.Helper()
	return remoteMedicalFor(t, c, applicant, nil)
}

// remoteMedicalFor is the same for somebody's child; nil: for oneself.
func remoteMedicalFor(t *testing.T, c *city, applicant *visitor, child any) application {
	t.Helper()
	a := change(t, applicant, "StartApplication", vars{"itemCode": "remote-medical-filing", "channel": "APP", "onBehalfOf": child}).Application
	a = change(t, applicant, "SaveAnswers", vars{"applicationId": a.ID, "answers": []vars{
		{"key": "kind", "value": "emergency"}, {"key": "insured_here", "value": "true"}, {"key": "treat_region", "value": "310101"}, {"key": "start_date", "value": "2026-03-10"},
	}}).Application
	for _, missing := range change(t, applicant, "FetchMaterials", vars{"applicationId": a.ID}).Application.Missing {
		upload(t, applicant, a.ID, missing, nil)
	}
	a = change(t, applicant, "Submit", vars{"applicationId": a.ID}).Application
	if a.State == "SUBMITTED" {
		a = change(t, c.staff(t, "zhang-desk"), "Accept", vars{"applicationId": a.ID}).Application
	}
	return a
}
