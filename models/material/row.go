package material

import (
	"fmt"
	"time"

	"onewindow/models"
	"onewindow/models/catalogue"
	"onewindow/models/sealed"
	"onewindow/models/store"
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
	// KeyGeneration sealed the bytes behind BlobKey; nil: not known, as in rows from before it was kept.
	KeyGeneration *uint32
	Scan          Scan
	CreatedAt     time.Time
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
	// VerifiedAt, VerifiedBy and VerifiedDepartment say who compared it with the original; nil and "": nobody has.
	VerifiedAt         *time.Time
	VerifiedBy         *models.ID
	VerifiedDepartment string
}

func (documentRow) TableName() string { return "material_documents" }

// joinedRow is a document with what its file says.
type joinedRow struct {
	Document documentRow `gorm:"embedded"`

	Size        *int
	ContentType *string
	Digest      []byte
	BlobKey     *string
	Scan        *Scan
}

type linkRow struct {
	TokenHash  []byte `gorm:"primaryKey"`
	DocumentID models.ID
	Reader     string
	ExpiresAt  time.Time
	// ApplicationID and Step are the work that it was made for; nil and "" in those of before they were kept.
	ApplicationID *models.ID
	Step          string
	// OpenedFrom is the address of its one reader; "": nobody has opened it.
	OpenedFrom string
}

func (linkRow) TableName() string { return "material_links" }

// contentIndex finds the same bytes of one owner. The owner is part of it, so that nobody who reads the database learns
// that two people have the same file.
func (s *Service) contentIndexes(generation uint32, file *File) ([]string, error) {
	return s.keys.Indexes(generation, purposeContent, string(file.OwnerID)+"/"+file.SHA256)
}

// Sealed says where this room keeps sealed values; the bytes of the files are ResealFiles' matter.
func Sealed() []sealed.Table {
	return []sealed.Table{
		{
			Name: "material_files", Key: []string{"id"}, Reads: []string{"owner_id"},
			Columns: []sealed.Column{{Name: "file_name", Purpose: purposeFileName}, {Name: "digest", Purpose: purposeDigest}},
			Indexes: []sealed.Index{{Name: "content_index", Purpose: purposeContent, Value: func(row sealed.Row) (string, error) {
				return row.Plain["owner_id"] + "/" + string(row.Opened["digest"]), nil
			}}},
		},
		{
			Name: "material_documents", Key: []string{"id"}, Reads: []string{"material_code"},
			Columns: []sealed.Column{
				{Name: "file_name", Purpose: purposeFileName}, {Name: "number", Purpose: purposeNumber}, {Name: "fields", Purpose: purposeFields},
			},
			Indexes: []sealed.Index{{Name: "number_index", Purpose: purposeNumber, Value: func(row sealed.Row) (string, error) {
				return row.Plain["material_code"] + "/" + string(row.Opened["number"]), nil
			}}},
		},
	}
}

func (s *Service) sealFile(file *File, contentIndex string) fileRow {
	return fileRow{
		ID: file.ID, OwnerID: file.OwnerID, ContentIndex: contentIndex, Size: file.Size, ContentType: file.ContentType,
		KeyGeneration: &file.keyGeneration, Scan: file.Scan,
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
		SHA256: digest, CreatedAt: row.CreatedAt.UTC(), blobKey: row.BlobKey, Scan: row.Scan,
	}, nil
}

func (s *Service) sealDocument(tx *store.Tx, document *Document) (documentRow, error) {
	row := documentRow{
		ID: document.ID, OwnerID: document.OwnerID, MaterialCode: document.MaterialCode, FileID: models.OptionalID(document.FileID),
		IssuedOn: document.IssuedOn, ExpiresOn: document.ExpiresOn, Trust: document.Trust, Source: document.Source,
		SourceDepartment: document.SourceDepartment, SourceApplicationID: models.OptionalID(document.SourceApplicationID),
		CreatedAt: document.CreatedAt,
	}
	if document.FileName != nil {
		row.FileName = s.keys.SealText(purposeFileName, *document.FileName)
	}
	if document.Number != nil {
		row.Number = s.keys.SealText(purposeNumber, *document.Number)
	}
	// What a department gives without a number is found again too, as the one without a number.
	if row.Number != nil || document.Source == FromDepartment {
		indexes, err := s.numberIndexes(tx, document)
		if err != nil {
			return row, err
		}
		row.NumberIndex = &indexes[0]
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

// numberIndexes are those under which the document's number may stand.
func (s *Service) numberIndexes(tx *store.Tx, document *Document) ([]string, error) {
	generation, err := tx.IndexGeneration()
	if err != nil {
		return nil, err
	}
	number := ""
	if document.Number != nil {
		number = *document.Number
	}
	return s.keys.Indexes(generation, purposeNumber, document.MaterialCode+"/"+number)
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
	if row.Document.VerifiedAt != nil && row.Document.VerifiedBy != nil {
		document.Verified = &Verification{row.Document.VerifiedAt.UTC(), *row.Document.VerifiedBy, row.Document.VerifiedDepartment}
	}
	if row.BlobKey != nil {
		document.blobKey = *row.BlobKey
	}
	if row.Scan != nil {
		document.scan = *row.Scan
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
