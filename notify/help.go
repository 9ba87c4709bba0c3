package notify

import (
	"context"
	"fmt"

	"onewindow/models"
	"onewindow/models/store"
)

// TellAbout is Tell for a message about one application, which its reader can open from it.
func (s *Service) TellAbout(_ context.Context, tx *store.Tx, residentID, applicationID models.ID, kind Kind, params Params) error {
	return s.write(tx, []notice{{
		residentID: residentID, kind: kind, applicationID: applicationID, applicationNumber: params.Number, params: params,
	}})
}

// TellDesk writes a notice for the front desk and the supervisors of a department, once for each matter.
func (s *Service) TellDesk(_ context.Context, tx *store.Tx, department string, matter, applicationID models.ID, kind Kind, params Params) error {
	written, err := writeParams(params)
	if err != nil {
		return err
	}
	var rows []staffRow
	for _, role := range []models.Role{models.FrontDesk, models.Supervisor} {
		rows = append(rows, staffRow{
			ID: models.NewID(), At: tx.Now, Kind: kind, Department: department, Role: role, TaskID: matter, ApplicationID: applicationID,
			ApplicationNumber: params.Number, Params: written, PlanKey: fmt.Sprintf("%s/%s/%s", kind, matter, role),
		})
	}
	return insertStaffNotices(tx, rows)
}

// SendTo sends a message to a phone by SMS at once, whoever holds it: for codes, and for people who have no account.
func (s *Service) SendTo(ctx context.Context, phone models.PhoneNumber, kind Kind, params Params, locale models.Locale) error {
	said, _ := templateOf(kind, 0)
	envelope, err := envelopeOf(said, params, locale)
	if err != nil {
		return err
	}
	envelope.ID, envelope.At = string(models.NewID()), s.store.Clock().Now()
	envelope.To, envelope.Data = phone.Reveal(), map[string]string{"code": params.Code}
	if outcome := s.ask(ctx, s.provider(SMS), envelope); outcome.Verdict != Taken {
		return fmt.Errorf("%s: %s %s", said.name(), outcome.Verdict, outcome.Code)
	}
	return nil
}
