package connector

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"onewindow/models"
)

// eventReader collects every problem of an event.
type eventReader struct{ problems []EventProblem }

func (r *eventReader) problem(path, expected string) {
	added := EventProblem{Path: path, Expected: expected}
	if len(r.problems) < 50 && !slices.Contains(r.problems, added) { // a flood of problems helps nobody
		r.problems = append(r.problems, added)
	}
}

// whole reads the outermost object; nil with a problem where there is none.
func (r *eventReader) whole(body []byte) map[string]json.RawMessage {
	var fields map[string]json.RawMessage
	expected := flaw(body)
	if expected == "" && (json.Unmarshal(body, &fields) != nil || fields == nil) {
		expected = "a JSON object"
	}
	if expected != "" {
		r.problem("", expected)
		return nil
	}
	return fields
}

// object is one JSON object of the event, with the path that leads to it.
type object struct {
	reader *eventReader
	path   string
	fields map[string]json.RawMessage
}

func (o object) at(key string) string { return strings.TrimPrefix(o.path+"."+key, ".") }

// absent tells that a key is missing or null.
func (o object) absent(key string) bool {
	raw, given := o.fields[key]
	return !given || string(raw) == "null"
}

// text reads a text of least to most characters; least 0 means that it may be missing.
func (o object) text(key string, least, most int) string {
	if o.absent(key) {
		if least > 0 {
			o.reader.problem(o.at(key), "a text")
		}
		return ""
	}
	var text string
	if json.Unmarshal(o.fields[key], &text) != nil {
		o.reader.problem(o.at(key), "a text")
		return ""
	}
	text = strings.TrimSpace(text)
	if count := utf8.RuneCountInString(text); count < least || count > most {
		o.reader.problem(o.at(key), fmt.Sprintf("a text of %d to %d characters", least, most))
	}
	if !plain(strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "")) {
		o.reader.problem(o.at(key), "a text without control characters")
	}
	return text
}

// line reads a text as it stands, of one line: names that are compared later are neither cut nor shown over several lines.
func (o object) line(key string, least, most int) string {
	text := o.text(key, least, most)
	var whole string
	if text != "" && (json.Unmarshal(o.fields[key], &whole) != nil || whole != text || strings.Contains(text, "\n")) {
		o.reader.problem(o.at(key), "a text of one line, without spaces around it")
	}
	return text
}

func (o object) boolean(key string) bool {
	if o.absent(key) {
		return false
	}
	var value bool
	if json.Unmarshal(o.fields[key], &value) != nil {
		o.reader.problem(o.at(key), "true or false")
	}
	return value
}

func (o object) moment(key string) time.Time {
	moment, err := time.Parse(time.RFC3339, o.text(key, 1, 40))
	if err != nil || moment.Year() < 2000 || moment.Year() > 2999 {
		o.reader.problem(o.at(key), "a moment such as 2026-03-02T09:00:00+08:00")
	}
	return moment
}

func (o object) date(key string) *models.Date {
	text := o.text(key, 0, 20)
	if text == "" {
		return nil
	}
	day, err := models.ParseDate(text)
	if err != nil {
		o.reader.problem(o.at(key), "a date such as 2026-03-02")
	}
	return &day
}

// object reads an inner object that has only the known keys.
func (o object) object(key string, required bool, known ...string) (object, bool) {
	inner := object{reader: o.reader, path: o.at(key)}
	if o.absent(key) {
		if required {
			o.reader.problem(inner.path, "an object")
		}
		return inner, false
	}
	return inner, inner.fill(o.fields[key], known...)
}

func (o *object) fill(raw json.RawMessage, known ...string) bool {
	if json.Unmarshal(raw, &o.fields) != nil || o.fields == nil {
		o.reader.problem(o.path, "an object")
		return false
	}
	for key := range o.fields {
		if !slices.Contains(known, key) {
			expected := "no keys"
			if len(known) > 0 {
				expected = "only the keys " + strings.Join(known, ", ")
			}
			o.reader.problem(o.path, expected)
		}
	}
	return true
}

func (o object) supplement() *Supplement {
	supplement := &Supplement{Note: o.text("note", 0, 2000)}
	var raws []json.RawMessage
	if !o.absent("materials") && json.Unmarshal(o.fields["materials"], &raws) != nil || len(raws) > 50 {
		o.reader.problem(o.at("materials"), "a list of up to 50 objects")
		return supplement
	}
	for index, raw := range raws {
		material := object{reader: o.reader, path: fmt.Sprintf("%s[%d]", o.at("materials"), index)}
		if !material.fill(raw, "code", "reason") {
			continue
		}
		code := material.text("code", 1, 64)
		if code != "" && !groupPattern.MatchString(code) {
			o.reader.problem(material.at("code"), "a material code")
		}
		supplement.Materials = append(supplement.Materials, SupplementMaterial{Code: code, Reason: material.text("reason", 1, 500)})
	}
	if len(raws) == 0 {
		o.reader.problem(o.at("materials"), "at least one material")
	}
	return supplement
}

func (o object) decision() *Decision {
	decision := &Decision{Opinion: o.text("opinion", 0, 2000)}
	switch o.text("decision", 1, 20) {
	case "approve":
		decision.Approve = true
	case "reject":
		if decision.Opinion == "" {
			o.reader.problem(o.at("opinion"), "the reason of the rejection, which the applicant is shown")
		}
		if !o.absent("document") {
			o.reader.problem(o.at("document"), "no document with a rejection")
		}
	default:
		o.reader.problem(o.at("decision"), `"approve" or "reject"`)
	}
	if document, given := o.object("document", false, "number", "issuedOn", "expiresOn", "fields", "file"); given {
		decision.Document = document.document()
	}
	return decision
}

func (o object) document() *Document {
	document := &Document{Number: o.text("number", 1, 100), IssuedOn: o.date("issuedOn"), ExpiresOn: o.date("expiresOn")}
	if document.IssuedOn != nil && document.ExpiresOn != nil && *document.ExpiresOn < *document.IssuedOn {
		o.reader.problem(o.at("expiresOn"), "a date not before issuedOn")
	}
	if !o.absent("fields") && (read(o.fields["fields"], &document.Fields) != nil || !storable(document.Fields)) {
		o.reader.problem(o.at("fields"), "an object")
	}
	if file, given := o.object("file", false, "name", "contentType", "base64"); given {
		document.File = file.file()
	}
	return document
}

func (o object) file() *File {
	file := &File{Name: o.text("name", 1, 200), ContentType: o.text("contentType", 1, 100)}
	if !slices.Contains([]string{"application/pdf", "image/jpeg", "image/png"}, file.ContentType) {
		o.reader.problem(o.at("contentType"), "application/pdf, image/jpeg or image/png")
	}
	var encoded string
	if o.absent("base64") || json.Unmarshal(o.fields["base64"], &encoded) != nil {
		o.reader.problem(o.at("base64"), "the file in Base64")
		return file
	}
	content, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(content) == 0 {
		o.reader.problem(o.at("base64"), "the file in Base64")
	}
	file.Content = content
	return file
}
