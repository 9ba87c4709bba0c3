package notify

import (
	"context"
	"maps"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"onewindow/models"
	"onewindow/models/casework"
	"onewindow/models/store"
)

// Every template calls parameters by names that exist, the same in both languages, and can be said with one value of each.
func TestTemplatesCallParametersThatExist(t *testing.T) {
	for _, said := range templates {
		if unfit := said.unfit(everything(), said.texts()...); len(unfit) > 0 {
			t.Errorf("%s cannot be said with %v", said.kind, unfit)
		}
		for _, text := range said.texts() {
			if diff := cmp.Diff(namesIn(text[models.Chinese]), namesIn(text[models.English])); diff != "" {
				t.Errorf("%s calls for something else in English (-zh +en):\n%s\n%s", said.kind, diff, text[models.Chinese])
			}
			for name := range namesIn(text[models.Chinese]) {
				if known, is := parameterOf(name); !is || known.kind == "" {
					t.Errorf("%s calls for %q, which nothing is", said.kind, name)
				}
			}
		}
		if length := utf8.RuneCountInString(said.title.In(models.Chinese)); length > 20 {
			t.Errorf("the title of %s has %d characters; WeChat takes 20", said.kind, length)
		}
	}
}

func TestNamesInAPattern(t *testing.T) {
	for pattern, want := range map[string]map[string]bool{
		"":                              {},
		"nothing":                       {},
		"{a} and [[ {b} ]] and [[{c}]]": {"a": true, "b": false, "c": false},
		"[[{a}]] then {a}":              {"a": true},
		"{a} then [[{a}]]":              {"a": true},
		"a [note] {b}":                  {"b": true},
	} {
		if got := namesIn(pattern); !maps.Equal(got, want) {
			t.Errorf("%q calls for %v, want %v", pattern, got, want)
		}
	}
}

// TestValuesThatAreNoneOfTheirKind names, for each parameter, values that a message must not be made of.
func TestValuesThatAreNoneOfTheirKind(t *testing.T) {
	number := func(value int) *int { return &value }
	day := func(year int) *models.Date { date := models.NewDate(year, 1, 1); return &date }
	named := func(key, name string) []Named { return []Named{{key, models.T(name, name)}} }
	tests := map[string]struct {
		name  string
		wrong []func(*Params)
	}{
		"a case's number": {"number", []func(*Params){
			func(p *Params) { p.Number = "张三 330100" }, func(p *Params) { p.Number = strings.Repeat("1", 65) }, func(p *Params) { p.Number = "1\n2" },
		}},
		"an item's name": {"item", []func(*Params){
			func(p *Params) { p.Item = models.T("", "only English") }, func(p *Params) { p.Item = models.T("出生\x1b登记", "x") },
			func(p *Params) { p.Item = models.T(strings.Repeat("长", 201), "x") },
		}},
		"materials": {"materials", []func(*Params){
			func(p *Params) { p.Materials = named("", "照片") }, func(p *Params) { p.Materials = named("photo", "") },
			func(p *Params) { p.Materials = make([]Named, 101) },
		}},
		"steps":   {"steps", []func(*Params){func(p *Params) { p.Steps = named("check", "") }}},
		"results": {"results", []func(*Params){func(p *Params) { p.Results = []ResultWay{"PIGEON"} }}},
		"a day":   {"day", []func(*Params){func(p *Params) { p.Day = day(1) }, func(p *Params) { p.Day = day(9999) }}},
		"days":    {"left", []func(*Params){func(p *Params) { p.DaysLeft = number(-1) }, func(p *Params) { p.DaysLeft = number(1_000_000) }}},
		"a count": {"count", []func(*Params){func(p *Params) { p.Count = number(0) }}},
		"lines": {"lines", []func(*Params){
			func(p *Params) { p.Lines = []Line{{"NO_WORDS", 1, Params{}}} }, func(p *Params) { p.Lines = []Line{{RatingReminder, 1, Params{}}} },
			func(p *Params) { p.Lines = make([]Line, 11) },
		}},
		"words": {"note", []func(*Params){func(p *Params) { p.Note = models.T("a\x00b", "x") }}},
		"who asks": {"about", []func(*Params){
			func(p *Params) { p.About = models.T("13800000009 请求代您办事", "x") }, func(p *Params) { p.About = models.T("", "x") },
		}},
		"a code": {"code", []func(*Params){func(p *Params) { p.Code = "12 34" }}},
	}
	for what, test := range tests {
		known, is := parameterOf(test.name)
		if good := everything(); !is || !known.there(good) || !known.fits(good) {
			t.Errorf("%s: what is good does not fit", what)
		}
		for i, spoil := range test.wrong {
			params := everything()
			if spoil(&params); !known.there(params) || known.fits(params) {
				t.Errorf("%s: the wrong value %d was taken", what, i)
			}
		}
	}
}

// A message that lacks what it needs is not sent half: it stays in the inbox, says where to look, and operators see it. What it
// is about goes on.
func TestAMessageThatCannotBeSaidIsNotSentHalf(t *testing.T) {
	each(t, func(c *counter) {
		c.kase.Number = ""
		c.change(func(*casework.Case) {}, happened(casework.EventSupplemented))
		if err := c.work(); err != nil {
			c.Fatal(err)
		}
		message := c.newest()
		if message.Kind != Supplemented || !strings.Contains(message.Body.In(models.Chinese), "请打开相关办件") || strings.Contains(message.Body.In(models.Chinese), "编号") {
			c.Errorf("message = %+v", message)
		}
		c.want("sent", 0, len(readOutbox(c.T, c.outbox, "sms.jsonl")))
		if logged := c.logged.String(); !strings.Contains(logged, "lacks what it needs") || !strings.Contains(logged, "number") || !strings.Contains(logged, "level=ERROR") {
			c.Errorf("operators read %q", logged)
		}
	})
}

// A message names the version of the words that it was written for, and keeps them.
func TestAMessageKeepsTheVersionOfItsWords(t *testing.T) {
	each(t, func(c *counter) {
		c.change(func(*casework.Case) {}, happened(casework.EventSupplemented))
		first := c.newest()
		said, _ := templateOf(Supplemented, 0)
		said.version, said.body = said.version+1, models.T("新的说法，编号 {number}", "other words, number {number}")
		speak(c.T, said)
		c.change(func(*casework.Case) {}, happened(casework.EventSupplemented))
		bodies := map[models.ID]string{}
		for _, edge := range c.inbox().Edges {
			bodies[edge.Node.ID] = edge.Node.Body.In(models.Chinese)
		}
		c.want("the old message keeps its words", first.Body.In(models.Chinese), bodies[first.ID])
		delete(bodies, first.ID)
		for _, body := range bodies {
			if !strings.HasPrefix(body, "新的说法") {
				c.Errorf("the new message says %q", body)
			}
		}
		var versions []int
		if err := c.store.Reader(context.Background()).Table("notify_messages").Order("template_version").Pluck("template_version", &versions).Error; err != nil {
			c.Fatal(err)
		}
		c.want("versions", []int{1, 2}, versions)
	})
}

// asksForACode tells whether a template goes out with a one-time code, past the inbox.
func asksForACode(said template) bool {
	for _, text := range said.texts() {
		names := namesIn(text.In(models.Chinese))
		if names["code"] || names["about"] {
			return true
		}
	}
	return false
}

// What is planted in every parameter that could name somebody leaves in no push, SMS, WeChat message or email.
func TestNothingPlantedLeaves(t *testing.T) {
	each(t, func(c *counter) {
		planted := []string{"王小明", "330110199503219975", "13800000009", "文三路90号", "Wang Xiaoming"}
		words := models.T(strings.Join(planted, " "), strings.Join(planted, " "))
		c.addresses = Addresses{
			Phone: models.KnownPhone("+8613800000001"), Devices: []Device{NewPushDevice("device", Android, "token")}, OpenID: models.KnownOpenID("openid"),
		}
		params := everything()
		params.Note, params.Item, params.Materials, params.Steps = words, words, []Named{{"photo", words}}, []Named{{"check", words}}
		params.Lines = []Line{{DocumentEndsReminder, 1, params}}
		told := 0
		err := c.store.InTx(context.Background(), func(tx *store.Tx) error {
			for _, said := range templates {
				if said.inboxOnly || asksForACode(said) {
					continue
				}
				told++
				if err := c.service.Tell(context.Background(), tx, c.mother.ID, said.kind, params); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			c.Fatal(err)
		}
		c.config.House, c.config.Registerer = HouseRules{CaseCap: 1000, PersonCap: 1000}, nil
		c.open()
		if err := c.work(); err != nil {
			c.Fatal(err)
		}
		for _, file := range []string{"sms.jsonl", "push.jsonl"} {
			sent := readOutbox(c.T, c.outbox, file)
			c.want(file, told, len(sent))
			for _, line := range sent {
				for _, secret := range planted {
					for field, value := range line {
						if text, isText := value.(string); isText && strings.Contains(text, secret) {
							c.Errorf("%s: %s of %v gives out %s", file, field, line["template"], secret)
						}
					}
				}
			}
		}
	})
}
