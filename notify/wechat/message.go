package wechat

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml"

	"onewindow/models"
	"onewindow/notify"
)

// Template is one of the mini-program's templates.
type Template struct {
	// Kind is ours, e.g. SUPPLEMENT_REQUESTED; ID is WeChat's.
	Kind notify.Kind `yaml:"kind"`
	ID   string      `yaml:"id"`
	// Values say which word of ours stands at which key of the template, e.g. thing1: title, date2: day.
	Values map[string]string `yaml:"values"`
}

// Templates are all of them.
type Templates []Template

// LoadTemplates reads the file in which operators say which template tells what.
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
		if template.Kind == "" || template.ID == "" || len(template.Values) == 0 {
			return nil, fmt.Errorf("template %q: kind, id and values are required", template.Kind)
		}
		for key, word := range template.Values {
			if kindOfKey(key) == "" || !slices.Contains([]string{"number", "day", "left", "title"}, word) {
				return nil, fmt.Errorf("template %q: %s: %s is not a key and a word such as thing1: title", template.Kind, key, word)
			}
		}
	}
	return templates, nil
}

// Kinds gives the template of each kind of message.
func (t Templates) Kinds() notify.WeChatTemplates {
	kinds := notify.WeChatTemplates{}
	for _, template := range t {
		kinds[template.Kind] = template.ID
	}
	return kinds
}

// limits are how many characters each kind of key takes.
var limits = map[string]int{
	"thing": 20, "number": 32, "letter": 32, "symbol": 5, "character_string": 32, "time": 24, "date": 24, "phrase": 5, "name": 10,
}

// kindOfKey gives thing for thing1; "" for what is no key.
func kindOfKey(key string) string {
	kind := strings.TrimRightFunc(key, unicode.IsDigit)
	if _, known := limits[kind]; !known || kind == key {
		return ""
	}
	return kind
}

// fits tells whether a value may stand at a kind of key.
func fits(kind, value string) bool {
	if value == "" || len([]rune(value)) > limits[kind] {
		return false
	}
	only := func(allowed func(rune) bool) bool {
		return !strings.ContainsFunc(value, func(char rune) bool { return !allowed(char) })
	}
	switch kind {
	case "number":
		_, err := strconv.ParseFloat(value, 64)
		return err == nil
	case "letter":
		return only(func(char rune) bool { return char < unicode.MaxASCII && unicode.IsLetter(char) })
	case "character_string":
		return only(func(char rune) bool { return char > ' ' && char < unicode.MaxASCII })
	case "phrase":
		return only(func(char rune) bool { return unicode.Is(unicode.Han, char) })
	case "symbol":
		return only(func(char rune) bool { return !unicode.IsLetter(char) && !unicode.IsDigit(char) })
	}
	return true
}

// Name is "wechat".
func (*Client) Name() string { return "wechat" }

type message struct {
	To       string           `json:"touser"`
	Template string           `json:"template_id"`
	Page     string           `json:"page"`
	Data     map[string]value `json:"data"`
	State    string           `json:"miniprogram_state"`
	Language string           `json:"lang"`
}

type value struct {
	Value string `json:"value"`
}

// Send sends a subscribe message; envelope.Template is WeChat's. The parameters are checked before: one that does not fit would
// cost the person's permission.
func (c *Client) Send(ctx context.Context, envelope notify.Envelope) notify.Outcome {
	position := slices.IndexFunc(c.Templates, func(template Template) bool { return template.ID == envelope.Template })
	if position < 0 {
		return notify.Failed(notify.BadMessage, "NO_TEMPLATE")
	}
	data := map[string]value{}
	for key, word := range c.Templates[position].Values {
		text := envelope.Values[word]
		if kindOfKey(key) == "thing" {
			text = shortened(text, limits["thing"])
		}
		if !fits(kindOfKey(key), text) {
			return notify.Failed(notify.BadMessage, "PARAMETER_"+key)
		}
		data[key] = value{text}
	}
	body := message{envelope.To, envelope.Template, envelope.Page, data, "formal", "zh_CN"}
	if envelope.Locale == models.English {
		body.Language = "en_US"
	}
	var said struct {
		status
		MessageID any `json:"msgid"`
	}
	answer, err := c.withToken(ctx, "/cgi-bin/message/subscribe/send", body, &said, &said.status)
	var refused *Refused
	switch {
	case errors.As(err, &refused): // no token
		return notify.Failed(verdict(refused.Code), strconv.Itoa(refused.Code))
	case err != nil && answer != nil:
		return answer.Unreadable()
	case err != nil:
		return notify.Unanswered(ctx)
	case said.Code != 0:
		return notify.Failed(verdict(said.Code), strconv.Itoa(said.Code))
	}
	outcome := notify.Outcome{Verdict: notify.Taken}
	if said.MessageID != nil {
		outcome.MessageID = fmt.Sprint(said.MessageID)
	}
	return outcome
}

// shortened cuts a sentence to what the key takes.
func shortened(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}

// verdict reads WeChat's codes. What is wrong with our account is temporary: an operator mends it, and messages wait.
func verdict(code int) notify.Verdict {
	switch code {
	case 43101, 20004: // no permission is left; messages are switched off altogether
		return notify.NoQuota
	case 40003, 43004: // no such account; gone
		return notify.BadAddress
	case 40037, 41030, 47003: // template, page, parameters
		return notify.BadMessage
	case 45009, 45011, 44990, 44991: // the day's number, too fast
		return notify.Throttled
	}
	return notify.Temporary // -1: the system is busy
}
