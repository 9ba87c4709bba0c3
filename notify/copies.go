package notify

import (
	"context"
	"slices"

	"onewindow/models"
	"onewindow/models/store"
)

// Helper is somebody who helps another and may see their cases.
type Helper struct {
	ID models.ID
	// Items are the codes of those whose cases it may see; nil: all.
	Items []string
}

// copiesOf makes the copies that helpers get of a message. A copy is never copied again, and what opens an account or guards one
// is for its owner alone.
func copiesOf(row messageRow, helpers []Helper) (copies []messageRow) {
	if row.Copied || row.ApplicationID == nil || len(helpers) == 0 {
		return nil
	}
	about, err := readParams(row.Params)
	if err != nil {
		return nil // the message itself says that it cannot be rendered
	}
	seen := map[models.ID]bool{row.ResidentID: true}
	for _, helper := range helpers {
		if seen[helper.ID] || helper.Items != nil && !slices.Contains(helper.Items, about.ItemCode) {
			continue
		}
		seen[helper.ID] = true
		copied := row
		copied.ID, copied.ResidentID, copied.Copied, copied.ReadAt, copied.Note = models.NewID(), helper.ID, true, nil, nil
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
	leaving, err := s.enter(tx, copies, nil)
	if err != nil {
		return err
	}
	return enqueueDeliver(tx, leaving)
}
