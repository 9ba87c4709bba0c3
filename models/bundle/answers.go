package bundle

import (
	"maps"
	"slices"
	"time"

	"onewindow/models"
	"onewindow/models/casework"
)

// share brings what the applicant has just answered in one draft into the others that ask the same.
func (p *pass) share(change casework.Change) {
	if change.Before == nil || change.Before.State != casework.Draft || change.After.State != casework.Draft {
		return
	}
	from := p.members[change.Item.Code]
	p.answered = true
	for _, key := range changedKeys(change.Before.Answers, change.After.Answers) {
		for _, to := range p.ordered() {
			if to != from && to.Case().State == casework.Draft {
				p.shareAnswer(from, to, key, change.After.Answers[key], change.Now)
			}
		}
	}
}

// shareKnown brings what the identity filled in for one member to the others that ask the same and have no answer.
func (p *pass) shareKnown(at time.Time) {
	for _, from := range p.ordered() {
		for _, key := range slices.Sorted(maps.Keys(from.Case().Answers)) {
			for _, to := range p.ordered() {
				if _, answered := to.Case().Answers[key]; !answered {
					p.shareAnswer(from, to, key, from.Case().Answers[key], at)
				}
			}
		}
	}
}

func (p *pass) shareAnswer(from, to *casework.Member, key string, answer casework.Answer, at time.Time) {
	asked, found := from.Item().Field(key)
	asks, alsoAsked := to.Item().Field(key)
	if !found || !alsoAsked {
		return
	}
	switch how := p.row.Plan.shares(asked, asks); {
	case how == notShared, how == sharedIfFree && to.OwnAnswer(key):
		return
	}
	if to.TakeAnswer(key, answer.Value, at, false, answer.Words()) {
		to.Refresh()
	}
}

// changedKeys gives the keys whose answers differ, in order.
func changedKeys(before, after map[string]casework.Answer) []string {
	var keys []string
	for key, answer := range after {
		if known, given := before[key]; !given || known.Value != answer.Value {
			keys = append(keys, key)
		}
	}
	for key := range before {
		if _, given := after[key]; !given {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// answerAll takes answers into every draft that asks them, or into that of one item. What nobody asks is a problem.
func (p *pass) answerAll(answers []*casework.AnswerInput, item string) []*models.Problem {
	var problems []*models.Problem
	p.answered = true
	asked := map[string]bool{}
	for _, member := range p.ordered() {
		if member.Case().State != casework.Draft || (item != "" && member.Item().Code != item) {
			continue
		}
		var here []*casework.AnswerInput
		for _, answer := range answers {
			if _, found := member.Item().Field(answer.Key); found {
				here, asked[answer.Key] = append(here, answer), true
			}
		}
		if len(here) == 0 {
			continue
		}
		for _, problem := range member.TakeOwnAnswers(here) {
			if !slices.ContainsFunc(problems, func(known *models.Problem) bool { return *known.Field == *problem.Field }) {
				problems = append(problems, problem)
			}
		}
		member.Refresh()
	}
	for _, answer := range answers {
		if !asked[answer.Key] {
			problems = append(problems, models.NewProblem("UNKNOWN_FIELD", answer.Key, models.T("表单中没有这一项", "The form has no such question")))
		}
	}
	return problems
}
