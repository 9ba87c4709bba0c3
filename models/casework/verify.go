package casework

import (
	"context"

	"onewindow/models"
	"onewindow/models/material"
	"onewindow/models/store"
)

// VerifyInput says that the paper behind a requirement was compared with its original.
type VerifyInput struct {
	ApplicationID models.ID
	RequirementID string
	// DocumentID is the document that was compared; nil: the one that lies there. Where another has taken its place meanwhile it is
	// a conflict.
	DocumentID     *models.ID
	IdempotencyKey string
}

// VerifyDocument makes an uploaded document VERIFIED, with who compared it and when: whoever has the work of a case at the
// moment compares what the resident brought to the window. It never becomes ISSUED.
func (s *Service) VerifyDocument(ctx context.Context, actor models.Actor, input VerifyInput) (*material.RequirementView, []*models.Problem, error) {
	key, found := requirementKey(input.ApplicationID, input.RequirementID)
	if !found {
		return nil, nil, models.NotFound()
	}
	request := store.Request{ActorID: actor.ID, Operation: "verifyDocument", Key: input.IdempotencyKey, Input: input}
	application, problems, err := s.once(ctx, actor, request, input.ApplicationID, s.worker(actor), func(tx *store.Tx, m *move) ([]*models.Problem, error) {
		if err := s.mayCompare(tx, actor, m, key); err != nil {
			return nil, err
		}
		document, err := s.compared(ctx, tx, m.kase.Requirement(key), input.DocumentID)
		if err != nil {
			return nil, err
		}
		if document.Trust != material.Uploaded {
			return []*models.Problem{notComparable(document.Trust)}, nil
		}
		verification := material.Verification{At: tx.Now, StaffID: actor.ID, DepartmentCode: actor.DepartmentCode}
		if err := s.Materials.Verify(ctx, tx, document.ID, verification); err != nil {
			return nil, err
		}
		department, _ := s.Catalogue.Current().Department(actor.DepartmentCode)
		m.verified(key, departmentName(department))
		return nil, s.recordIn(tx, actor, m.kase, models.T("核对材料原件", "compared a paper with its original"), "materials")
	})
	if err != nil || len(problems) > 0 {
		return nil, problems, err
	}
	for _, row := range application.Checklist {
		if row.ID == input.RequirementID {
			return row, nil, nil
		}
	}
	return nil, nil, models.NotFound()
}

// mayCompare: the front desk while an application waits for acceptance, afterwards a reviewer of a step at work that sees the
// paper; not while a colleague holds the task.
func (s *Service) mayCompare(tx *store.Tx, actor models.Actor, m *move, key string) error {
	if _, err := permit(m.kase.State, ActionVerify); err != nil {
		return err
	}
	if m.kase.State == Submitted {
		return s.frontDesk(actor)(tx, m.kase)
	}
	var held error = models.NotAllowed()
	for _, step := range m.kase.Progress.Steps {
		definition, _ := m.item.Step(step.ID)
		if step.State != StepActive || step.Handing.Arbiter || step.Department != actor.DepartmentCode || !actor.Has(definition.Role, models.Reviewer) {
			continue
		}
		if !definition.SeesMaterial(key) {
			continue
		}
		if held = s.notHeldByOthers(tx, actor, m.kase.ID, step.ID); held == nil {
			return nil
		}
	}
	return held
}

// compared finds the document that meets a requirement.
func (s *Service) compared(ctx context.Context, tx *store.Tx, requirement *material.Requirement, named *models.ID) (*material.Document, error) {
	if requirement == nil || !requirement.Status.Met() || requirement.DocumentID == "" {
		return nil, models.NotFound()
	}
	if named != nil && *named != requirement.DocumentID {
		return nil, models.Conflict(models.T("该材料已换成另一份，请核对现在的这一份", "Another document has taken its place; please compare the present one"), requirement.DocumentID)
	}
	held, err := s.Materials.ByIDs(ctx, tx.DB, []models.ID{requirement.DocumentID})
	if err != nil {
		return nil, err
	}
	if held[requirement.DocumentID] == nil {
		return nil, models.NotFound()
	}
	return held[requirement.DocumentID], nil
}

func notComparable(trust material.Trust) *models.Problem {
	words := map[material.Trust]models.Text{
		material.Issued:       models.T("这是签发机关提供的证照，不需要核对原件", "The authority supplied it itself; there is nothing to compare"),
		material.Verified:     models.T("这份材料已经核对过原件", "It has been compared with its original already"),
		material.SelfDeclared: models.T("这是申请人自己填写的材料，没有原件可以核对", "The applicant wrote it; there is no original to compare it with"),
	}[trust]
	return models.NewProblem("NOT_COMPARABLE", "requirementId", words)
}

// verified keeps the trust with the requirement and tells the resident.
func (m *move) verified(key string, department models.Text) {
	requirement := m.kase.Requirement(key)
	requirement.Trust = material.Verified
	m.happened(EventMaterialVerified, phrase(models.T("材料已与原件核对：{}", "Compared with its original: {}"), m.materialName(key)),
		phrase(models.T("由{}核对无误。在有效期内再办事时可以直接使用，不用再次提交。", "Checked by {}. While it is valid it can be used for other matters as it is."), department))
}
