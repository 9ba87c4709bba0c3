package rule

import (
	"maps"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// Scope is what the rules of one form see at one moment: the facts, and for each field its answer, or that it is not
// answered yet. A field that is neither answered nor unanswered is hidden: its answer does not exist.
type Scope struct {
	variables map[string]any
	facts     []*cel.AttributePatternType
	form      map[string]any
	// unanswered gives for each unknown answer the keys that would decide it: itself, or what its visibility waits for.
	unanswered map[string][]string
	// empty are optional answers left out for good: has() is false, and reading them gives nothing written.
	empty map[string]any
	// prepared is the activation for the answers as they stand; nil after a change.
	prepared cel.PartialActivation
}

// NewScope begins with the facts and a form without fields.
func NewScope(facts Facts) *Scope {
	variables, missing := facts.variables()
	s := &Scope{variables: variables, form: map[string]any{}, unanswered: map[string][]string{}, empty: map[string]any{}}
	variables["form"] = s.form
	for _, fact := range missing {
		pattern := cel.AttributePattern(fact.variable)
		if fact.field != "" {
			pattern = pattern.QualString(fact.field)
		}
		s.facts = append(s.facts, pattern)
	}
	return s
}

// Fork gives a scope of the same facts for another form.
func (s *Scope) Fork() *Scope {
	forked := &Scope{
		variables: maps.Clone(s.variables), facts: s.facts, form: map[string]any{}, unanswered: map[string][]string{}, empty: map[string]any{},
	}
	forked.variables["form"] = forked.form
	return forked
}

// Answer gives a field's typed answer: string, int64, float64, bool, time.Time, []string or []map[string]any.
func (s *Scope) Answer(key string, value any) { s.form[key], s.prepared = value, nil }

// Unanswered says that a field's answer is not known; needs are the keys of the answers that would decide it.
func (s *Scope) Unanswered(key string, needs []string) { s.unanswered[key], s.prepared = needs, nil }

// LeftOut says that an optional answer will not come: has() is false, and reading it gives value ("" or an empty list).
func (s *Scope) LeftOut(key string, value any) { s.empty[key], s.prepared = value, nil }

// Evaluate gives the outcome of a rule and, while it is unknown, the sorted keys of the answers that would decide it;
// facts that are missing stand there under their own names, e.g. "resident.region". No rule holds always.
func (s *Scope) Evaluate(r *Rule) (Outcome, []string) {
	if r == nil {
		return True, nil
	}
	value, isKnown, needs := s.evaluate(r)
	if !isKnown {
		return Unknown, needs
	}
	return Of(value == types.True), nil
}

// Moment gives the moment that a rule comes to, if it is known.
func (s *Scope) Moment(r *Rule) (time.Time, bool) {
	if r == nil {
		return time.Time{}, false
	}
	value, isKnown, _ := s.evaluate(r)
	if stamp, isMoment := value.(types.Timestamp); isKnown && isMoment {
		return stamp.Time, true
	}
	return time.Time{}, false
}

func (s *Scope) evaluate(r *Rule) (value ref.Val, isKnown bool, needs []string) {
	value, _, err := r.program.Eval(s.activation(r))
	if unknown, isUnknown := value.(*types.Unknown); isUnknown && err == nil {
		return nil, false, s.needs(unknown)
	}
	if err != nil {
		// What a hidden field would say does not exist, and what does not exist makes nothing true. Any other failure
		// (a division by zero, an overflow, the cost limit) decides nothing.
		return types.False, s.readsHidden(r), nil
	}
	return value, true, nil
}

// readsHidden tells whether a rule reads an answer that does not exist.
func (s *Scope) readsHidden(r *Rule) bool {
	for key := range r.reads {
		_, isAnswered := s.form[key]
		_, isUnanswered := s.unanswered[key]
		_, isLeftOut := s.empty[key]
		if !isAnswered && !isUnanswered && (!isLeftOut || r.tests[key]) {
			return true
		}
	}
	return false
}

// activation gives the variables with the patterns of what is unknown. A rule that reads an answer left out, without
// asking has() first, sees it as empty; then it gets a form of its own.
func (s *Scope) activation(r *Rule) cel.PartialActivation {
	if s.prepared == nil {
		s.prepared = s.activate(s.variables)
	}
	var own map[string]any
	for key, value := range s.empty {
		if r.reads[key] && !r.tests[key] {
			if own == nil {
				own = maps.Clone(s.form)
			}
			own[key] = value
		}
	}
	if own == nil {
		return s.prepared
	}
	variables := maps.Clone(s.variables)
	variables["form"] = own
	return s.activate(variables)
}

func (s *Scope) activate(variables map[string]any) cel.PartialActivation {
	patterns := slices.Clone(s.facts)
	for key := range s.unanswered {
		patterns = append(patterns, cel.AttributePattern("form").QualString(key))
	}
	activation, err := cel.PartialVars(variables, patterns...)
	if err != nil {
		panic(err) //nolint:forbidigo // PartialVars refuses only what is neither a map nor an activation
	}
	return activation
}

func (s *Scope) needs(unknown *types.Unknown) []string {
	var needs []string
	for _, id := range unknown.IDs() {
		trails, _ := unknown.GetAttributeTrails(id)
		for _, trail := range trails {
			needs = append(needs, s.need(trail)...)
		}
	}
	slices.Sort(needs)
	return slices.Compact(needs)
}

func (s *Scope) need(trail *types.AttributeTrail) []string {
	path := trail.QualifierPath()
	if len(path) == 0 {
		return []string{trail.Variable()}
	}
	first, isText := path[0].(string)
	if !isText {
		return []string{trail.Variable()}
	}
	if trail.Variable() != "form" {
		return []string{strings.Join([]string{trail.Variable(), first}, ".")}
	}
	if decisive, found := s.unanswered[first]; found && len(decisive) > 0 {
		return decisive
	}
	return []string{first}
}
