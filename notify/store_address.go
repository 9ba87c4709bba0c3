package notify

import (
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"onewindow/models"
	"onewindow/models/store"
)

// badAddress names an address that a provider has refused for good.
type badAddress struct {
	residentID models.ID
	channel    Channel
	target     string
}

type badAddressRow struct {
	ResidentID models.ID
	Channel    Channel
	Target     string
	At         time.Time
	Code       string
}

func (badAddressRow) TableName() string { return "notify_bad_addresses" }

func selectBadAddresses(db *gorm.DB, residentIDs []models.ID) (map[badAddress]bool, error) {
	var rows []badAddressRow
	if err := db.Where(store.In("resident_id", residentIDs)).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read bad addresses: %w", err)
	}
	bad := make(map[badAddress]bool, len(rows))
	for _, row := range rows {
		bad[badAddress{row.ResidentID, row.Channel, row.Target}] = true
	}
	return bad, nil
}

func insertBadAddress(tx *store.Tx, row badAddressRow) error {
	if err := tx.DB.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error; err != nil {
		return fmt.Errorf("write bad address: %w", err)
	}
	return nil
}

func deleteBadAddresses(tx *store.Tx, residentID models.ID, channel Channel) error {
	err := tx.DB.Exec("DELETE FROM notify_bad_addresses WHERE resident_id = ? AND channel = ?", residentID, channel).Error
	if err != nil {
		return fmt.Errorf("forget bad addresses: %w", err)
	}
	return nil
}

type unreachedRow struct {
	MessageID  models.ID
	ResidentID models.ID
	At         time.Time
	Reason     string
	SettledAt  *time.Time
	SettledBy  *models.ID
}

func (unreachedRow) TableName() string { return "notify_unreached" }

func insertUnreached(tx *store.Tx, row unreachedRow) error {
	if err := tx.DB.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error; err != nil {
		return fmt.Errorf("write unreached: %w", err)
	}
	return nil
}

func selectUnreached(db *gorm.DB, after *inboxPosition, limit int) ([]unreachedRow, error) {
	query := db.Where("settled_at IS NULL")
	if after != nil {
		query = query.Where("(at, message_id) > (?, ?)", after.at, after.id)
	}
	var rows []unreachedRow
	if err := query.Order("at, message_id").Limit(limit).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read unreached: %w", err)
	}
	return rows, nil
}

func countUnreached(db *gorm.DB) (total int, err error) {
	if err := db.Raw("SELECT count(*) FROM notify_unreached WHERE settled_at IS NULL").Scan(&total).Error; err != nil {
		return 0, fmt.Errorf("count unreached: %w", err)
	}
	return total, nil
}

func settleUnreached(tx *store.Tx, id, by models.ID) (bool, error) {
	result := tx.DB.Table("notify_unreached").Where("message_id = ? AND settled_at IS NULL", id).
		Updates(map[string]any{"settled_at": tx.Now, "settled_by": by})
	if result.Error != nil {
		return false, fmt.Errorf("settle unreached: %w", result.Error)
	}
	return result.RowsAffected == 1, nil
}

// selectUntold gives a person's messages that reached them on no channel and of which nobody has told them since, the oldest first.
func selectUntold(db *gorm.DB, residentID models.ID, limit int) ([]messageRow, error) {
	var rows []messageRow
	err := db.Table("notify_messages AS m").Select("m.*").Joins("JOIN notify_unreached AS u ON u.message_id = m.id").
		Where("m.resident_id = ? AND u.settled_at IS NULL", residentID).Order("m.at, m.id").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read what was not told: %w", err)
	}
	return rows, nil
}

// selectUnreachedAsking gives the messages of the list that may have become untrue, by rising id after one of them.
func selectUnreachedAsking(db *gorm.DB, after models.ID, limit int) ([]messageRow, error) {
	query := db.Table("notify_messages AS m").Select("m.*").Joins("JOIN notify_unreached AS u ON u.message_id = m.id").
		Where("u.settled_at IS NULL AND (m.plan_key IS NOT NULL OR m.kind = ?)", SupplementRequested)
	if after != "" {
		query = query.Where("m.id > ?", after)
	}
	var rows []messageRow
	if err := query.Order("m.id").Limit(limit).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read unreached: %w", err)
	}
	return rows, nil
}

// dropUnreached takes messages off the list that nobody need be told any more.
func dropUnreached(tx *store.Tx, ids []models.ID) error {
	err := tx.DB.Exec("UPDATE notify_unreached SET settled_at = ? WHERE settled_at IS NULL AND message_id IN ?", tx.Now, ids).Error
	if err != nil {
		return fmt.Errorf("drop unreached: %w", err)
	}
	return nil
}

// settleTold takes a person's messages off the list: the person has them.
func settleTold(tx *store.Tx, residentID models.ID, ids []models.ID, by models.ID) error {
	if len(ids) == 0 {
		return nil
	}
	err := tx.DB.Exec("UPDATE notify_unreached SET settled_at = ?, settled_by = ? WHERE resident_id = ? AND settled_at IS NULL AND message_id IN ?",
		tx.Now, by, residentID, ids).Error
	if err != nil {
		return fmt.Errorf("settle unreached: %w", err)
	}
	return nil
}

type emailRow struct {
	ResidentID models.ID
	Email      []byte // sealed
	VerifiedAt *time.Time
	Pending    []byte // sealed
	Code       []byte // sealed
	CodeSentAt *time.Time
	CodesToday int
	Tries      int
}

func (emailRow) TableName() string { return "notify_emails" }

// lockEmail gives a person's email addresses, made if they are new, and locks them.
func lockEmail(tx *store.Tx, residentID models.ID) (*emailRow, error) {
	if err := tx.DB.Clauses(clause.OnConflict{DoNothing: true}).Create(&emailRow{ResidentID: residentID}).Error; err != nil {
		return nil, fmt.Errorf("write email address: %w", err)
	}
	return selectEmail(tx.Locked(), residentID)
}

func selectEmail(db *gorm.DB, residentID models.ID) (*emailRow, error) {
	var rows []emailRow
	if err := db.Where("resident_id = ?", residentID).Limit(1).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read email address: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return &rows[0], nil
}

func saveEmail(tx *store.Tx, row *emailRow) error {
	result := tx.DB.Table("notify_emails").Where("resident_id = ?", row.ResidentID).Updates(map[string]any{
		"email": row.Email, "verified_at": row.VerifiedAt, "pending": row.Pending, "code": row.Code, "code_sent_at": row.CodeSentAt,
		"codes_today": row.CodesToday, "tries": row.Tries,
	})
	if err := store.One(result); err != nil {
		return fmt.Errorf("write email address: %w", err)
	}
	return nil
}

func selectEmails(db *gorm.DB, residentIDs []models.ID) ([]emailRow, error) {
	var rows []emailRow
	if err := db.Where(store.In("resident_id", residentIDs)).Where("verified_at IS NOT NULL").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read email addresses: %w", err)
	}
	return rows, nil
}
