package casework

import (
	"context"
	"time"

	"onewindow/models"
	"onewindow/models/catalogue"
	"onewindow/models/material"
	"onewindow/models/store"
)

// sourceEarlier marks answers that come from an application that has ended.
const sourceEarlier = "earlier"

// earlier finds the application that another starts from: the actor's own, and one that ended without a result. nil where none
// was named.
func (s *Service) earlier(ctx context.Context, tx *store.Tx, actor models.Actor, id *models.ID) (*Case, error) {
	if id == nil {
		return nil, nil
	}
	if _, valid := models.ParseID(string(*id)); !valid {
		return nil, models.NotFound()
	}
	c, err := s.records.one(tx.DB, false, "id = ?", *id)
	if err != nil {
		return nil, err
	}
	if c == nil {
		return nil, models.NotFound()
	}
	if err := s.checkOwner(ctx, actor, c); err != nil {
		return nil, err
	}
	switch c.State {
	case Lapsed, Rejected, Withdrawn:
		return c, nil
	}
	return nil, refused(c.State)
}

// takeAnswers takes over the answers that still fit the item as it is now, with the day they are of. What the identity says
// today goes before what was said then; what must not be reused is asked again.
func takeAnswers(c, from *Case, item *catalogue.Item, today models.Date) {
	for _, field := range item.Form {
		answer, answered := from.Answers[field.Key]
		if _, known := c.Answers[field.Key]; !answered || known || field.Reuse == catalogue.ReuseNever {
			continue
		}
		normal, problem := item.CheckAnswer(field.Key, answer.Value, today)
		if problem != nil {
			continue
		}
		at := from.lastFilledIn()
		c.Answers[field.Key] = Answer{Value: normal, Source: sourceEarlier, At: &at}
	}
}

func (c *Case) lastFilledIn() time.Time {
	if c.SubmittedAt != nil {
		return *c.SubmittedAt
	}
	return c.CreatedAt
}

// takeDocuments attaches what was handed in then and still holds. What is signed for one application alone (forms, statements,
// authorisations) and promises are never taken over; nor is what was found wanting.
func (m *move) takeDocuments(from *Case, held map[models.ID]*material.Document) {
	var names []models.Text
	for i := range m.kase.Progress.Requirements {
		requirement := &m.kase.Progress.Requirements[i]
		definition, _ := m.item.Material(requirement.Key)
		before := earlierPiece(from, requirement)
		if before == nil || requirement.Status != material.Missing || definition.Material.Kind == catalogue.Form {
			continue
		}
		document := held[before.DocumentID]
		if document == nil || material.CheckReuse(document, requirement.Material, m.today()) != nil {
			continue
		}
		met(requirement, material.Reused, document)
		names = append(names, definition.Material.Name)
	}
	if len(names) > 0 {
		m.happened(EventMaterialReused, phrase(models.T("沿用此前申请的材料：{}", "Taken over from the earlier application: {}"), list(names)), nil)
	}
}

// earlierPiece finds what met the same need: the same place in the list where the item is the same, else the same material.
func earlierPiece(from *Case, requirement *material.Requirement) *material.Requirement {
	fits := func(before *material.Requirement) bool {
		return before != nil && before.Material == requirement.Material && before.Status.Met() && before.DocumentID != ""
	}
	if before := from.Requirement(requirement.Key); fits(before) {
		return before
	}
	for i := range from.Progress.Requirements {
		if before := &from.Progress.Requirements[i]; fits(before) {
			return before
		}
	}
	return nil
}

// heldBefore reads the documents of an earlier application that are still in the wallet of its people.
func (s *Service) heldBefore(ctx context.Context, tx *store.Tx, from *Case) (map[models.ID]*material.Document, error) {
	var ids []models.ID
	for _, requirement := range from.Progress.Requirements {
		if requirement.DocumentID != "" && requirement.Status.Met() {
			ids = append(ids, requirement.DocumentID)
		}
	}
	if len(ids) == 0 {
		return map[models.ID]*material.Document{}, nil
	}
	return s.Materials.ByIDs(ctx, tx.DB, ids)
}
