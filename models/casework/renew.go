package casework

import (
	"context"
	"errors"

	"onewindow/models"
	"onewindow/models/catalogue"
	"onewindow/models/delegation"
	"onewindow/models/material"
	"onewindow/models/store"
)

// errItemChanged undoes a submission: the applicant has not seen yet what has changed in the item.
var errItemChanged = errors.New("casework: the item has changed")

// CodeItemChanged tells that an item has changed since the applicant of a draft saw it last.
const CodeItemChanged = "ITEM_CHANGED"

// seenVersion is the version that the applicant of a draft knows of.
func (c *Case) seenVersion() int {
	if c.Progress.SeenVersion != 0 {
		return c.Progress.SeenVersion
	}
	return c.ItemVersion
}

// renew brings a draft to another version of its item. Answers stay by their key: one that does not fit any more is kept for
// the form to complain about, one that is not asked any more is put aside. Documents stay by the material that they are.
func (m *move) renew(item *catalogue.Item, people people) {
	before := m.item
	m.kase.Progress.SeenVersion = m.kase.seenVersion()
	if m.kase.Progress.SeenVersion == item.Version {
		m.kase.Progress.SeenVersion = 0
	}
	m.item, m.kase.ItemVersion, m.kase.Lead = item, item.Version, item.Lead.Code
	m.renewAnswers(before, people)
	m.kase.Progress.Requirements = carriedOver(m.kase.Progress.Requirements, before, item)
	m.refresh(people)
}

func (m *move) renewAnswers(before *catalogue.Item, people people) {
	fresh := &Case{Answers: map[string]Answer{}}
	prefill(fresh, m.item, people, m.now)
	answers := cloneAnswers(m.kase.Answers)
	for key, answer := range answers {
		_, isAsked := m.item.Field(key)
		answer.Aside = !isAsked
		if normal, problem := m.item.CheckAnswer(key, answer.Value, m.today()); problem == nil {
			answer.Value = normal
		}
		answers[key] = answer
	}
	for key, answer := range fresh.Answers {
		_, wasAsked := before.Field(key)
		if _, isAnswered := answers[key]; !wasAsked && !isAnswered {
			answers[key] = answer
		}
	}
	m.kase.Answers = answers
}

// carriedOver gives the rows for another version's materials: those of the same key, else of the same material. A promise to a
// text that has changed was a promise to something else.
func carriedOver(stored []material.Requirement, before, after *catalogue.Item) []material.Requirement {
	byKey, byMaterial := map[string]material.Requirement{}, map[string]material.Requirement{}
	for _, requirement := range stored {
		byKey[requirement.Key] = requirement
		if definition, stays := after.Material(requirement.Key); !stays || definition.Material.Code != requirement.Material {
			byMaterial[requirement.Material] = requirement
		}
	}
	var rows []material.Requirement
	for _, definition := range after.Materials {
		requirement, found := byKey[definition.Key]
		if !found || requirement.Material != definition.Material.Code {
			requirement, found = byMaterial[definition.Material.Code]
			delete(byMaterial, definition.Material.Code)
		}
		if !found {
			continue
		}
		was, _ := before.Material(requirement.Key)
		if requirement.Status == material.Committed && (was == nil || was.Commitment.In(models.Chinese) != definition.Commitment.In(models.Chinese)) {
			requirement.Status = material.Missing
		}
		requirement.Key = definition.Key
		rows = append(rows, requirement)
	}
	return rows
}

// bringForward brings a draft to the version that is on offer, and tells the timeline. A draft of an item that is closed stays
// as it is.
func (s *Service) bringForward(m *move, people people) {
	snapshot := s.Catalogue.Current()
	offered, found := snapshot.Item(m.kase.ItemCode)
	if m.kase.State != Draft || !found || offered.Version == m.kase.ItemVersion || snapshot.Closed(offered) != nil {
		return
	}
	before := m.item
	m.renew(offered, people)
	if changes := catalogue.Concerning(catalogue.Changes(before, offered)); len(changes) > 0 {
		m.happened(EventItemChanged, models.T("事项要求有更新", "The service has changed"), catalogue.Sentence(changes))
	}
}

// bringForwardIn is bringForward where the people have not been read yet: they are only for a draft that is behind.
func (s *Service) bringForwardIn(tx *store.Tx, m *move) error {
	if offered, found := s.Catalogue.Current().Item(m.kase.ItemCode); m.kase.State != Draft || !found || offered.Version == m.kase.ItemVersion {
		return nil
	}
	people, err := s.people(tx, m.kase)
	if err == nil {
		s.bringForward(m, people)
	}
	return err
}

// tell tells the applicant of a draft once what has changed since they saw it last.
func (s *Service) tell(m *move) *models.Problem {
	changed := itemChange(s.Catalogue.Current(), m.kase)
	if changed == nil || changed.Code == CodeItemChanged {
		m.kase.Progress.SeenVersion = 0
	}
	return changed
}

// itemChange says what the applicant of a draft has to know of its item before handing it in: that it is closed, with what there
// is instead, or what has changed since they saw it last; or nothing.
func itemChange(snapshot *catalogue.Snapshot, c *Case) *models.Problem {
	if c.State != Draft {
		return nil
	}
	offered, found := snapshot.Item(c.ItemCode)
	if !found {
		offered = &catalogue.Item{Code: c.ItemCode}
	}
	if closed := snapshot.Closed(offered); closed != nil {
		return closed
	}
	seen, found := snapshot.ItemVersion(c.ItemCode, c.seenVersion())
	if !found || seen.Version == offered.Version {
		return nil
	}
	changes := catalogue.Concerning(catalogue.Changes(seen, offered))
	if len(changes) == 0 {
		return nil
	}
	return models.NewProblem(CodeItemChanged, "", phrase(models.T(
		"该事项的要求有更新：{}。您已填写的内容和材料都已保留，请核对后再提交",
		"This service has changed: {}. What you filled in and handed in has been kept; please look it over and then hand it in"), catalogue.Sentence(changes)))
}

// unfit are the kept answers that do not fit the item any more, but for those that are in the list already.
func (m *move) unfit(people people, known []*models.Problem) []*models.Problem {
	listed := map[string]bool{}
	for _, problem := range known {
		if problem.Field != nil {
			listed[*problem.Field] = true
		}
	}
	var problems []*models.Problem
	for _, field := range m.item.Evaluate(m.kase.texts(), people.facts(m.kase, m.today())).Fields {
		if field.Problem != nil && !listed[field.Field.Key] {
			problems = append(problems, field.Problem)
		}
	}
	return problems
}

// showChange stores what a submission found changed in the item, and gives it back with everything else that stands in the way:
// nothing is handed in that the applicant has not seen.
func (s *Service) showChange(ctx context.Context, actor models.Actor, id models.ID) (*Application, []*models.Problem, error) {
	var problems []*models.Problem
	c, _, err := s.change(ctx, actor, id, s.mine(ctx, actor, delegation.Submit), func(tx *store.Tx, m *move) ([]*models.Problem, error) {
		if _, err := permit(m.kase.State, ActionSubmit); err != nil {
			return nil, err
		}
		people, err := s.people(tx, m.kase)
		if err != nil {
			return nil, err
		}
		s.bringForward(m, people)
		problems = nil
		if changed := s.tell(m); changed != nil {
			problems = append(problems, changed)
			if changed.Code != CodeItemChanged {
				return problems, nil
			}
		}
		problems = append(problems, m.submissionProblems(people)...)
		m.happened(EventItemChanged, models.T("已告知事项要求的更新", "Told what has changed in the service"), nil, internal)
		return nil, nil
	})
	if err != nil {
		return nil, nil, err
	}
	application, err := s.viewOf(ctx, c)
	return application, problems, err
}

// asOffered gives a draft as it would be by the version on offer; others as they are. The draft itself stays as it is stored.
func (s *Service) asOffered(ctx context.Context, c *Case) (*Case, error) {
	offered, found := s.Catalogue.Current().Item(c.ItemCode)
	if c.State != Draft || !found || offered.Version == c.ItemVersion {
		return c, nil
	}
	if c.Answers == nil {
		answers, err := s.records.answers(s.Store.Reader(ctx), []models.ID{c.ID})
		if err != nil {
			return nil, err
		}
		c.Answers = answers[c.ID]
	}
	people, err := s.peopleNow(ctx, c)
	if err != nil {
		return nil, err
	}
	item, err := s.item(ctx, c)
	if err != nil {
		return nil, err
	}
	m := &move{kase: c.clone(), item: item, now: s.Store.Clock().Now()}
	s.bringForward(m, people)
	return m.kase, nil
}
