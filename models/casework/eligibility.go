package casework

import (
	"cmp"
	"context"
	"slices"

	"onewindow/models"
	"onewindow/models/catalogue"
	"onewindow/models/resident"
)

// EligibilityInput is what somebody asks about.
type EligibilityInput struct {
	ItemCode string
	Answers  []*AnswerInput
	// OnBehalfOf is a dependant's id; nil: for oneself.
	OnBehalfOf *models.ID
}

// What stands behind a condition that cannot be decided because something of the person is not known.
var (
	afterBinding = models.T("{}（完成实名认证后即可判断）", "{} (known once you have proven your identity)")
	notOnRecord  = models.T("{}（登记信息不全，请向承办部门核实）", "{} (the register does not say; please ask the department)")
)

// Eligibility tells whether a person meets an item's conditions, from the bound identity and the answers given so far. Somebody
// who has not signed in is a person of whom nothing is known.
func (s *Service) Eligibility(ctx context.Context, actor models.Actor, input EligibilityInput) (*catalogue.Eligibility, error) {
	item, found := s.Catalogue.Current().Item(input.ItemCode)
	if !found {
		return nil, models.NotFound()
	}
	asking, err := s.asking(ctx, actor, input.OnBehalfOf)
	if err != nil {
		return nil, err
	}
	answers := map[string]string{} // nobody is asked for what the identity tells already
	for key, answer := range asking.prefilled(item) {
		answers[key] = answer.Value
	}
	for _, answer := range input.Answers {
		delete(answers, answer.Key)
		if answer.Value != nil {
			answers[answer.Key] = *answer.Value
		}
	}
	sum := item.Eligibility(answers, s.factsNow(actor, asking))
	words := notOnRecord
	if asking.subject.BirthDate == nil || asking.applicant.BirthDate == nil {
		words = afterBinding
	}
	for _, unknown := range sum.Unknown {
		if unknown.LacksFacts {
			unknown.Text = phrase(words, unknown.Text)
		}
	}
	return sum, nil
}

// asking are the one who asks and the one whom it is about; to somebody else's dependant the answer is that there is none.
func (s *Service) asking(ctx context.Context, actor models.Actor, onBehalfOf *models.ID) (people, error) {
	nobody := &resident.Resident{}
	self := actor.PersonID()
	if self == "" {
		if onBehalfOf != nil {
			return people{}, models.NotFound()
		}
		return people{nobody, nobody}, nil
	}
	about := self
	if onBehalfOf != nil {
		allowed, err := s.mayStandFor(ctx, actor, *onBehalfOf)
		if err != nil {
			return people{}, err
		}
		if !allowed {
			return people{}, models.NotFound()
		}
		about = *onBehalfOf
	}
	return s.peopleNow(ctx, &Case{SubjectID: about, ApplicantID: self})
}

// factsNow gives the rules what they see of people who ask from outside of any application.
func (s *Service) factsNow(actor models.Actor, asking people) catalogue.Facts {
	channel := App
	if actor.Kind == models.Kiosk {
		channel = KioskDevice
	}
	return asking.facts(&Case{Channel: channel}, models.DateOf(s.Store.Clock().Now()))
}

// Suggestion is an item whose conditions a person is known to meet and has not used, with the reason in words.
type Suggestion struct {
	Item   *catalogue.Item
	Reason models.Text
}

// mostSuggestions bounds the list: more than that nobody reads.
const mostSuggestions = 20

// Suggestions are the items that a person, or a dependant, is known to be meant by and has not used: what is known of the person
// alone must decide every condition, and one at least must look at the person. The most particular come first.
func (s *Service) Suggestions(ctx context.Context, actor models.Actor, onBehalfOf *models.ID) ([]*Suggestion, error) {
	asking, err := s.asking(ctx, actor, onBehalfOf)
	if err != nil || asking.subject.BirthDate == nil {
		return []*Suggestion{}, err
	}
	used, err := s.records.usedItems(s.Store.Reader(ctx), asking.subject.ID)
	if err != nil {
		return nil, err
	}
	return suggest(s.Catalogue.Current(), s.factsNow(actor, asking), used), nil
}

func suggest(snapshot *catalogue.Snapshot, facts catalogue.Facts, used []string) []*Suggestion {
	judge := catalogue.NewJudge(facts)
	type found struct {
		item *catalogue.Item
		met  []*catalogue.Condition
	}
	var meant []found
	for _, item := range snapshot.Items() {
		if item.Audience != catalogue.ForPersons || slices.Contains(used, item.Code) || snapshot.Closed(item) != nil {
			continue
		}
		if met := judge.Meets(item); len(met) > 0 {
			meant = append(meant, found{item, met})
		}
	}
	slices.SortStableFunc(meant, func(a, b found) int { return cmp.Compare(len(b.met), len(a.met)) })
	suggestions := []*Suggestion{}
	for _, each := range meant[:min(len(meant), mostSuggestions)] {
		reasons := make([]models.Text, len(each.met))
		for index, condition := range each.met {
			reasons[index] = condition.Text
		}
		suggestions = append(suggestions, &Suggestion{each.item, phrase(models.T("符合办理条件：{}", "You meet the conditions: {}"), list(reasons))})
	}
	return suggestions
}
