package casework

import (
	"context"

	"onewindow/models"
	"onewindow/models/catalogue"
	"onewindow/models/delegation"
	"onewindow/models/material"
	"onewindow/models/store"
)

// Attachment is what the applicant hands in for a requirement: a file that was uploaded before, with what stands on it.
type Attachment = material.Attachment

// Attach meets a requirement with an uploaded file. In a draft any requirement takes one; afterwards only what was asked for
// or deferred.
func (s *Service) Attach(
	ctx context.Context, actor models.Actor, id models.ID, requirement string, attachment Attachment,
) (*material.RequirementView, []*models.Problem, error) {
	return s.meet(ctx, actor, id, requirement, func(tx *store.Tx, m *move, definition *catalogue.ItemMaterial) (*material.Document, []*models.Problem, error) {
		return s.Materials.AddUploaded(ctx, tx, m.kase.SubjectID, definition.Material, attachment)
	}, material.Provided, EventMaterialAttached, models.T("上传材料：{}", "Handed in: {}"))
}

// Reuse meets a requirement with a document of the wallet.
func (s *Service) Reuse(
	ctx context.Context, actor models.Actor, id models.ID, requirement string, document models.ID,
) (*material.RequirementView, []*models.Problem, error) {
	return s.meet(ctx, actor, id, requirement, func(tx *store.Tx, m *move, definition *catalogue.ItemMaterial) (*material.Document, []*models.Problem, error) {
		held, err := s.Materials.ByIDs(ctx, tx.DB, []models.ID{document})
		if err != nil {
			return nil, nil, err
		}
		found := held[document]
		if found == nil || (found.OwnerID != m.kase.SubjectID && found.OwnerID != m.kase.ApplicantID) {
			return nil, nil, models.NotFound()
		}
		if problem := material.CheckReuse(found, definition.Material.Code, m.today()); problem != nil {
			return nil, []*models.Problem{problem}, nil
		}
		return found, nil, nil
	}, material.Reused, EventMaterialReused, models.T("使用卡包中的材料：{}", "Reused from the wallet: {}"))
}

type supplier func(tx *store.Tx, m *move, definition *catalogue.ItemMaterial) (*material.Document, []*models.Problem, error)

// meet closes one requirement with the document that a supplier gives.
func (s *Service) meet(
	ctx context.Context, actor models.Actor, id models.ID, requirementID string, supply supplier,
	way material.Status, kind EventKind, words models.Text,
) (*material.RequirementView, []*models.Problem, error) {
	key, found := requirementKey(id, requirementID)
	if !found {
		return nil, nil, models.NotFound()
	}
	c, problems, err := s.change(ctx, actor, id, s.mine(ctx, actor, delegation.Fill), func(tx *store.Tx, m *move) ([]*models.Problem, error) {
		if err := s.bringForwardIn(tx, m); err != nil {
			return nil, err
		}
		requirement := m.kase.Requirement(key)
		definition, defined := m.item.Material(key)
		if requirement == nil || !defined {
			return nil, models.NotFound()
		}
		if err := m.mayHandIn(requirement); err != nil {
			return nil, err
		}
		document, problems, err := supply(tx, m, definition)
		if err != nil || len(problems) > 0 {
			return problems, err
		}
		met(requirement, way, document)
		m.happened(kind, phrase(words, definition.Material.Name), nil)
		return nil, s.afterMeeting(tx, m)
	})
	if err != nil || len(problems) > 0 {
		return nil, problems, err
	}
	application, err := s.viewOf(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	for _, row := range application.Checklist {
		if row.ID == requirementID {
			return row, nil, nil
		}
	}
	return nil, nil, models.NotFound()
}

func met(requirement *material.Requirement, way material.Status, document *material.Document) {
	requirement.Status, requirement.Way = way, way
	requirement.DocumentID, requirement.Trust, requirement.ExpiresOn = document.ID, document.Trust, document.ExpiresOn
	requirement.Reason, requirement.Commitment = nil, nil
}

// mayHandIn: any piece of a draft; of an open supplement notice what was asked for; in review what was deferred.
func (m *move) mayHandIn(requirement *material.Requirement) error {
	if m.kase.State == Draft {
		return nil
	}
	if _, err := permit(m.kase.State, ActionHandIn); err != nil {
		return err
	}
	if requirement.Status == material.Deferred {
		return nil
	}
	if supplement := m.kase.Progress.Supplement; supplement != nil {
		for _, key := range supplement.Keys {
			if key == requirement.Key {
				return nil
			}
		}
	}
	return models.Conflict(models.T("这份材料现在不需要补交", "This document is not asked for now"), string(m.kase.State))
}

// afterMeeting looks at a draft's requirements again: of a group one is enough.
func (s *Service) afterMeeting(tx *store.Tx, m *move) error {
	if m.kase.State != Draft {
		return nil
	}
	people, err := s.people(tx, m.kase)
	if err != nil {
		return err
	}
	m.refresh(people)
	return nil
}
