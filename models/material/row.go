package material

import (
	"fmt"
	"time"

	"onewindow/models"
	"onewindow/models/catalogue"
)

// The places that sealed values of this room belong to.
const (
	purposeFileName = "material.file_name"
	purposeDigest   = "material.digest"
	purposeContent  = "material.content"
	purposeNumber   = "material.number"
	purposeFields   = "material.fields"
)

type fileRow struct {
	ID           models.ID `gorm:"primaryKey"`
	OwnerID      models.ID
	ContentIndex string
	Size         int
	ContentType  string
	FileName     []byte
	Digest       []byte
	BlobKey      string
	CreatedAt    time.Time
}

func (fileRow) TableName() string { return "material_files" }

type documentRow struct {
	ID                  models.ID `gorm:"primaryKey"`
	OwnerID             models.ID
	MaterialCode        string
	FileID              *models.ID
	FileName            []byte
	Number              []byte
	NumberIndex         *string
	IssuedOn            *models.Date
	ExpiresOn           *models.Date
	Trust               Trust
	Source              Source
	SourceDepartment    string
	SourceApplicationID *models.ID
	Fields              []byte
	CreatedAt           time.Time
}

func (documentRow) TableName() string { return "material_documents" }

// joinedRow is a document with what its file says.
type joinedRow struct {
	Document documentRow `gorm:"embedded"`

	Size        *int
	ContentType *string
	Digest      []byte
	BlobKey     *string
}

type linkRow struct {
	TokenHash  []byte `gorm:"primaryKey"`
	DocumentID models.ID
	Reader     string
	ExpiresAt  time.Time
}

func (linkRow) TableName() string { return "material_links" }

// contentIndex finds the same bytes of one owner. The owner is part of it, so that nobody who reads the database learns
// that two people have the same file.
func (s *Service) contentIndex(file *File) string {
	return s.keys.Index(purposeContent, string(file.OwnerID)+"/"+file.SHA256)
}

func (s *Service) sealFile(file *File) fileRow {
	return fileRow{
		ID: file.ID, OwnerID: file.OwnerID, ContentIndex: s.contentIndex(file), Size: file.Size, ContentType: file.ContentType,
		FileName: s.keys.SealText(purposeFileName, file.Name), // The digest of a known paper could be looked for, so it is not left readable.
		Digest:   s.keys.SealText(purposeDigest, file.SHA256),
		BlobKey:  file.blobKey, CreatedAt: file.CreatedAt,
	}
}

func (s *Service) openFile(row *fileRow) (*File, error) {
	name, err := s.keys.OpenText(purposeFileName, row.FileName)
	if err != nil {
		return nil, fmt.Errorf("file %s: %w", row.ID, err)
	}
	digest, err := s.keys.OpenText(purposeDigest, row.Digest)
	if err != nil {
		return nil, fmt.Errorf("file %s: %w", row.ID, err)
	}
	return &File{
		ID: row.ID, OwnerID: row.OwnerID, Name: name, ContentType: row.ContentType, Size: row.Size,
		SHA256: digest, CreatedAt: row.CreatedAt.UTC(), blobKey: row.BlobKey,
	}, nil
}

func (s *Service) sealDocument(document *Document) (documentRow, error) {
	row := documentRow{
		ID: document.ID, OwnerID: document.OwnerID, MaterialCode: document.MaterialCode, FileID: optional(document.FileID),
		IssuedOn: document.IssuedOn, ExpiresOn: document.ExpiresOn, Trust: document.Trust, Source: document.Source,
		SourceDepartment: document.SourceDepartment, SourceApplicationID: optional(document.SourceApplicationID),
		CreatedAt: document.CreatedAt,
	}
	if document.FileName != nil {
		row.FileName = s.keys.SealText(purposeFileName, *document.FileName)
	}
	number := ""
	if document.Number != nil {
		number = *document.Number
		row.Number = s.keys.SealText(purposeNumber, number)
	}
	// What a department gives without a number is found again too, as the one without a number.
	if number != "" || document.Source == FromDepartment {
		index := s.keys.Index(purposeNumber, document.MaterialCode+"/"+number)
		row.NumberIndex = &index
	}
	if len(document.Fields) > 0 {
		fields, err := s.keys.SealJSON(purposeFields, document.Fields)
		if err != nil {
			return row, err
		}
		row.Fields = fields
	}
	return row, nil
}

func (s *Service) openDocument(row *joinedRow) (*Document, error) {
	document := &Document{
		ID: row.Document.ID, OwnerID: row.Document.OwnerID,
		MaterialCode: row.Document.MaterialCode, Material: s.materialOf(row.Document.MaterialCode),
		ContentType: row.ContentType, Size: row.Size, IssuedOn: row.Document.IssuedOn, ExpiresOn: row.Document.ExpiresOn, Trust: row.Document.Trust,
		Source: row.Document.Source, SourceDepartment: row.Document.SourceDepartment, CreatedAt: row.Document.CreatedAt.UTC(),
	}
	if row.Document.FileID != nil {
		document.FileID = *row.Document.FileID
	}
	if row.Document.SourceApplicationID != nil {
		document.SourceApplicationID = *row.Document.SourceApplicationID
	}
	if row.BlobKey != nil {
		document.blobKey = *row.BlobKey
	}
	return document, s.openSealed(row, document)
}

func (s *Service) openSealed(row *joinedRow, document *Document) error {
	var err error
	if document.FileName, err = s.openOptional(purposeFileName, row.Document.FileName); err != nil {
		return err
	}
	if document.Number, err = s.openOptional(purposeNumber, row.Document.Number); err != nil {
		return err
	}
	if document.SHA256, err = s.keys.OpenText(purposeDigest, row.Digest); err != nil {
		return err
	}
	return s.keys.OpenJSON(purposeFields, row.Document.Fields, &document.Fields)
}

func (s *Service) openOptional(purpose string, box []byte) (*string, error) {
	if len(box) == 0 {
		return nil, nil
	}
	text, err := s.keys.OpenText(purpose, box)
	return &text, err
}

// materialOf gives the dictionary's entry; a document of a material that left the dictionary is still shown, by its code.
func (s *Service) materialOf(code string) *catalogue.Material {
	if material := s.materials(code); material != nil {
		return material
	}
	return &catalogue.Material{Code: code, Name: models.T(code, code)}
}

func optional(id models.ID) *models.ID {
	if id == "" {
		return nil
	}
	return &id
}

func same[T comparable](a, b *T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// wellFormed keeps text that is no identifier away from the database, which would refuse the whole statement.
func wellFormed(ids ...models.ID) bool {
	for _, id := range ids {
		if _, fits := models.ParseID(string(id)); !fits {
			return false
		}
	}
	return true
}
