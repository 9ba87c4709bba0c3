package notify

import (
	"encoding/json"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"onewindow/models"
	"onewindow/models/store"
)

type settingsRow struct {
	ResidentID models.ID
	Channels   string
	QuietStart string
	QuietEnd   string
	Locale     models.Locale
	LargeText  bool
	// CopyHelpers and PlainLanguage came later.
	CopyHelpers   bool
	PlainLanguage bool
}

func (settingsRow) TableName() string { return "notify_settings" }

// preferences gives the choices of people; those of who has chosen nothing are the house's.
func (s *Service) preferences(db *gorm.DB, residentIDs []models.ID) (map[models.ID]preferences, error) {
	var rows []settingsRow
	if err := db.Where(store.In("resident_id", residentIDs)).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	all := make(map[models.ID]preferences, len(residentIDs))
	for _, id := range residentIDs {
		all[id] = usual(s.house.quiet())
	}
	for _, row := range rows {
		chosen := usual(s.house.quiet())
		if err := json.Unmarshal([]byte(row.Channels), &chosen.Channels); err != nil {
			return nil, fmt.Errorf("read settings: %w", err)
		}
		chosen.Quiet = QuietHours{row.QuietStart, row.QuietEnd}
		chosen.Locale, chosen.LargeText, chosen.CopyHelpers, chosen.PlainLanguage = row.Locale, row.LargeText, row.CopyHelpers, row.PlainLanguage
		all[row.ResidentID] = chosen
	}
	return all, nil
}

func savePreferences(tx *store.Tx, residentID models.ID, chosen preferences) error {
	switches, err := json.Marshal(chosen.Channels)
	if err != nil {
		return fmt.Errorf("write settings: %w", err)
	}
	row := settingsRow{
		residentID, string(switches), chosen.Quiet.Start, chosen.Quiet.End, chosen.Locale, chosen.LargeText, chosen.CopyHelpers, chosen.PlainLanguage,
	}
	err = tx.DB.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "resident_id"}},
		DoUpdates: clause.AssignmentColumns([]string{"channels", "quiet_start", "quiet_end", "locale", "large_text", "copy_helpers", "plain_language"}),
	}).Create(&row).Error
	if err != nil {
		return fmt.Errorf("write settings: %w", err)
	}
	return nil
}
