package catalogue

import (
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/catalogue/document"
	"onewindow/models/catalogue/rule"
)

var (
	channelWords   = []string{"app", "mini-program", "kiosk", "window", "call-centre", "web"}
	channelMeaning = []string{"APP", "MINI_PROGRAM", "KIOSK", "WINDOW", "CALL_CENTRE", "WEB"}
	kindWords      = []string{"permit", "confirmation", "payment", "award", "public-service"}
	deliveryWords  = []string{"electronic", "pickup", "post"}
	deliveries     = []string{"ELECTRONIC", "PICKUP", "POST"}
)

// itemReader reads one item's file.
type itemReader struct {
	*loader
	item *Item
	// rules compiles over the item's form; nil where the form is so wrong that no rule can be judged.
	rules *rule.Environment
	named naming
}

// naming collects the dictionary entries that an item's definition names.
type naming struct {
	departments []*Department
	materials   []*Material
}

func (n *naming) department(department *Department) *Department {
	if department != nil && !slices.Contains(n.departments, department) {
		n.departments = append(n.departments, department)
	}
	return department
}

func (n *naming) material(material *Material) *Material {
	if material != nil && !slices.Contains(n.materials, material) {
		n.materials = append(n.materials, material)
		n.department(material.Issuer)
	}
	return material
}

// readItems reads the items' files side by side: they refer to what has been read before, never to each other, and the
// start of the server waits for them.
func (l *loader) readItems(files []string) {
	items := make([]*Item, len(files))
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	var group sync.WaitGroup
	for index, file := range files {
		slots <- struct{}{}
		group.Go(func() {
			l.each(file, func(root *document.Object) { items[index] = l.readItem(root) })
			<-slots
		})
	}
	group.Wait()
	for _, item := range items {
		l.register(item)
	}
}

// register makes an item known. Its code is its file's name, so no code can stand twice.
func (l *loader) register(item *Item) {
	if item == nil || item.Code == "" {
		return
	}
	l.items[item.Code] = item
	l.catalogue.Items = append(l.catalogue.Items, item)
}

func (l *loader) readItem(root *document.Object) *Item {
	r := &itemReader{loader: l, item: &Item{}}
	r.item.Code = fileCode(root, root.File())
	r.readHead(root)
	r.readDays(root)
	r.readForm(root.Optional("form"))
	r.readFees(root)
	r.readConditions(root.Optional("conditions"))
	r.readItemMaterials(root.Optional("materials"))
	r.readSteps(root.Required("steps"))
	r.readResults(root.Optional("results"))
	r.readReminders(root.Optional("reminders"))
	r.item.decisive = decisiveFields(r.item)
	r.item.definition = r.canonical(root)
	r.item.hash = fingerprint(r.item.definition)
	return r.item
}

func (r *itemReader) readHead(root *document.Object) {
	item := r.item
	item.Name, item.Summary = root.Required("name").Words(), root.Optional("summary").Words()
	item.Kind = document.OneOf(root.Optional("kind"), kindWords, kindWords)
	item.Tags = texts(root.Required("tags"), tag)
	item.Audience = document.OneOf(root.Required("audience"), []string{"person", "organisation"}, []Audience{ForPersons, ForOrganisations})
	item.Lead = r.named.department(lookup(root.Required("lead"), r.departments, "部门", "department"))
	item.Basis = oneOrMore(root.Optional("basis"))
	channels := root.Required("channels")
	item.Channels = atLeastOne(channels, texts(channels, func(v document.Value) string {
		return document.OneOf(v, channelWords, channelMeaning)
	}), "至少要有一个渠道", "an item needs a channel")
	item.Paused = root.Optional("paused").Bool()
	item.Successor = r.readSuccessor(root.Optional("successor"))
	item.EffectiveFrom, item.EffectiveUntil = root.Optional("effective_from").Date(), root.Optional("effective_until").Date()
	if item.EffectiveFrom != nil && item.EffectiveUntil != nil && *item.EffectiveUntil < *item.EffectiveFrom {
		root.Optional("effective_until").Fail("早于 effective_from", "lies before effective_from")
	}
	if season := root.Optional("season"); season.IsPresent() {
		member(season, func(o *document.Object) {
			item.Season = &Season{From: monthDay(o.Required("from")), To: monthDay(o.Required("to"))}
		})
	}
}

func monthDay(value document.Value) MonthDay {
	text := value.String()
	// 2024 is a leap year: 02-29 is a day of the year.
	date, err := time.Parse(time.DateOnly, "2024-"+text)
	if value.IsPresent() && err != nil {
		value.Fail("应为月-日，例如 05-01", "expected month and day, such as 05-01")
	}
	return MonthDay{Month: date.Month(), Day: date.Day()}
}

// days reads a number of days from the key for working days or from the one for calendar days.
func days(root *document.Object, working, calendarKey string) (int, calendar.Unit, document.Value) {
	value, isCalendar := root.RequiredOne(working, calendarKey)
	if isCalendar {
		return value.Int(0, mostDays), calendar.CalendarDays, value
	}
	return value.Int(0, mostDays), calendar.WorkingDays, value
}

func (r *itemReader) readDays(root *document.Object) {
	item := r.item
	var promised document.Value
	item.StatutoryDays, item.StatutoryUnit, _ = days(root, "statutory_days", "statutory_calendar_days")
	item.PromisedDays, item.PromisedUnit, promised = days(root, "promised_days", "promised_calendar_days")
	if promised.IsPresent() && leastDays(item.PromisedDays, item.PromisedUnit, item.StatutoryUnit) > item.StatutoryDays {
		promised.Fail("承诺期限不能超过法定期限", "the promise must not be longer than the legal limit")
	}
	acceptance := root.Required("acceptance_days")
	if item.AcceptanceDays = acceptance.Int(0, mostDays); item.AcceptanceDays > legalAcceptanceDays {
		acceptance.Warn("超过五个工作日：《行政许可法》第三十二条要求五日内一次告知", "more than five working days: the law asks to list what is missing within five")
	}
	item.SupplementCalendarDays = root.Required("supplement_calendar_days").Int(1, mostDays)
	item.ExtensionDays = root.Optional("extension_days").Int(0, mostDays)
}

// legalAcceptanceDays is how long article 32 of the administrative licensing law leaves for listing what is missing.
const legalAcceptanceDays = 5

// leastDays gives how many days of another unit so many days come to at the least.
func leastDays(days int, unit, other calendar.Unit) int {
	if unit == calendar.CalendarDays && other == calendar.WorkingDays {
		return days / 7 * 5
	}
	return days
}

func (r *itemReader) readFees(root *document.Object) {
	value, isList := root.RequiredOne("fee_cents", "fees")
	if !isList {
		r.item.FeeCents = value.Int(0, mostCents)
		r.item.Fees = []Fee{{Cents: r.item.FeeCents}}
		return
	}
	for _, entry := range atLeastOne(value, entries(value), "至少要有一项费用", "there must be a fee") {
		member(entry, func(o *document.Object) {
			if len(r.item.Fees) > 0 && r.item.Fees[len(r.item.Fees)-1].When == nil {
				o.Warn("前一项费用没有条件，轮不到这一项", "the fee before this one has no rule: this one never comes to its turn")
			}
			fee := Fee{Cents: o.Required("cents").Int(0, mostCents), When: r.rule(o.Optional("when"))}
			if fee.When == nil {
				r.item.FeeCents = fee.Cents
			}
			r.item.Fees = append(r.item.Fees, fee)
		})
	}
}

// rule compiles a rule that may be left out.
func (r *itemReader) rule(value document.Value) *Rule { return compileRule(r.rules, value) }

func compileRule(environment *rule.Environment, value document.Value) *Rule {
	source := strings.TrimSpace(value.Source())
	if source == "" || environment == nil {
		return nil
	}
	compiled, err := environment.Compile(source)
	failRule(value, err)
	return compiled
}

func failRule(value document.Value, err error) {
	if refusal, isRefusal := errors.AsType[*rule.Refusal](err); isRefusal {
		value.Fail("规则有误："+refusal.Message.In(models.Chinese), "the rule does not compile: "+refusal.Error())
	} else if err != nil {
		value.Fail("规则有误："+err.Error(), "the rule does not compile: "+err.Error())
	}
}

// needed compiles a rule that must say something.
func (r *itemReader) needed(value document.Value) *Rule {
	if value.IsPresent() && strings.TrimSpace(value.Source()) == "" {
		value.Fail("规则不能为空", "the rule must not be empty")
	}
	return r.rule(value)
}

func (r *itemReader) readConditions(list document.Value) {
	seen := map[string]bool{}
	for _, entry := range entries(list) {
		member(entry, func(o *document.Object) {
			condition := &Condition{
				ID: unique(o.Required("id"), seen, id), Text: o.Required("text").Words(),
				Remedy: o.Optional("remedy").Words(), Rule: r.needed(o.Required("rule")),
			}
			r.item.Conditions = append(r.item.Conditions, condition)
		})
	}
}

// unique reads a name that may stand only once.
func unique(value document.Value, seen map[string]bool, read func(document.Value) string) string {
	name := read(value)
	if name != "" && seen[name] {
		value.Fail("重复", "stands twice")
	}
	seen[name] = true
	return name
}

func (r *itemReader) readItemMaterials(list document.Value) {
	seen, choices := map[string]bool{}, map[string][]document.Value{}
	for _, entry := range entries(list) {
		member(entry, func(o *document.Object) {
			piece := &ItemMaterial{
				Material:   r.named.material(lookup(o.Required("code"), r.materials, "材料", "material")),
				RequiredIf: r.needed(o.Required("required")),
				Deferrable: o.Optional("deferrable").Bool(),
				Copies:     o.Optional("copies").Int(0, mostCount),
				Note:       o.Optional("note").Words(),
				OneOf:      o.Optional("one_of").String(),
			}
			piece.Required = piece.RequiredIf != nil && piece.RequiredIf.Source == "true"
			if key := o.Optional("id"); key.IsPresent() {
				piece.Key = unique(key, seen, id)
			} else {
				piece.Key = unique(o.Optional("code"), seen, code)
			}
			if oneOf := o.Optional("one_of"); piece.OneOf != "" {
				choices[piece.OneOf] = append(choices[piece.OneOf], oneOf)
			}
			if commitment := o.Optional("commitment"); commitment.IsPresent() {
				member(commitment, func(c *document.Object) { piece.Commitment = c.Required("text").Words() })
			}
			r.item.Materials = append(r.item.Materials, piece)
		})
	}
	for _, members := range choices {
		if len(members) == 1 {
			members[0].Warn("只有这一种材料使用这个 one_of 名称", "no other material has this one_of: there is nothing to choose from")
		}
	}
}

func (r *itemReader) readResults(list document.Value) {
	for _, entry := range entries(list) {
		member(entry, func(o *document.Object) {
			ways := o.Required("delivery")
			result := &Result{
				Material: r.named.material(lookup(o.Required("material"), r.materials, "材料", "material")),
				Delivery: atLeastOne(ways, texts(ways, func(v document.Value) string {
					return document.OneOf(v, deliveryWords, deliveries)
				}), "至少要有一种送达方式", "there must be a way of delivery"),
				ValidForMonths: o.Optional("valid_for_months").Int(1, mostMonths),
			}
			if until := o.Optional("valid_until"); until.IsPresent() && r.rules != nil {
				compiled, err := r.rules.CompileMoment(until.String())
				failRule(until, err)
				result.ValidUntil = compiled
			}
			r.item.Results = append(r.item.Results, result)
		})
	}
}

func (r *itemReader) readReminders(value document.Value) {
	r.item.Reminders = DefaultReminders()
	if !value.IsPresent() {
		return
	}
	member(value, func(o *document.Object) {
		for key, list := range map[string]*[]int{
			"missing_material": &r.item.Reminders.MissingMaterial, "decision_due": &r.item.Reminders.DecisionDue,
			"result_expires_calendar_days": &r.item.Reminders.ResultExpires,
		} {
			if days := wholeDays(o.Optional(key)); len(days) > 0 {
				*list = days
			}
		}
	})
}

// wholeDays reads numbers of days, falling, each once.
func wholeDays(list document.Value) []int {
	var days []int
	for _, entry := range entries(list) {
		before := len(days)
		if days = append(days, entry.Int(0, mostDays)); slices.Index(days, days[before]) != before {
			entry.Fail("重复", "stands twice")
		}
	}
	slices.SortFunc(days, func(a, b int) int { return b - a })
	return days
}

// readSuccessor reads the code of the item that replaces this one; that is looked up when all are read.
func (r *itemReader) readSuccessor(value document.Value) string {
	r.keeping.Lock()
	defer r.keeping.Unlock()
	r.successors[r.item.Code] = value
	return code(value)
}

// checkSuccessors looks the items up that replace others, once all are read. Whoever follows them must come to an end.
func (l *loader) checkSuccessors() {
	for _, item := range l.catalogue.Items {
		if item.Successor == "" {
			continue
		}
		value := l.successors[item.Code]
		if _, isKnown := l.items[item.Successor]; !isKnown || item.Successor == item.Code {
			value.Fail("没有代码为 "+item.Successor+" 的其他事项", "there is no other service item "+item.Successor)
			continue
		}
		passed := map[string]bool{}
		for next := item; next != nil && !passed[next.Code]; next = l.items[next.Successor] {
			if passed[next.Code] = true; next.Successor == item.Code {
				value.Fail("替代事项相互指向，没有终点", "the successors lead back to this item")
			}
		}
	}
}
