package material

import (
	"fmt"
	"strings"

	"onewindow/models"
	"onewindow/models/catalogue"
)

// rank orders the levels of trust, the best first; what is no level comes last.
func (t Trust) rank() int {
	switch t {
	case Issued:
		return 0
	case Verified:
		return 1
	case Uploaded:
		return 2
	case SelfDeclared:
		return 3
	}
	return 4
}

// AtLeast tells that a document of this trust will do where another trust is asked for.
func (t Trust) AtLeast(asked Trust) bool { return t.rank() <= asked.rank() }

// better tells which of two documents of one material is offered first: the more trusted one, then the newer one.
func better(a, b *Document) bool {
	if a.Trust.rank() != b.Trust.rank() {
		return a.Trust.rank() < b.Trust.rank()
	}
	if !a.CreatedAt.Equal(b.CreatedAt) {
		return a.CreatedAt.After(b.CreatedAt)
	}
	return a.ID > b.ID
}

// Fit is how a document of the wallet can serve an application.
type Fit int

// UNFIT is never shown for it; OFFERED may be chosen by the applicant, and whoever works the case looks at it; DIRECT meets the
// requirement by itself, so that nobody is asked for the paper again.
const (
	Unfit Fit = iota
	Offered
	Direct
)

// FitOn tells how a document can serve on a day an application whose decision is due on another. What an authority issued and
// what was checked against the original is used directly; an uploaded one only after it has been checked, until then it is
// offered. One that ends before the decision is offered at most, and so is a department's record of a state of affairs without
// an end, which may have changed since: it is fetched afresh. What a person signed for one application is never used for another.
func (d *Document) FitOn(day, decisionDue models.Date) Fit {
	switch {
	case !d.Valid(day) || !d.Trust.AtLeast(Uploaded) || d.Material != nil && d.Material.Kind == catalogue.Form || d.scan == Infected:
		return Unfit
	case !d.Trust.AtLeast(Verified) || !d.Valid(decisionDue) || d.scan == ScanDue:
		return Offered
	case d.Source == FromDepartment && d.ExpiresOn == nil && d.Material != nil && d.Material.Kind != catalogue.Certificate:
		return Offered
	}
	return Direct
}

// Best gives, by material code, the document that serves best on a day for a decision that is due on another: one that can be
// used directly before one that is offered, then the more trusted, then the newer one.
func Best(documents []*Document, day, decisionDue models.Date) map[string]*Document {
	best := map[string]*Document{}
	for _, document := range documents {
		fit := document.FitOn(day, decisionDue)
		if fit == Unfit {
			continue
		}
		known := best[document.MaterialCode]
		if known == nil || fit > known.FitOn(day, decisionDue) || fit == known.FitOn(day, decisionDue) && better(document, known) {
			best[document.MaterialCode] = document
		}
	}
	return best
}

// CheckReuse tells why a document that a person chose cannot meet a requirement for a material on a day; nil: it can.
func CheckReuse(document *Document, materialCode string, day models.Date) *models.Problem {
	if document.MaterialCode != materialCode {
		return models.NewProblem("MISMATCH", "documentId", models.T("所选证照不是这里需要的材料", "The chosen document is not the material needed here"))
	}
	if document.Trust == SelfDeclared {
		return models.NewProblem("NOT_REUSABLE", "documentId", models.T(
			"该材料是为一次申请填写和签署的，不能用于其他申请，请重新填写",
			"This was filled in and signed for one application and cannot be used for another; please fill it in anew"))
	}
	if !document.Valid(day) {
		return expired("documentId", *document.ExpiresOn)
	}
	return nil
}

func expired(field string, on models.Date) *models.Problem {
	return models.NewProblem("EXPIRED", field, models.T(
		fmt.Sprintf("该材料已于%s到期，请提供有效的材料", chineseDay(on)),
		fmt.Sprintf("This document expired on %s, please provide a valid one", on)))
}

// joinFormats writes the formats that are taken as people read them, e.g. "JPG、PNG".
func joinFormats(formats []string, separator string) string {
	upper := make([]string, len(formats))
	for i, format := range formats {
		upper[i] = strings.ToUpper(format)
	}
	return strings.Join(upper, separator)
}
