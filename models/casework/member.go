package casework

import (
	"context"
	"time"

	"onewindow/models"
	"onewindow/models/catalogue"
	"onewindow/models/material"
	"onewindow/models/store"
)

// Member is one application of a bundle inside a transaction, as the bundle room may change it. What was changed is stored by
// Save; until then nothing is.
type Member struct {
	service *Service
	move    *move
	before  *Case
	people  people
	touched bool
}

// Members gives the applications of a bundle case, held by the transaction, in the order of their beginning. The one that has
// just been changed and stored in it is taken as it is in memory, so that its reader sees what comes of it.
func (s *Service) Members(ctx context.Context, tx *store.Tx, bundleCase models.ID, changed *Case) ([]*Member, error) {
	cases, err := s.records.ofBundles(tx.DB, []models.ID{bundleCase}, tx.IsPostgres())
	if err != nil || len(cases) == 0 {
		return nil, err
	}
	people, err := s.people(tx, cases[0])
	if err != nil {
		return nil, err
	}
	members := make([]*Member, len(cases))
	for i, c := range cases {
		if changed != nil && changed.ID == c.ID {
			c = changed
		}
		if members[i], err = s.member(ctx, tx, c, people); err != nil {
			return nil, err
		}
	}
	return members, nil
}

func (s *Service) member(ctx context.Context, tx *store.Tx, c *Case, people people) (*Member, error) {
	m, err := s.begin(ctx, tx, models.SystemActor(), c)
	if err != nil {
		return nil, err
	}
	m.quiet = true
	before := c.clone()
	s.bringForward(m, people)
	return &Member{service: s, move: m, before: before, people: people, touched: m.kase.ItemVersion != before.ItemVersion}, nil
}

// StartMember begins an application as a member of a bundle case.
func (s *Service) StartMember(
	ctx context.Context, tx *store.Tx, actor models.Actor, item *catalogue.Item, input StartInput, bundleCase models.ID,
) (*Member, []*models.Problem, error) {
	input.bundle = &Part{CaseID: bundleCase}
	c, problems, err := s.start(ctx, tx, actor, item, input)
	if err != nil || len(problems) > 0 {
		return nil, problems, err
	}
	people, err := s.people(tx, c)
	if err != nil {
		return nil, nil, err
	}
	member, err := s.member(ctx, tx, c, people)
	return member, nil, err
}

// Facts gives what rules see of the people of an application that would be begun, and of the channel.
func (s *Service) Facts(tx *store.Tx, subject, applicant models.ID, channel Channel) (catalogue.Facts, error) {
	c := &Case{SubjectID: subject, ApplicantID: applicant, Channel: channel}
	people, err := s.people(tx, c)
	if err != nil {
		return catalogue.Facts{}, err
	}
	return people.facts(c, models.DateOf(tx.Now)), nil
}

// Case is the application as it stands in the transaction, Item the version that it was begun with.
func (m *Member) Case() *Case           { return m.move.kase }
func (m *Member) Item() *catalogue.Item { return m.move.item }

// Part is what the application knows of its bundle; change it by SetPart alone.
func (m *Member) Part() Part { return *m.move.kase.Progress.Bundle.clone() }

// SetPart changes what the application knows of its bundle.
func (m *Member) SetPart(part Part) {
	m.move.kase.Progress.Bundle = &part
	m.touched = true
}

// State evaluates the form as it stands while it is being filled in.
func (m *Member) State() *catalogue.FormState {
	return m.move.item.Evaluate(m.move.kase.texts(), m.people.facts(m.move.kase, m.move.today()))
}

// TakeAnswer takes an answer that was given elsewhere into a draft, with its source in words; "" takes it back. One that does
// not fit here is left out: false.
func (m *Member) TakeAnswer(key, value string, at time.Time, result bool, from models.Text) bool {
	field, asked := m.move.item.Field(key)
	if !asked || field.Reuse == catalogue.ReuseNever {
		return false
	}
	normal := ""
	if value != "" {
		fitting, problem := m.move.item.CheckAnswer(key, value, m.move.today())
		if problem != nil || fitting == "" {
			return false
		}
		normal = fitting
	}
	if m.move.kase.Answers[key].Value == normal {
		return false
	}
	m.move.kase.Answers = cloneAnswers(m.move.kase.Answers)
	m.touched = true
	if normal == "" {
		delete(m.move.kase.Answers, key)
		return true
	}
	answer := Answer{Value: normal, Source: sourceBundle, At: &at, From: from}
	if result {
		answer.Source = sourceResult
	}
	m.move.kase.Answers[key] = answer
	return true
}

// OwnAnswer tells whether the applicant gave an answer in this very application.
func (m *Member) OwnAnswer(key string) bool {
	answer, given := m.move.kase.Answers[key]
	return given && answer.Source == ""
}

// TakeOwnAnswers takes the applicant's own answers, as a save does; what does not fit comes back.
func (m *Member) TakeOwnAnswers(answers []*AnswerInput) []*models.Problem {
	m.touched = true
	problems := m.move.take(answers)
	m.move.happened(EventAnswersSaved, models.T("保存填写内容", "Answers saved"), nil, internal)
	return problems
}

// MayMeet tells whether a requirement takes a document now: any of a draft, afterwards what was deferred or asked for.
func (m *Member) MayMeet(requirement *material.Requirement) bool {
	switch m.move.kase.State {
	case Draft, InReview, SupplementRequired:
		return m.move.mayHandIn(requirement) == nil
	}
	return false
}

// Meet meets a requirement with a document that is there already.
func (m *Member) Meet(key string, way material.Status, document *material.Document) {
	met(m.move.kase.Requirement(key), way, document)
	m.touched = true
	m.move.happened(EventMaterialReused, phrase(models.T("材料自动带入：{}", "Taken over: {}"), m.move.materialName(key)), nil)
}

// Commit meets a requirement with the promise that was given for the same words elsewhere in the bundle.
func (m *Member) Commit(key string) {
	requirement := m.move.kase.Requirement(key)
	requirement.Status, requirement.Way, requirement.Reason = material.Committed, material.Committed, nil
	m.touched = true
}

// Refresh computes a draft's requirements anew, after its answers or materials have changed.
func (m *Member) Refresh() {
	if m.move.kase.State == Draft {
		m.move.refresh(m.people)
	}
}

// TakeFromWallet meets what a draft lacks with what the subject's wallet holds.
func (m *Member) TakeFromWallet(ctx context.Context, tx *store.Tx) error {
	told := len(m.move.events)
	err := m.service.fromWallet(ctx, tx, m.move, m.people, nil)
	m.touched = m.touched || len(m.move.events) > told
	return err
}

// Tell adds a line to the timeline.
func (m *Member) Tell(kind EventKind, title, detail models.Text, isPublic bool) {
	m.touched = true
	if isPublic {
		m.move.happened(kind, title, detail)
		return
	}
	m.move.happened(kind, title, detail, internal)
}

// Problems is everything that stands between the draft and its submission: also what has changed in the service and has not been
// seen by the applicant.
func (m *Member) Problems() []*models.Problem {
	problems := m.move.submissionProblems(m.people)
	if changed := itemChange(m.service.Catalogue.Current(), m.move.kase); changed != nil {
		problems = append([]*models.Problem{changed}, problems...)
	}
	return problems
}

// Submit hands a draft in that has no problems: by the house, on the applicant's wish, or by the applicant.
func (m *Member) Submit(by models.Actor) error {
	m.move.actor, m.move.quiet = by, false
	m.move.kase.Progress.Bundle.ByItself = by.Kind == models.System
	m.touched = true
	return m.move.handIn(m.people)
}

// Save stores what was changed, if anything was, and tells whoever must act on it.
func (m *Member) Save(ctx context.Context, tx *store.Tx) error {
	if !m.touched {
		return nil
	}
	if err := m.service.save(ctx, tx, m.before, m.move); err != nil {
		return err
	}
	fresh, err := m.service.member(ctx, tx, m.move.kase, m.people)
	if err != nil {
		return err
	}
	*m = *fresh
	return nil
}

// IsOwn tells whether a number is the identity number of one of those whom the application is about already.
func (m *Member) IsOwn(number string) bool {
	return number == m.people.subject.NationalID.Reveal() || number == m.people.applicant.NationalID.Reveal()
}

// Open gives the questions of the form that have no answer yet.
func (m *Member) Open() []*catalogue.Field {
	var open []*catalogue.Field
	for _, field := range m.move.item.Form {
		if _, answered := m.move.kase.Answers[field.Key]; !answered {
			open = append(open, field)
		}
	}
	return open
}

// Facts gives what rules see of the people and the channel of the application.
func (m *Member) Facts() catalogue.Facts { return m.people.facts(m.move.kase, m.move.today()) }
