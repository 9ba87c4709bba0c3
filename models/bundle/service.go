package bundle

import (
	"context"
	"fmt"

	"onewindow/models"
	"onewindow/models/casework"
	"onewindow/models/catalogue"
	"onewindow/models/material"
	"onewindow/models/store"
)

// Dependencies are what the room stands on. server/app hands them over.
type Dependencies struct {
	Store     *store.Store
	Catalogue *catalogue.Service
	Cases     *casework.Service
	Materials *material.Service
}

// Service is the use cases of bundles. It is safe for concurrent use.
type Service struct{ Dependencies }

// New makes the service. Its Changed is to be given to casework's OnChange after everyone else's, so that what follows for the
// others is told after what it follows from.
func New(dependencies Dependencies) *Service { return &Service{dependencies} }

// StartInput is what a bundle is begun with.
type StartInput struct {
	BundleCode string
	// OnBehalfOf is a dependant's id; nil: for oneself.
	OnBehalfOf *models.ID
	Channel    casework.Channel
	// IdempotencyKey: the same key again gives the same bundle case.
	IdempotencyKey string
}

// Start begins an application for each member that takes part. Where nobody could, nothing is begun and the reasons come back.
func (s *Service) Start(ctx context.Context, actor models.Actor, input StartInput) (*Case, []*models.Problem, error) {
	offered, found := s.Catalogue.Current().Bundle(input.BundleCode)
	if !found {
		return nil, nil, models.NotFound()
	}
	if input.Channel == "" {
		input.Channel = casework.App
	}
	request := store.Request{ActorID: actor.PersonID(), Operation: "startBundle", Key: input.IdempotencyKey, Input: input}
	return s.once(ctx, actor, request, func(tx *store.Tx) (models.ID, []*models.Problem, error) {
		return s.start(ctx, tx, actor, offered, input)
	})
}

// once is a change of a bundle case that may arrive twice; an answer without an id has changed nothing.
func (s *Service) once(
	ctx context.Context, actor models.Actor, request store.Request, work func(tx *store.Tx) (models.ID, []*models.Problem, error),
) (*Case, []*models.Problem, error) {
	var id models.ID
	var problems []*models.Problem
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		known, err := tx.Recall(ctx, request)
		if err != nil || known != "" {
			id, problems = known, nil
			return err
		}
		if id, problems, err = work(tx); err != nil || id == "" {
			return err
		}
		return tx.Remember(request, id)
	})
	if err != nil || id == "" {
		return nil, problems, err
	}
	shown, err := s.ByID(ctx, actor, id)
	return shown, problems, err
}

func (s *Service) start(
	ctx context.Context, tx *store.Tx, actor models.Actor, offered *catalogue.Bundle, input StartInput,
) (models.ID, []*models.Problem, error) {
	row := &record{
		ID: models.NewID(), Code: offered.Code, SubjectID: actor.PersonID(), ApplicantID: actor.PersonID(), Channel: input.Channel,
		CreatedAt: tx.Now, Plan: planOf(offered),
	}
	if input.OnBehalfOf != nil {
		allowed, err := s.Cases.MayStandFor(ctx, actor, *input.OnBehalfOf)
		if err != nil {
			return "", nil, err
		}
		if !allowed {
			return "", nil, models.NotFound()
		}
		row.SubjectID = *input.OnBehalfOf
	}
	facts, err := s.Cases.Facts(tx, row.SubjectID, row.ApplicantID, row.Channel)
	if err != nil {
		return "", nil, err
	}
	var problems []*models.Problem
	for i, item := range offered.Items {
		if why := outside(offered, item, facts, row.Channel); why != nil {
			row.Plan.Members[i].Outside = why
			problems = append(problems, models.NewProblem("NOT_ELIGIBLE", "", both(quoted(item.Name), models.T("：", ": "), sentences(why.Reason, why.Remedy))))
		}
	}
	if len(problems) == len(offered.Items) {
		return "", problems, nil
	}
	if err := insert(tx, row); err != nil {
		return "", nil, err
	}
	return row.ID, nil, s.startMembers(ctx, tx, actor, offered, row, input)
}

func (s *Service) startMembers(
	ctx context.Context, tx *store.Tx, actor models.Actor, offered *catalogue.Bundle, row *record, input StartInput,
) error {
	p := s.newPass(row, actor, tx)
	within := context.WithValue(ctx, passKey{}, p)
	for i, item := range offered.Items {
		if row.Plan.Members[i].Outside != nil {
			continue
		}
		member, problems, err := s.Cases.StartMember(within, tx, actor, item,
			casework.StartInput{ItemCode: item.Code, OnBehalfOf: input.OnBehalfOf, Channel: row.Channel}, row.ID)
		if err != nil {
			return err
		}
		if len(problems) > 0 {
			row.Plan.Members[i].Outside = &casework.Fallen{Reason: problems[0].Message}
			continue
		}
		p.members[item.Code] = member
	}
	if err := savePlan(tx, row); err != nil {
		return err
	}
	p.shareKnown(tx.Now)
	return p.settle(ctx, tx)
}

// Changed follows a change of an application inside its transaction: what it means for the others of its bundle.
func (s *Service) Changed(ctx context.Context, tx *store.Tx, change casework.Change) error {
	part := change.After.Progress.Bundle
	if part == nil {
		return nil
	}
	if p := running(ctx); p != nil {
		p.note(change)
		return nil
	}
	row, err := lockedRow(tx, part.CaseID)
	if err != nil {
		return err
	}
	p := s.newPass(row, change.Actor, tx)
	members, err := s.Cases.Members(ctx, tx, row.ID, change.After)
	if err != nil {
		return err
	}
	p.take(members)
	p.note(change)
	p.share(change)
	return p.settle(ctx, tx)
}

// open begins a pass of the applicant's own over a bundle case.
func (s *Service) open(ctx context.Context, tx *store.Tx, actor models.Actor, id models.ID) (*pass, error) {
	if _, valid := models.ParseID(string(id)); !valid {
		return nil, models.NotFound()
	}
	row, err := lockedRow(tx, id)
	if err != nil {
		return nil, err
	}
	if err := s.Cases.MayActIn(ctx, actor, row.SubjectID, row.ApplicantID); err != nil {
		return nil, err
	}
	members, err := s.Cases.Members(ctx, tx, id, nil)
	if err != nil {
		return nil, err
	}
	p := s.newPass(row, actor, tx)
	p.take(members)
	return p, nil
}

// SaveAnswers takes answers into every draft of the bundle that asks them; item: into that item's alone.
func (s *Service) SaveAnswers(
	ctx context.Context, actor models.Actor, id models.ID, answers []*casework.AnswerInput, item string,
) (*Case, []*models.Problem, error) {
	return s.once(ctx, actor, store.Request{}, func(tx *store.Tx) (models.ID, []*models.Problem, error) {
		p, err := s.open(ctx, tx, actor, id)
		if err != nil {
			return "", nil, err
		}
		problems := p.answerAll(answers, item)
		return id, problems, p.settle(ctx, tx)
	})
}

// Submit hands in everything that can go, at once, each with a number of its own; what waits for another goes when its turn
// comes. Where nothing can go nothing is kept, and what is lacking comes back.
func (s *Service) Submit(ctx context.Context, actor models.Actor, id models.ID, key string) (*Case, []*models.Problem, error) {
	request := store.Request{ActorID: actor.PersonID(), Operation: "submitBundle", Key: key, Input: id}
	return s.once(ctx, actor, request, func(tx *store.Tx) (models.ID, []*models.Problem, error) {
		p, err := s.open(ctx, tx, actor, id)
		if err != nil {
			return "", nil, err
		}
		moved, problems, err := p.handInAll(actor)
		if err != nil || (len(problems) > 0 && !moved) {
			return "", problems, err
		}
		return id, problems, p.settle(ctx, tx)
	})
}

// handInAll hands in every draft that is at its turn and complete, and keeps the wish for those that wait.
func (p *pass) handInAll(actor models.Actor) (moved bool, problems []*models.Problem, err error) {
	for _, member := range p.ordered() {
		part := member.Part()
		if member.Case().State != casework.Draft || part.Fallen != nil {
			continue
		}
		if len(part.Waits) > 0 {
			part.Wish = casework.WishExplicit
			member.SetPart(part)
			continue
		}
		lacking := member.Problems()
		if len(lacking) > 0 {
			for _, problem := range lacking {
				named := *problem
				named.Message = both(quoted(member.Item().Name), models.T("：", ": "), problem.Message)
				problems = append(problems, &named)
			}
			continue
		}
		moved = true
		if err := member.Submit(actor); err != nil {
			return moved, nil, err
		}
	}
	return moved, problems, nil
}

// Rehome gives the bundle cases of an account without an identity to the person whose account its phone joins.
func (s *Service) Rehome(_ context.Context, tx *store.Tx, from, to models.ID) error {
	if err := rehome(tx, from, to); err != nil {
		return fmt.Errorf("rehome bundle cases: %w", err)
	}
	return nil
}
