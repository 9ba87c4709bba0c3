package notify

import (
	"fmt"

	"gorm.io/gorm/clause"

	"onewindow/models"
	"onewindow/models/store"
)

// roundRow says until which day the things of an occasion have been looked for.
type roundRow struct {
	Rule    Rule
	Through models.Date
}

func (roundRow) TableName() string { return "notify_rounds" }

// lockRound gives until which day a rule's things have been looked for, and holds it; first is where a new rule begins.
func lockRound(tx *store.Tx, rule Rule, first models.Date) (models.Date, error) {
	if err := tx.DB.Clauses(clause.OnConflict{DoNothing: true}).Create(&roundRow{rule, first}).Error; err != nil {
		return 0, fmt.Errorf("write round: %w", err)
	}
	var row roundRow
	if err := tx.Locked().Where("rule = ?", rule).Take(&row).Error; err != nil {
		return 0, fmt.Errorf("read round: %w", err)
	}
	return row.Through, nil
}

func saveRound(tx *store.Tx, rule Rule, through models.Date) error {
	if err := store.One(tx.DB.Table("notify_rounds").Where("rule = ?", rule).Update("through", through)); err != nil {
		return fmt.Errorf("write round: %w", err)
	}
	return nil
}

// cancelThings ends what was planned of things by a rule, but for the keys that still hold.
func cancelThings(tx *store.Tx, rule Rule, things []models.ID, keep []string) error {
	if len(things) == 0 {
		return nil
	}
	query := tx.DB.Table("notify_plans").Where("state = 'PLANNED' AND thing_id IN ? AND rule = ?", things, rule)
	if len(keep) > 0 {
		query = query.Where("key NOT IN ?", keep)
	}
	err := query.Updates(map[string]any{"state": planCancelled, "reason": cancelledChanged, "settled_at": tx.Now}).Error
	if err != nil {
		return fmt.Errorf("cancel reminders: %w", err)
	}
	return nil
}
