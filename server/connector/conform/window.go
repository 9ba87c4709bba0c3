package conform

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"onewindow/models"
	"onewindow/server/connector"
	"onewindow/server/connector/webhook"
)

// Window is OneWindow's door for a department's events that is to be checked, and what is known about it. Steps are written
// as in a subject: {application number}/{step id}. What an empty one is needed for is skipped.
type Window struct {
	// URL is where events go: http://onewindow/departments/{code}/events.
	URL string
	// Inbound are the department's secrets: one, or two while one is being replaced.
	Inbound []webhook.Secret
	// Active is a step of the department that is being worked on: it is told to have been received.
	Active string
	// Waiting is a step of the department whose turn has not come; Ended one that was decided; Foreign another department's.
	Waiting, Ended, Foreign string
	// Flood is how many events are sent as fast as they go, to see that too many are told so; 0: skipped.
	Flood int
	// Timeout is 5 s where 0.
	Timeout time.Duration
}

// visit is one run against a Window.
type visit struct {
	Window
	partner *partner
	path    string
	run     string
	count   int
}

// eventsType is how an event travels.
const eventsType = "application/cloudevents+json; charset=utf-8"

// nowhere is a step that no application has.
const nowhere = "CONFORM-0000/none"

// Check tries everything and gives a result for each check, in the order of the protocol.
func (w Window) Check(ctx context.Context) []Result {
	if w.Timeout == 0 {
		w.Timeout = DefaultTimeout
	}
	base, path, found := strings.Cut(w.URL, "/departments/")
	if !found {
		base, path = w.URL, ""
	}
	v := &visit{Window: w, path: "/departments/" + path, run: "conform-" + string(models.NewID())[24:]}
	v.partner = newPartner(base, w.Inbound[0], eventsType, w.Timeout)
	defer v.partner.client.CloseIdleConnections()
	return reachable(ctx, w.URL, slices.Concat(v.signatures(), v.malformed(), v.sizes(), v.unknown(), v.outcomes(), v.flood()))
}

// fields are the attributes of an event; an attribute set to nil is left out.
type fields map[string]any

// event is a good event about a step, with some attributes changed. Each has an id of its own.
func (v *visit) event(subject string, changed fields) []byte {
	v.count++
	made := fields{
		"specversion": "1.0", "id": v.run + "-" + strconv.Itoa(v.count), "source": "urn:conformance", "type": string(connector.CaseReceived), "subject": subject,
		"time": time.Now().Format(time.RFC3339), "datacontenttype": "application/json", "data": map[string]any{},
	}
	for name, value := range changed {
		made[name] = value
		if value == nil {
			delete(made, name)
		}
	}
	body, _ := json.Marshal(made) // texts and maps always encode
	return body
}

func (v *visit) send(ctx context.Context, body []byte, changes ...change) answer {
	return v.partner.post(ctx, v.path, body, changes...)
}

func shut(a answer) outcome { return a.is(http.StatusUnauthorized, "code", "unauthorized") }

func (v *visit) signatures() []check {
	body := v.event(nowhere, nil)
	checks := signatureChecks(v.Inbound[0], body, v.send, notFound, shut)
	return append(checks,
		check{"signature.overlap", "更换密钥时，新旧两个都有效", "two secrets are valid while one is being replaced", func(ctx context.Context) outcome {
			if len(v.Inbound) < 2 {
				return skipped("第二个 -inbound-secret / a second -inbound-secret")
			}
			return all(notFound(v.send(ctx, body, signedWith(time.Now(), body, v.Inbound[0]))), notFound(v.send(ctx, body, signedWith(time.Now(), body, v.Inbound[1]))))
		}},
		check{"department.unknown", "没有的部门", "an unknown department", func(ctx context.Context) outcome {
			return shut(v.partner.post(ctx, "/departments/no-such-department/events", body))
		}})
}

// malformed are events that do not follow the protocol; each names the attribute that is wrong.
func (v *visit) malformed() []check {
	one := func(name, chinese, english, path string, changed fields) check {
		return check{"malformed." + name, chinese, english, func(ctx context.Context) outcome {
			return invalid(v.send(ctx, v.event(nowhere, changed)), path)
		}}
	}
	raw := func(name, chinese, english string, body []byte, changes ...change) check {
		return check{"malformed." + name, chinese, english, func(ctx context.Context) outcome { return invalid(v.send(ctx, body, changes...), "*") }}
	}
	decided := func(data any) fields { return fields{"type": string(connector.CaseDecided), "data": data} }
	gbk, _ := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(`{"specversion":"1.0","id":"测试"}`))
	whole := v.event(nowhere, nil)
	return []check{
		raw("json", "不是 JSON", "no JSON", []byte("id=1")),
		raw("cut", "JSON 不完整", "half of a JSON", whole[:len(whole)/2]),
		raw("list", "一批事件", "a batch of events", []byte("["+string(whole)+"]")),
		raw("encoding", "GBK 编码", "GBK", gbk),
		raw("bom", "带字节顺序标记", "a byte order mark", append([]byte("\ufeff"), whole...)),
		raw("deep", "嵌套十万层", "a hundred thousand levels deep", bytes.Repeat([]byte(`{"data":`), 100_000)),
		raw("twice", "同一个属性出现两次", "an attribute twice", bytes.Replace(whole, []byte("{"), []byte(`{"specversion":"1.0",`), 1)),
		raw("type", "Content-Type 是 text/plain", "text/plain", whole, header("Content-Type", "text/plain")),
		one("specversion", "版本不是 1.0", "another version", "specversion", fields{"specversion": "0.3"}),
		one("id", "没有 id", "no id", "id", fields{"id": nil}),
		one("source", "没有 source", "no source", "source", fields{"source": nil}),
		one("subject", "subject 不是 号码/环节", "a subject that is no number/step", "subject", fields{"subject": "nothing"}),
		one("time", "time 不是时刻", "a time that is none", "time", fields{"time": "yesterday"}),
		one("kind", "没有的事件类型", "an unknown type", "type", fields{"type": "onewindow.case.forgotten"}),
		one("datacontenttype", "数据不是 JSON", "data that is no JSON", "datacontenttype", fields{"datacontenttype": "application/xml"}),
		one("data", "没有数据", "no data", "data", decided(nil)),
		one("decision", "决定既非同意也非不同意", "neither approve nor reject", "data.decision", decided(map[string]any{"decision": "perhaps"})),
		one("opinion", "不同意却没有理由", "a rejection without a reason", "data.opinion", decided(map[string]any{"decision": "reject"})),
		one("document", "证照有效期止早于签发日期", "a document that expires before it was issued", "data.document.expiresOn", decided(map[string]any{
			"decision": "approve", "document": map[string]any{"number": "1", "issuedOn": "2026-03-02", "expiresOn": "2026-03-01"},
		})),
		one("progress", "进度没有标题", "progress without a title", "data.title", fields{"type": string(connector.CaseProgress), "data": map[string]any{"public": true}}),
		one("supplement", "补正没有说明缺什么", "a supplement that names nothing", "data.materials", fields{"type": string(connector.CaseSupplementRequired), "data": map[string]any{"materials": []any{}}}),
	}
}

// invalid expects 400 with a problem at a path; "*" stands for any.
func invalid(came answer, path string) outcome {
	ended := came.is(http.StatusBadRequest, "code", "invalid")
	if ended.verdict != Pass {
		return ended
	}
	var said struct {
		Problems []connector.EventProblem `json:"problems"`
	}
	named := json.Unmarshal(came.body, &said) == nil && slices.ContainsFunc(said.Problems, func(problem connector.EventProblem) bool {
		return path == "*" || problem.Path == path
	})
	return verdictOf(named, fmt.Sprintf("problems: [{path: %q}]", path), "没有指出 / not named")
}

func (v *visit) sizes() []check {
	large := func(file int, padding int) []byte {
		document := map[string]any{"number": "1", "fields": map[string]any{"note": pad(padding)}}
		if file > 0 {
			document["file"] = map[string]any{"name": "a.pdf", "contentType": "application/pdf", "base64": base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("%PDF-1.4"), file/8))}
		}
		return v.event(nowhere, fields{"type": string(connector.CaseDecided), "data": map[string]any{"decision": "approve", "document": document}})
	}
	return []check{
		{"size.plain", "没有文件而超过 1 MiB", "over 1 MiB without a file", func(ctx context.Context) outcome {
			return v.send(ctx, large(0, 1<<20)).is(http.StatusRequestEntityTooLarge, "", "")
		}},
		{"size.file", "有文件、2 MiB", "2 MiB with a file", func(ctx context.Context) outcome { return notFound(v.send(ctx, large(2<<20, 0))) }},
		{"size.huge", "有文件而超过 15 MiB", "over 15 MiB with a file", func(ctx context.Context) outcome {
			came := v.send(ctx, large(12<<20, 0))
			return verdictOf(came.status == http.StatusRequestEntityTooLarge || came.status == 0, "413", came.describe()) // or the connection is closed while it is sent
		}},
	}
}

func (v *visit) unknown() []check {
	return []check{
		{"unknown.application", "没有的申请", "an unknown application", func(ctx context.Context) outcome { return notFound(v.send(ctx, v.event(nowhere, nil))) }},
		{"unknown.step", "没有的环节", "an unknown step", func(ctx context.Context) outcome {
			number, _, _ := strings.Cut(v.Active, "/")
			if number == "" {
				return skipped("-active")
			}
			return v.alike(ctx, number+"/no-such-step")
		}},
		{"unknown.foreign", "别的部门的环节", "another department's step", func(ctx context.Context) outcome {
			if v.Foreign == "" {
				return skipped("-foreign")
			}
			return v.alike(ctx, v.Foreign)
		}},
	}
}

// alike expects the very answer that an unknown application gets.
func (v *visit) alike(ctx context.Context, subject string) outcome {
	known, none := v.send(ctx, v.event(subject, nil)), v.send(ctx, v.event(nowhere, nil))
	return all(notFound(known), verdictOf(bytes.Equal(known.body, none.body), "与没有的申请完全一样的应答 / the very answer of an unknown application", "另一种 / another"))
}

func (v *visit) outcomes() []check {
	about := func(name, chinese, english, subject, flag string, status int, member, value string, changed fields) check {
		return check{name, chinese, english, func(ctx context.Context) outcome {
			if subject == "" {
				return skipped(flag)
			}
			body := v.event(subject, changed)
			first := v.send(ctx, body).is(status, member, value)
			return all(first, v.send(ctx, body).is(http.StatusOK, "status", "duplicate"))
		}}
	}
	reject := fields{"type": string(connector.CaseDecided), "data": map[string]any{"decision": "reject", "opinion": "一致性测试"}}
	progress := fields{"type": string(connector.CaseProgress), "data": map[string]any{"title": "一致性测试", "detail": "conformance", "public": false}, "conformanceext": "x"}
	return []check{
		about("taken.received", "收到；同一编号再来一次", "received; the same id again", v.Active, "-active", http.StatusAccepted, "status", "applied", nil),
		about("taken.progress", "进度；多余的扩展属性不影响", "progress, with an extension attribute", v.Active, "-active", http.StatusAccepted, "status", "applied", progress),
		about("parked", "还没轮到的环节；同一编号再来一次", "ahead of its turn; the same id again", v.Waiting, "-waiting", http.StatusAccepted, "status", "parked", fields{"id": v.run + "-parked"}),
		about("conflict", "与已有结果相悖；同一编号再来一次", "against what is final; the same id again", v.Ended, "-ended", http.StatusConflict, "code", "conflict", reject),
	}
}

func (v *visit) flood() []check {
	return []check{{"fast", "太快", "too fast", func(ctx context.Context) outcome {
		if v.Flood == 0 {
			return skipped("-flood NUMBER")
		}
		return v.tooFast(ctx)
	}}}
}

// EventsURL is where a department's events go, from OneWindow's address or from the whole of it.
func EventsURL(address, department string) string {
	if strings.Contains(address, "/departments/") {
		return address
	}
	return strings.TrimRight(address, "/") + "/departments/" + department + "/events"
}
