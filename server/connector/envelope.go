package connector

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"
)

// How large an event may be, in bytes.
const (
	// LargestEvent bounds an event with a file.
	LargestEvent = 15 << 20
	// LargestPlainEvent bounds an event without a file, and what stands beside a file.
	LargestPlainEvent = 1 << 20
)

// EventType is what a department tells.
type EventType string

// The events of the protocol.
const (
	CaseReceived           EventType = "onewindow.case.received"
	CaseProgress           EventType = "onewindow.case.progress"
	CaseSupplementRequired EventType = "onewindow.case.supplement-required"
	CaseDecided            EventType = "onewindow.case.decided"
)

// Event is a checked CloudEvents 1.0 event of a department about one step. Exactly the field of its type is set;
// CaseReceived has none.
type Event struct {
	// ID is unique to the department.
	ID     string
	Source string
	Type   EventType
	// Number and Step are the two halves of the subject.
	Number string
	Step   string
	// Time is when it happened.
	Time       time.Time
	Progress   *Progress
	Supplement *Supplement
	Decision   *Decision
}

// Progress is a line for the timeline; Public tells whether the applicant sees it.
type Progress struct {
	Concealed
	Title  string
	Detail string
	Public bool
}

// Supplement is what a step still needs from the applicant.
type Supplement struct {
	Concealed
	Materials []SupplementMaterial
	Note      string
}

// SupplementMaterial names one material and why.
type SupplementMaterial struct {
	Concealed
	Code, Reason string
}

// Decision ends a step.
type Decision struct {
	Concealed
	Approve bool
	Opinion string
	// Document is what was issued with the approval; nil where nothing was.
	Document *Document
}

// EventProblem is one thing that is wrong with an event: where, and what was expected there. It never repeats a value.
type EventProblem struct {
	Path     string `json:"path"`
	Expected string `json:"expected"`
}

// ErrEventTooLarge says that an event is over LargestPlainEvent without a file, or over LargestEvent.
var ErrEventTooLarge = errors.New("the event is too large")

// MalformedEvent is an event that does not follow the protocol, with all its problems.
type MalformedEvent struct{ Problems []EventProblem }

// Error counts the problems; they themselves are the answer to the department.
func (m *MalformedEvent) Error() string {
	return fmt.Sprintf("the event has %d problems", len(m.Problems))
}

var (
	eventIDPart     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{0,63}$`)
	subjectPattern  = regexp.MustCompile(`^([A-Za-z0-9][A-Za-z0-9-]{0,63})/([A-Za-z0-9][A-Za-z0-9-]{0,63})$`)
	extensionName   = regexp.MustCompile(`^[a-z0-9]{1,20}$`)
	jsonContentType = regexp.MustCompile(`^application/(?:[a-z0-9.-]+\+)?json(?:\s*;.*)?$`)
)

// ParseEvent reads and checks an event in structured mode. The error is ErrEventTooLarge or a *MalformedEvent.
func ParseEvent(body []byte) (*Event, error) {
	if len(body) > LargestEvent {
		return nil, ErrEventTooLarge
	}
	reader := &eventReader{}
	envelope := reader.whole(body)
	if len(body)-fileLength(envelope) > LargestPlainEvent {
		return nil, ErrEventTooLarge
	}
	if envelope == nil {
		return nil, &MalformedEvent{reader.problems}
	}
	event := reader.event(envelope)
	if len(reader.problems) > 0 {
		return nil, &MalformedEvent{reader.problems}
	}
	return event, nil
}

// fileLength is how much of an event is the file that it brings along: it may be large for that alone.
func fileLength(envelope map[string]json.RawMessage) int {
	var data struct {
		Document struct {
			File struct {
				Base64 string `json:"base64"`
			} `json:"file"`
		} `json:"document"`
	}
	if json.Unmarshal(envelope["data"], &data) != nil {
		return 0
	}
	return len(data.Document.File.Base64)
}

func (r *eventReader) event(envelope map[string]json.RawMessage) *Event {
	top := object{reader: r, fields: envelope}
	event := &Event{ID: top.line("id", 1, 200), Source: top.line("source", 1, 500), Type: EventType(top.text("type", 1, 100))}
	if top.text("specversion", 1, 10) != "1.0" {
		r.problem("specversion", `"1.0"`)
	}
	if parts := subjectPattern.FindStringSubmatch(top.text("subject", 1, 200)); parts != nil {
		event.Number, event.Step = parts[1], parts[2]
	} else {
		r.problem("subject", "{application number}/{step id}")
	}
	event.Time = top.moment("time")
	if contentType := top.text("datacontenttype", 0, 100); contentType != "" && !jsonContentType.MatchString(contentType) {
		r.problem("datacontenttype", "application/json")
	}
	for name := range envelope {
		if !extensionName.MatchString(name) {
			r.problem("", "attribute names of lower-case letters and digits")
		}
	}
	r.data(event, top)
	return event
}

func (r *eventReader) data(event *Event, top object) {
	if _, given := top.fields["data"]; !given && event.Type == CaseReceived {
		return
	}
	var known []string
	switch event.Type {
	case CaseReceived:
	case CaseProgress:
		known = []string{"title", "detail", "public"}
	case CaseSupplementRequired:
		known = []string{"materials", "note"}
	case CaseDecided:
		known = []string{"decision", "opinion", "document"}
	default:
		r.problem("type", "one of "+string(CaseReceived)+", "+string(CaseProgress)+", "+string(CaseSupplementRequired)+", "+string(CaseDecided))
		return
	}
	data, ok := top.object("data", true, known...)
	if !ok {
		return
	}
	switch event.Type {
	case CaseProgress:
		event.Progress = &Progress{Title: data.text("title", 1, 200), Detail: data.text("detail", 0, 2000), Public: data.boolean("public")}
	case CaseSupplementRequired:
		event.Supplement = data.supplement()
	case CaseDecided:
		event.Decision = data.decision()
	}
}
