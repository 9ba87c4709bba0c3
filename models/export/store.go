package export

import (
	"fmt"
	"time"

	"gorm.io/gorm"

	"onewindow/models"
	"onewindow/models/store"
)

type linkRow struct {
	TokenHash  []byte
	ResidentID models.ID
	Locale     models.Locale
	// Reader is the address that opened it first; empty: nobody yet.
	Reader               string
	Opened               int
	CreatedAt, ExpiresAt time.Time
}

func (linkRow) TableName() string { return "export_links" }

// askedSince counts a person's links; the person's row is held, so that two requests at once are counted one after the other.
func askedSince(tx *store.Tx, resident models.ID, since time.Time) (oldest time.Time, asked int, err error) {
	var held []models.ID
	if err := tx.Locked().Table("resident_residents").Where("id = ?", resident).Pluck("id", &held).Error; err != nil {
		return oldest, 0, fmt.Errorf("count copies: %w", err)
	}
	var rows []linkRow
	err = tx.DB.Select("created_at").Where("resident_id = ? AND created_at > ?", resident, since).Order("created_at").Limit(MostADay).Find(&rows).Error
	if err != nil {
		return oldest, 0, fmt.Errorf("count copies: %w", err)
	}
	if len(rows) > 0 {
		oldest = rows[0].CreatedAt
	}
	return oldest, len(rows), nil
}

func insertLink(tx *store.Tx, row linkRow) error {
	if err := tx.DB.Create(&row).Error; err != nil {
		return fmt.Errorf("keep link: %w", err)
	}
	return nil
}

// findLink tells whose copy a token leads to, whether it still works or not.
func findLink(db *gorm.DB, hash []byte) (*Order, error) {
	var found []linkRow
	if err := db.Select("resident_id", "locale").Where("token_hash = ?", hash).Limit(1).Find(&found).Error; err != nil {
		return nil, fmt.Errorf("read link: %w", err)
	}
	if len(found) == 0 {
		return nil, models.NotFound()
	}
	return &Order{ResidentID: found[0].ResidentID, Locale: found[0].Locale}, nil
}

// takeLink counts an opening by an address; NOT_FOUND where the link does not work, or not for this address.
func takeLink(tx *store.Tx, hash []byte, from string) error {
	taken := tx.DB.Exec("UPDATE export_links SET reader = ?, opened = opened + 1 WHERE token_hash = ? AND expires_at > ? AND reader IN ('', ?) AND opened < ?",
		from, hash, tx.Now, from, MostOpened)
	if taken.Error != nil {
		return fmt.Errorf("take link: %w", taken.Error)
	}
	if taken.RowsAffected == 0 {
		return models.NotFound()
	}
	return nil
}

func removeBefore(tx *store.Tx, moment time.Time) error {
	if err := tx.DB.Exec("DELETE FROM export_links WHERE created_at < ? AND expires_at < ?", moment, tx.Now).Error; err != nil {
		return fmt.Errorf("remove links: %w", err)
	}
	return nil
}
