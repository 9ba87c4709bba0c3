package app_test

import (
	"strings"
	"testing"
)

// Whoever takes a consent back is told once what ended and from when; outside the inbox nobody reads what it was.
func TestWhoTakesAConsentBackIsToldWhatEnds(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		mother := c.resident(t, "r06")
		giveConsent(t, mother, vars{"purpose": "HEALTH_FOLLOW_UP", "version": "1"})
		if refused := withdrawConsent(t, mother, vars{"purpose": "CASE_HANDLING"}); len(refused.Problems) != 1 {
			t.Fatalf("what the law lays down was taken back: %+v", refused)
		}
		for range 2 { // the second time nothing ends
			if got := withdrawConsent(t, mother, vars{"purpose": "HEALTH_FOLLOW_UP"}); len(got.Problems) > 0 {
				t.Fatalf("%+v", got.Problems)
			}
		}
		messages := told(t, mother, "CONSENT_WITHDRAWN")
		if len(messages) != 1 || !strings.Contains(messages[0].Body, "健康随访与用药提醒") || !strings.Contains(messages[0].Body, "从 2026年3月2日 起") ||
			!strings.Contains(messages[0].Body, "立即停止提醒") {
			t.Fatalf("told %+v", messages)
		}
		if english := told(t, mother.in("en"), "CONSENT_WITHDRAWN"); len(english) != 1 || !strings.Contains(english[0].Body, "From 2 March 2026") {
			t.Errorf("in English: %+v", english)
		}
		soon(1, func() []string { return c.left(t, "sms", mother.phone) })
		for _, sent := range c.outbox(t, "sms", mother.phone) {
			if sent.Template == "consent-withdrawn" && (strings.Contains(sent.Body, "健康") || strings.Contains(sent.Body, "随访")) {
				t.Errorf("the SMS says %q", sent.Body)
			}
		}
		same(t, "by SMS", c.left(t, "sms", mother.phone), "03-02 09:00 consent-withdrawn")
	})
}
