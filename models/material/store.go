package material

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"onewindow/models"
	"onewindow/models/store"
)

// under runs the statements of a database handle under a context.
func under(ctx context.Context, db *gorm.DB) *gorm.DB { return db.WithContext(ctx) }

// fileOf reads an owner's file; another's is not found.
func (s *Service) fileOf(ctx context.Context, db *gorm.DB, owner, id models.ID) (*File, error) {
	if !wellFormed(owner, id) {
		return nil, models.NotFound()
	}
	return s.oneFile(under(ctx, db).Where("id = ? AND owner_id = ?", id, owner), models.NotFound())
}

// sameContent finds the owner's file with the same bytes; nil: there is none.
func (s *Service) sameContent(ctx context.Context, db *gorm.DB, generation uint32, file *File) (*File, error) {
	indexes, err := s.contentIndexes(generation, file)
	if err != nil {
		return nil, err
	}
	return s.oneFile(under(ctx, db).Where("owner_id = ? AND content_index IN ?", file.OwnerID, indexes), nil)
}

func (s *Service) oneFile(query *gorm.DB, missing error) (*File, error) {
	var rows []fileRow
	if err := query.Limit(1).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read file: %w", err)
	}
	if len(rows) == 0 {
		return nil, missing
	}
	return s.openFile(&rows[0])
}

// insertFile stores the row, or gives the one with the same bytes that another request stored first.
func (s *Service) insertFile(ctx context.Context, tx *store.Tx, file *File) (known *File, err error) {
	generation, err := tx.IndexGeneration()
	if err != nil {
		return nil, err
	}
	if known, err = s.sameContent(ctx, tx.DB, generation, file); err != nil || known != nil {
		return known, err
	}
	indexes, err := s.contentIndexes(generation, file)
	if err != nil {
		return nil, err
	}
	row := s.sealFile(file, indexes[0])
	result := under(ctx, tx.DB).Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "owner_id"}, {Name: "content_index"}}, DoNothing: true,
	}).Create(&row)
	if result.Error != nil {
		return nil, fmt.Errorf("insert file: %w", result.Error)
	}
	if result.RowsAffected == 1 {
		return nil, nil
	}
	return nil, store.ErrRetry // another request stored it at this moment: the second look finds it
}

// fileDue reads a file that is to be scanned; nil: it has been, or is not there.
func (s *Service) fileDue(ctx context.Context, db *gorm.DB, id models.ID) (*File, error) {
	return s.oneFile(under(ctx, db).Where("id = ? AND scan = ?", id, ScanDue), nil)
}

// settleScan keeps what the scanner said, and tells whether that was anything new.
func settleScan(ctx context.Context, db *gorm.DB, id models.ID, found Scan) (bool, error) {
	result := under(ctx, db).Model(&fileRow{}).Where("id = ? AND scan <> ?", id, found).Update("scan", found)
	if result.Error != nil {
		return false, fmt.Errorf("keep scan: %w", result.Error)
	}
	return result.RowsAffected == 1, nil
}

// filesUnder reads the next files whose bytes are not known to be under a generation.
func filesUnder(ctx context.Context, db *gorm.DB, after models.ID, generation uint32) ([]fileRow, error) {
	query := under(ctx, db).Select("id", "blob_key").Where("(key_generation IS NULL OR key_generation <> ?)", generation)
	if after != "" {
		query = query.Where("id > ?", after)
	}
	var rows []fileRow
	if err := query.Order("id").Limit(filesAtOnce).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read files: %w", err)
	}
	return rows, nil
}

// noteBytes keeps which generation sealed a file's bytes.
func noteBytes(ctx context.Context, db *gorm.DB, id models.ID, generation uint32) error {
	return store.One(under(ctx, db).Model(&fileRow{}).Where("id = ?", id).Update("key_generation", generation))
}

func (s *Service) renameFile(ctx context.Context, db *gorm.DB, file *File) error {
	return store.One(under(ctx, db).Model(&fileRow{}).Where("id = ?", file.ID).
		Update("file_name", s.keys.SealText(purposeFileName, file.Name)))
}

// Get reads an owner's document; another's is not found.
func (s *Service) Get(ctx context.Context, db *gorm.DB, owner, id models.ID) (*Document, error) {
	found, err := s.ByIDs(ctx, db, []models.ID{id})
	if err != nil {
		return nil, err
	}
	if document := found[id]; document != nil && document.OwnerID == owner && owner != "" {
		return document, nil
	}
	return nil, models.NotFound()
}

// ByIDs reads documents with their files in one query; what is not there is not in the answer. Who may see them, the
// caller decides.
func (s *Service) ByIDs(ctx context.Context, db *gorm.DB, ids []models.ID) (map[models.ID]*Document, error) {
	asked := make([]models.ID, 0, len(ids))
	for _, id := range ids {
		if wellFormed(id) {
			asked = append(asked, id)
		}
	}
	found := make(map[models.ID]*Document, len(asked))
	if len(asked) == 0 {
		return found, nil
	}
	documents, err := s.documents(joined(ctx, db).Where("d.id IN ?", asked))
	for _, document := range documents {
		found[document.ID] = document
	}
	return found, err
}

// sameUpload finds the document that was made from the same file with the same particulars; nil: there is none.
func (s *Service) sameUpload(ctx context.Context, db *gorm.DB, document *Document) (*Document, error) {
	known, err := s.documents(joined(ctx, db).Where("d.owner_id = ? AND d.material_code = ? AND d.file_id = ? AND d.source = ?",
		document.OwnerID, document.MaterialCode, document.FileID, FromUpload).Order("d.id"))
	if err != nil {
		return nil, err
	}
	for _, candidate := range known {
		if same(candidate.Number, document.Number) &&
			same(candidate.IssuedOn, document.IssuedOn) && same(candidate.ExpiresOn, document.ExpiresOn) {
			return candidate, nil
		}
	}
	return nil, nil
}

// issuedBy finds what an application issued for a material already; nil: nothing.
func (s *Service) issuedBy(ctx context.Context, db *gorm.DB, applicationID models.ID, materialCode string) (*Document, error) {
	if !wellFormed(applicationID) {
		return nil, errors.New("material: a result without its application")
	}
	known, err := s.documents(joined(ctx, db).Where("d.source_application_id = ? AND d.material_code = ? AND d.source = ?",
		applicationID, materialCode, FromApplication))
	if err != nil || len(known) == 0 {
		return nil, err
	}
	return known[0], nil
}

func (s *Service) insertDocument(tx *store.Tx, document *Document) error {
	row, err := s.sealDocument(tx, document)
	if err != nil {
		return err
	}
	tx.Insert(store.Rows{Table: "material_documents", Columns: []string{
		"id", "owner_id", "material_code", "file_id", "file_name", "number", "number_index", "issued_on", "expires_on", "trust", "source",
		"source_department", "source_application_id", "fields", "created_at",
	}, Values: [][]any{{
		row.ID, row.OwnerID, row.MaterialCode, row.FileID, row.FileName, row.Number, row.NumberIndex, row.IssuedOn, row.ExpiresOn, row.Trust, row.Source,
		row.SourceDepartment, row.SourceApplicationID, row.Fields, row.CreatedAt,
	}}})
	return nil
}

// upsertFetched renews the document with the same number, or inserts it. The document is given the id that it has in the
// wallet.
func (s *Service) upsertFetched(ctx context.Context, tx *store.Tx, document *Document) error {
	row, err := s.sealDocument(tx, document)
	if err != nil {
		return err
	}
	indexes, err := s.numberIndexes(tx, document)
	if err != nil {
		return err
	}
	var known []documentRow
	err = under(ctx, tx.Locked()).Where("owner_id = ? AND material_code = ? AND source = ? AND source_department = ? AND number_index IN ?",
		row.OwnerID, row.MaterialCode, FromDepartment, row.SourceDepartment, indexes).Limit(1).Find(&known).Error
	if err != nil {
		return fmt.Errorf("find fetched document: %w", err)
	}
	if len(known) == 1 {
		document.ID, document.CreatedAt = known[0].ID, known[0].CreatedAt.UTC()
		return renew(ctx, tx.DB, document.ID, &row)
	}
	result := under(ctx, tx.DB).Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
	if result.Error != nil {
		return fmt.Errorf("insert fetched document: %w", result.Error)
	}
	if result.RowsAffected == 0 { // fetched twice at once: the other one's row is there at the next attempt
		return store.ErrRetry
	}
	return nil
}

// renew writes every particular by name, so that one which the department does not give any more is emptied.
func renew(ctx context.Context, db *gorm.DB, id models.ID, row *documentRow) error {
	return store.One(under(ctx, db).Model(&documentRow{}).Where("id = ?", id).Updates(map[string]any{
		"file_id": row.FileID, "file_name": row.FileName, "issued_on": row.IssuedOn, "expires_on": row.ExpiresOn, "fields": row.Fields,
	}))
}

// joined reads documents with what their files say.
func joined(ctx context.Context, db *gorm.DB) *gorm.DB {
	return withFiles(under(ctx, db).Table("material_documents AS d"))
}

// withFiles reads documents, under the name d, with what their files say.
func withFiles(from *gorm.DB) *gorm.DB {
	return from.
		Select("d.id, d.owner_id, d.material_code, d.file_id, d.file_name, d.number, d.issued_on, d.expires_on, d.trust, d.source, " +
			"d.source_department, d.source_application_id, d.fields, d.created_at, d.verified_at, d.verified_by, d.verified_department, f.size, f.content_type, f.digest, f.blob_key, f.scan").
		Joins("LEFT JOIN material_files AS f ON f.id = d.file_id")
}

func (s *Service) documents(query *gorm.DB) ([]*Document, error) {
	var rows []joinedRow
	if err := query.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read documents: %w", err)
	}
	documents := make([]*Document, len(rows))
	for i := range rows {
		document, err := s.openDocument(&rows[i])
		if err != nil {
			return nil, fmt.Errorf("document %s: %w", rows[i].Document.ID, err)
		}
		documents[i] = document
	}
	lot := &models.Lot[*Document]{All: documents}
	for _, document := range documents {
		document.lot = lot
	}
	return documents, nil
}

// IssuedStatement reads the documents that an application issued, together with other statements of the same reader.
// Application is an expression for its id, with a place for its argument.
func (s *Service) IssuedStatement(application string, argument any, into map[models.ID]*Document) store.Statement {
	return store.Statement{
		SQL: `SELECT CAST(d.id AS text), CAST(d.owner_id AS text), d.material_code, CAST(d.file_id AS text), d.file_name, d.number, d.issued_on, d.expires_on,
			d.trust, d.source, d.source_department, CAST(d.source_application_id AS text), d.fields, d.created_at, f.size, f.content_type, f.digest,
			f.blob_key, f.scan FROM material_documents AS d LEFT JOIN material_files AS f ON f.id = d.file_id WHERE d.source_application_id = ` + application,
		Arguments: []any{argument},
		Read: func(row store.Scanner) error {
			var stored joinedRow
			d := &stored.Document
			err := row.Scan(&d.ID, &d.OwnerID, &d.MaterialCode, &d.FileID, &d.FileName, &d.Number, &d.IssuedOn, &d.ExpiresOn, &d.Trust, &d.Source,
				&d.SourceDepartment, &d.SourceApplicationID, &d.Fields, &d.CreatedAt, &stored.Size, &stored.ContentType, &stored.Digest, &stored.BlobKey, &stored.Scan)
			if err != nil {
				return fmt.Errorf("read issued documents: %w", err)
			}
			document, err := s.openDocument(&stored)
			if err != nil {
				return fmt.Errorf("document %s: %w", d.ID, err)
			}
			into[document.ID] = document
			return nil
		},
	}
}

// knownBlobs tells which of the names belong to a file.
func knownBlobs(ctx context.Context, db *gorm.DB, keys []string) (map[string]bool, error) {
	var rows []string
	if err := under(ctx, db).Model(&fileRow{}).Where("blob_key IN ?", keys).Pluck("blob_key", &rows).Error; err != nil {
		return nil, fmt.Errorf("look for files: %w", err)
	}
	known := make(map[string]bool, len(rows))
	for _, key := range rows {
		known[key] = true
	}
	return known, nil
}

func rehome(ctx context.Context, db *gorm.DB, from, to models.ID) error {
	if err := under(ctx, db).Model(&fileRow{}).Where("owner_id = ?", from).Update("owner_id", to).Error; err != nil {
		return err
	}
	return under(ctx, db).Model(&documentRow{}).Where("owner_id = ?", from).Update("owner_id", to).Error
}
