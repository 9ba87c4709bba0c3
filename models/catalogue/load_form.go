package catalogue

import (
	"errors"
	"math"
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
	counted   = []FieldType{TextField, MultiChoiceField, GroupField}
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
	for _, entry := range entries(list) {
		member(entry, func(o *document.Object) {
			field := r.readField(o, seen)
			field.Reuse = ReuseConfirm
			if reuse := o.Optional("reuse"); reuse.IsPresent() {
				field.Reuse = document.OneOf(reuse, []string{"never", "confirm", "silent"}, []Reuse{ReuseNever, ReuseConfirm, ReuseSilent})
			}
			field.Prefill = o.Optional("prefill").String()
			checkPrefill(field, o.Optional("prefill"))
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

// prefills are what of the bound identity an answer can be taken from.
var prefills = []string{"name", "national_id", "phone", "birth_date", "gender", "region", "residence", "residence_region", "address"}

// checkPrefill lets names through that the format leaves open, but says that nothing comes of them.
func checkPrefill(field *Field, value document.Value) {
	switch {
	case field.Prefill == "" || slices.Contains(prefills, field.Prefill):
	case !keyForm.MatchString(field.Prefill):
		value.Fail("应为身份信息的名称，例如 birth_date", "expected the name of a piece of identity, such as birth_date")
	default:
		value.Warn("身份信息里没有 "+field.Prefill+"，不会自动填写", "the identity has no "+field.Prefill+": nothing is filled in")
	}
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
			return v.Matching(keyForm, "键由字母、数字和下划线组成，不以数字开头", "a key is letters, digits and underscores, not beginning with a digit")
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
	if slices.Contains(counted, field.Type) {
		checkCounts(field, o, least, most)
	}
}

// checkCounts sees that bounds of a length or a number of answers can be kept.
func checkCounts(field *Field, o *document.Object, least, most float64) {
	for key, number := range map[string]float64{"min": least, "max": most} {
		if number < 0 || number != math.Trunc(number) {
			o.Optional(key).Fail("应为不小于 0 的整数", "expected a whole number from 0")
		}
	}
	if field.Type == MultiChoiceField && least > float64(len(field.Choices)) {
		o.Optional("min").Fail("超过选项的个数", "more than there are choices")
	}
	if field.Type == TextField && least > longestText && field.Max == "" {
		o.Optional("min").Fail("超过文本的最大长度 500，需要同时给出 max", "longer than a text may be (500) without a max")
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
	compiled, err := rule.CompilePattern(source)
	if refusal, isRefusal := errors.AsType[*rule.Refusal](err); isRefusal {
		value.Fail(refusal.Message.In(models.Chinese), refusal.Error())
		return
	}
	field.Pattern = compiled
}

func (r *itemReader) readChoices(field *Field, list document.Value) {
	seen := map[string]bool{}
	for _, entry := range entries(list) {
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
	for _, entry := range entries(list) {
		member(entry, func(inner *document.Object) {
			inside := r.readField(inner, seen)
			if inside.Type == GroupField {
				inner.Optional("type").Fail("组里不能再有组", "a group holds no group")
			}
			field.Fields = append(field.Fields, inside)
		})
	}
	if least, err := strconv.Atoi(field.Min); err == nil && least > field.MaxItems {
		o.Optional("min").Fail("超过 max_items", "more than max_items")
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
