package connector

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"onewindow/models"
)

// eventText makes an event's text; replacements come in pairs.
func eventText(kind EventType, data string, replacements ...string) string {
	text := `{"specversion":"1.0","id":"e-1","source":"urn:department","type":"` + string(kind) + `","subject":"HZ-20260302-000001/check","time":"2026-03-02T09:30:00+08:00",` +
		`"datacontenttype":"application/json","data":` + data + `}`
	return strings.NewReplacer(replacements...).Replace(text)
}

func TestParseEventReadsTheFourTypes(t *testing.T) {
	parse := func(text string) *Event {
		t.Helper()
		event, err := ParseEvent([]byte(text))
		if err != nil {
			var malformed *MalformedEvent
			errors.As(err, &malformed)
			t.Fatalf("%v %+v", err, malformed)
		}
		return event
	}
	received := parse(eventText(CaseReceived, `{}`))
	if received.ID != "e-1" || received.Number != "HZ-20260302-000001" || received.Step != "check" || !received.Time.Equal(time.Date(2026, 3, 2, 1, 30, 0, 0, time.UTC)) {
		t.Errorf("the envelope is not as sent")
	}
	parse(eventText(CaseReceived, `{}`, `,"data":{}`, ``))
	parse(eventText(CaseReceived, `{}`, `"id"`, `"traceparent":"00-x","id"`))
	if progress := parse(eventText(CaseProgress, `{"title":"已核验","detail":"一\n二","public":true}`)).Progress; progress.Title != "已核验" || progress.Detail != "一\n二" || !progress.Public {
		t.Error("the progress is not as sent")
	}
	if progress := parse(eventText(CaseProgress, `{"title":"内部"}`)).Progress; progress.Public {
		t.Error("a line that does not say that it is public is public")
	}
	supplement := parse(eventText(CaseSupplementRequired, `{"materials":[{"code":"id-card","reason":"已过期"}],"note":"请尽快"}`)).Supplement
	if len(supplement.Materials) != 1 || supplement.Materials[0].Code != "id-card" || supplement.Materials[0].Reason != "已过期" || supplement.Note != "请尽快" {
		t.Error("the supplement is not as sent")
	}
	if rejected := parse(eventText(CaseDecided, `{"decision":"reject","opinion":"不符合条件"}`)).Decision; rejected.Approve || rejected.Opinion != "不符合条件" || rejected.Document != nil {
		t.Error("the rejection is not as sent")
	}
	approved := parse(eventText(CaseDecided, `{"decision":"approve","document":{"number":"N-1","issuedOn":"2026-03-02","expiresOn":"2036-03-02","fields":{"a":1},`+
		`"file":{"name":"a.pdf","contentType":"application/pdf","base64":"JVBERg=="}}}`)).Decision
	got := fmt.Sprint(approved.Approve, approved.Document.Number, approved.Document.IssuedOn, approved.Document.ExpiresOn, approved.Document.Fields, string(approved.Document.File.Content))
	if want := "true N-1 2026-03-02 2036-03-02 map[a:1] %PDF"; got != want && strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(want, " ", "") {
		t.Errorf("got %s", got)
	}
}

// Each malformed event is answered with the path and with what was expected there.
func TestParseEventNamesTheProblem(t *testing.T) {
	cases := []struct{ name, text, path string }{
		{"empty", "", ""},
		{"no JSON", "<html>", ""},
		{"a list", "[]", ""},
		{"null", "null", ""},
		{"half", eventText(CaseReceived, `{}`)[:40], ""},
		{"two", eventText(CaseReceived, `{}`) + "{}", ""},
		{"no UTF-8", "{\"id\":\"\xff\"}", ""},
		{"deep", strings.Repeat("[", 20000), ""},
		{"deep inside", eventText(CaseDecided, `{"decision":"approve","document":{"number":"1","fields":{"a":`+strings.Repeat("[", 40)+strings.Repeat("]", 40)+`}}}`), ""},
		{"a key twice", eventText(CaseReceived, `{}`, `"id":"e-1"`, `"id":"e-1","id":"e-2"`), ""},
		{"a key twice inside", eventText(CaseProgress, `{"title":"x","public":true,"public":false}`), ""},
		{"the same key written in another way", eventText(CaseReceived, `{}`, `"id":"e-1"`, `"id":"e-1","\u0069d":"e-2"`), ""},
		{"an endless number", eventText(CaseDecided, `{"decision":"approve","document":{"number":"1","fields":{"a":`+strings.Repeat("9", 5000)+`}}}`), ""},
		{"a byte order mark", "\ufeff" + eventText(CaseReceived, `{}`), ""},
		{"GBK", strings.Replace(eventText(CaseProgress, `{"title":"x"}`), `"x"`, "\"\xb2\xe2\xca\xd4\"", 1), ""},
		{"UTF-16", "\xff\xfe{\x00}\x00", ""},
		{"NUL between", eventText(CaseReceived, "{\x00}"), ""},
		{"NUL in the fields", eventText(CaseDecided, `{"decision":"approve","document":{"number":"1","fields":{"a":["\u0000"]}}}`), "data.document.fields"},
		{"batch mode name", eventText(CaseReceived, `{}`, `"id"`, `"Bad Name":1,"id"`), ""},
		{"another version", eventText(CaseReceived, `{}`, `"1.0"`, `"0.3"`), "specversion"},
		{"no id", eventText(CaseReceived, `{}`, `"id":"e-1"`, `"id":""`), "id"},
		{"id is a number", eventText(CaseReceived, `{}`, `"id":"e-1"`, `"id":1`), "id"},
		{"id too long", eventText(CaseReceived, `{}`, `"e-1"`, `"`+strings.Repeat("x", 201)+`"`), "id"},
		{"id with a control character", eventText(CaseReceived, `{}`, `"e-1"`, `"e\u0000"`), "id"},
		{"no source", eventText(CaseReceived, `{}`, `"source":"urn:department",`, ``), "source"},
		{"unknown type", eventText("onewindow.case.eaten", `{}`), "type"},
		{"no type", eventText(CaseReceived, `{}`, `"type":"onewindow.case.received",`, ``), "type"},
		{"subject without a step", eventText(CaseReceived, `{}`, `/check`, ``), "subject"},
		{"subject with a path", eventText(CaseReceived, `{}`, `/check`, `/../check`), "subject"},
		{"no time", eventText(CaseReceived, `{}`, `"time":"2026-03-02T09:30:00+08:00",`, ``), "time"},
		{"time without an offset", eventText(CaseReceived, `{}`, `+08:00`, ``), "time"},
		{"time in year 9999", eventText(CaseReceived, `{}`, `2026-03-02T`, `9999-03-02T`), "time"},
		{"XML inside", eventText(CaseReceived, `{}`, `application/json`, `text/xml`), "datacontenttype"},
		{"data is a text", eventText(CaseReceived, `"x"`), "data"},
		{"received with data", eventText(CaseReceived, `{"title":"x"}`), "data"},
		{"progress without data", eventText(CaseProgress, `null`), "data"},
		{"progress without a title", eventText(CaseProgress, `{"detail":"x"}`), "data.title"},
		{"title too long", eventText(CaseProgress, `{"title":"`+strings.Repeat("长", 201)+`"}`), "data.title"},
		{"title turned round", eventText(CaseProgress, `{"title":"a\u202eb"}`), "data.title"},
		{"public is a text", eventText(CaseProgress, `{"title":"x","public":"true"}`), "data.public"},
		{"unknown key", eventText(CaseProgress, `{"title":"x","colour":"red"}`), "data"},
		{"nothing to supplement", eventText(CaseSupplementRequired, `{}`), "data.materials"},
		{"materials are a text", eventText(CaseSupplementRequired, `{"materials":"id-card"}`), "data.materials"},
		{"material without a reason", eventText(CaseSupplementRequired, `{"materials":[{"code":"id-card"}]}`), "data.materials[0].reason"},
		{"material that is no code", eventText(CaseSupplementRequired, `{"materials":[{"code":"身份证","reason":"x"}]}`), "data.materials[0].code"},
		{"material is a text", eventText(CaseSupplementRequired, `{"materials":["id-card"]}`), "data.materials[0]"},
		{"neither approve nor reject", eventText(CaseDecided, `{"decision":"maybe"}`), "data.decision"},
		{"rejection without a reason", eventText(CaseDecided, `{"decision":"reject"}`), "data.opinion"},
		{"rejection with a document", eventText(CaseDecided, `{"decision":"reject","opinion":"x","document":{"number":"1"}}`), "data.document"},
		{"document without a number", eventText(CaseDecided, `{"decision":"approve","document":{}}`), "data.document.number"},
		{"document issued on no day", eventText(CaseDecided, `{"decision":"approve","document":{"number":"1","issuedOn":"2026-02-30"}}`), "data.document.issuedOn"},
		{"document that expired first", eventText(CaseDecided, `{"decision":"approve","document":{"number":"1","issuedOn":"2026-03-02","expiresOn":"2026-03-01"}}`), "data.document.expiresOn"},
		{"fields are a list", eventText(CaseDecided, `{"decision":"approve","document":{"number":"1","fields":[]}}`), "data.document.fields"},
		{"file that is a program", eventText(CaseDecided, `{"decision":"approve","document":{"number":"1","file":{"name":"a.exe","contentType":"application/x-msdownload","base64":"TVo="}}}`), "data.document.file.contentType"},
		{"file that is no Base64", eventText(CaseDecided, `{"decision":"approve","document":{"number":"1","file":{"name":"a.pdf","contentType":"application/pdf","base64":"?"}}}`), "data.document.file.base64"},
		{"file without content", eventText(CaseDecided, `{"decision":"approve","document":{"number":"1","file":{"name":"a.pdf","contentType":"application/pdf"}}}`), "data.document.file.base64"},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			event, err := ParseEvent([]byte(test.text))
			var malformed *MalformedEvent
			if event != nil || !errors.As(err, &malformed) {
				t.Fatalf("got %v", err)
			}
			for _, problem := range malformed.Problems {
				if problem.Path == test.path && problem.Expected != "" {
					return
				}
			}
			t.Errorf("%q is not among %+v", test.path, malformed.Problems)
		})
	}
}

func TestAllProblemsOfAnEventAreNamedAtOnce(t *testing.T) {
	_, err := ParseEvent([]byte(eventText(CaseProgress, `{"public":1}`, `"1.0"`, `"2"`, `/check`, ``)))
	var malformed *MalformedEvent
	if !errors.As(err, &malformed) {
		t.Fatal(err)
	}
	var paths []string
	for _, problem := range malformed.Problems {
		paths = append(paths, problem.Path)
	}
	if got := strings.Join(paths, " "); got != "specversion subject data.title data.public" {
		t.Errorf("got %s", got)
	}
}

func TestEventSizes(t *testing.T) {
	withFile := func(size int) []byte {
		file := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("x"), size))
		return []byte(eventText(CaseDecided, `{"decision":"approve","document":{"number":"1","file":{"name":"a.pdf","contentType":"application/pdf","base64":"`+file+`"}}}`))
	}
	padded := func(size int) []byte {
		text := eventText(CaseReceived, `{}`)
		return []byte(text + strings.Repeat(" ", size-len(text)))
	}
	cases := []struct {
		name string
		body []byte
		want error
	}{
		{"1 MiB without a file", padded(LargestPlainEvent), nil},
		{"over 1 MiB without a file", padded(LargestPlainEvent + 1), ErrEventTooLarge},
		{"over 1 MiB of rubbish", bytes.Repeat([]byte("["), LargestPlainEvent+1), ErrEventTooLarge},
		{"10 MB file", withFile(10_000_000), nil},
		{"15 MiB and more", withFile(12 << 20), ErrEventTooLarge},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			if _, err := ParseEvent(test.body); !errors.Is(err, test.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// What the department's side writes, our side reads as the same.
func TestEncodedEventsReadBack(t *testing.T) {
	day := models.NewDate(2026, 3, 2)
	base := Event{ID: "e", Source: "urn:x", Number: "HZ-1", Step: "check", Time: time.Date(2026, 3, 2, 9, 0, 0, 0, models.Zone)}
	for _, change := range []func(*Event){
		func(event *Event) { event.Type = CaseReceived },
		func(event *Event) {
			event.Type, event.Progress = CaseProgress, &Progress{Title: "一", Detail: "二", Public: true}
		},
		func(event *Event) {
			event.Type, event.Supplement = CaseSupplementRequired, &Supplement{Materials: []SupplementMaterial{{Code: "id-card", Reason: "三"}}, Note: "四"}
		},
		func(event *Event) {
			event.Type, event.Decision = CaseDecided, &Decision{Approve: true, Document: &Document{Number: "5", IssuedOn: &day, File: &File{Name: "a.pdf", ContentType: "application/pdf", Content: []byte("x")}}}
		},
		func(event *Event) { event.Type, event.Decision = CaseDecided, &Decision{Opinion: "六"} },
	} {
		event := base
		change(&event)
		first, err := EncodeEvent(event)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := ParseEvent(first)
		if err != nil {
			t.Fatalf("%s: %v", event.Type, err)
		}
		second, err := EncodeEvent(*parsed)
		if err != nil || !bytes.Equal(first, second) {
			t.Errorf("%s: got %s, want %s", event.Type, second, first)
		}
	}
}

func FuzzParseEvent(f *testing.F) {
	f.Add([]byte(eventText(CaseReceived, `{}`)))
	f.Add([]byte(eventText(CaseDecided, `{"decision":"approve","document":{"number":"1","file":{"name":"a.pdf","contentType":"application/pdf","base64":"TVo="}}}`)))
	f.Add([]byte(eventText(CaseSupplementRequired, `{"materials":[{"code":"id-card","reason":"x"}]}`)))
	f.Fuzz(func(t *testing.T, body []byte) {
		event, err := ParseEvent(body)
		if (event == nil) == (err == nil) {
			t.Fatalf("got %v and %v", event, err)
		}
		if err == nil && (event.Number == "" || event.Step == "" || event.ID == "" || event.Time.IsZero()) {
			t.Error("an event without an identity passed")
		}
	})
}
