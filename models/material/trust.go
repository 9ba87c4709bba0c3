package material

import (
	"fmt"
	"strings"

	"onewindow/models"
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

// Best gives the document of each material that is offered for use on a day, by material code. An expired document is
// never offered, nor is a self-declared one: a form speaks about the application that it was written for. An uploaded
// document may be used again but stays UPLOADED.
func Best(documents []*Document, day models.Date) map[string]*Document {
	best := map[string]*Document{}
	for _, document := range documents {
		if !document.Valid(day) || !document.Trust.AtLeast(Uploaded) {
			continue
		}
		if known := best[document.MaterialCode]; known == nil || better(document, known) {
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
