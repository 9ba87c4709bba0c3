package material

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"onewindow/models"
)

func insertLink(ctx context.Context, db *gorm.DB, hash []byte, to LinkTo, expires time.Time) error {
	row := linkRow{
		TokenHash: hash, DocumentID: to.DocumentID, Reader: to.Reader, ExpiresAt: expires, ApplicationID: models.OptionalID(to.ApplicationID), Step: to.Step,
	}
	if err := under(ctx, db).Create(&row).Error; err != nil {
		return fmt.Errorf("insert link: %w", err)
	}
	return nil
}

// linkTarget finds a link that has not expired.
func linkTarget(ctx context.Context, db *gorm.DB, hash []byte, now time.Time) (*Link, error) {
	var rows []linkRow
	err := under(ctx, db).Where("token_hash = ? AND expires_at > ?", hash, now.UTC()).Limit(1).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read link: %w", err)
	}
	if len(rows) == 0 {
		return nil, models.NotFound()
	}
	link := &Link{LinkTo{DocumentID: rows[0].DocumentID, Reader: rows[0].Reader, Step: rows[0].Step}, hash}
	if rows[0].ApplicationID != nil {
		link.ApplicationID = *rows[0].ApplicationID
	}
	return link, nil
}

// claimLink makes who comes from an address the reader of a link that was opened from another, or from nowhere; false: it was not.
func claimLink(ctx context.Context, db *gorm.DB, hash []byte, was, from string, now time.Time) (bool, error) {
	result := under(ctx, db).Model(&linkRow{}).Where("token_hash = ? AND opened_from = ? AND expires_at > ?", hash, was, now.UTC()).Update("opened_from", from)
	if result.Error != nil {
		return false, fmt.Errorf("claim link: %w", result.Error)
	}
	return result.RowsAffected == 1, nil
}

func removeExpiredLinks(ctx context.Context, db *gorm.DB, now time.Time) error {
	return under(ctx, db).Where("expires_at <= ?", now).Delete(&linkRow{}).Error
}
