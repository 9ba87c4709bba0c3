package notify

import (
	"context"

	"onewindow/models"
	"onewindow/models/store"
)

// copiesOf makes the copies that helpers get of a message. A copy is never copied again, and what opens an account or guards one
// is for its owner alone.
func copiesOf(row messageRow, helpers []models.ID) (copies []messageRow) {
	if row.Copied || row.ApplicationID == nil {
		return nil
	}
	for _, helper := range helpers {
		if helper == row.ResidentID {
			continue
		}
		copied := row
		copied.ID, copied.ResidentID, copied.Copied, copied.ReadAt, copied.Note = models.NewID(), helper, true, nil, nil
		if copied.PlanKey == nil {
			key := "copy/" + string(row.ID)
			copied.PlanKey = &key
		}
		copies = append(copies, copied)
	}
	return copies
}

// copy puts messages into the inboxes of those who help their readers, where the readers want it, and has them delivered.
func (s *Service) copy(ctx context.Context, tx *store.Tx, rows []messageRow, recipients map[models.ID]*recipient) error {
	var wanting []models.ID
	for id, reader := range recipients {
		if reader.chosen.CopyHelpers {
			wanting = append(wanting, id)
		}
	}
	if len(wanting) == 0 || s.helpers == nil {
		return nil
	}
	helpers, err := s.helpers(ctx, tx, wanting)
	if err != nil {
		return err
	}
	var copies []messageRow
	for _, row := range rows {
		copies = append(copies, copiesOf(row, helpers[row.ResidentID])...)
	}
	return s.enter(tx, copies, nil)
}
