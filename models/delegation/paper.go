package delegation

import (
	"context"

	"onewindow/models"
	"onewindow/models/resident"
	"onewindow/models/store"
)

// OnPaper is a power that was signed on paper. Its scope and its end are the paper's own, also where one that is given here would have
// to be shorter.
type OnPaper struct {
	// ID is the same at every entering of the same paper.
	ID               models.ID
	Principal, Agent Signatory
	ItemCodes        []string
	Powers           []Power
	Until            models.Date
}

// Signatory is somebody who signed: by the number of the identity, or while no account has that by the phone, if there is one.
type Signatory struct {
	Name       models.PersonName
	NationalID models.NationalID
	Phone      models.PhoneNumber
}

// EnterPapers enters what was signed on paper, each once: what was taken back since stays so. It is there when the people prove their
// identities; until the agent has, it is an offer, which nobody can use who has not.
func (s *Service) EnterPapers(ctx context.Context, papers []OnPaper) error {
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		for _, paper := range papers {
			if known, err := s.byID(tx.DB, paper.ID); err != nil || known != nil {
				if err != nil {
					return err
				}
				continue
			}
			if err := s.enterPaper(ctx, tx, paper); err != nil {
				return err
			}
		}
		return nil
	})
	return wrap("enter papers", err)
}

func (s *Service) enterPaper(ctx context.Context, tx *store.Tx, paper OnPaper) error {
	principal, err := s.signatory(ctx, tx, paper.Principal)
	if err != nil {
		return err
	}
	agent, err := s.signatory(ctx, tx, paper.Agent)
	if err != nil || agent.ID == principal.ID {
		return err
	}
	entered := &Delegation{
		ID: paper.ID, Kind: Personal, State: Offered, Source: Paper, Powers: paper.Powers, ItemCodes: paper.ItemCodes, Until: paper.Until,
		GrantorID: principal.ID, DelegateID: agent.ID, CreatedAt: tx.Now, phone: paper.Agent.Phone,
	}
	if agent.Bound() {
		entered.State = Active
	}
	err = s.insert(tx, entered)
	if store.IsDuplicate(err) { // another replica entered it at this moment
		return store.ErrRetry
	}
	return err
}

// signatory finds or makes the record of somebody who signed.
func (s *Service) signatory(ctx context.Context, tx *store.Tx, who Signatory) (*resident.Resident, error) {
	return s.Residents.Known(ctx, tx, resident.Ward{Name: who.Name, NationalID: who.NationalID}, who.Phone)
}
