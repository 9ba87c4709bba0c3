package connector

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"onewindow/models"
)

// Concealed makes a message that embeds it print as stars: by fmt, slog and json alike. Messages travel only through
// the encode and decode functions of this package.
type Concealed struct{}

// Format, LogValue and MarshalJSON give stars.
func (Concealed) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, "***") }
func (Concealed) LogValue() slog.Value           { return slog.StringValue("***") }
func (Concealed) MarshalJSON() ([]byte, error)   { return []byte(`"***"`), nil }

// ResolveRequest asks whether a department knows a person.
type ResolveRequest struct {
	Concealed
	NationalID models.NationalID
	Name       models.PersonName
}

// Subject is a person as one department knows them.
type Subject struct {
	Concealed
	// ID is the department's own identifier of the person.
	ID         string
	Attributes Attributes
	// LeftOut are the paths of what could not be read and is not among the attributes: it hinders nobody from being linked.
	LeftOut []string
}

// Attributes are what a department is the source of; everything else is zero.
type Attributes struct {
	Concealed
	BirthDate *models.Date
	// Gender is "male", "female" or empty.
	Gender string
	// Region is where the person is registered (GB/T 2260, six digits).
	Region string
	// Residence is where the person lives. The protocol does not list it: an optional extra that a department may leave out.
	Residence string
	Address   models.HomeAddress
	Phone     models.PhoneNumber
	Groups    []string
	Household []Member
}

// RelationChild is the relation of a member of the household whose father or mother the resolved person is. Others
// carry their place in the household as the register states it, e.g. "head", "spouse", "mother".
const RelationChild = "child"

// Member is one other person of the household.
type Member struct {
	Concealed
	Name models.PersonName
	// NationalID is zero for a newborn who has none yet.
	NationalID models.NationalID
	Relation   string
}

// ProofKind is how a person is proven to be who they say.
type ProofKind string

// The kinds of proof that an identity authority checks.
const (
	ProofFace   ProofKind = "face"
	ProofWindow ProofKind = "window"
)

// ProofRequest asks the identity authority to check a second proof.
type ProofRequest struct {
	Concealed
	NationalID models.NationalID
	Name       models.PersonName
	Kind       ProofKind
	Token      string
}

// MaterialRequest asks for one certificate or record of a subject.
type MaterialRequest struct {
	Concealed
	Subject     string
	Material    string
	Purpose     string
	Application string
	// Sensitive asks for grounds of its own; the department is not told.
	Sensitive bool
}

// Document is a certificate or record, with or without a file.
type Document struct {
	Concealed
	// Subject is whose it is, where the department says so; the protocol does not ask for it.
	Subject   string
	Number    string
	IssuedOn  *models.Date
	ExpiresOn *models.Date
	// Fields are what the document states. Numbers are json.Number, so that none is rounded.
	Fields map[string]any
	File   *File
}

// OfAnother tells whether a document says that it is somebody else's: by the subject that was asked about, by the holder's
// national ID among its fields, or by its own number where that is a national ID, as on identity and social-security cards.
// Others may be named in it (a spouse, a household), but not as its holder.
func (d *Document) OfAnother(subject string, holder models.NationalID) bool {
	if d.Subject != "" && d.Subject != subject {
		return true
	}
	if number, err := models.ParseNationalID(d.Number, lastDay); err == nil && !holder.IsZero() && number != holder {
		return true
	}
	named, isText := d.Fields["nationalId"].(string)
	return isText && !holder.IsZero() && !strings.EqualFold(strings.TrimSpace(named), holder.Reveal())
}

// lastDay lets every day of birth pass where only the form of a number matters.
var lastDay = models.NewDate(9999, 12, 31)

// File is what a department sends along; its type is what the department says and is sniffed again before it is stored.
type File struct {
	Concealed
	Name        string
	ContentType string
	Content     []byte
}

// Case hands a department its step of an application.
type Case struct {
	Concealed
	Number      string
	Step        string
	ItemCode    string
	ItemVersion int
	// Subject is the applicant's identifier at this department.
	Subject string
	// Form holds the answers that this step may see, as text.
	Form      map[string]string
	Materials []CaseMaterial
	// DueAt is nil for a step without a limit of its own.
	DueAt    *time.Time
	Priority string
}

// CaseMaterial is one document that belongs to a case, with a link to its file that works for ten minutes.
type CaseMaterial struct {
	Concealed
	Code      string
	Number    string
	IssuedOn  *models.Date
	ExpiresOn *models.Date
	SHA256    string
	URL       string
}
