package notify

import (
	"context"

	"onewindow/models"
	"onewindow/models/catalogue"
	"onewindow/models/material"
	"onewindow/models/store"
)

// DocumentEnds is the occasion of a document in a wallet that is about to end: uploaded, or fetched from a department. What a case
// issued is reminded of by its case, on the days that its item chose.
const DocumentEnds Rule = "WALLET_DOCUMENT_ENDS"

// DocumentOccasion reminds owners, and the guardians of minors, of documents that end, as long as nothing newer has replaced them.
func DocumentOccasion(documents *material.Service) Occasion {
	return Occasion{
		Rule: DocumentEnds, Kind: DocumentEndsReminder, KindOfGuardian: WardDocumentEndsReminder, Before: catalogue.DefaultReminders().ResultExpires,
		Read: func(ctx context.Context, tx *store.Tx, things []models.ID) (map[models.ID]Due, error) {
			endings, err := documents.EndingByIDs(ctx, tx, things)
			dues := make(map[models.ID]Due, len(endings))
			for _, ending := range endings {
				dues[ending.ID] = dueOf(ending)
			}
			return dues, err
		},
		Find: func(ctx context.Context, tx *store.Tx, from, to models.Date, after models.ID, limit int) ([]Due, error) {
			endings, err := documents.EndingBetween(ctx, tx, from, to, after, limit)
			dues := make([]Due, len(endings))
			for i, ending := range endings {
				dues[i] = dueOf(ending)
			}
			return dues, err
		},
	}
}

func dueOf(ending *material.Ending) Due {
	return Due{
		ThingID: ending.ID, SubjectID: ending.OwnerID, At: ending.ExpiresOn.End(),
		Params: Params{Materials: []Named{{ending.MaterialCode, ending.Name}}},
	}
}
