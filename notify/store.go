package notify

import (
	"fmt"
	"time"

	"gorm.io/gorm"

	"onewindow/models"
	"onewindow/models/store"
)

// allOf reads the outcome of a guarded change of several rows: all must have been touched.
func allOf(result *gorm.DB, count int, what string) error {
	if result.Error != nil {
		return fmt.Errorf("%s: %w", what, result.Error)
	}
	if int(result.RowsAffected) != count {
		return fmt.Errorf("%s: %w", what, store.ErrStale)
	}
	return nil
}

func rehome(tx *store.Tx, from, to models.ID) error {
	if err := tx.DB.Model(&messageRow{}).Where("resident_id = ?", from).Update("resident_id", to).Error; err != nil {
		return err
	}
	if err := tx.DB.Exec("UPDATE notify_unreached SET resident_id = ? WHERE resident_id = ?", to, from).Error; err != nil {
		return err
	}
	for _, column := range []string{"resident_id", "subject_id"} {
		if err := tx.DB.Model(&planRow{}).Where(column+" = ?", from).Update(column, to).Error; err != nil {
			return err
		}
	}
	return tx.DB.Exec("UPDATE notify_digests SET resident_id = ? WHERE resident_id = ? AND NOT EXISTS (SELECT 1 FROM notify_digests WHERE resident_id = ?)",
		to, from, to).Error
}

// dueQuestion asks whether anything of a sort is due, without a transaction.
type dueQuestion func(db *gorm.DB, now time.Time) (bool, error)
