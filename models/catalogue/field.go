package catalogue

import (
	"regexp"
	"slices"

	"onewindow/models"
	"onewindow/models/catalogue/rule"
)

// FieldType is the type of an answer.
type FieldType string

// The types of answers.
const (
	TextField        FieldType = "TEXT"
	IntegerField     FieldType = "INTEGER"
	DecimalField     FieldType = "DECIMAL"
	DateField        FieldType = "DATE"
	BooleanField     FieldType = "BOOLEAN"
	ChoiceField      FieldType = "CHOICE"
	RegionField      FieldType = "REGION"
	PhoneField       FieldType = "PHONE"
	NationalIDField  FieldType = "NATIONAL_ID"
	MultiChoiceField FieldType = "MULTI_CHOICE"
	GroupField       FieldType = "GROUP"
	MoneyField       FieldType = "MONEY"
	BankAccountField FieldType = "BANK_ACCOUNT"
	CreditCodeField  FieldType = "CREDIT_CODE"
)

// Reuse is how an answer known from before may be used again.
type Reuse string

// The ways of reuse. CONFIRM shows it with its source and date and is the default.
const (
	ReuseNever   Reuse = "NEVER"
	ReuseConfirm Reuse = "CONFIRM"
	ReuseSilent  Reuse = "SILENT"
)

// Choice is one of the answers that a person can choose.
type Choice struct {
	Value string
	Label models.Text
}

// Field is one question of a form.
type Field struct {
	Key      string
	Type     FieldType
	Label    models.Text
	Required bool
	// Pattern must match the whole answer as written; nil: any.
	Pattern *regexp.Regexp
	Choices []*Choice
	// Prefill names what of the bound identity the answer is taken from; empty: nothing.
	Prefill string
	Reuse   Reuse
	// ShowIf decides whether the question is asked; while unknown it is not.
	ShowIf *Rule
	// Min and Max bound the number, the date, the length of a text, or how many are chosen; empty: the type's own bounds.
	Min, Max string
	// Fields and MaxItems are a group's.
	Fields   []*Field
	MaxItems int
}

// Choice gives the choice of a value.
func (f *Field) Choice(value string) (*Choice, bool) {
	return find(f.Choices, func(c *Choice) bool { return c.Value == value })
}

// IsSensitive tells whether answers of this field are kept sealed whatever the item says of it.
func (f *Field) IsSensitive() bool {
	return slices.Contains([]FieldType{NationalIDField, PhoneField, BankAccountField}, f.Type)
}

// ruleField is the field as rules see it.
func (f *Field) ruleField() rule.Field {
	declared := rule.Field{Key: f.Key, Kind: rule.Text}
	switch f.Type {
	case IntegerField:
		declared.Kind = rule.Integer
	case DecimalField, MoneyField:
		declared.Kind = rule.Decimal
	case DateField:
		declared.Kind = rule.Moment
	case BooleanField:
		declared.Kind = rule.Boolean
	case MultiChoiceField:
		declared.Kind = rule.Texts
	case GroupField:
		declared.Kind = rule.Rows
		for _, member := range f.Fields {
			declared.Fields = append(declared.Fields, member.ruleField())
		}
	}
	return declared
}

// leftOut is what a rule reads of an optional answer that was left out at submission; a number or a date has no such value.
func (f *Field) leftOut() (any, bool) {
	switch f.Type {
	case IntegerField, DecimalField, MoneyField, DateField, BooleanField:
		return nil, false
	case MultiChoiceField:
		return []string{}, true
	case GroupField:
		return []map[string]any{}, true
	}
	return "", true
}
