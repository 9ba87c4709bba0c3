package casework

import (
	"context"
	"errors"
	"time"

	"onewindow/models"
	"onewindow/models/catalogue"
	"onewindow/models/delegation"
	"onewindow/models/material"
	"onewindow/models/resident"
	"onewindow/models/store"
)

// StartInput is what an application is begun with.
type StartInput struct {
	ItemCode string
	// OnBehalfOf is a dependant's id, or that of who gave a delegation; nil: for oneself.
	OnBehalfOf *models.ID
	Channel    Channel
	// FromApplicationID is an application that ended without a result, whose answers and documents are taken over.
	FromApplicationID *models.ID
	// IdempotencyKey: the same key again gives the same application.
	IdempotencyKey string

	// bundle is set for a member of a bundle.
	bundle *Part
}

// Start begins an application: answers prefilled from the identity with source and date, requirements computed.
func (s *Service) Start(ctx context.Context, actor models.Actor, input StartInput) (*Application, []*models.Problem, error) {
	item, found := s.Catalogue.Current().Item(input.ItemCode)
	if !found {
		return nil, nil, models.NotFound()
	}
	if input.Channel == "" {
		input.Channel = App
	}
	request := store.Request{ActorID: actor.PersonID(), Operation: "startApplication", Key: input.IdempotencyKey, Input: input}
	var started *Case
	var problems []*models.Problem
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		known, err := tx.Recall(ctx, request)
		if err != nil {
			return err
		}
		if known != "" {
			started, err = s.records.locked(tx, known)
			return err
		}
		if started, problems, err = s.start(ctx, tx, actor, item, input); err != nil || len(problems) > 0 {
			return err
		}
		return tx.Remember(request, started.ID)
	})
	if err != nil || len(problems) > 0 {
		return nil, problems, err
	}
	application, err := s.viewOf(ctx, started)
	return application, nil, err
}

func (s *Service) start(
	ctx context.Context, tx *store.Tx, actor models.Actor, item *catalogue.Item, input StartInput,
) (*Case, []*models.Problem, error) {
	if closed := s.Catalogue.Current().Closed(item); closed != nil {
		return nil, []*models.Problem{closed}, nil
	}
	if !item.Offers(string(input.Channel)) {
		return nil, []*models.Problem{models.NewProblem("CHANNEL", "channel", models.T("该事项不能通过这个渠道办理", "This service is not offered on this channel"))}, nil
	}
	if actor.Kind == models.Volunteer && input.OnBehalfOf == nil { // an account that helps has nothing of its own to apply for
		return nil, nil, models.NotAllowed()
	}
	c := &Case{
		ID: models.NewID(), ItemCode: item.Code, ItemVersion: item.Version, Lead: item.Lead.Code, ApplicantID: actor.PersonID(),
		SubjectID: actor.PersonID(), State: Draft, Channel: input.Channel, Revision: 1, CreatedAt: tx.Now, Answers: map[string]Answer{},
	}
	from, err := s.earlier(ctx, tx, actor, input.FromApplicationID)
	if err != nil {
		return nil, nil, err
	}
	if from != nil && input.OnBehalfOf == nil && from.SubjectID != actor.PersonID() {
		input.OnBehalfOf = &from.SubjectID
	}
	if input.OnBehalfOf != nil && (*input.OnBehalfOf != actor.PersonID() || actor.Kind == models.Volunteer) {
		allowed, err := s.mayStandFor(ctx, actor, *input.OnBehalfOf)
		if err != nil {
			return nil, nil, err
		}
		c.SubjectID = *input.OnBehalfOf
		if !allowed { // by a delegation it is the grantor's own application, whoever fills it in
			c.ApplicantID = c.SubjectID
			if s.mine(ctx, actor, delegation.Fill)(tx, c) != nil {
				return nil, nil, models.NotFound()
			}
		}
	}
	c.Progress.Bundle = input.bundle
	people, err := s.people(tx, c)
	if err != nil {
		return nil, nil, err
	}
	if from != nil && from.SubjectID != c.SubjectID {
		return nil, nil, models.NotFound()
	}
	prefill(c, item, people, tx.Now)
	if from != nil {
		takeAnswers(c, from, item, models.DateOf(tx.Now))
	}
	m, err := s.begin(ctx, tx, actor, c)
	if err != nil {
		return nil, nil, err
	}
	m.refresh(people)
	m.happened(EventStarted, phrase(models.T("开始填写“{}”申请", "Began the application “{}”"), item.Name), nil)
	if from != nil {
		held, err := s.heldBefore(ctx, tx, from)
		if err != nil {
			return nil, nil, err
		}
		m.takeDocuments(from, held)
		m.refresh(people)
	}
	if err := s.fromWallet(ctx, tx, m, people, foundWanting(from)); err != nil {
		return nil, nil, err
	}
	return c, nil, s.save(ctx, tx, nil, m)
}

func (s *Service) mayStandFor(ctx context.Context, actor models.Actor, subject models.ID) (bool, error) {
	if _, valid := models.ParseID(string(subject)); !valid {
		return false, nil
	}
	return s.Residents.MayActFor(ctx, actor.PersonID(), subject)
}

// prefill takes what the identity knows into the form, each value with its source and date.
func prefill(c *Case, item *catalogue.Item, people people, now time.Time) {
	for key, answer := range people.prefilled(item) {
		at := now
		if people.subject.BoundAt != nil && answer.Source == sourceIdentity {
			at = *people.subject.BoundAt
		}
		answer.At = &at
		c.Answers[key] = answer
	}
}

// prefilled are the answers that an application begins with, with their sources.
func (p people) prefilled(item *catalogue.Item) map[string]Answer {
	answers := map[string]Answer{}
	for _, field := range item.Form {
		if value, source := prefilled(field.Prefill, p.subject, p.applicant); value != "" && field.Reuse != catalogue.ReuseNever {
			answers[field.Key] = Answer{Value: value, Source: source}
		}
	}
	return answers
}

// The sources of prefilled answers.
const (
	sourceIdentity = "identity"
	sourceAccount  = "account"
)

var sourceWords = map[string]models.Text{
	sourceIdentity: models.T("实名认证信息", "your verified identity"),
	sourceAccount:  models.T("登录手机号", "the phone you sign in with"),
	sourceBundle:   models.T("同一件事中已填写的内容", "what you filled in for the same matter"),
	sourceEarlier:  models.T("此前的申请", "an earlier application"),
}

// sourceBundle marks what was answered in another application of the same bundle, sourceResult what an earlier result says.
const (
	sourceBundle = "bundle"
	sourceResult = "result"
)

// Words say where an answer came from; nil: from the applicant.
func (a Answer) Words() models.Text {
	if a.From != nil {
		return a.From
	}
	return sourceWords[a.Source]
}

func prefilled(name string, subject, applicant *resident.Resident) (value, source string) {
	switch name {
	case "name":
		return subject.Name.Reveal(), sourceIdentity
	case "national_id":
		return subject.NationalID.Reveal(), sourceIdentity
	case prefillPhone:
		return applicant.Phone.Reveal(), sourceAccount
	case "birth_date":
		if subject.BirthDate != nil {
			return subject.BirthDate.String(), sourceIdentity
		}
	case "gender":
		return subject.Gender, sourceIdentity
	case "region":
		return subject.Region, sourceIdentity
	case "residence", "residence_region":
		return subject.Residence, sourceIdentity
	case "address":
		return subject.Address.Reveal(), sourceIdentity
	}
	return "", ""
}

// AnswerInput is one answer as it comes from outside: text whatever the field's type; nil takes the answer back.
type AnswerInput struct {
	Key   string
	Value *string
}

// SaveAnswers takes answers into a draft. What does not fit comes back as that field's problem; the other answers are saved.
func (s *Service) SaveAnswers(
	ctx context.Context, actor models.Actor, id models.ID, revision *int, answers []*AnswerInput,
) (*Application, []*models.Problem, error) {
	var problems []*models.Problem
	c, _, err := s.change(ctx, actor, id, s.mine(ctx, actor, delegation.Fill), func(tx *store.Tx, m *move) ([]*models.Problem, error) {
		if _, err := permit(m.kase.State, ActionEdit); err != nil {
			return nil, err
		}
		if err := stale(m.kase, revision); err != nil {
			return nil, err
		}
		people, err := s.people(tx, m.kase)
		if err != nil {
			return nil, err
		}
		s.bringForward(m, people)
		changed := s.tell(m)
		kept, refused := m.withoutOwn(answers)
		if len(refused) > 0 {
			record := helpRecord(actor, m.kase.byVolunteer(), m.kase, models.T("代办人试图修改只能由本人填写的内容，已拒绝",
				"a delegate tried to change what the person alone answers; refused"), fieldsOf(refused)...)
			if err := s.Audit.Record(tx, record); err != nil {
				return nil, err
			}
		}
		problems = append(refused, m.take(kept)...)
		if changed != nil {
			problems = append([]*models.Problem{changed}, problems...)
			problems = append(problems, m.unfit(people, problems)...)
		}
		m.refresh(people)
		m.happened(EventAnswersSaved, models.T("保存填写内容", "Answers saved"), nil, internal)
		return nil, s.fromWallet(ctx, tx, m, people, nil)
	})
	if err != nil {
		return nil, nil, err
	}
	application, err := s.viewOf(ctx, c)
	if err == nil {
		application.refusedAnswers = problems
	}
	return application, problems, err
}

func fieldsOf(problems []*models.Problem) []string {
	fields := make([]string, len(problems))
	for i, problem := range problems {
		fields[i] = *problem.Field
	}
	return fields
}

// take takes over the answers that fit.
func (m *move) take(answers []*AnswerInput) []*models.Problem {
	m.kase.Answers = cloneAnswers(m.kase.Answers)
	var problems []*models.Problem
	for _, answer := range answers {
		if answer.Value == nil || *answer.Value == "" {
			delete(m.kase.Answers, answer.Key)
			continue
		}
		normal, problem := m.item.CheckAnswer(answer.Key, *answer.Value, m.today())
		if problem != nil {
			problems = append(problems, problem)
			continue
		}
		m.kase.Answers[answer.Key] = Answer{Value: normal}
	}
	return problems
}

func cloneAnswers(answers map[string]Answer) map[string]Answer {
	copied := make(map[string]Answer, len(answers))
	for key, answer := range answers {
		copied[key] = answer
	}
	return copied
}

// Submit hands the application in, if every answer and every requirement is fine.
func (s *Service) Submit(
	ctx context.Context, actor models.Actor, id models.ID, revision *int, key string,
) (*Application, []*models.Problem, error) {
	request := store.Request{ActorID: actor.PersonID(), Operation: "submitApplication", Key: key, Input: []any{id, revision}}
	application, problems, err := s.onceOnly(ctx, actor, request, id, func(tx *store.Tx, m *move) ([]*models.Problem, error) {
		people, err := s.people(tx, m.kase)
		if err != nil {
			return nil, err
		}
		if m.kase.byVolunteer() && m.kase.Progress.Bundle != nil {
			return nil, models.NotAllowed() // the house hands in what waits for its turn: nothing could be cancelled in time
		}
		if handled, problems, err := m.inBundle(people); handled {
			return problems, err
		}
		if _, err := permit(m.kase.State, ActionSubmit); err != nil {
			return nil, err
		}
		if err := stale(m.kase, revision); err != nil {
			return nil, err
		}
		s.bringForward(m, people)
		if s.tell(m) != nil {
			return nil, errItemChanged
		}
		if err := s.renewDates(ctx, tx, m); err != nil {
			return nil, err
		}
		problems := m.forDelegate(m.submissionProblems(people))
		if len(problems) > 0 {
			return problems, nil
		}
		m.handedIn = delegation.HandInApplication
		return nil, m.handIn(people)
	})
	if errors.Is(err, errItemChanged) {
		return s.showChange(ctx, actor, id)
	}
	return s.asItStands(ctx, actor, id, application, problems, err)
}

// onceOnly is change for a mutation of the applicant that may arrive twice.
func (s *Service) onceOnly(
	ctx context.Context, actor models.Actor, request store.Request, id models.ID, work func(tx *store.Tx, m *move) ([]*models.Problem, error),
) (*Application, []*models.Problem, error) {
	return s.once(ctx, actor, request, id, s.mine(ctx, actor, delegation.Submit), work)
}

func (s *Service) once(
	ctx context.Context, actor models.Actor, request store.Request, id models.ID,
	permitted func(*store.Tx, *Case) error, work func(tx *store.Tx, m *move) ([]*models.Problem, error),
) (*Application, []*models.Problem, error) {
	var changed *Case
	var problems []*models.Problem
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		if _, valid := models.ParseID(string(id)); !valid {
			return models.NotFound()
		}
		fresh, err := tx.Claim(request, id)
		if err != nil {
			return err
		}
		if !fresh {
			changed, err = s.records.locked(tx, id)
			return err
		}
		if changed, problems, err = s.changeIn(ctx, tx, actor, id, permitted, work); err != nil || len(problems) == 0 {
			return err
		}
		return tx.Forget(request)
	})
	if err != nil {
		return nil, nil, err
	}
	application, err := s.viewOf(ctx, changed)
	return application, problems, err
}

// Supplement says that all that was asked for is there now.
func (s *Service) Supplement(ctx context.Context, actor models.Actor, id models.ID, key string) (*Application, []*models.Problem, error) {
	request := store.Request{ActorID: actor.PersonID(), Operation: "supplement", Key: key, Input: id}
	return s.onceOnly(ctx, actor, request, id, func(_ *store.Tx, m *move) ([]*models.Problem, error) {
		if _, err := permit(m.kase.State, ActionSupplement); err != nil {
			return nil, err
		}
		if problems := m.stillAskedFor(); len(problems) > 0 {
			return problems, nil
		}
		m.handedIn = delegation.HandInSupplement
		return nil, m.supplement()
	})
}

func (m *move) stillAskedFor() []*models.Problem {
	var problems []*models.Problem
	for _, key := range m.kase.Progress.Supplement.Keys {
		if requirement := m.kase.Requirement(key); requirement.Status.Open() {
			problems = append(problems, m.materialProblem(key))
		}
	}
	return problems
}

func (m *move) materialProblem(key string) *models.Problem {
	return models.NewProblem("REQUIRED", key, phrase(models.T("还缺少材料：{}", "Still missing: {}"), m.materialName(key)))
}

// endedProblem: what was valid when it was handed in has ended before the application was.
func (m *move) endedProblem(requirement material.Requirement) *models.Problem {
	return models.NewProblem("EXPIRED", requirement.Key, phrase(models.T("“{}”已于{}到期，请换成有效的材料", "“{}” expired on {}; please replace it by a valid one"),
		m.materialName(requirement.Key), day(*requirement.ExpiresOn)))
}

// maxWords bounds a free text such as a reason, in characters.
const maxWords = 1000

func tooLong(field, text string) *models.Problem {
	if len([]rune(text)) <= maxWords {
		return nil
	}
	return models.NewProblem("TOO_LONG", field, models.T("内容过长，请控制在1000字以内", "Too long: at most 1,000 characters"))
}

// Withdraw takes the application back.
func (s *Service) Withdraw(ctx context.Context, actor models.Actor, id models.ID, reason string) (*Application, []*models.Problem, error) {
	if problem := tooLong("reason", reason); problem != nil {
		return nil, []*models.Problem{problem}, nil
	}
	c, problems, err := s.change(ctx, actor, id, s.mine(ctx, actor, delegation.Submit), func(_ *store.Tx, m *move) ([]*models.Problem, error) {
		if m.kase.byVolunteer() { // it could not be cancelled
			return nil, models.NotAllowed()
		}
		return nil, m.withdraw(reason)
	})
	if err != nil {
		return nil, nil, err
	}
	application, err := s.viewOf(ctx, c)
	return application, problems, err
}
