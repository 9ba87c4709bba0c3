package identity

import (
	"context"
	"errors"
	"fmt"

	"onewindow/models"
	"onewindow/models/resident"
	"onewindow/models/store"
)

// askOwner asks on the phones bound before whether the caller's may join, where the number is bound. Whoever asks learns
// nothing: the same is written whether there is anybody to ask or not.
func (s *Service) askOwner(ctx context.Context, actor models.Actor, claim claim, fits bool) error {
	device, err := s.house.Device(ctx, actor)
	if err != nil {
		return fmt.Errorf("bind identity: %w", err)
	}
	err = s.store.InTx(ctx, func(tx *store.Tx) error {
		owner, err := s.ownerOf(tx, claim.id)
		if err != nil {
			return err
		}
		tried, err := countAsks(tx, actor.ID)
		if err != nil || tried >= asksADay {
			return err
		}
		before, err := asksOf(tx, owner)
		if err != nil {
			return err
		}
		request := &joinRow{
			ID: models.NewID(), AskerID: actor.ID, Device: device, State: JoinNobody, CreatedAt: tx.Now, ExpiresAt: tx.Now.Add(JoinLife),
		}
		if owner == "" || owner == actor.ID || !fits || !mayAsk(before, actor.ID, tx.Now) {
			return insertJoin(tx, request)
		}
		request.OwnerID, request.State = &owner, JoinOpen
		if err := expireJoins(tx, owner); err != nil {
			return err
		}
		if err := insertJoin(tx, request); err != nil {
			return err
		}
		return s.house.Tell(ctx, tx, owner, NoticeAsked, request.ID)
	})
	if store.IsDuplicate(err) { // asked by somebody else at this moment
		return nil
	}
	if err != nil {
		return fmt.Errorf("bind identity: %w", err)
	}
	return nil
}

// ownerOf gives the account that a number is bound to; "" where it is nobody's.
func (s *Service) ownerOf(tx *store.Tx, id models.NationalID) (models.ID, error) {
	holder, err := s.residents.ByNationalIDIn(tx, id)
	var fault *models.Fault
	switch {
	case errors.As(err, &fault) && fault.Code == models.NotFoundCode:
		return "", nil
	case err != nil:
		return "", err
	case !holder.Bound():
		return "", nil
	}
	return holder.ID, nil
}

// join moves the account's phone, sessions and drafts to the person's account and tells the phones bound before.
func (s *Service) join(ctx context.Context, tx *store.Tx, account, person *resident.Resident) error {
	if err := s.residents.Join(tx, account, person); err != nil {
		return err
	}
	if person.Bound() { // else the caller saves it with the new binding
		if err := s.residents.Save(tx, person); err != nil {
			return err
		}
	}
	if err := s.house.Moved(ctx, tx, account.ID, person.ID); err != nil {
		return err
	}
	return s.house.Tell(ctx, tx, person.ID, NoticeJoined, "")
}

// Confirm answers on a bound phone whether another phone may join. A question that is not the caller's does not exist; one that
// was answered or has expired comes back as a problem.
func (s *Service) Confirm(ctx context.Context, actor models.Actor, id models.ID, approve bool) (confirmed bool, problems []*models.Problem, err error) {
	if actor.Kind != models.Resident {
		return false, nil, models.NotAllowed()
	}
	if _, valid := models.ParseID(string(id)); !valid {
		return false, nil, models.NotFound()
	}
	err = s.store.InTx(ctx, func(tx *store.Tx) error {
		confirmed, problems = false, nil
		request, err := lockedJoin(tx, id, actor.ID)
		switch {
		case err != nil:
			return err
		case request == nil:
			return models.NotFound()
		case request.State == answerOf(approve):
			confirmed = approve
			return nil
		case request.State != JoinOpen || !tx.Now.Before(request.ExpiresAt):
			problems = joinOver()
			return nil
		}
		answer := answerOf(approve)
		if approve {
			if confirmed, problems, err = s.admit(ctx, tx, request); err != nil {
				return err
			}
			if len(problems) > 0 { // nobody joins by it any more
				answer = JoinExpired
			}
		}
		return answerJoin(tx, id, answer)
	})
	if err != nil {
		return false, nil, fmt.Errorf("confirm binding: %w", err)
	}
	return confirmed, problems, nil
}

func answerOf(approve bool) JoinState {
	if approve {
		return JoinApproved
	}
	return JoinRefused
}

func (s *Service) admit(ctx context.Context, tx *store.Tx, request *joinRow) (bool, []*models.Problem, error) {
	asker, err := s.residents.ByIDIn(tx, request.AskerID)
	if err != nil {
		return false, nil, err
	}
	owner, err := s.residents.ByIDIn(tx, *request.OwnerID)
	if err != nil {
		return false, nil, err
	}
	if asker.Bound() || asker.Phone.IsZero() || !owner.Bound() { // became somebody else's meanwhile
		return false, joinOver(), nil
	}
	return true, nil, s.join(ctx, tx, asker, owner)
}

func joinOver() []*models.Problem {
	return []*models.Problem{models.NewProblem("EXPIRED", "requestId", models.T(
		"该请求已处理或已失效，如仍需绑定，请在新手机上重新发起", "This request was answered or has expired; please start again on the new phone if it is still wanted"))}
}

// JoinRequests gives the questions that wait for an answer on the caller's phones.
func (s *Service) JoinRequests(ctx context.Context, owner models.ID) ([]*JoinRequest, error) {
	rows, err := s.openJoins(ctx, owner)
	if err != nil {
		return nil, fmt.Errorf("binding requests: %w", err)
	}
	ids := make([]models.ID, len(rows))
	for i, row := range rows {
		ids[i] = row.AskerID
	}
	askers, err := s.residents.ByIDs(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("binding requests: %w", err)
	}
	requests := make([]*JoinRequest, 0, len(rows))
	for _, row := range rows {
		request := &JoinRequest{ID: row.ID, At: row.CreatedAt.UTC(), ExpiresAt: row.ExpiresAt.UTC()}
		if asker := askers[row.AskerID]; asker != nil {
			request.MaskedPhone = asker.MaskedPhone()
		}
		if row.Device != "" {
			request.Device = &row.Device
		}
		requests = append(requests, request)
	}
	return requests, nil
}
