package bundle

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode"

	"onewindow/models"
	"onewindow/models/catalogue"
	"onewindow/models/material"
)

// What a result says that another form asks for. No key of a catalogue is known here: a value goes to the question of the same
// name, a document's number to the question that is named after the document, or to the only open question of its shape.

// numberKey is how a form asks for the number of a document: birth-certificate is birth_certificate_number.
func numberKey(materialCode string) string { return snake(materialCode) + "_number" }

// snake spells a name as form keys are spelled: childId, child-id and child.id are child_id.
func snake(name string) string {
	var out strings.Builder
	lower := false
	for _, r := range name {
		switch {
		case r == '-' || r == '.' || r == ' ' || r == '_':
			out.WriteByte('_')
			lower = false
		case unicode.IsUpper(r):
			if lower {
				out.WriteByte('_')
			}
			out.WriteRune(unicode.ToLower(r))
			lower = false
		default:
			out.WriteRune(r)
			lower = true
		}
	}
	return out.String()
}

// plainValue gives a department's value as an answer is written; "" for what is none.
func plainValue(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

// flows gives what a document says for the open questions of a form, by key. isOwn tells numbers of the people whom the
// application is about already: those are nobody else's.
func flows(document *material.Document, open []*catalogue.Field, isOwn func(number string) bool, today models.Date) map[string]string {
	said := map[string]string{}
	for name, value := range document.Fields {
		if text := plainValue(value); text != "" {
			said[snake(name)] = text
		}
	}
	number := ""
	if document.Number != nil {
		number = *document.Number
		said[numberKey(document.MaterialCode)] = number
	}
	found := map[string]string{}
	for _, field := range open {
		for _, name := range []string{field.Key, snake(field.Prefill)} {
			if text := said[name]; text != "" && found[field.Key] == "" {
				found[field.Key] = text
			}
		}
	}
	for _, code := range []string{number, said["national_id"]} {
		if code != "" && !isOwn(code) {
			byShape(found, open, code, today)
		}
	}
	return found
}

// byShape gives a code to the only open question that takes nothing but codes of its shape.
func byShape(found map[string]string, open []*catalogue.Field, code string, today models.Date) {
	key := ""
	for _, field := range open {
		if found[field.Key] != "" || !takesOnly(field, code, today) {
			continue
		}
		if key != "" {
			return // two could be meant: the applicant says which
		}
		key = field.Key
	}
	if key != "" {
		found[key] = code
	}
}

// takesOnly: a question for identity numbers and an identity number, one for credit codes, or one whose pattern takes codes of
// exactly this length.
func takesOnly(field *catalogue.Field, code string, today models.Date) bool {
	switch field.Type {
	case catalogue.NationalIDField:
		_, err := models.ParseNationalID(code, today)
		return err == nil
	case catalogue.CreditCodeField:
		return len(code) == creditCodeLength
	case catalogue.TextField:
		return field.Pattern != nil && len(code) > 1 && field.Pattern.MatchString(code) &&
			!field.Pattern.MatchString(code[:len(code)-1]) && !field.Pattern.MatchString(code+code[len(code)-1:])
	}
	return false
}

// creditCodeLength is that of a unified social credit code (GB 32100-2015).
const creditCodeLength = 18
