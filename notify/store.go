package notify

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
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
	Copied            bool
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
	ApplicationID *models.ID
	ResidentID    models.ID
	Rule          Rule
	DueAt         time.Time
	About         time.Time
	Params        string
	State         string
	Reason        string
	Digest        bool
}

func (planRow) TableName() string { return "notify_plans" }

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

// insertMessages writes messages and gives the ids of those that are new: a reminder enters an inbox once.
func insertMessages(tx *store.Tx, rows []messageRow) (written []models.ID, err error) {
	if len(rows) == 0 {
		return nil, nil
	}
	ids := make([]models.ID, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	if !slices.ContainsFunc(rows, func(row messageRow) bool { return row.PlanKey != nil }) {
		tx.Insert(messagesToWrite(rows)) // no reminder among them: all are new
		return ids, nil
	}
	result := tx.DB.Clauses(clause.OnConflict{DoNothing: true}).Create(&rows)
	if result.Error != nil {
		return nil, fmt.Errorf("write messages: %w", result.Error)
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

func messagesToWrite(rows []messageRow) store.Rows {
	table := store.Rows{Table: "notify_messages", Columns: []string{
		"id", "resident_id", "at", "kind", "template_version", "application_id", "application_number", "params", "note", "urgent",
	}}
	for _, row := range rows {
		table.Values = append(table.Values, []any{
			row.ID, row.ResidentID, row.At, row.Kind, row.TemplateVersion, row.ApplicationID, row.ApplicationNumber, row.Params, row.Note, row.Urgent,
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
	if err := db.Where("id IN ?", ids).Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read messages: %w", err)
	}
	return rows, nil
}

// selectMessagesOf gives the messages of deliveries.
func selectMessagesOf(db *gorm.DB, deliveryIDs []models.ID) ([]messageRow, error) {
	var rows []messageRow
	err := db.Where("id IN (SELECT message_id FROM notify_deliveries WHERE id IN ?)", deliveryIDs).Order("id").Find(&rows).Error
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

// selectPreferences gives the choices of people; those of who has chosen nothing are the defaults.
func selectPreferences(db *gorm.DB, residentIDs []models.ID) (map[models.ID]preferences, error) {
	var rows []settingsRow
	if err := db.Where("resident_id IN ?", residentIDs).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	all := make(map[models.ID]preferences, len(residentIDs))
	for _, id := range residentIDs {
		all[id] = defaultPreferences()
	}
	for _, row := range rows {
		chosen := defaultPreferences()
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

// cancelPlans ends what was planned for a case but for the keys that still hold. It touches no row that insertPlans writes for the same
// change, so that both may be parts of one statement: it waits under a name of its own.
func cancelPlans(tx *store.Tx, applicationID models.ID, keep []string) {
	statement, arguments := "UPDATE notify_plans SET state = ?, reason = ?, settled_at = ? WHERE application_id = ? AND state = 'PLANNED'",
		[]any{planCancelled, cancelledChanged, tx.Now, applicationID}
	if len(keep) > 0 {
		statement += " AND key NOT IN (?" + strings.Repeat(", ?", len(keep)-1) + ")"
	}
	for _, key := range keep {
		arguments = append(arguments, key)
	}
	tx.Later("notify_plans_cancelled", statement, arguments, nil)
}

// insertPlans writes reminders. One that was cancelled comes back when its reason does (a second notice for the same date);
// one that was sent or dropped stays as it is.
func insertPlans(tx *store.Tx, rows []planRow) {
	table := store.Rows{
		Table:   "notify_plans",
		Columns: []string{"id", "key", "application_id", "resident_id", "rule", "due_at", "about", "params", "state", "reason", "digest"},
		Conflict: `(key) DO UPDATE SET state = excluded.state, reason = excluded.reason, params = excluded.params, due_at = excluded.due_at,
			about = excluded.about, resident_id = excluded.resident_id WHERE notify_plans.state IN ('PLANNED', 'CANCELLED')`,
	}
	for _, row := range rows {
		table.Keys = append(table.Keys, row.Key)
		table.Values = append(table.Values, []any{
			row.ID, row.Key, row.ApplicationID, row.ResidentID, row.Rule, row.DueAt, row.About, row.Params, row.State, row.Reason, row.Digest,
		})
	}
	tx.Insert(table)
}

// The condition on the state is written out in each statement: only so does the partial index serve it.

// anyDue tells whether a plan is due, without a transaction: it is asked every second.
func anyDue(db *gorm.DB, now time.Time) (bool, error) {
	var found []models.ID
	err := db.Raw("SELECT id FROM notify_plans WHERE state = 'PLANNED' AND NOT digest AND due_at <= ? ORDER BY due_at LIMIT 1", now).Scan(&found).Error
	if err != nil {
		return false, fmt.Errorf("look for due reminders: %w", err)
	}
	return len(found) > 0, nil
}

// takeDue takes the plans that are due, in the order of the index, and locks them; what another replica has taken is left out.
func takeDue(tx *store.Tx, limit int) ([]planRow, error) {
	var rows []planRow
	err := tx.DB.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate, Options: clause.LockingOptionsSkipLocked}).
		Where("state = 'PLANNED' AND NOT digest AND due_at <= ?", tx.Now).Order("due_at, key").Limit(limit).Find(&rows).Error
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
		Updates(map[string]any{"state": state, "reason": reason, "settled_at": tx.Now})
	if result.Error == nil && int(result.RowsAffected) != len(ids) {
		return fmt.Errorf("settle reminders: %w", store.ErrStale)
	}
	if result.Error != nil {
		return fmt.Errorf("settle reminders: %w", result.Error)
	}
	return nil
}

// selectPlans gives the plans of reminders by their keys.
func selectPlans(tx *store.Tx, keys []string) (map[string]planRow, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	var rows []planRow
	if err := tx.DB.Where("key IN ?", keys).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read plans: %w", err)
	}
	plans := make(map[string]planRow, len(rows))
	for _, row := range rows {
		plans[row.Key] = row
	}
	return plans, nil
}

// insertDeliveries writes deliveries and tells which are new: a message leaves on a channel once.
func insertDeliveries(tx *store.Tx, rows []deliveryRow) (fresh map[models.ID]bool, err error) {
	if len(rows) == 0 {
		return nil, nil
	}
	result := tx.DB.Clauses(clause.OnConflict{DoNothing: true}).Create(&rows)
	if result.Error != nil {
		return nil, fmt.Errorf("write deliveries: %w", result.Error)
	}
	ids := make([]models.ID, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	if int(result.RowsAffected) != len(rows) {
		var written []models.ID
		if err := tx.DB.Table("notify_deliveries").Where("id IN ?", ids).Pluck("id", &written).Error; err != nil {
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

// lockDeliveries gives those deliveries that are still to be made, and locks them, always in one order.
func lockDeliveries(tx *store.Tx, ids []models.ID) ([]deliveryRow, error) {
	var rows []deliveryRow
	if err := tx.Locked().Where("id IN ? AND state = 'PENDING'", ids).Order("id").Find(&rows).Error; err != nil {
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
	result := tx.DB.Exec("UPDATE notify_deliveries SET attempts = attempts + 1, reason = '', at = ? WHERE state = 'PENDING' AND id IN ?", tx.Now, ids)
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
		result := tx.DB.Table("notify_deliveries").Where("state = 'PENDING' AND id IN ?", ids).
			Updates(map[string]any{"state": end.state, "attempts": end.attempts, "at": tx.Now, "reason": end.reason})
		if err := allOf(result, len(ids), "update deliveries"); err != nil {
			return err
		}
	}
	return nil
}

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

func insertAttempts(tx *store.Tx, rows []attemptRow) error {
	if len(rows) == 0 {
		return nil
	}
	if err := tx.DB.Create(&rows).Error; err != nil {
		return fmt.Errorf("write attempts: %w", err)
	}
	return nil
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
	err := tx.DB.Select("delivery_id", "target").Where("delivery_id IN ? AND outcome = 'TAKEN'", again).Find(&rows).Error
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

// reviveDeliveries gives dead letters a new life, and forgets what was said of their addresses then.
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
		Updates(map[string]any{"state": DeliveryPending, "attempts": 0, "reason": "REPLAYED", "at": tx.Now})
	if err := allOf(result, len(dead), "revive dead letters"); err != nil {
		return nil, err
	}
	err := tx.DB.Exec(`DELETE FROM notify_bad_addresses WHERE EXISTS (SELECT 1 FROM notify_deliveries AS d
		JOIN notify_messages AS m ON m.id = d.message_id
		WHERE d.id IN ? AND m.resident_id = notify_bad_addresses.resident_id AND d.channel = notify_bad_addresses.channel)`, dead).Error
	if err != nil {
		return nil, fmt.Errorf("forget bad addresses: %w", err)
	}
	return rows, nil
}

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
	if err := db.Where("resident_id IN ?", residentIDs).Find(&rows).Error; err != nil {
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
	if err := db.Where("resident_id IN ? AND verified_at IS NOT NULL", residentIDs).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read email addresses: %w", err)
	}
	return rows, nil
}

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

func rehome(tx *store.Tx, from, to models.ID) error {
	if err := tx.DB.Model(&messageRow{}).Where("resident_id = ?", from).Update("resident_id", to).Error; err != nil {
		return err
	}
	if err := tx.DB.Model(&planRow{}).Where("resident_id = ?", from).Update("resident_id", to).Error; err != nil {
		return err
	}
	return tx.DB.Exec("UPDATE notify_digests SET resident_id = ? WHERE resident_id = ? AND NOT EXISTS (SELECT 1 FROM notify_digests WHERE resident_id = ?)",
		to, from, to).Error
}

// digestRow says when somebody's next digest is due.
type digestRow struct {
	ResidentID models.ID
	DueAt      time.Time
}

func (digestRow) TableName() string { return "notify_digests" }

// expectDigests sees to it that the lines of people are looked for, at the earliest of their moments. It waits for whoever is
// sending a digest to the same person, so that no line is left behind.
func expectDigests(tx *store.Tx, rows []digestRow) {
	slices.SortFunc(rows, func(a, b digestRow) int { return strings.Compare(string(a.ResidentID), string(b.ResidentID)) })
	table := store.Rows{
		Table: "notify_digests", Columns: []string{"resident_id", "due_at"},
		Conflict: `(resident_id) DO UPDATE SET due_at = CASE WHEN excluded.due_at < notify_digests.due_at
			THEN excluded.due_at ELSE notify_digests.due_at END`,
	}
	for _, row := range rows {
		table.Keys = append(table.Keys, string(row.ResidentID))
		table.Values = append(table.Values, []any{row.ResidentID, row.DueAt})
	}
	tx.Insert(table)
}

// dueQuestion asks whether anything of a sort is due, without a transaction.
type dueQuestion func(db *gorm.DB, now time.Time) (bool, error)

func anyDigestDue(db *gorm.DB, now time.Time) (bool, error) {
	var found []models.ID
	err := db.Raw("SELECT resident_id FROM notify_digests WHERE due_at <= ? ORDER BY due_at LIMIT 1", now).Scan(&found).Error
	if err != nil {
		return false, fmt.Errorf("look for due digests: %w", err)
	}
	return len(found) > 0, nil
}

// takeDigests takes people whose digests are due, and holds them.
func takeDigests(tx *store.Tx, limit int) ([]models.ID, error) {
	var rows []digestRow
	err := tx.DB.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate, Options: clause.LockingOptionsSkipLocked}).
		Where("due_at <= ?", tx.Now).Order("due_at, resident_id").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("take due digests: %w", err)
	}
	people := make([]models.ID, len(rows))
	for i, row := range rows {
		people[i] = row.ResidentID
	}
	return people, nil
}

// takeLines takes the lines of people that are due, earliest first.
func takeLines(tx *store.Tx, people []models.ID) ([]planRow, error) {
	var rows []planRow
	err := tx.Locked().Where("state = 'PLANNED' AND digest AND resident_id IN ? AND due_at <= ?", people, tx.Now).
		Order("due_at, key").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("take lines: %w", err)
	}
	return rows, nil
}

// endDigests lets go of people: those for whom lines wait until later have their next digest then.
func endDigests(tx *store.Tx, people []models.ID) error {
	const waiting = "FROM notify_plans AS p WHERE p.resident_id = notify_digests.resident_id AND p.state = 'PLANNED' AND p.digest"
	err := tx.DB.Exec("DELETE FROM notify_digests WHERE resident_id IN ? AND NOT EXISTS (SELECT 1 "+waiting+")", people).Error
	if err == nil {
		err = tx.DB.Exec("UPDATE notify_digests SET due_at = (SELECT min(p.due_at) "+waiting+") WHERE resident_id IN ?", people).Error
	}
	if err != nil {
		return fmt.Errorf("end digests: %w", err)
	}
	return nil
}

// selectReadKeys tells which of the messages that were held back have been read since, by the keys of their lines.
func selectReadKeys(tx *store.Tx, rows []planRow) (map[string]bool, error) {
	var ids []models.ID
	for _, row := range rows {
		if id, _, _ := strings.Cut(row.Key, "/"); row.Rule == HeldBack {
			ids = append(ids, models.ID(id))
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	var read []models.ID
	if err := tx.DB.Table("notify_messages").Where("id IN ? AND read_at IS NOT NULL", ids).Pluck("id", &read).Error; err != nil {
		return nil, fmt.Errorf("read what was read: %w", err)
	}
	keys := make(map[string]bool, len(read))
	for _, id := range read {
		keys[heldKey(id)] = true
	}
	return keys, nil
}

// today is how many messages that may be held back have left for somebody today, and how many of them about one case.
type today struct {
	ResidentID    models.ID
	ApplicationID *models.ID
	Count         int
}

func selectToday(tx *store.Tx, people []models.ID, since time.Time) ([]today, error) {
	var counts []today
	err := tx.DB.Raw(`SELECT m.resident_id, m.application_id, count(*) AS count FROM notify_messages AS m
		WHERE m.resident_id IN ? AND m.at >= ? AND NOT m.urgent
			AND EXISTS (SELECT 1 FROM notify_deliveries AS d WHERE d.message_id = m.id)
		GROUP BY m.resident_id, m.application_id`, people, since).Scan(&counts).Error
	if err != nil {
		return nil, fmt.Errorf("count today's messages: %w", err)
	}
	return counts, nil
}

// staffRow is a notice for staff: for one of them, or for all with the role in the department.
type staffRow struct {
	ID                models.ID
	At                time.Time
	Kind              Kind
	StaffID           *models.ID
	Department        string
	Role              models.Role
	TaskID            models.ID
	ApplicationID     models.ID
	ApplicationNumber string
	Params            string
	PlanKey           string
}

func (staffRow) TableName() string { return "notify_staff_notices" }

// staffNoticeRow is a notice as one staff member sees it.
type staffNoticeRow struct {
	ID                models.ID
	At                time.Time
	Kind              Kind
	TaskID            models.ID
	ApplicationID     models.ID
	ApplicationNumber string
	Params            string
	ReadAt            *time.Time
}

func insertStaffNotices(tx *store.Tx, rows []staffRow) error {
	if len(rows) == 0 {
		return nil
	}
	if err := tx.DB.Clauses(clause.OnConflict{DoNothing: true}).Create(&rows).Error; err != nil {
		return fmt.Errorf("write staff notices: %w", err)
	}
	return nil
}

// visibleTo keeps the notices n of a staff member and of the desks where they work.
func visibleTo(db *gorm.DB, staff models.ID, desks []desk) *gorm.DB {
	theirs := db.Session(&gorm.Session{NewDB: true}).Where("n.staff_id = ?", staff)
	for _, desk := range desks {
		if desk.department == "" {
			theirs = theirs.Or("n.staff_id IS NULL AND n.role = ?", desk.role)
		} else {
			theirs = theirs.Or("n.staff_id IS NULL AND n.department = ? AND n.role = ?", desk.department, desk.role)
		}
	}
	return db.Table("notify_staff_notices AS n").Where(theirs)
}

func selectStaffNotices(db *gorm.DB, staff models.ID, desks []desk, after *inboxPosition, limit int) ([]staffNoticeRow, error) {
	query := visibleTo(db, staff, desks).
		Select("n.id, n.at, n.kind, n.task_id, n.application_id, n.application_number, n.params, r.at AS read_at").
		Joins("LEFT JOIN notify_staff_reads AS r ON r.notice_id = n.id AND r.staff_id = ?", staff)
	if after != nil {
		query = query.Where("(n.at, n.id) < (?, ?)", after.at, after.id)
	}
	var rows []staffNoticeRow
	if err := query.Order("n.at DESC, n.id DESC").Limit(limit).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read staff notices: %w", err)
	}
	return rows, nil
}

func countStaffNotices(db *gorm.DB, staff models.ID, desks []desk) (total, unread int, err error) {
	var counts struct{ Total, Unread int }
	err = visibleTo(db, staff, desks).Select("count(*) AS total, count(*) FILTER (WHERE r.at IS NULL) AS unread").
		Joins("LEFT JOIN notify_staff_reads AS r ON r.notice_id = n.id AND r.staff_id = ?", staff).Scan(&counts).Error
	if err != nil {
		return 0, 0, fmt.Errorf("count staff notices: %w", err)
	}
	return counts.Total, counts.Unread, nil
}

type staffReadRow struct {
	NoticeID models.ID
	StaffID  models.ID
	At       time.Time
}

func (staffReadRow) TableName() string { return "notify_staff_reads" }

func markStaffRead(tx *store.Tx, staff models.ID, desks []desk, ids []models.ID) error {
	if len(ids) == 0 {
		return nil
	}
	var visible []models.ID
	if err := visibleTo(tx.DB, staff, desks).Where("n.id IN ?", ids).Pluck("n.id", &visible).Error; err != nil {
		return fmt.Errorf("find staff notices: %w", err)
	}
	if len(visible) == 0 {
		return nil
	}
	rows := make([]staffReadRow, len(visible))
	for i, id := range visible {
		rows[i] = staffReadRow{id, staff, tx.Now}
	}
	if err := tx.DB.Clauses(clause.OnConflict{DoNothing: true}).Create(&rows).Error; err != nil {
		return fmt.Errorf("mark staff notices: %w", err)
	}
	return nil
}
