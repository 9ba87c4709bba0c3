package material

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"onewindow/models"
	"onewindow/models/store"
)

// Usable gives, by material code, the owner's document that serves best on a day for a decision that is due on another, in one
// query.
func (s *Service) Usable(
	ctx context.Context, db *gorm.DB, owner models.ID, materialCodes []string, day, decisionDue models.Date,
) (map[string]*Document, error) {
	documents, err := s.lastingOf(ctx, db, []models.ID{owner}, materialCodes, day)
	if err != nil {
		return nil, err
	}
	return Best(documents, day, decisionDue), nil
}

// UsableOf is Usable on one day for several owners, in one query too.
func (s *Service) UsableOf(
	ctx context.Context, db *gorm.DB, owners []models.ID, materialCodes []string, day models.Date,
) (map[models.ID]map[string]*Document, error) {
	documents, err := s.lastingOf(ctx, db, owners, materialCodes, day)
	if err != nil {
		return nil, err
	}
	byOwner := map[models.ID][]*Document{}
	for _, document := range documents {
		byOwner[document.OwnerID] = append(byOwner[document.OwnerID], document)
	}
	usable := make(map[models.ID]map[string]*Document, len(byOwner))
	for owner, held := range byOwner {
		usable[owner] = Best(held, day, day)
	}
	return usable, nil
}

func (s *Service) lastingOf(ctx context.Context, db *gorm.DB, owners []models.ID, materialCodes []string, day models.Date) ([]*Document, error) {
	if len(materialCodes) == 0 || len(owners) == 0 || !wellFormed(owners...) {
		return nil, nil
	}
	return s.documents(joined(ctx, db).
		Where("d.owner_id IN ? AND d.material_code IN ? AND (d.expires_on IS NULL OR d.expires_on >= ?)", owners, materialCodes, day))
}

// newestOf reads one more document of each owner than asked for, and counts them all: two queries, however many owners.
func (s *Service) newestOf(ctx context.Context, owners []models.ID, request models.PageRequest) (map[models.ID][]*Document, map[models.ID]int, error) {
	db := s.store.Reader(ctx)
	after, arguments := "", []any{owners}
	if request.After != "" {
		var at time.Time
		var id models.ID
		if err := store.ReadCursor(request.After, &at, &id); err != nil {
			return nil, nil, err
		}
		if !wellFormed(id) {
			return nil, nil, models.BadInput(models.T("after 不是本列表给出的游标", "after is not a cursor of this list"))
		}
		after, arguments = " AND (created_at, id) < (?, ?)", append(arguments, at.UTC(), id)
	}
	var counted []struct {
		OwnerID models.ID
		Total   int
	}
	err := under(ctx, db).Model(&documentRow{}).Select("owner_id, count(*) AS total").Where("owner_id IN ?", owners).Group("owner_id").Scan(&counted).Error
	if err != nil {
		return nil, nil, fmt.Errorf("count documents: %w", err)
	}
	totals := make(map[models.ID]int, len(counted))
	for _, row := range counted {
		totals[row.OwnerID] = row.Total
	}
	placed := "(SELECT *, ROW_NUMBER() OVER (PARTITION BY owner_id ORDER BY created_at DESC, id DESC) AS place FROM material_documents WHERE owner_id IN ?" + after + ") AS d"
	found, err := s.documents(withFiles(under(ctx, db).Table(placed, arguments...)).Where("d.place <= ?", request.First+1).Order("d.created_at DESC, d.id DESC"))
	byOwner := make(map[models.ID][]*Document, len(owners))
	for _, document := range found {
		byOwner[document.OwnerID] = append(byOwner[document.OwnerID], document)
	}
	return byOwner, totals, err
}

// Verify notes that an uploaded document was compared with its original; whatever is not UPLOADED any more is a conflict.
func (s *Service) Verify(ctx context.Context, tx *store.Tx, id models.ID, verification Verification) error {
	return store.One(under(ctx, tx.DB).Model(&documentRow{}).Where("id = ? AND trust = ?", id, Uploaded).Updates(map[string]any{
		"trust": Verified, "verified_at": verification.At, "verified_by": verification.StaffID, "verified_department": verification.DepartmentCode,
	}))
}

// Expiries tells, of the documents that do expire, until when they are valid. One that a newer document of the same kind has
// replaced, which lasts longer, is left out: nobody need renew it.
func (s *Service) Expiries(_ context.Context, tx *store.Tx, ids []models.ID) (map[models.ID]models.Date, error) {
	var rows []struct {
		ID        models.ID
		ExpiresOn models.Date
	}
	err := tx.DB.Raw(`SELECT d.id, d.expires_on FROM material_documents AS d WHERE d.id IN ? AND d.expires_on IS NOT NULL
		AND NOT EXISTS (SELECT 1 FROM material_documents AS newer WHERE newer.owner_id = d.owner_id AND newer.material_code = d.material_code
			AND newer.id <> d.id AND (newer.expires_on IS NULL OR newer.expires_on > d.expires_on) AND newer.created_at > d.created_at)`, ids).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read expiries: %w", err)
	}
	expiries := make(map[models.ID]models.Date, len(rows))
	for _, row := range rows {
		expiries[row.ID] = row.ExpiresOn
	}
	return expiries, nil
}
