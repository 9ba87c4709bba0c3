package identity

import (
	"context"
	"errors"
	"fmt"

	"onewindow/models"
	"onewindow/models/store"
)

// ErrNoConsent says that a department may not be asked about a person: the consent was withdrawn.
var ErrNoConsent = errors.New("identity: the person's consent was withdrawn")

// Withdraw takes a consent back, as easily as it was given: from the commit on no department is asked for anything about the
// person. The identity stays bound, what was handed in goes on under the law's basis. A consent that was never given does not
// exist; one that was withdrawn before stays so.
func (s *Service) Withdraw(ctx context.Context, actor models.Actor, purpose string) ([]*Consent, []*models.Problem, error) {
	if actor.Kind != models.Resident {
		return nil, nil, models.NotAllowed()
	}
	known := false
	err := s.store.InTx(ctx, func(tx *store.Tx) error {
		var err error
		if known, err = wasGiven(tx, actor.ID, purpose); err != nil || !known {
			return err
		}
		if err := withdrawConsents(tx, actor.ID, purpose); err != nil {
			return err
		}
		return stopAsking(tx, actor.ID)
	})
	if err != nil {
		return nil, nil, fmt.Errorf("withdraw consent: %w", err)
	}
	consents, err := s.Consents(ctx, actor.ID)
	if err != nil || known {
		return consents, nil, err
	}
	return consents, []*models.Problem{models.NewProblem("UNKNOWN", "purpose", models.T("您没有给过这项同意", "You have not given this consent"))}, nil
}

// MayAsk tells whether departments may be asked about a person: ErrNoConsent where the person agreed once and has withdrawn it. A
// person who never signed in, such as a child, has nothing to withdraw: the guardian's own withdrawal is not looked at here.
func (s *Service) MayAsk(ctx context.Context, person models.ID) error {
	withdrawn, err := withdrawnOnly(s.store.Reader(ctx), person, PurposeBinding)
	if err != nil {
		return fmt.Errorf("may ask: %w", err)
	}
	if withdrawn {
		return ErrNoConsent
	}
	return nil
}
