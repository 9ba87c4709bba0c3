package notify

import (
	"fmt"
	"time"

	"gorm.io/gorm"

	"onewindow/models"
	"onewindow/models/store"
)

type deliveryRow struct {
	ID        models.ID
	MessageID models.ID
	Channel   Channel
	State     DeliveryState
	Attempts  int
	At        time.Time
	Reason    string
}

func (deliveryRow) TableName() string { return "notify_deliveries" }

// insertDeliveries writes deliveries and tells which are new: a message leaves on a channel once.
func insertDeliveries(tx *store.Tx, rows []deliveryRow) (fresh map[models.ID]bool, err error) {
	if len(rows) == 0 {
		return nil, nil
	}
	table := deliveriesToWrite(rows)
	table.Conflict = "DO NOTHING"
	touched, err := tx.Write(table)
	if err != nil {
		return nil, err
	}
	ids := make([]models.ID, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	if int(touched) != len(rows) {
		var written []models.ID
		if err := tx.DB.Table("notify_deliveries").Where(store.In("id", ids)).Pluck("id", &written).Error; err != nil {
			return nil, fmt.Errorf("read deliveries: %w", err)
		}
		ids = written
	}
	fresh = make(map[models.ID]bool, len(ids))
	for _, id := range ids {
		fresh[id] = true
	}
	return fresh, nil
}

func deliveriesToWrite(rows []deliveryRow) store.Rows {
	table := store.Rows{
		Table: "notify_deliveries", Columns: []string{"id", "message_id", "channel", "state", "attempts", "at", "reason"},
		Kinds: []string{"uuid", "uuid", "text", "text", "int", "timestamptz", "text"},
	}
	for _, row := range rows {
		table.Values = append(table.Values, []any{row.ID, row.MessageID, row.Channel, row.State, row.Attempts, row.At, row.Reason})
	}
	return table
}

// selectPending gives those of deliveries that are still to be made.
func selectPending(db *gorm.DB, ids []models.ID) (pending []models.ID, err error) {
	err = db.Table("notify_deliveries").Where(store.In("id", ids)).Where("state = 'PENDING'").Order("id").Pluck("id", &pending).Error
	if err != nil {
		return nil, fmt.Errorf("read deliveries: %w", err)
	}
	return pending, nil
}

// lockDeliveries gives those deliveries that are still to be made, and locks them, always in one order.
func lockDeliveries(tx *store.Tx, ids []models.ID) ([]deliveryRow, error) {
	var rows []deliveryRow
	if err := tx.Locked().Where(store.In("id", ids)).Where("state = 'PENDING'").Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read deliveries: %w", err)
	}
	return rows, nil
}

func selectDeliveries(tx *store.Tx, messageID models.ID) ([]deliveryRow, error) {
	var rows []deliveryRow
	if err := tx.Locked().Where("message_id = ?", messageID).Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read deliveries: %w", err)
	}
	return rows, nil
}

// beginAttempts counts attempts before they are made; an empty reason says that their end is not known yet.
func beginAttempts(tx *store.Tx, ids []models.ID) error {
	if len(ids) == 0 {
		return nil
	}
	result := tx.DB.Exec("UPDATE notify_deliveries SET attempts = attempts + 1, reason = '', at = ? WHERE state = 'PENDING' AND ?", tx.Now, store.In("id", ids))
	return allOf(result, len(ids), "begin attempts")
}

// updateDeliveries moves locked deliveries on, those that end alike in one statement.
func updateDeliveries(tx *store.Tx, rows []deliveryRow) error {
	type end struct {
		state    DeliveryState
		attempts int
		reason   string
	}
	alike := map[end][]models.ID{}
	for _, row := range rows {
		key := end{row.State, row.Attempts, row.Reason}
		alike[key] = append(alike[key], row.ID)
	}
	for end, ids := range alike {
		result := tx.DB.Table("notify_deliveries").Where("state = 'PENDING'").Where(store.In("id", ids)).
			Updates(map[string]any{"state": end.state, "attempts": end.attempts, "at": tx.Now, "reason": end.reason})
		if err := allOf(result, len(ids), "update deliveries"); err != nil {
			return err
		}
	}
	return nil
}

// forgetDeliveries removes those of the oldest that have stood since before a moment; their attempts go with them. Ids grow with time,
// so that the oldest are found without an index of their own.
func forgetDeliveries(tx *store.Tx, before time.Time, most int) (int, error) {
	result := tx.DB.Exec(`DELETE FROM notify_deliveries WHERE at < ? AND id IN (SELECT id FROM notify_deliveries ORDER BY id LIMIT ?)`, before, most)
	return int(result.RowsAffected), result.Error
}

// unbeginAttempts takes back attempts that were counted and not made.
func unbeginAttempts(tx *store.Tx, ids []models.ID) error {
	err := tx.DB.Exec("UPDATE notify_deliveries SET attempts = attempts - 1, reason = ?, at = ? WHERE state = 'PENDING' AND reason = '' AND ?",
		queued, tx.Now, store.In("id", ids)).Error
	if err != nil {
		return fmt.Errorf("take attempts back: %w", err)
	}
	return nil
}

type attemptRow struct {
	ID         models.ID
	DeliveryID models.ID
	Channel    Channel
	Provider   string
	Target     string
	At         time.Time
	Outcome    Verdict
	Code       string
	ProviderID string
}

func (attemptRow) TableName() string { return "notify_attempts" }

func insertAttempts(tx *store.Tx, rows []attemptRow) {
	table := store.Rows{
		Table: "notify_attempts", Columns: []string{"id", "delivery_id", "channel", "provider", "target", "at", "outcome", "code", "provider_id"},
		Kinds: []string{"uuid", "uuid", "text", "text", "text", "timestamptz", "text", "text", "text"},
	}
	for _, row := range rows {
		table.Values = append(table.Values, []any{
			row.ID, row.DeliveryID, row.Channel, row.Provider, row.Target, row.At, row.Outcome, row.Code, row.ProviderID,
		})
	}
	tx.Insert(table)
}

// selectTaken gives, for deliveries that are tried again, the addresses at which an earlier attempt was taken.
func selectTaken(tx *store.Tx, deliveries []deliveryRow) (map[models.ID]map[string]bool, error) {
	var again []models.ID
	for _, row := range deliveries {
		if row.Attempts > 0 {
			again = append(again, row.ID)
		}
	}
	if len(again) == 0 {
		return nil, nil
	}
	var rows []attemptRow
	err := tx.DB.Select("delivery_id", "target").Where(store.In("delivery_id", again)).Where("outcome = 'TAKEN'").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read attempts: %w", err)
	}
	taken := map[models.ID]map[string]bool{}
	for _, row := range rows {
		if taken[row.DeliveryID] == nil {
			taken[row.DeliveryID] = map[string]bool{}
		}
		taken[row.DeliveryID][row.Target] = true
	}
	return taken, nil
}

func selectDead(db *gorm.DB, channel Channel, limit int) ([]Dead, error) {
	query := db.Table("notify_deliveries AS d").Joins("JOIN notify_messages AS m ON m.id = d.message_id").
		Select("d.id, d.message_id, d.channel, m.kind, d.at, d.attempts, d.reason").Where("d.state = 'FAILED'")
	if channel != "" {
		query = query.Where("d.channel = ?", channel)
	}
	dead := []Dead{}
	if err := query.Order("d.at, d.id").Limit(limit).Scan(&dead).Error; err != nil {
		return nil, fmt.Errorf("read dead letters: %w", err)
	}
	return dead, nil
}

// reviveDeliveries gives dead letters a new life, and forgets what was said of their addresses then. Nobody need call about them unless
// they fail again.
func reviveDeliveries(tx *store.Tx, ids []models.ID) ([]deliveryRow, error) {
	var rows []deliveryRow
	if err := tx.Locked().Where("id IN ? AND state = 'FAILED'", ids).Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read dead letters: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	dead := make([]models.ID, len(rows))
	for i, row := range rows {
		dead[i] = row.ID
	}
	result := tx.DB.Table("notify_deliveries").Where("state = 'FAILED' AND id IN ?", dead).
		Updates(map[string]any{"state": DeliveryPending, "attempts": 0, "reason": replayed, "at": tx.Now})
	if err := allOf(result, len(dead), "revive dead letters"); err != nil {
		return nil, err
	}
	err := tx.DB.Exec(`DELETE FROM notify_bad_addresses WHERE EXISTS (SELECT 1 FROM notify_deliveries AS d
		JOIN notify_messages AS m ON m.id = d.message_id
		WHERE d.id IN ? AND m.resident_id = notify_bad_addresses.resident_id AND d.channel = notify_bad_addresses.channel)`, dead).Error
	if err != nil {
		return nil, fmt.Errorf("forget bad addresses: %w", err)
	}
	err = tx.DB.Exec(`DELETE FROM notify_unreached WHERE settled_at IS NULL AND message_id IN (SELECT message_id FROM notify_deliveries WHERE id IN ?)`, dead).Error
	if err != nil {
		return nil, fmt.Errorf("take off the list of the unreached: %w", err)
	}
	return rows, nil
}
