package catalogue

import (
	"slices"

	"onewindow/models"
	"onewindow/models/catalogue/rule"
)

// Eligibility is what the conditions of an item come to, three-valued: Eligible is nil while an answer is missing and
// nothing is known to be unmet.
type Eligibility struct {
	Eligible *bool
	Unmet    []*UnmetCondition
	Unknown  []*UnknownCondition
}

// UnmetCondition is a condition that does not hold, and what can be done instead.
type UnmetCondition struct {
	ID     string
	Text   models.Text
	Remedy models.Text
}

// UnknownCondition is a condition that cannot be decided yet; Needs are the keys of the answers that would decide it.
type UnknownCondition struct {
	ID    string
	Text  models.Text
	Needs []string
	// LacksFacts: something of the person would have to be known too, or alone.
	LacksFacts bool
}

// Eligibility judges the conditions by the answers given so far. An answer that does not fit its field counts as not given;
// one that the form does not ask does not matter.
func (i *Item) Eligibility(answers map[string]string, facts Facts) *Eligibility {
	return NewJudge(facts).Eligibility(i, answers)
}

// Judge judges the conditions of many items for one person at one moment. It is not safe for concurrent use.
type Judge struct {
	today models.Date
	scope *rule.Scope
	// known are the rules that look at no answers, by their text: they come to the same in every item. Open are those that do,
	// while nothing is answered and every question is asked.
	known, open map[string]verdict
}

// verdict is what a rule came to, with what would decide it.
type verdict struct {
	outcome Outcome
	needs   []string
}

// NewJudge makes a judge of what is known of a person.
func NewJudge(facts Facts) *Judge {
	return &Judge{today: facts.Today, scope: rule.NewScope(facts), known: map[string]verdict{}, open: map[string]verdict{}}
}

// Eligibility sums up the conditions of an item.
func (j *Judge) Eligibility(item *Item, answers map[string]string) *Eligibility {
	sum := &Eligibility{Unmet: []*UnmetCondition{}, Unknown: []*UnknownCondition{}}
	var form *rule.Scope
	for _, condition := range item.Conditions {
		found := j.judge(item, answers, &form, condition.Rule)
		switch found.outcome {
		case False:
			sum.Unmet = append(sum.Unmet, &UnmetCondition{condition.ID, condition.Text, condition.Remedy})
		case Unknown:
			unknown := &UnknownCondition{ID: condition.ID, Text: condition.Text, Needs: []string{}}
			for _, need := range found.needs {
				if _, isAsked := item.Field(need); isAsked {
					unknown.Needs = append(unknown.Needs, need)
				} else {
					unknown.LacksFacts = true
				}
			}
			sum.Unknown = append(sum.Unknown, unknown)
		}
	}
	if len(sum.Unmet) > 0 || len(sum.Unknown) == 0 {
		eligible := len(sum.Unmet) == 0
		sum.Eligible = &eligible
	}
	return sum
}

// remembered gives where a rule's verdict is kept; nil: it holds for this form alone.
func (j *Judge) remembered(item *Item, answers map[string]string, r *Rule) map[string]verdict {
	switch {
	case !r.LooksAtAnswers():
		return j.known
	case len(answers) == 0 && !slices.ContainsFunc(item.decisive, func(field *Field) bool { return field.ShowIf != nil }):
		return j.open
	}
	return nil
}

// judge gives a rule's verdict; the form is only put in place where it is needed.
func (j *Judge) judge(item *Item, answers map[string]string, form **rule.Scope, r *Rule) verdict {
	kept := j.remembered(item, answers, r)
	if found, isKnown := kept[r.Text()]; isKnown {
		return found
	}
	scope := j.scope
	if r.LooksAtAnswers() {
		if *form == nil {
			*form = j.form(item, answers)
		}
		scope = *form
	}
	var found verdict
	found.outcome, found.needs = scope.Evaluate(r)
	if kept != nil {
		kept[r.Text()] = found
	}
	return found
}

// form has the answers in place that the conditions read, and the questions that these wait for.
func (j *Judge) form(item *Item, answers map[string]string) *rule.Scope {
	scope := j.scope.Fork()
	for _, field := range item.decisive {
		shown, needs := scope.Evaluate(field.ShowIf)
		switch shown {
		case False:
			continue
		case Unknown:
			scope.Unanswered(field.Key, needs)
			continue
		}
		if parsed, problem := field.parse(answers[field.Key], j.today); problem == nil && parsed != nil {
			scope.Answer(field.Key, parsed.value)
		} else {
			scope.Unanswered(field.Key, nil)
		}
	}
	return scope
}

// Meets gives the conditions by which a person is known to be meant by an item: all conditions hold by what is known of the
// person alone, and these are the ones that look at the person. None: it is not known, or anybody is meant.
func (j *Judge) Meets(item *Item) []*Condition {
	var meant []*Condition
	var form *rule.Scope
	for _, condition := range item.Conditions {
		if j.judge(item, nil, &form, condition.Rule).outcome != True {
			return nil
		}
		if condition.Rule.LooksAtPeople() {
			meant = append(meant, condition)
		}
	}
	return meant
}

// decisiveFields are the fields that an item's conditions read, with those that decide whether these are asked, in the order
// of evaluation.
func decisiveFields(item *Item) []*Field {
	wanted := map[string]bool{}
	for _, condition := range item.Conditions {
		for _, key := range condition.Rule.Answers() {
			wanted[key] = true
		}
	}
	var decisive []*Field
	for _, field := range slices.Backward(item.order) {
		if !wanted[field.Key] {
			continue
		}
		decisive = append(decisive, field)
		for _, key := range field.ShowIf.Answers() {
			wanted[key] = true
		}
	}
	slices.Reverse(decisive)
	return decisive
}
