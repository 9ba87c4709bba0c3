package material

import (
	"time"

	"onewindow/models"
	"onewindow/models/catalogue"
)

// Status is how a requirement stands.
type Status string

// MISSING and REJECTED are open; NOT_NEEDED asks for nothing; the others are met, deferred or committed to.
const (
	Missing   Status = "MISSING"
	Provided  Status = "PROVIDED"
	Reused    Status = "REUSED"
	Fetched   Status = "FETCHED"
	Committed Status = "COMMITTED"
	Deferred  Status = "DEFERRED"
	Rejected  Status = "REJECTED"
	NotNeeded Status = "NOT_NEEDED"
)

// Open tells that something has still to come before the application can go on.
func (s Status) Open() bool { return s == Missing || s == Rejected }

// Requirement is one material that one application needs, as it is stored with the case.
type Requirement struct {
	// Key names it within the item: the material's id there, or its code.
	Key        string      `json:"key"`
	Material   string      `json:"material"` // dictionary code
	Status     Status      `json:"status"`
	Reason     models.Text `json:"reason,omitempty"`
	DueAt      *time.Time  `json:"dueAt,omitempty"`
	DocumentID models.ID   `json:"documentId,omitempty"`
	// Way is how the document came (PROVIDED, REUSED, FETCHED), kept while a changed answer makes it NOT_NEEDED.
	Way Status `json:"way,omitempty"`
	// Trust is the document's, kept here for the rules of acceptance.
	Trust Trust `json:"trust,omitempty"`
	// ExpiresOn is the document's last day as it was when it met this; nil: it does not end, or was met before this was kept.
	ExpiresOn *models.Date `json:"expiresOn,omitempty"`
	// Commitment is the promise that stands, or stood, for the document.
	Commitment *Commitment `json:"commitment,omitempty"`
	// Undecided: the rule that needs it cannot be answered yet; it counts as needed for the time being.
	Undecided bool `json:"undecided,omitempty"`
	// ReplacedBy is the key of the member of its one-of group that made it NOT_NEEDED.
	ReplacedBy string `json:"replacedBy,omitempty"`
}

// RequirementView is a requirement as people read it: the same row for resident, clerk and department.
type RequirementView struct {
	ID         string
	Material   *catalogue.Material
	Required   bool
	Deferrable bool
	Status     Status
	Reason     models.Text
	DueAt      *time.Time
	Note       models.Text
	Document   *Document
	// Why says why the applicant is not asked for it; nil where the applicant is.
	Why models.Text
	// RenewBy is the document's last day where the decision is due after it: a newer one is needed by then.
	RenewBy *models.Date
	// SubjectID is in whose wallet one for it would lie.
	SubjectID models.ID
	// Promise is the text that may be agreed to instead, nil where it may not; Commitment is what was agreed to.
	Promise    *catalogue.Promise
	Commitment *Commitment

	lot *models.Lot[*RequirementView]
}

// Together says which rows were read with this one.
func (v *RequirementView) Together(lot *models.Lot[*RequirementView]) { v.lot = lot }

// Lot are the rows that were read together with this one.
func (v *RequirementView) Lot() *models.Lot[*RequirementView] { return models.LotOf(v.lot, v) }

// Flag says of a document that ends before the decision is due that it does, and until when a newer one is needed. It is asked at
// each reading: the due date may have moved, and the document may have been renewed.
func (v *RequirementView) Flag(requirement *Requirement, today, decisionDue models.Date) {
	ends := requirement.ExpiresOn
	if v.Document != nil {
		ends = v.Document.ExpiresOn
	}
	warning := ExpiryWarning(ends, today, decisionDue)
	if warning == nil {
		return
	}
	v.RenewBy = ends
	if v.Reason == nil {
		v.Reason = warning
	}
}

// Commitment is a promise in place of a document: which text was agreed to, when and by whom, and what its check found.
type Commitment struct {
	Version string    `json:"version"`
	At      time.Time `json:"at"`
	ByID    models.ID `json:"by"`
	// Outcome is KEPT, BROKEN or REPAIRED; "" while it has not been checked.
	Outcome   string     `json:"outcome,omitempty"`
	CheckedAt *time.Time `json:"checkedAt,omitempty"`
}
