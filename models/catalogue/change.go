package catalogue

import (
	"fmt"
	"slices"
	"strings"

	"onewindow/models"
	"onewindow/models/calendar"
)

// Part is what of an item a change is about.
type Part string

// The parts of an item that can change.
const (
	PartForm       Part = "FORM"
	PartMaterials  Part = "MATERIALS"
	PartConditions Part = "CONDITIONS"
	PartDays       Part = "DAYS"
	PartFee        Part = "FEE"
	PartSteps      Part = "STEPS"
	PartTerms      Part = "TERMS"
	PartTexts      Part = "TEXTS"
)

// Change is one thing in which two versions of an item differ, in words.
type Change struct {
	Part  Part
	Words models.Text
}

// Concerns tells whether who fills the form in has to know: what is asked, what is needed, who may, how long, and the fee.
func (c Change) Concerns() bool {
	return slices.Contains([]Part{PartForm, PartMaterials, PartConditions, PartDays, PartFee}, c.Part)
}

// Changes are the differences from one version of an item to another, in the item's order.
func Changes(before, after *Item) []Change {
	d := &difference{}
	d.entries(PartForm, "填写项", "question", formEntries(before), formEntries(after))
	d.entries(PartMaterials, "材料", "document", materialEntries(before), materialEntries(after))
	d.entries(PartConditions, "办理条件", "condition", conditionEntries(before), conditionEntries(after))
	d.days(before, after)
	d.fee(before, after)
	d.entries(PartSteps, "办理环节", "step", stepEntries(before), stepEntries(after))
	if terms(before) != terms(after) {
		d.add(PartTerms, "受理期间或者渠道有变化", "when or on which channels it is taken has changed")
	}
	if len(d.changes) == 0 && before.hash != after.hash {
		d.add(PartTexts, "文字说明有变化", "the wording has changed")
	}
	return d.changes
}

// Concerning keeps the changes that who fills the form in has to know.
func Concerning(changes []Change) []Change {
	return slices.DeleteFunc(slices.Clone(changes), func(c Change) bool { return !c.Concerns() })
}

// Sentence puts changes into one sentence of each language.
func Sentence(changes []Change) models.Text {
	chinese, english := make([]string, len(changes)), make([]string, len(changes))
	for index, change := range changes {
		chinese[index], english[index] = change.Words.In(models.Chinese), change.Words.In(models.English)
	}
	return models.T(strings.Join(chinese, "；"), strings.Join(english, "; "))
}

// difference collects what differs.
type difference struct{ changes []Change }

func (d *difference) add(part Part, chinese, english string) {
	d.changes = append(d.changes, Change{part, models.T(chinese, english)})
}

// part is one entry of a list of an item: what it is known by, what it is called, and all that matters of it.
type part struct {
	key     string
	name    models.Text
	content string
}

// entries tells which entries of a list are new, gone, or changed.
func (d *difference) entries(which Part, chinese, english string, before, after []part) {
	known := map[string]part{}
	for _, entry := range before {
		known[entry.key] = entry
	}
	for _, entry := range after {
		was, isKnown := known[entry.key]
		delete(known, entry.key)
		if !isKnown {
			d.name(which, entry, "新增"+chinese, "new "+english)
		} else if was.content != entry.content {
			d.name(which, entry, chinese+"有变化：", "changed "+english)
		}
	}
	for _, entry := range before {
		if _, isGone := known[entry.key]; isGone {
			d.name(which, entry, "取消"+chinese, "no longer asked: "+english)
		}
	}
}

func (d *difference) name(which Part, entry part, chinese, english string) {
	d.add(which, fmt.Sprintf("%s“%s”", chinese, entry.name.In(models.Chinese)), fmt.Sprintf("%s “%s”", english, entry.name.In(models.English)))
}

func formEntries(i *Item) []part {
	list := make([]part, len(i.Form))
	for index, field := range i.Form {
		list[index] = part{field.Key, field.Label, field.content()}
	}
	return list
}

// content is everything that decides which answers a field takes and when it is asked.
func (f *Field) content() string {
	pattern := ""
	if f.Pattern != nil {
		pattern = f.Pattern.String()
	}
	var inside []string
	for _, choice := range f.Choices {
		inside = append(inside, choice.Value)
	}
	for _, field := range f.Fields {
		inside = append(inside, field.Key+" "+field.content())
	}
	return fmt.Sprintf("%s %t %q %q %q %q %d %q", f.Type, f.Required, pattern, f.ShowIf.Text(), f.Min, f.Max, f.MaxItems, inside)
}

func materialEntries(i *Item) []part {
	list := make([]part, len(i.Materials))
	for index, m := range i.Materials {
		list[index] = part{m.Key, m.Material.Name, fmt.Sprintf("%s %t %q %t %d %q %q %q",
			m.Material.Code, m.Required, m.RequiredIf.Text(), m.Deferrable, m.Copies, m.OneOf, m.Commitment.In(models.Chinese), m.Note.In(models.Chinese))}
	}
	return list
}

func conditionEntries(i *Item) []part {
	list := make([]part, len(i.Conditions))
	for index, c := range i.Conditions {
		list[index] = part{c.ID, c.Text, c.Rule.Text()}
	}
	return list
}

func stepEntries(i *Item) []part {
	list := make([]part, len(i.Steps))
	for index, step := range i.Steps {
		list[index] = part{step.ID, step.Name, fmt.Sprintf("%s %s %d %s %q %q %t %t %d",
			step.Department.Code, step.Role, step.Days, step.Unit, step.DependsOn, step.When.Text(), step.FastTrack, step.Counts, step.MaxDays)}
	}
	return list
}

func terms(i *Item) string {
	day := func(date *models.Date) string {
		if date == nil {
			return ""
		}
		return date.String()
	}
	season := ""
	if i.Season != nil {
		season = i.Season.From.String() + " " + i.Season.To.String()
	}
	return fmt.Sprintf("%s %s %t %s %s %v", day(i.EffectiveFrom), day(i.EffectiveUntil), i.Paused, i.Successor, season, i.Channels)
}

func (d *difference) days(before, after *Item) {
	for _, limit := range []struct {
		chinese, english string
		was, is          int
		wasUnit, isUnit  calendar.Unit
	}{
		{"承诺期限", "the promised time", before.PromisedDays, after.PromisedDays, before.PromisedUnit, after.PromisedUnit},
		{"法定期限", "the legal limit", before.StatutoryDays, after.StatutoryDays, before.StatutoryUnit, after.StatutoryUnit},
		{"受理期限", "the time to accept", before.AcceptanceDays, after.AcceptanceDays, calendar.WorkingDays, calendar.WorkingDays},
		{"补正期限", "the time to hand in what is missing", before.SupplementCalendarDays, after.SupplementCalendarDays, calendar.CalendarDays, calendar.CalendarDays},
	} {
		if limit.was == limit.is && limit.wasUnit == limit.isUnit {
			continue
		}
		was, is := daysInWords(limit.was, limit.wasUnit), daysInWords(limit.is, limit.isUnit)
		d.add(PartDays, fmt.Sprintf("%s由%s改为%s", limit.chinese, was.In(models.Chinese), is.In(models.Chinese)),
			fmt.Sprintf("%s changes from %s to %s", limit.english, was.In(models.English), is.In(models.English)))
	}
}

func daysInWords(days int, unit calendar.Unit) models.Text {
	if unit == calendar.CalendarDays {
		return models.T(fmt.Sprintf("%d日", days), fmt.Sprintf("%d calendar days", days))
	}
	return models.T(fmt.Sprintf("%d个工作日", days), fmt.Sprintf("%d working days", days))
}

func (d *difference) fee(before, after *Item) {
	rules := func(i *Item) (content string) {
		for _, fee := range i.Fees {
			content += fmt.Sprintf("%d %q;", fee.Cents, fee.When.Text())
		}
		return content
	}
	switch {
	case rules(before) == rules(after):
	case before.hasOneFee() && after.hasOneFee():
		d.add(PartFee, fmt.Sprintf("费用由%s元改为%s元", yuan(before.FeeCents), yuan(after.FeeCents)),
			fmt.Sprintf("the fee changes from %s to %s yuan", yuan(before.FeeCents), yuan(after.FeeCents)))
	default:
		d.add(PartFee, "收费标准有变化", "the fees have changed")
	}
}

// hasOneFee tells that no rule decides the fee.
func (i *Item) hasOneFee() bool {
	return len(i.Fees) == 0 || (len(i.Fees) == 1 && i.Fees[0].When == nil)
}

func yuan(cents int) string { return fmt.Sprintf("%d.%02d", cents/100, cents%100) }
