package catalogue

import (
	"slices"
	"strings"

	"onewindow/models"
	"onewindow/models/catalogue/rule"
)

// FieldState is one question of a form with its answer, as things stand.
type FieldState struct {
	Field *Field
	// Visible tells whether the question is asked.
	Visible bool
	// Answered tells whether there is an answer that fits. Text is its one spelling, to be stored; of an answer that
	// does not fit, it is what was written.
	Answered bool
	Text     string
	// Problem is what is wrong with the answer; nil for a hidden question.
	Problem *models.Problem

	value any
}

// ConditionState is what a condition came to. Needs are the keys of the answers that would decide it.
type ConditionState struct {
	Condition *Condition
	Holds     Outcome
	Needs     []string
}

// MaterialState tells whether a material is needed. An unknown one counts as needed for the time being.
type MaterialState struct {
	Material *ItemMaterial
	Needed   Outcome
	Needs    []string
}

// Counts tells whether the material counts as needed.
func (m *MaterialState) Counts() bool { return m.Needed != False }

// StepState tells whether a step takes place.
type StepState struct {
	Step  *StepDefinition
	Takes Outcome
	Needs []string
}

// FormState is a whole form as it stands, with everything that follows from the answers.
type FormState struct {
	Fields     []*FieldState
	Conditions []*ConditionState
	Materials  []*MaterialState
	Steps      []*StepState
	// Problems are about the whole, or about keys that the form does not have.
	Problems []*models.Problem
	// FeeCents is the fee by the first rule that holds; of an unknown rule the fee is the one that no rule narrows.
	FeeCents int

	item    *Item
	scope   *rule.Scope
	isFinal bool
}

// Evaluate tells how a form stands while it is being filled in: what has not been answered is unknown. The answers are
// the text of the Values section of the API's contract.
func (i *Item) Evaluate(answers map[string]string, facts Facts) *FormState {
	return i.evaluate(answers, facts, false)
}

// EvaluateFinal tells how a form stands for submission: nothing may be unknown any more. A required answer that is not
// there is a problem; an optional one is left out (has() is false, and what reads it sees nothing written) unless a rule
// cannot be decided without it, which makes it a problem too.
func (i *Item) EvaluateFinal(answers map[string]string, facts Facts) *FormState {
	return i.evaluate(answers, facts, true)
}

func (i *Item) evaluate(answers map[string]string, facts Facts, isFinal bool) *FormState {
	state := &FormState{item: i, scope: rule.NewScope(facts), isFinal: isFinal}
	byKey := make(map[string]*FieldState, len(i.Form))
	for _, field := range i.order {
		byKey[field.Key] = state.evaluateField(field, answers[field.Key], facts.Today)
	}
	for _, field := range i.Form {
		state.Fields = append(state.Fields, byKey[field.Key])
	}
	state.refuseUnknown(answers, byKey)
	for _, condition := range i.Conditions {
		holds, needs := state.decide(condition.Rule)
		state.Conditions = append(state.Conditions, &ConditionState{condition, holds, needs})
	}
	for _, material := range i.Materials {
		needed, needs := state.decide(material.RequiredIf)
		state.Materials = append(state.Materials, &MaterialState{material, needed, needs})
	}
	for _, step := range i.Steps {
		takes, needs := state.decide(step.When)
		state.Steps = append(state.Steps, &StepState{step, takes, needs})
	}
	state.FeeCents = state.fee()
	return state
}

// evaluateField comes to the fields in an order in which everything that decides whether one is shown has been seen.
func (s *FormState) evaluateField(field *Field, text string, today models.Date) *FieldState {
	state := &FieldState{Field: field, Text: text}
	shown, needs := s.decide(field.ShowIf)
	switch shown {
	case False:
		return state
	case Unknown:
		// Not asked yet, but whether there will be an answer is open: rules that read it wait for what decides that.
		s.scope.Unanswered(field.Key, needs)
		return state
	}
	state.Visible = true
	parsed, problem := field.parse(text, today)
	state.Problem = problem
	if parsed != nil {
		state.Answered, state.Text, state.value = true, parsed.text, parsed.value
		s.scope.Answer(field.Key, parsed.value)
		return state
	}
	if problem == nil {
		state.Text = ""
	}
	nothing, canBeLeftOut := field.leftOut()
	if s.isFinal && !field.Required && problem == nil && canBeLeftOut {
		s.scope.LeftOut(field.Key, nothing)
		return state
	}
	if s.isFinal && field.Required && problem == nil {
		state.Problem = field.required()
	}
	s.scope.Unanswered(field.Key, nil)
	return state
}

func (f *Field) required() *models.Problem { return f.problem("REQUIRED", "必须填写", "Required") }

// decide evaluates a rule; at submission, what it still needs becomes a problem of that answer.
func (s *FormState) decide(r *Rule) (Outcome, []string) {
	outcome, needs := s.scope.Evaluate(r)
	if outcome == Unknown && s.isFinal {
		s.complain(needs)
	}
	return outcome, needs
}

func (s *FormState) complain(needs []string) {
	if len(needs) == 0 {
		s.problem("UNDECIDED", "", models.T("有一项条件无法判断，请核对所填内容", "One condition cannot be decided: please check the answers"))
	}
	for _, key := range needs {
		if field, isField := s.item.Field(key); isField {
			if !field.Required {
				s.problem("REQUIRED", key, models.T("必须填写", "Required"))
			}
			continue
		}
		s.problem("UNDECIDED", "", models.T("还缺少办理人的身份信息，无法判断是否符合条件", "What is known of the person does not suffice to decide: please confirm the identity first"))
	}
}

func (s *FormState) problem(code, field string, message models.Text) {
	problem := models.NewProblem(code, field, message)
	if !slices.ContainsFunc(s.Problems, func(known *models.Problem) bool { return sameProblem(known, problem) }) {
		s.Problems = append(s.Problems, problem)
	}
}

func sameProblem(a, b *models.Problem) bool {
	return a.Code == b.Code && (a.Field == nil) == (b.Field == nil) && (a.Field == nil || *a.Field == *b.Field) &&
		a.Message.In(models.Chinese) == b.Message.In(models.Chinese)
}

// refuseUnknown complains about answers to questions that the form does not ask.
func (s *FormState) refuseUnknown(answers map[string]string, byKey map[string]*FieldState) {
	var unknown []string
	for key := range answers {
		if byKey[key] == nil {
			unknown = append(unknown, key)
		}
	}
	slices.Sort(unknown)
	for _, key := range unknown {
		s.problem("UNKNOWN_FIELD", key, models.T("表单里没有这一项", "The form does not ask this"))
	}
}

func (s *FormState) fee() int {
	for _, fee := range s.item.Fees {
		if outcome, _ := s.decide(fee.When); outcome == True {
			return fee.Cents
		}
	}
	if len(s.item.Fees) > 0 {
		return s.item.FeeCents
	}
	return 0
}

// Field gives the state of a field.
func (s *FormState) Field(key string) (*FieldState, bool) {
	return find(s.Fields, func(f *FieldState) bool { return f.Field.Key == key })
}

// AllProblems gives the problems of the answers in the form's order, then those about the whole, each field once.
func (s *FormState) AllProblems() []*models.Problem {
	var all []*models.Problem
	seen := map[string]bool{}
	for _, field := range s.Fields {
		if field.Problem != nil {
			all = append(all, field.Problem)
			seen[field.Field.Key] = true
		}
	}
	for _, problem := range s.Problems {
		if problem.Field == nil || !seen[*problem.Field] {
			all = append(all, problem)
		}
	}
	return all
}

// UnmetConditions gives the conditions that do not hold.
func (s *FormState) UnmetConditions() []*ConditionState { return s.conditions(False) }

// UnknownConditions gives the conditions that cannot be decided yet.
func (s *FormState) UnknownConditions() []*ConditionState { return s.conditions(Unknown) }

func (s *FormState) conditions(outcome Outcome) []*ConditionState {
	var matching []*ConditionState
	for _, condition := range s.Conditions {
		if condition.Holds == outcome {
			matching = append(matching, condition)
		}
	}
	return matching
}

// NotEligible gives the unmet conditions as problems, with what can be done instead.
func (s *FormState) NotEligible() []*models.Problem {
	var problems []*models.Problem
	for _, unmet := range s.UnmetConditions() {
		remedy := unmet.Condition.Remedy
		message := models.T("不符合条件："+unmet.Condition.Text.In(models.Chinese), "Not met: "+unmet.Condition.Text.In(models.English))
		if remedy != nil {
			message[models.Chinese] += "。" + remedy.In(models.Chinese)
			message[models.English] = strings.TrimSuffix(message[models.English], ".") + ". " + remedy.In(models.English)
		}
		problems = append(problems, models.NewProblem("NOT_ELIGIBLE", "", message))
	}
	return problems
}

// ValidUntil gives the day on which a result ends whose rule or months say so; issued is the day of issue.
func (s *FormState) ValidUntil(result *Result, issued models.Date) *models.Date {
	if until, isKnown := s.scope.Moment(result.ValidUntil); isKnown {
		day := models.DateOf(until)
		return &day
	}
	months := result.ValidForMonths
	if months == 0 {
		months = result.Material.ValidForMonths
	}
	if months == 0 {
		return nil
	}
	day := issued.AddMonths(months)
	return &day
}
