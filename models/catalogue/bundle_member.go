package catalogue

import "onewindow/models/catalogue/rule"

// Takes tells whether a member of the bundle takes part, from the shared answers given so far (as text) and the facts. A
// member without a rule, or one that the bundle does not have (any more), does.
func (b *Bundle) Takes(code string, answers map[string]string, facts Facts) Outcome {
	member, found := find(b.memberPointers(), func(m *BundleMember) bool { return m.Item.Code == code })
	if !found || member.When == nil {
		return True
	}
	scope := rule.NewScope(facts)
	for _, field := range b.SharedFields() {
		parsed, problem := field.parse(answers[field.Key], facts.Today)
		if parsed == nil || problem != nil {
			scope.Unanswered(field.Key, nil)
			continue
		}
		scope.Answer(field.Key, parsed.value)
	}
	outcome, _ := scope.Evaluate(member.When)
	return outcome
}

func (b *Bundle) memberPointers() []*BundleMember {
	pointers := make([]*BundleMember, len(b.Members))
	for i := range b.Members {
		pointers[i] = &b.Members[i]
	}
	return pointers
}
