package catalogue

import (
	"regexp"
	"slices"
	"strconv"

	"onewindow/models"
	"onewindow/models/catalogue/document"
	"onewindow/models/catalogue/rule"
)

var (
	fieldWords = []string{
		"text", "integer", "decimal", "date", "boolean", "choice", "region", "phone", "national-id",
		"multi-choice", "group", "money", "bank-account", "credit-code",
	}
	fieldTypes = []FieldType{
		TextField, IntegerField, DecimalField, DateField, BooleanField, ChoiceField, RegionField, PhoneField, NationalIDField,
		MultiChoiceField, GroupField, MoneyField, BankAccountField, CreditCodeField,
	}
	// patterned are the types whose answers a pattern may narrow; bounded those that min and max may.
	patterned = []FieldType{TextField, RegionField, PhoneField, NationalIDField, BankAccountField, CreditCodeField}
	bounded   = []FieldType{TextField, IntegerField, DecimalField, MoneyField, DateField, MultiChoiceField, GroupField}
	chosen    = []FieldType{ChoiceField, MultiChoiceField}
)

// shown is a field's show_if, compiled once all fields are known.
type shown struct {
	field  *Field
	showIf document.Value
}

func (r *itemReader) readForm(list document.Value) {
	var waiting []shown
	seen := map[string]bool{}
	for _, entry := range list.List() {
		member(entry, func(o *document.Object) {
			field := r.readField(o, seen)
			field.Reuse = ReuseConfirm
			if reuse := o.Optional("reuse"); reuse.IsPresent() {
				field.Reuse = document.OneOf(reuse, []string{"never", "confirm", "silent"}, []Reuse{ReuseNever, ReuseConfirm, ReuseSilent})
			}
			field.Prefill = o.Optional("prefill").String()
			if field.Prefill != "" && !keyForm.MatchString(field.Prefill) {
				o.Optional("prefill").Fail("应为身份信息的名称，例如 birth_date", "expected the name of a piece of identity, such as birth_date")
			}
			waiting = append(waiting, shown{field, o.Optional("show_if")})
			r.item.Form = append(r.item.Form, field)
		})
	}
	environment, err := r.compiler.Environment(ruleFields(r.item.Form))
	if err != nil {
		list.Fail("表单有误："+err.Error(), "the form cannot be read by rules: "+err.Error())
		return
	}
	r.rules = environment
	for _, entry := range waiting {
		entry.field.ShowIf = r.rule(entry.showIf)
	}
	r.orderFields(waiting)
}

func ruleFields(fields []*Field) []rule.Field {
	declared := make([]rule.Field, 0, len(fields))
	for _, field := range fields {
		if field.Key != "" {
			declared = append(declared, field.ruleField())
		}
	}
	return declared
}

// readField reads what a form's field and a field of a group have in common.
func (r *itemReader) readField(o *document.Object, seen map[string]bool) *Field {
	field := &Field{
		Key: unique(o.Required("key"), seen, func(v document.Value) string {
			return v.Matching(keyForm, "键应为小写字母开头，由小写字母、数字和下划线组成", "a key is lower-case letters, digits and underscores, beginning with a letter")
		}),
		Type:     document.OneOf(o.Required("type"), fieldWords, fieldTypes),
		Label:    o.Required("label").Words(),
		Required: o.Required("required").Bool(),
		Min:      bound(o.Optional("min")),
		Max:      bound(o.Optional("max")),
	}
	r.readPattern(field, o.Optional("pattern"))
	r.readChoices(field, o.Optional("choices"))
	fits(o, "min", field.Type, bounded)
	fits(o, "max", field.Type, bounded)
	checkBounds(field, o)
	if field.Type == GroupField {
		r.readGroup(field, o)
	} else {
		fits(o, "fields", field.Type, []FieldType{GroupField})
		fits(o, "max_items", field.Type, []FieldType{GroupField})
	}
	return field
}

// fits complains about a key that says nothing for a type.
func fits(o *document.Object, key string, fieldType FieldType, types []FieldType) {
	if value := o.Optional(key); value.IsPresent() && fieldType != "" && !slices.Contains(types, fieldType) {
		value.Fail("这种类型的字段不能有 "+key, "a field of this type has no "+key)
	}
}

// bound reads a number or a date as it is written.
func bound(value document.Value) string {
	if _, err := models.ParseDate(plainScalar(value)); err == nil {
		return plainScalar(value)
	}
	return value.Number()
}

func plainScalar(value document.Value) string {
	text, _ := value.Plain().(string)
	return text
}

// checkBounds sees that min and max can be bounds of the field's type, and lie in order.
func checkBounds(field *Field, o *document.Object) {
	var least, most float64
	for key, read := range map[string]*float64{"min": &least, "max": &most} {
		value := o.Optional(key)
		text := map[string]string{"min": field.Min, "max": field.Max}[key]
		if text == "" {
			continue
		}
		date, dateErr := models.ParseDate(text)
		number, numberErr := strconv.ParseFloat(text, 64)
		switch {
		case field.Type == DateField && dateErr == nil:
			*read = float64(date)
		case field.Type != DateField && numberErr == nil:
			*read = number
		default:
			value.Fail("与字段类型不符", "does not fit the field's type")
			return
		}
	}
	if field.Min != "" && field.Max != "" && least > most {
		o.Optional("max").Fail("小于 min", "lies below min")
	}
}

func (r *itemReader) readPattern(field *Field, value document.Value) {
	source := value.String()
	if source == "" {
		return
	}
	if field.Type != "" && !slices.Contains(patterned, field.Type) {
		value.Fail("这种类型的字段不能有 pattern", "a field of this type has no pattern")
		return
	}
	compiled, err := regexp.Compile(`^(?:` + source + `)$`)
	if err != nil {
		value.Fail("不是有效的正则表达式："+err.Error(), "not a regular expression: "+err.Error())
		return
	}
	field.Pattern = compiled
}

func (r *itemReader) readChoices(field *Field, list document.Value) {
	seen := map[string]bool{}
	for _, entry := range list.List() {
		member(entry, func(o *document.Object) {
			field.Choices = append(field.Choices, &Choice{
				Value: unique(o.Required("value"), seen, plainText), Label: o.Required("label").Words(),
			})
		})
	}
	hasChoices := slices.Contains(chosen, field.Type)
	if hasChoices && len(field.Choices) == 0 {
		list.Fail("选择类字段至少要有一个选项", "a choice needs something to choose from")
	}
	if !hasChoices && len(field.Choices) > 0 && field.Type != "" {
		list.Fail("只有选择类字段才能有选项", "only a choice has choices")
	}
}

func (r *itemReader) readGroup(field *Field, o *document.Object) {
	field.MaxItems = 20
	if most := o.Optional("max_items"); most.IsPresent() {
		field.MaxItems = most.Int(1, mostCount)
	}
	seen := map[string]bool{}
	list := o.Required("fields")
	for _, entry := range list.List() {
		member(entry, func(inner *document.Object) {
			inside := r.readField(inner, seen)
			if inside.Type == GroupField {
				inner.Optional("type").Fail("组里不能再有组", "a group holds no group")
			}
			field.Fields = append(field.Fields, inside)
		})
	}
	if list.IsPresent() && len(field.Fields) == 0 {
		list.Fail("组里至少要有一个字段", "a group needs a field")
	}
}

// orderFields sorts the fields so that each comes after those that decide whether it is shown.
func (r *itemReader) orderFields(waiting []shown) {
	nodes := make([]node, 0, len(r.item.Form))
	for _, field := range r.item.Form {
		point := node{id: field.Key, days: 1}
		if field.ShowIf != nil {
			point.after = field.ShowIf.Answers()
		}
		nodes = append(nodes, point)
	}
	order, circle := sorted(nodes)
	for _, entry := range waiting {
		if slices.Contains(circle, entry.field.Key) {
			entry.showIf.Fail("字段的 show_if 相互等待", "the show_if of these fields wait for each other")
		}
	}
	for _, key := range order {
		if field, found := r.item.Field(key); found {
			r.item.order = append(r.item.order, field)
		}
	}
}
