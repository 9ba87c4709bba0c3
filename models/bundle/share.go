package bundle

import (
	"slices"

	"onewindow/models"
	"onewindow/models/casework"
	"onewindow/models/catalogue"
)

// sharing is how far an answer in one member speaks for a question of another.
type sharing int

const (
	notShared sharing = iota
	// sharedIfFree: the two questions read the same, but the catalogue does not say that they are one; an answer that the
	// applicant gave there itself stands.
	sharedIfFree
	// sharedAlways: one question, by the catalogue's shared_form.
	sharedAlways
)

// shares compares two questions of one key.
func (p *plan) shares(from, to *catalogue.Field) sharing {
	switch {
	case from.Type != to.Type || to.Reuse == catalogue.ReuseNever || from.Reuse == catalogue.ReuseNever:
		return notShared
	case slices.Contains(p.Shared, from.Key):
		return sharedAlways
	case from.Label.In(models.Chinese) == to.Label.In(models.Chinese) && sameChoices(from, to):
		return sharedIfFree
	}
	return notShared
}

func sameChoices(a, b *catalogue.Field) bool {
	return slices.EqualFunc(a.Choices, b.Choices, func(x, y *catalogue.Choice) bool { return x.Value == y.Value })
}

// asked is one question of the whole matter, with who asks it.
type asked struct {
	field *casework.FormField
	by    *catalogue.Field
}

// oneForm puts the members' forms together: every question that any of them asks, a shared one once.
func (p *plan) oneForm(applications []*casework.Application, forms [][]*casework.FormField) []*casework.FormField {
	var whole []asked
	for i, form := range forms {
		for _, field := range form {
			definition, _ := applications[i].Item.Field(field.Key)
			index := slices.IndexFunc(whole, func(known asked) bool {
				return known.field.Key == field.Key && p.shares(known.by, definition) != notShared && agree(known.field, field, p.shares(known.by, definition))
			})
			if index < 0 {
				copied := *field
				whole = append(whole, asked{&copied, definition})
				continue
			}
			merge(whole[index].field, field)
		}
	}
	form := make([]*casework.FormField, len(whole))
	for i, one := range whole {
		form[i] = one.field
	}
	return form
}

// agree: questions that are only alike are one as long as they are not answered differently.
func agree(a, b *casework.FormField, how sharing) bool {
	return how == sharedAlways || a.Value == nil || b.Value == nil || *a.Value == *b.Value
}

func merge(into, field *casework.FormField) {
	into.Required = into.Required || field.Required
	into.Visible = into.Visible || field.Visible
	if into.Value == nil {
		into.Value, into.Prefilled, into.PrefilledFrom, into.PrefilledAt = field.Value, field.Prefilled, field.PrefilledFrom, field.PrefilledAt
	}
	if into.Problem == nil {
		into.Problem = field.Problem
	}
}
