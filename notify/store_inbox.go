package notify

import (
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"onewindow/models"
	"onewindow/models/store"
)

// messageRow is one line of an inbox.
type messageRow struct {
	ID                models.ID
	ResidentID        models.ID
	At                time.Time
	Kind              Kind
	TemplateVersion   int
	ApplicationID     *models.ID
	ApplicationNumber *string
	Params            string
	Note              []byte // sealed
	Urgent            bool
	ReadAt            *time.Time
	PlanKey           *string
	Copied            bool
}

func (messageRow) TableName() string { return "notify_messages" }

// insertMessages writes messages and tells which are new: a reminder enters an inbox once.
func insertMessages(tx *store.Tx, rows []messageRow) (written map[models.ID]bool, err error) {
	ids := idsOf(rows)
	if slices.ContainsFunc(rows, func(row messageRow) bool { return row.PlanKey != nil }) {
		table := messagesToWrite(rows)
		table.Conflict = "DO NOTHING"
		touched, err := tx.Write(table)
		if err != nil {
			return nil, err
		}
		if int(touched) != len(rows) {
			ids = nil
			if err := tx.DB.Table("notify_messages").Where(store.In("id", idsOf(rows))).Pluck("id", &ids).Error; err != nil {
				return nil, fmt.Errorf("read written messages: %w", err)
			}
		}
	} else {
		tx.Insert(messagesToWrite(rows)) // no reminder among them: all are new
	}
	written = make(map[models.ID]bool, len(ids))
	for _, id := range ids {
		written[id] = true
	}
	return written, nil
}

func idsOf(rows []messageRow) []models.ID {
	ids := make([]models.ID, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	return ids
}

func messagesToWrite(rows []messageRow) store.Rows {
	table := store.Rows{
		Table: "notify_messages",
		Columns: []string{
			"id", "resident_id", "at", "kind", "template_version", "application_id", "application_number", "params", "note", "urgent", "read_at", "plan_key", "copied",
		},
		Kinds: []string{"uuid", "uuid", "timestamptz", "text", "int", "uuid", "text", "jsonb", "bytea", "boolean", "timestamptz", "text", "boolean"},
	}
	for _, row := range rows {
		table.Values = append(table.Values, []any{
			row.ID, row.ResidentID, row.At, row.Kind, row.TemplateVersion, row.ApplicationID, row.ApplicationNumber, row.Params, row.Note, row.Urgent,
			row.ReadAt, row.PlanKey, row.Copied,
		})
	}
	return table
}

// inboxPosition is where a page of the inbox ended.
type inboxPosition struct {
	at time.Time
	id models.ID
}

func selectInbox(db *gorm.DB, residentID models.ID, unreadOnly bool, after *inboxPosition, limit int) ([]messageRow, error) {
	query := db.Where("resident_id = ?", residentID)
	if unreadOnly {
		query = query.Where("read_at IS NULL")
	}
	if after != nil {
		query = query.Where("(at, id) < (?, ?)", after.at, after.id)
	}
	var rows []messageRow
	if err := query.Order("at DESC, id DESC").Limit(limit).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read inbox: %w", err)
	}
	return rows, nil
}

func countInbox(db *gorm.DB, residentID models.ID) (total, unread int, err error) {
	var counts struct{ Total, Unread int }
	err = db.Raw(`SELECT count(*) AS total, count(*) FILTER (WHERE read_at IS NULL) AS unread
		FROM notify_messages WHERE resident_id = ?`, residentID).Scan(&counts).Error
	if err != nil {
		return 0, 0, fmt.Errorf("count inbox: %w", err)
	}
	return counts.Total, counts.Unread, nil
}

// selectSince gives a person's messages of the last minutes: few, so that the query needs no limit that could lose one.
func selectSince(db *gorm.DB, residentID models.ID, since time.Time) ([]messageRow, error) {
	var rows []messageRow
	err := db.Where("resident_id = ? AND at >= ?", residentID, since).Order("at, id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read new messages: %w", err)
	}
	return rows, nil
}

func selectMessages(db *gorm.DB, ids []models.ID) ([]messageRow, error) {
	var rows []messageRow
	if err := db.Where(store.In("id", ids)).Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read messages: %w", err)
	}
	return rows, nil
}

// selectMessagesOf gives the messages of deliveries.
func selectMessagesOf(db *gorm.DB, deliveryIDs []models.ID) ([]messageRow, error) {
	var rows []messageRow
	err := db.Where("id IN (SELECT message_id FROM notify_deliveries WHERE ?)", store.In("id", deliveryIDs)).Order("id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read messages: %w", err)
	}
	return rows, nil
}

func markRead(tx *store.Tx, residentID models.ID, ids []models.ID) error {
	if len(ids) == 0 {
		return nil
	}
	err := tx.DB.Table("notify_messages").Where("resident_id = ? AND read_at IS NULL AND id IN ?", residentID, ids).
		Update("read_at", tx.Now).Error
	if err != nil {
		return fmt.Errorf("mark read: %w", err)
	}
	return nil
}
