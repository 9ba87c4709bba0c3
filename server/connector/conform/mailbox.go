package conform

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"

	"onewindow/server/connector"
	"onewindow/server/connector/webhook"
)

// Mailbox plays OneWindow's door for events while a department's server is checked. It turns the first event away once, as
// OneWindow does when it is busy: the department has to send it again.
type Mailbox struct {
	// Department is its code; Inbound are the secrets that its events are checked against.
	Department string
	Inbound    []webhook.Secret
	// Wait is how long a decision may take.
	Wait time.Duration

	mutex  sync.Mutex
	events []heard
}

// heard is one delivery.
type heard struct {
	problem  string // empty where the delivery follows the protocol
	problems []connector.EventProblem
	event    *connector.Event
	body     [sha256.Size]byte
	turned   bool
}

// ServeHTTP takes events.
func (m *Mailbox) ServeHTTP(writer http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(writer, request.Body, connector.LargestEvent))
	m.mutex.Lock()
	defer m.mutex.Unlock()
	came := m.read(request, body, err)
	came.turned = came.problem == "" && len(m.events) == 0
	m.events = append(m.events, came)
	writer.Header().Set("Content-Type", "application/json")
	switch {
	case came.turned:
		writer.Header().Set("Retry-After", "1")
		writer.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(writer, `{"code":"too_fast"}`)
	case came.problem != "":
		writer.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(writer).Encode(map[string]any{"code": "invalid", "problems": append([]connector.EventProblem{}, came.problems...)})
	default:
		writer.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(writer, `{"status":"applied"}`)
	}
}

func (m *Mailbox) read(request *http.Request, body []byte, err error) heard {
	kind, _, _ := mime.ParseMediaType(request.Header.Get("Content-Type"))
	switch {
	case err != nil:
		return heard{problem: "正文不完整 / half a body"}
	case request.Method != http.MethodPost || request.URL.Path != "/departments/"+m.Department+"/events":
		return heard{problem: "POST 到别处 / sent elsewhere"}
	case webhook.Verify(m.Inbound, request.Header, body, time.Now()) != nil:
		return heard{problem: "签名不对 / the signature does not fit"}
	case kind != "application/cloudevents+json":
		return heard{problem: "Content-Type 不是 application/cloudevents+json / another content type"}
	}
	event, err := connector.ParseEvent(body)
	var malformed *connector.MalformedEvent
	if errors.As(err, &malformed) {
		return heard{problem: described(malformed.Problems), problems: malformed.Problems}
	}
	if err != nil {
		return heard{problem: err.Error()}
	}
	return heard{event: event, body: sha256.Sum256(body)}
}

// described names what is wrong with an event: where, and what was expected there.
func described(problems []connector.EventProblem) string {
	words := make([]string, 0, len(problems))
	for _, problem := range problems {
		words = append(words, problem.Path+": "+problem.Expected)
	}
	return strings.Join(words, "; ")
}

// until waits for a delivery for which found holds; false where none came in time.
func (m *Mailbox) until(ctx context.Context, found func(all []heard) bool) bool {
	return m.within(ctx, m.Wait, found)
}

// within is until with a time of its own; with none it looks once.
func (m *Mailbox) within(ctx context.Context, limit time.Duration, found func(all []heard) bool) bool {
	for end := time.Now().Add(limit); ; time.Sleep(20 * time.Millisecond) {
		m.mutex.Lock()
		done := found(m.events)
		m.mutex.Unlock()
		if done || ctx.Err() != nil || !time.Now().Before(end) {
			return done
		}
	}
}

// mailed runs a check that needs the events of a department that handles cases.
func (s *session) mailed(run func(context.Context) outcome) func(context.Context) outcome {
	return s.given(func(ctx context.Context) outcome {
		if s.Mailbox == nil {
			return skipped("-listen, -inbound-secret")
		}
		return run(ctx)
	})
}

// afterwards is how long is waited for what must not come.
const afterwards = 2 * time.Second

// onlyOnce are the checks of what must not come; they look when all else has been done.
func (s *session) onlyOnce() []check {
	return []check{
		{"event.once", "交办两次的一件只有一个决定", "one decision on the case that was given twice", s.mailed(func(ctx context.Context) outcome {
			second := s.Mailbox.within(ctx, afterwards, func(events []heard) bool { return len(decisions(events, s.number)) > 1 })
			return verdictOf(!second, "一个决定 / one decision", "不止一个 / more than one")
		})},
		{"event.id", "每个事件有自己的编号", "each event has an id of its own", s.mailed(func(context.Context) outcome {
			return verdictOf(!s.Mailbox.within(context.Background(), 0, sameIDTwice), "每个编号一个事件 / one event for an id", "同一编号、不同内容 / one id for different events")
		})},
		{"event.withdrawn", "先已撤回的一件没有决定", "no decision on the case that was withdrawn before it came", s.mailed(func(context.Context) outcome {
			decided := s.Mailbox.within(context.Background(), 0, func(events []heard) bool { return len(decisions(events, s.number+earlyCase)) > 0 })
			return verdictOf(!decided, "没有决定 / no decision", "有决定 / a decision")
		})},
	}
}

// decisions are the ids of those that were told about a case.
func decisions(events []heard, number string) map[string]bool {
	ids := map[string]bool{}
	for _, one := range events {
		if one.event != nil && one.event.Number == number && one.event.Type == connector.CaseDecided {
			ids[one.event.ID] = true
		}
	}
	return ids
}

// sameIDTwice finds an id that came with two bodies.
func sameIDTwice(events []heard) bool {
	bodies := map[string][sha256.Size]byte{}
	for _, one := range events {
		if one.event == nil {
			continue
		}
		if before, known := bodies[one.event.ID]; known && before != one.body {
			return true
		}
		bodies[one.event.ID] = one.body
	}
	return false
}

func (s *session) events() []check {
	mailed := s.mailed
	return []check{
		{"event.decided", "办结后告知决定", "the decision is told", mailed(func(ctx context.Context) outcome {
			came := s.Mailbox.until(ctx, func(events []heard) bool {
				for _, one := range events {
					if one.event != nil && !one.turned && one.event.Number == s.number && one.event.Step == s.Step && one.event.Type == connector.CaseDecided {
						return true
					}
				}
				return false
			})
			return verdictOf(came, string(connector.CaseDecided), fmt.Sprintf("%s 内没有 / none within %s", s.Mailbox.Wait, s.Mailbox.Wait))
		})},
		{"event.form", "每个事件都签名、格式正确", "every event is signed and follows the protocol", mailed(func(context.Context) outcome {
			return s.Mailbox.inForm()
		})},
		{"event.again", "被要求稍后再来的事件会重发，编号不变", "an event that was told to come again comes again with its id", mailed(func(ctx context.Context) outcome {
			return verdictOf(s.Mailbox.until(ctx, cameAgain), "同一 id 再次送达 / the same id again", "没有 / none")
		})},
	}
}

func (m *Mailbox) inForm() outcome {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if len(m.events) == 0 {
		return failed("事件 / events", "没有 / none")
	}
	for _, one := range m.events {
		if one.problem != "" {
			return failed("协议规定的事件 / an event of the protocol", one.problem)
		}
	}
	return passed()
}

func cameAgain(events []heard) bool {
	turned := ""
	for _, one := range events {
		switch {
		case one.turned:
			turned = one.event.ID
		case one.event != nil && one.event.ID == turned:
			return true
		}
	}
	return false
}
