package conform_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"onewindow/server/connector"
	"onewindow/server/connector/webhook"
)

// The integrator's guide shows a signature that is right, and an event that is taken.
func TestTheGuidesExamplesHold(t *testing.T) {
	text, err := os.ReadFile("../../../docs/departments.md")
	if err != nil {
		t.Fatal(err)
	}
	guide := string(text)
	secret, err := webhook.ParseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	body := `{"nationalId":"110101190001010014","name":"无此人"}`
	signature := webhook.Sign(secret, "msg_docs_1", time.Unix(1772413200, 0), []byte(body))
	if !strings.Contains(guide, body) || !strings.Contains(guide, signature) {
		t.Errorf("the guide does not show %s of %s", signature, body)
	}
	_, example, _ := strings.Cut(guide, "structured mode: `Content-Type: application/cloudevents+json`.\n\n```json\n")
	event, _, found := strings.Cut(example, "```")
	if _, err := connector.ParseEvent([]byte(event)); !found || err != nil {
		t.Errorf("the guide's event: %v", err)
	}
	_, example, _ = strings.Cut(guide, "entitled to:\n\n```json\n")
	handed, _, _ := strings.Cut(example, "```")
	if _, err := connector.DecodeCase([]byte(handed)); err != nil {
		t.Errorf("the guide's case: %v", err)
	}
}
