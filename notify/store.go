package notify

import (
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

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
}

func (messageRow) TableName() string { return "notify_messages" }

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

// The states of a plan.
const (
	planPlanned   = "PLANNED"
	planSent      = "SENT"
	planDropped   = "DROPPED"
	planCancelled = "CANCELLED"
)

type planRow struct {
	ID            models.ID
	Key           string
	ApplicationID models.ID
	ResidentID    models.ID
	Rule          Rule
	DueAt         time.Time
	About         time.Time
	Params        string
	State         string
	Reason        string
}

func (planRow) TableName() string { return "notify_plans" }

type settingsRow struct {
	ResidentID models.ID
	Channels   string
	QuietStart string
	QuietEnd   string
	Locale     models.Locale
	LargeText  bool
}

func (settingsRow) TableName() string { return "notify_settings" }

// insertMessages writes messages and gives the ids of those that are new: a reminder enters an inbox once.
func insertMessages(tx *store.Tx, rows []messageRow) (written []models.ID, err error) {
	if len(rows) == 0 {
		return nil, nil
	}
	result := tx.DB.Clauses(clause.OnConflict{DoNothing: true}).Create(&rows)
	if result.Error != nil {
		return nil, fmt.Errorf("write messages: %w", result.Error)
	}
	ids := make([]models.ID, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	if int(result.RowsAffected) == len(rows) {
		return ids, nil
	}
	err = tx.DB.Table("notify_messages").Where("id IN ?", ids).Order("id").Pluck("id", &written).Error
	if err != nil {
		return nil, fmt.Errorf("read written messages: %w", err)
	}
	return written, nil
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

func selectMessage(db *gorm.DB, id models.ID) (*messageRow, error) {
	var rows []messageRow
	if err := db.Where("id = ?", id).Limit(1).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read message: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return &rows[0], nil
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

func selectPreferences(db *gorm.DB, residentID models.ID) (preferences, error) {
	chosen := defaultPreferences()
	var rows []settingsRow
	if err := db.Where("resident_id = ?", residentID).Limit(1).Find(&rows).Error; err != nil {
		return chosen, fmt.Errorf("read settings: %w", err)
	}
	if len(rows) == 0 {
		return chosen, nil
	}
	if err := json.Unmarshal([]byte(rows[0].Channels), &chosen.Channels); err != nil {
		return chosen, fmt.Errorf("read settings: %w", err)
	}
	chosen.Quiet = QuietHours{rows[0].QuietStart, rows[0].QuietEnd}
	chosen.Locale, chosen.LargeText = rows[0].Locale, rows[0].LargeText
	return chosen, nil
}

func savePreferences(tx *store.Tx, residentID models.ID, chosen preferences) error {
	switches, err := json.Marshal(chosen.Channels)
	if err != nil {
		return fmt.Errorf("write settings: %w", err)
	}
	row := settingsRow{residentID, string(switches), chosen.Quiet.Start, chosen.Quiet.End, chosen.Locale, chosen.LargeText}
	err = tx.DB.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "resident_id"}},
		DoUpdates: clause.AssignmentColumns([]string{"channels", "quiet_start", "quiet_end", "locale", "large_text"}),
	}).Create(&row).Error
	if err != nil {
		return fmt.Errorf("write settings: %w", err)
	}
	return nil
}

// cancelPlans ends what was planned for a case but for the keys that still hold.
func cancelPlans(tx *store.Tx, applicationID models.ID, keep []string) error {
	query := tx.DB.Table("notify_plans").Where("application_id = ? AND state = 'PLANNED'", applicationID)
	if len(keep) > 0 {
		query = query.Where("key NOT IN ?", keep)
	}
	if err := query.Updates(map[string]any{"state": planCancelled, "reason": cancelledChanged}).Error; err != nil {
		return fmt.Errorf("cancel reminders: %w", err)
	}
	return nil
}

// insertPlans writes reminders. One that was cancelled comes back when its reason does (a second notice for the same date);
// one that was sent or dropped stays as it is.
func insertPlans(tx *store.Tx, rows []planRow) error {
	if len(rows) == 0 {
		return nil
	}
	err := tx.DB.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "key"}},
		DoUpdates: clause.AssignmentColumns([]string{"state", "reason", "params", "due_at", "about"}),
		Where:     clause.Where{Exprs: []clause.Expression{clause.Expr{SQL: "notify_plans.state IN ('PLANNED', 'CANCELLED')"}}},
	}).Create(&rows).Error
	if err != nil {
		return fmt.Errorf("write reminders: %w", err)
	}
	return nil
}

// The condition on the state is written out in each statement: only so does the partial index serve it.

// anyDue tells whether a plan is due, without a transaction: it is asked every second.
func anyDue(db *gorm.DB, now time.Time) (bool, error) {
	var found []models.ID
	err := db.Raw("SELECT id FROM notify_plans WHERE state = 'PLANNED' AND due_at <= ? ORDER BY due_at LIMIT 1", now).Scan(&found).Error
	if err != nil {
		return false, fmt.Errorf("look for due reminders: %w", err)
	}
	return len(found) > 0, nil
}

// takeDue takes the plans that are due, in the order of the index, and locks them; what another replica has taken is left out.
func takeDue(tx *store.Tx, limit int) ([]planRow, error) {
	var rows []planRow
	err := tx.DB.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate, Options: clause.LockingOptionsSkipLocked}).
		Where("state = 'PLANNED' AND due_at <= ?", tx.Now).Order("due_at, key").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("take due reminders: %w", err)
	}
	return rows, nil
}

// selectDueKeys gives, for the cases, the keys of all plans that are due, earliest first: of several that have come due at
// once only the last is worth sending.
func selectDueKeys(tx *store.Tx, applicationIDs []models.ID) ([]planRow, error) {
	var rows []planRow
	err := tx.DB.Select("key", "application_id", "rule", "about", "due_at").
		Where("state = 'PLANNED' AND due_at <= ? AND application_id IN ?", tx.Now, applicationIDs).Order("due_at, key").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read due reminders: %w", err)
	}
	return rows, nil
}

func settlePlans(tx *store.Tx, ids []models.ID, state, reason string) error {
	if len(ids) == 0 {
		return nil
	}
	result := tx.DB.Table("notify_plans").Where("state = 'PLANNED' AND id IN ?", ids).
		Updates(map[string]any{"state": state, "reason": reason})
	if result.Error == nil && int(result.RowsAffected) != len(ids) {
		return fmt.Errorf("settle reminders: %w", store.ErrStale)
	}
	if result.Error != nil {
		return fmt.Errorf("settle reminders: %w", result.Error)
	}
	return nil
}

// lockDelivery gives the delivery of a message on a channel, made if it is new, and locks it.
func lockDelivery(tx *store.Tx, messageID models.ID, channel Channel) (*deliveryRow, error) {
	row := deliveryRow{ID: models.NewID(), MessageID: messageID, Channel: channel, State: DeliveryPending, At: tx.Now}
	if err := tx.DB.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error; err != nil {
		return nil, fmt.Errorf("write delivery: %w", err)
	}
	var kept deliveryRow
	if err := tx.Locked().Where("message_id = ? AND channel = ?", messageID, channel).Take(&kept).Error; err != nil {
		return nil, fmt.Errorf("read delivery: %w", err)
	}
	return &kept, nil
}

// updateDelivery moves a delivery on from the attempt that the caller knows.
func updateDelivery(tx *store.Tx, id models.ID, knownAttempts int, changed deliveryRow) error {
	result := tx.DB.Table("notify_deliveries").Where("id = ? AND state = 'PENDING' AND attempts = ?", id, knownAttempts).
		Updates(map[string]any{"state": changed.State, "attempts": changed.Attempts, "at": tx.Now, "reason": changed.Reason})
	if err := store.One(result); err != nil {
		return fmt.Errorf("update delivery: %w", err)
	}
	return nil
}
