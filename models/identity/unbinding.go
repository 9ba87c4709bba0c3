package identity

import (
	"context"
	"fmt"
	"slices"

	"onewindow/models"
	"onewindow/models/resident"
	"onewindow/models/store"
)

// PhoneProof is a phone of the caller's account and the code that was just sent to it.
type PhoneProof struct {
	Phone string
	Code  string
}

// Unbind takes a binding back: every phone is signed out and let go of, departments' identifiers are dropped unless an
// application is still worked there. Applications stay, for who binds the same identity anew.
func (s *Service) Unbind(ctx context.Context, actor models.Actor, proof PhoneProof) (*Binding, []*models.Problem, error) {
	if problems, err := s.proveOwn(ctx, actor, proof, "phone"); err != nil || len(problems) > 0 {
		return nil, problems, err
	}
	err := s.store.InTx(ctx, func(tx *store.Tx) error {
		person, err := s.residents.ByIDIn(tx, actor.ID)
		if err != nil {
			return err
		}
		if !person.Bound() {
			return models.NotFound()
		}
		if err := s.house.Tell(ctx, tx, person.ID, NoticeUnbound, ""); err != nil {
			return err
		}
		if err := s.residents.Unbind(tx, person); err != nil {
			return err
		}
		needed, err := s.house.NeedsDepartments(ctx, tx, person.ID)
		if err != nil {
			return err
		}
		if err := dropLinks(tx, person.ID, needed); err != nil {
			return err
		}
		if err := endAllConsents(tx, person.ID); err != nil {
			return err
		}
		if err := closeJoins(tx, person.ID); err != nil {
			return err
		}
		return s.house.Ended(ctx, tx, person.ID, "")
	})
	if err != nil {
		return nil, nil, fmt.Errorf("unbind identity: %w", err)
	}
	return &Binding{Status: Unbound, Groups: []string{}, Links: []*Link{}}, nil, nil
}

// Phones gives the phones of an account, the oldest first.
func (s *Service) Phones(ctx context.Context, person *resident.Resident) ([]*resident.Phone, error) {
	return s.residents.Phones(ctx, person)
}

// RemovePhone takes a phone away from the caller's account; proof is one that stays. All other sessions end: which of them
// were the phone's nobody can know.
func (s *Service) RemovePhone(ctx context.Context, actor models.Actor, phone string, proof PhoneProof) ([]*resident.Phone, []*models.Problem, error) {
	number, err := models.ParsePhone(phone)
	if err != nil {
		return nil, notYours("phone"), nil //nolint:nilerr // a problem: what the person can mend
	}
	owner, err := s.residents.OwnerOfPhone(ctx, number)
	staying, unreadable := models.ParsePhone(proof.Phone)
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("remove phone: %w", err)
	case owner != actor.ID:
		return nil, notYours("phone"), nil
	case unreadable == nil && staying == number:
		return nil, []*models.Problem{models.NewProblem("MISMATCH", "confirmPhone", models.T(
			"请用要保留的手机号确认", "Please confirm with a phone that stays"))}, nil
	}
	problems, err := s.proveOwn(ctx, actor, proof, "confirmPhone")
	if err != nil || len(problems) > 0 {
		return nil, problems, err
	}
	var left []*resident.Phone
	err = s.store.InTx(ctx, func(tx *store.Tx) error {
		person, err := s.residents.ByIDIn(tx, actor.ID)
		if err != nil {
			return err
		}
		phones, err := s.residents.PhonesIn(tx, person)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(phones, func(one *resident.Phone) bool { return one.Number == staying }) { // taken away meanwhile
			problems = notYours("confirmPhone")
			return nil
		}
		removed, err := s.residents.RemovePhone(tx, person, number)
		if err != nil {
			return err
		}
		if problems = nil; !removed {
			problems = notYours("phone")
			return nil
		}
		if err := s.residents.Save(tx, person); err != nil {
			return err
		}
		if err := s.house.Ended(ctx, tx, person.ID, actor.SessionID); err != nil {
			return err
		}
		if left, err = s.residents.PhonesIn(tx, person); err != nil {
			return err
		}
		return s.house.Tell(ctx, tx, person.ID, NoticeRemoved, "")
	})
	if err != nil {
		return nil, nil, fmt.Errorf("remove phone: %w", err)
	}
	return left, problems, nil
}

// proveOwn checks that the caller holds one of the account's phones at this moment.
func (s *Service) proveOwn(ctx context.Context, actor models.Actor, proof PhoneProof, field string) ([]*models.Problem, error) {
	if actor.Kind != models.Resident {
		return nil, models.NotAllowed()
	}
	number, err := models.ParsePhone(proof.Phone)
	if err != nil {
		return notYours(field), nil //nolint:nilerr // a problem: what the person can mend
	}
	owner, err := s.residents.OwnerOfPhone(ctx, number)
	if err != nil {
		return nil, fmt.Errorf("prove phone: %w", err)
	}
	if owner != actor.ID {
		return notYours(field), nil
	}
	right, err := s.house.ProvePhone(ctx, number, proof.Code)
	if err != nil || right {
		return nil, err
	}
	return []*models.Problem{models.NewProblem("MISMATCH", "code", models.T(
		"验证码不正确或已失效，请核对或重新获取", "The code is wrong or no longer valid, please check it or ask for a new one"))}, nil
}

func notYours(field string) []*models.Problem {
	return []*models.Problem{models.NewProblem("MISMATCH", field, models.T("这不是您账号的手机号", "This is not a phone of your account"))}
}
