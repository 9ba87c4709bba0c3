package catalogue

import "onewindow/models"

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
}

// Eligibility sums up the conditions of a form as it stands.
func (s *FormState) Eligibility() *Eligibility {
	sum := &Eligibility{Unmet: []*UnmetCondition{}, Unknown: []*UnknownCondition{}}
	for _, state := range s.UnmetConditions() {
		sum.Unmet = append(sum.Unmet, &UnmetCondition{state.Condition.ID, state.Condition.Text, state.Condition.Remedy})
	}
	for _, state := range s.UnknownConditions() {
		sum.Unknown = append(sum.Unknown, &UnknownCondition{state.Condition.ID, state.Condition.Text, append([]string{}, state.Needs...)})
	}
	if len(sum.Unmet) > 0 || len(sum.Unknown) == 0 {
		eligible := len(sum.Unmet) == 0
		sum.Eligible = &eligible
	}
	return sum
}
