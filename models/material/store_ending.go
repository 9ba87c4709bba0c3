package material

import (
	"context"
	"fmt"

	"onewindow/models"
	"onewindow/models/store"
)

// Ending is a document that is valid until a day.
type Ending struct {
	ID, OwnerID  models.ID
	MaterialCode string
	// Name is the material's; its code where the catalogue does not know it any more.
	Name      models.Text `gorm:"-"`
	ExpiresOn models.Date
}

// ending are the documents d that end and that nothing has replaced: no newer one of the same kind that lasts longer, and no other
// that lasts as long and tells its owner itself. What an application issued is reminded of by its case.
const ending = `SELECT d.id, d.owner_id, d.material_code, d.expires_on FROM material_documents AS d
	WHERE d.source <> 'APPLICATION' AND d.expires_on IS NOT NULL AND NOT EXISTS (SELECT 1 FROM material_documents AS other
		WHERE other.owner_id = d.owner_id AND other.material_code = d.material_code AND other.id <> d.id AND (
			(other.expires_on IS NULL OR other.expires_on > d.expires_on) AND other.created_at > d.created_at
			OR other.expires_on = d.expires_on AND (other.source = 'APPLICATION' OR other.id > d.id)))`

// EndingBetween gives documents of all wallets whose last day is from a day to another, by rising id after one of them.
func (s *Service) EndingBetween(ctx context.Context, tx *store.Tx, from, to models.Date, after models.ID, limit int) ([]*Ending, error) {
	condition, arguments := " AND d.expires_on BETWEEN ? AND ?", []any{from, to}
	if after != "" {
		condition, arguments = condition+" AND d.id > ?", append(arguments, after)
	}
	return s.endings(ctx, tx, condition+" ORDER BY d.id LIMIT ?", append(arguments, limit))
}

// EndingByIDs gives those of the documents that still end.
func (s *Service) EndingByIDs(ctx context.Context, tx *store.Tx, ids []models.ID) ([]*Ending, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return s.endings(ctx, tx, " AND d.id IN ?", []any{ids})
}

func (s *Service) endings(ctx context.Context, tx *store.Tx, condition string, arguments []any) ([]*Ending, error) {
	var found []*Ending
	if err := tx.DB.WithContext(ctx).Raw(ending+condition, arguments...).Scan(&found).Error; err != nil {
		return nil, fmt.Errorf("read documents that end: %w", err)
	}
	for _, one := range found {
		one.Name = s.materialOf(one.MaterialCode).Name
	}
	return found, nil
}
