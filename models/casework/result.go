package casework

import (
	"context"

	"onewindow/models"
	"onewindow/models/material"
	"onewindow/models/store"
)

// conclude issues the results of an application whose last step has just been approved: at once where a result is electronic
// or the last step was the issuer's own; otherwise the issuer does it.
func (s *Service) conclude(ctx context.Context, tx *store.Tx, m *move, lastStep string) error {
	return s.concludeWith(ctx, tx, m, lastStep, nil)
}

// concludeWith takes the document that a department's own system issued as the first result.
func (s *Service) concludeWith(ctx context.Context, tx *store.Tx, m *move, lastStep string, given *material.IssuedDocument) error {
	if m.kase.State != Approved || !m.issuesByItself(lastStep) {
		return nil
	}
	results, err := s.issueDocuments(ctx, tx, m, given)
	if err != nil {
		return err
	}
	return m.issue(results)
}

func (m *move) issuesByItself(lastStep string) bool {
	if definition, found := m.item.Step(lastStep); found && definition.Role == models.Issuer {
		return true
	}
	for _, result := range m.item.Results {
		if deliveryOf(result.Delivery) != Electronic {
			return false
		}
	}
	return true
}

// deliveryOf chooses the first way that needs nobody's errand.
func deliveryOf(ways []string) DeliveryMethod {
	for _, preferred := range []DeliveryMethod{Electronic, Pickup, Post} {
		for _, way := range ways {
			if way == string(preferred) {
				return preferred
			}
		}
	}
	return Electronic
}

// issueDocuments enters the results into the subject's wallet.
func (s *Service) issueDocuments(ctx context.Context, tx *store.Tx, m *move, given *material.IssuedDocument) ([]Result, error) {
	people, err := s.whom(tx, m)
	if err != nil {
		return nil, err
	}
	state := m.item.EvaluateFinal(m.kase.texts(), people.facts(m.kase, m.today()))
	results := make([]Result, 0, len(m.item.Results))
	for i, definition := range m.item.Results {
		today := m.today()
		issued := material.IssuedDocument{IssuedOn: &today}
		if given != nil && i == 0 {
			issued = *given
		}
		issued.First = len(m.kase.Progress.Results) == 0
		issued.ApplicationID, issued.Department = m.kase.ID, definition.Material.Issuer.Code
		if issued.Number == "" {
			issued.Number = resultNumber(definition.Material.Code, m.kase.Number)
		}
		if issued.ExpiresOn == nil {
			issued.ExpiresOn = state.ValidUntil(definition, today)
		}
		document, err := s.Materials.AddIssued(ctx, tx, m.kase.SubjectID, definition.Material, issued)
		if err != nil {
			return nil, err
		}
		result := Result{
			DocumentID: document.ID, Material: definition.Material.Code, Method: deliveryOf(definition.Delivery), State: DeliveryDelivered,
			ExpiresOn: document.ExpiresOn,
		}
		if result.Method != Electronic {
			result.State = DeliveryReady
		}
		results = append(results, result)
	}
	return results, nil
}

// resultNumber is a result's number where the department gave none: the application's own, told apart by the material.
func resultNumber(materialCode, applicationNumber string) string {
	return materialCode + "-" + applicationNumber
}
