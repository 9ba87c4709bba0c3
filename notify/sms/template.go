package sms

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/goccy/go-yaml"

	"onewindow/models"
	"onewindow/notify"
)

// Template is a text that the provider keeps and has approved, for one template of ours in one language.
type Template struct {
	// Template is our name, e.g. login-code; Locale zh or en.
	Template string        `yaml:"template"`
	Locale   models.Locale `yaml:"locale"`
	// ID is the provider's, e.g. SMS_154950909.
	ID string `yaml:"id"`
	// Values are the provider's parameters in its order.
	Values []Value `yaml:"values"`
}

// Value is a parameter of the provider's template.
type Value struct {
	// Name is the provider's; Tencent's have none.
	Name string `yaml:"name"`
	// Word is ours: number, day, left, code, about or title.
	Word string `yaml:"word"`
}

// Templates are all that the provider keeps for us.
type Templates []Template

// LoadTemplates reads the file in which operators say which text of ours is which of the provider's.
func LoadTemplates(path string) (Templates, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var templates Templates
	if err := yaml.UnmarshalWithOptions(raw, &templates, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("not a list of templates: %w", err)
	}
	if len(templates) == 0 {
		return nil, errors.New("no template")
	}
	for _, template := range templates {
		if template.Template == "" || template.ID == "" || template.Locale != models.Chinese && template.Locale != models.English {
			return nil, fmt.Errorf("template %q: template, locale (zh or en) and id are required", template.Template)
		}
		for _, value := range template.Values {
			if !slices.Contains([]string{"number", "day", "left", "code", "about", "title"}, value.Word) {
				return nil, fmt.Errorf("template %q: word must be number, day, left, code, about or title", template.Template)
			}
		}
	}
	return templates, nil
}

// filled is a template with the words of one message.
type filled struct {
	id     string
	names  []string
	values []string
}

// longestValue is how much of a parameter providers take, in characters.
const longestValue = 35

// fill finds the provider's template and its parameters; an outcome other than nil says why it cannot be sent.
func (t Templates) fill(envelope notify.Envelope) (filled, *notify.Outcome) {
	position := slices.IndexFunc(t, func(one Template) bool { return one.Template == envelope.Template && one.Locale == envelope.Locale })
	if position < 0 { // the other language is better than nothing
		position = slices.IndexFunc(t, func(one Template) bool { return one.Template == envelope.Template })
	}
	if position < 0 {
		outcome := notify.Failed(notify.BadMessage, "NO_TEMPLATE")
		return filled{}, &outcome
	}
	made := filled{id: t[position].ID}
	for _, value := range t[position].Values {
		text := envelope.Values[value.Word]
		if text == "" || len([]rune(text)) > longestValue {
			outcome := notify.Failed(notify.BadMessage, "PARAMETER_"+value.Word)
			return filled{}, &outcome
		}
		made.names, made.values = append(made.names, value.Name), append(made.values, text)
	}
	return made, nil
}
