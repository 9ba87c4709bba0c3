package material

import (
	"fmt"
	"log/slog"
	"time"

	"onewindow/models"
	"onewindow/models/catalogue"
)

// Trust is how far a document can be relied on.
type Trust string

// ISSUED by an authority, VERIFIED against the original, UPLOADED by the resident, SELF_DECLARED.
const (
	Issued       Trust = "ISSUED"
	Verified     Trust = "VERIFIED"
	Uploaded     Trust = "UPLOADED"
	SelfDeclared Trust = "SELF_DECLARED"
)

// Source is how a document came into the wallet.
type Source string

// By the resident's upload, from a department's system, or issued by an application.
const (
	FromUpload      Source = "UPLOAD"
	FromDepartment  Source = "DEPARTMENT"
	FromApplication Source = "APPLICATION"
)

// Document is a file or certificate in a resident's wallet.
type Document struct {
	ID           models.ID
	OwnerID      models.ID
	MaterialCode string
	Material     *catalogue.Material // filled for reading
	FileID       models.ID           // "" where it is a record without a file
	FileName     *string
	ContentType  *string
	Size         *int // bytes
	Number       *string
	IssuedOn     *models.Date
	ExpiresOn    *models.Date // the last day on which it is valid
	Trust        Trust
	Source       Source
	// SourceDepartment or SourceApplicationID says where it came from.
	SourceDepartment    string
	SourceApplicationID models.ID
	// Fields is what the issuer's system said beyond number and dates.
	Fields Fields
	// SHA256 is the digest of the file's plain bytes in lower-case hexadecimal; "" where there is no file.
	SHA256    string
	CreatedAt time.Time
	// Verified says who compared it with the original and when; nil: nobody has.
	Verified *Verification

	blobKey string
	scan    Scan
	lot     *models.Lot[*Document]
}

// Lot are the documents that were read together with this one.
func (d *Document) Lot() *models.Lot[*Document] { return models.LotOf(d.lot, d) }

// Verification is the comparison of an uploaded document with its original, which makes it VERIFIED.
type Verification struct {
	At             time.Time
	StaffID        models.ID
	DepartmentCode string
}

// VerifiedAt is when it was compared with its original; nil: it has not been.
func (d *Document) VerifiedAt() *time.Time {
	if d.Verified == nil {
		return nil
	}
	return &d.Verified.At
}

// Fields are a document's further values as its issuer's system gave them. They print as stars: they are personal.
type Fields map[string]any

// Format and LogValue keep the values out of prints and logs.
func (Fields) Format(state fmt.State, _ rune) { _, _ = state.Write([]byte("***")) }
func (Fields) LogValue() slog.Value           { return slog.StringValue("***") }

// ShownNumber is the number as people see it: an identity card's number is the person's own, and masked like that.
func (d *Document) ShownNumber() *string {
	if d.Number == nil {
		return nil
	}
	shown := *d.Number
	if _, err := models.ParseNationalID(shown, models.DateOf(d.CreatedAt)); err == nil {
		shown = models.KnownNationalID(shown).Masked()
	}
	return &shown
}

// Valid tells whether the document can be relied on on a day.
func (d *Document) Valid(day models.Date) bool { return d.ExpiresOn == nil || *d.ExpiresOn >= day }

// describe sets the particulars that stand on the paper.
func (d *Document) describe(number string, issuedOn, expiresOn *models.Date) {
	d.IssuedOn, d.ExpiresOn = issuedOn, expiresOn
	if number != "" {
		d.Number = &number
	}
}

// take puts a file behind the document.
func (d *Document) take(file *File) {
	d.FileID, d.FileName, d.ContentType, d.Size = file.ID, &file.Name, &file.ContentType, &file.Size
	d.SHA256, d.blobKey, d.scan = file.SHA256, file.blobKey, file.Scan
}

// file gives the file behind the document under the document's own file name.
func (d *Document) file() *File {
	file := &File{ID: d.FileID, OwnerID: d.OwnerID, SHA256: d.SHA256, CreatedAt: d.CreatedAt, blobKey: d.blobKey}
	if d.FileName != nil && d.ContentType != nil && d.Size != nil {
		file.Name, file.ContentType, file.Size = *d.FileName, *d.ContentType, *d.Size
	}
	return file
}

// trustOfUpload: what a person wrote is the person's own declaration, whatever else was uploaded nobody has looked at yet.
func trustOfUpload(material *catalogue.Material) Trust {
	if material.Kind == catalogue.Form {
		return SelfDeclared
	}
	return Uploaded
}

// checkAttachment gives the number in its normal form and everything that a person has to mend.
func checkAttachment(material *catalogue.Material, file *File, attachment Attachment, today models.Date) (string, []*models.Problem) {
	var problems []*models.Problem
	if problem := CheckFile(material, file); problem != nil {
		problems = append(problems, problem)
	}
	number, problem := cleanNumber(attachment.Number)
	if problem != nil {
		problems = append(problems, problem)
	}
	expiresOn := ExpiryOf(attachment.IssuedOn, attachment.ExpiresOn, material.ValidForMonths)
	return number, append(problems, checkDates(attachment.IssuedOn, expiresOn, attachment.ExpiresOn != nil, today)...)
}
