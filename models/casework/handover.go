package casework

import (
	"context"
	"slices"
	"time"

	"onewindow/models"
	"onewindow/models/catalogue"
	"onewindow/models/material"
	"onewindow/models/store"
)

// Handover is a step's part of an application as its department is given it: only what the step needs.
type Handover struct {
	ApplicationID models.ID
	Number        string
	Step          string
	Department    string
	ItemCode      string
	ItemVersion   int
	// SubjectID is whom the application is about, ApplicantID who acts.
	SubjectID, ApplicantID models.ID
	// Form holds the answers that the step's definition lets the department see.
	Form      map[string]string
	Documents []*HandedDocument
	DueAt     *time.Time
	// Priority is "priority" for people of the priority groups, else "normal".
	Priority string
}

// HandedDocument is one document of a handover, under its dictionary code.
type HandedDocument struct {
	Code     string
	Document *material.Document
}

// HandoverOf collects what a department gets for an active step; nil where the step is not being worked on any more.
func (s *Service) HandoverOf(ctx context.Context, application models.ID, step string) (*Handover, error) {
	c, err := s.records.one(s.Store.Reader(ctx), false, "id = ?", application)
	if err != nil || c == nil {
		return nil, err
	}
	progress := c.Step(step)
	if progress == nil || (progress.State != StepActive && progress.State != StepSuspended) {
		return nil, nil
	}
	item, err := s.item(ctx, c)
	if err != nil {
		return nil, err
	}
	definition, _ := item.Step(step)
	handed := &Handover{
		ApplicationID: c.ID, Number: c.Number, Step: step, Department: progress.Department, ItemCode: c.ItemCode, ItemVersion: c.ItemVersion,
		SubjectID: c.SubjectID, ApplicantID: c.ApplicantID, Form: seenAnswers(c, definition), Priority: "normal",
	}
	if definition.FastTrack && c.Priority > ordinaryPriority {
		handed.Priority = "priority"
	}
	days, err := s.days(ctx, c)
	if err != nil {
		return nil, err
	}
	if due := progress.stepDeadline(definition, days, s.Store.Clock().Now()); due != nil {
		handed.DueAt = &due.PromisedDueAt
	}
	handed.Documents, err = s.seenDocuments(ctx, c, definition)
	return handed, err
}

func seenAnswers(c *Case, definition *catalogue.StepDefinition) map[string]string {
	seen := c.texts()
	if definition.Sees != nil {
		for key := range seen {
			if !slices.Contains(definition.Sees.Form, key) {
				delete(seen, key)
			}
		}
	}
	return seen
}

func (s *Service) seenDocuments(ctx context.Context, c *Case, definition *catalogue.StepDefinition) ([]*HandedDocument, error) {
	var shown []material.Requirement
	var ids []models.ID
	for _, requirement := range c.Progress.Requirements {
		if requirement.DocumentID == "" || requirement.Status == material.NotNeeded {
			continue
		}
		if !definition.SeesMaterial(requirement.Key) {
			continue
		}
		shown = append(shown, requirement)
		ids = append(ids, requirement.DocumentID)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	documents, err := s.Materials.ByIDs(ctx, s.Store.Reader(ctx), ids)
	if err != nil {
		return nil, err
	}
	handed := make([]*HandedDocument, 0, len(shown))
	for _, requirement := range shown {
		if document := documents[requirement.DocumentID]; document != nil {
			handed = append(handed, &HandedDocument{requirement.Material, document})
		}
	}
	return handed, nil
}

// RecordHandover leaves the access record of a department's system being given a resident's data.
func (s *Service) RecordHandover(tx *store.Tx, handed *Handover) error {
	actor := models.Actor{Kind: models.Department, DepartmentCode: handed.Department}
	c := &Case{ID: handed.ApplicationID, SubjectID: handed.SubjectID}
	return s.recordIn(tx, actor, c, models.T("移交部门业务系统办理", "handed to the department's system"))
}

// FileTaken looks whether a step is a department's system's, and records that it took a file of it for the first time. One that it
// has decided is its still, so that a link works for as long as it was promised; one that was called off or has gone to another
// department, or whose application was withdrawn, is NOT_FOUND.
func (s *Service) FileTaken(tx *store.Tx, application models.ID, step, department string, first bool) error {
	c, err := s.records.one(tx.DB, false, "id = ?", application)
	if err != nil {
		return err
	}
	if c == nil {
		return models.NotFound()
	}
	progress := c.Step(step)
	if progress == nil || progress.Department != department || c.State == Withdrawn || c.State == Lapsed {
		return models.NotFound()
	}
	if !slices.Contains([]StepState{StepActive, StepSuspended, StepDone}, progress.State) {
		return models.NotFound()
	}
	if !first {
		return nil
	}
	actor := models.Actor{Kind: models.Department, DepartmentCode: department}
	return s.recordIn(tx, actor, c, models.T("部门业务系统下载材料", "the department's system took a file"), "materials")
}

// OwnerOf is the person whom an application is about; models.NotFound where there is none of that number, or its step is not the
// department's.
func (s *Service) OwnerOf(ctx context.Context, number, step, department string) (models.ID, error) {
	found, err := s.records.cases(s.Store.Reader(ctx), "WHERE number = ?", number)
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", models.NotFound()
	}
	if progress := found[0].Step(step); progress == nil || progress.Department != department {
		return "", models.NotFound()
	}
	return found[0].SubjectID, nil
}
