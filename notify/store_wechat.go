package notify

import (
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"onewindow/models"
	"onewindow/models/store"
)

type quotaRow struct {
	Target   string
	Template string
	Amount   int
}

func (quotaRow) TableName() string { return "notify_wechat_quota" }

type reportRow struct {
	ResidentID models.ID
	EventID    string
	At         time.Time
}

func (reportRow) TableName() string { return "notify_wechat_reports" }

func insertReport(tx *store.Tx, residentID models.ID, eventID string) (fresh bool, err error) {
	result := tx.DB.Clauses(clause.OnConflict{DoNothing: true}).Create(&reportRow{residentID, eventID, tx.Now})
	if result.Error != nil {
		return false, fmt.Errorf("write report: %w", result.Error)
	}
	return result.RowsAffected == 1, nil
}

func selectQuota(db *gorm.DB, owners map[string]models.ID) ([]quotaRow, error) {
	targets := make([]string, 0, len(owners))
	for target := range owners {
		targets = append(targets, target)
	}
	var rows []quotaRow
	if err := db.Where("target IN ? AND amount > 0", targets).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read quota: %w", err)
	}
	return rows, nil
}

func addQuota(tx *store.Tx, target, template string, most int) error {
	err := tx.DB.Exec(`INSERT INTO notify_wechat_quota (target, template, amount) VALUES (?, ?, 1)
		ON CONFLICT (target, template) DO UPDATE SET amount = notify_wechat_quota.amount + 1 WHERE notify_wechat_quota.amount < ?`,
		target, template, most).Error
	if err != nil {
		return fmt.Errorf("add quota: %w", err)
	}
	return nil
}

// spendQuota takes one permission; where none was left WeChat knew of one that we did not.
func spendQuota(tx *store.Tx, target, template string) error {
	err := tx.DB.Exec("UPDATE notify_wechat_quota SET amount = amount - 1 WHERE target = ? AND template = ? AND amount > 0", target, template).Error
	if err != nil {
		return fmt.Errorf("spend quota: %w", err)
	}
	return nil
}

// dropQuota takes all permissions: WeChat has said that there is none.
func dropQuota(tx *store.Tx, target, template string) error {
	err := tx.DB.Exec("UPDATE notify_wechat_quota SET amount = 0 WHERE target = ? AND template = ?", target, template).Error
	if err != nil {
		return fmt.Errorf("drop quota: %w", err)
	}
	return nil
}
