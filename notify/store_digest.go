package notify

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"onewindow/models"
	"onewindow/models/store"
)

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

// selectToday counts, for people, the messages of today that may be held back and were not, but for some of them. What nobody has
// decided about yet counts too.
func selectToday(tx *store.Tx, people, but []models.ID, since time.Time) ([]today, error) {
	query := tx.DB.Table("notify_messages AS m").Select("m.resident_id, m.application_id, count(*) AS count").
		Where(store.In("m.resident_id", people)).Where(store.InTexts("m.kind", cappedKinds())).Where("m.at >= ?", since).
		Where("NOT EXISTS (SELECT 1 FROM notify_plans AS p WHERE p.key = CAST(m.id AS text) || ?)", "/"+string(HeldBack))
	if len(but) > 0 {
		query = query.Where("NOT (?)", store.In("m.id", but))
	}
	var counts []today
	err := query.Group("m.resident_id, m.application_id").Scan(&counts).Error
	if err != nil {
		return nil, fmt.Errorf("count today's messages: %w", err)
	}
	return counts, nil
}

// decision is what was decided about a message: it left, or was held back.
type decision struct{ Routed, Held bool }

func selectDecided(tx *store.Tx, ids []models.ID) (map[models.ID]decision, error) {
	var rows []struct {
		ID           models.ID
		Routed, Held bool
	}
	err := tx.DB.Raw(`SELECT m.id, EXISTS (SELECT 1 FROM notify_deliveries AS d WHERE d.message_id = m.id) AS routed,
		EXISTS (SELECT 1 FROM notify_plans AS p WHERE p.key = CAST(m.id AS text) || ?) AS held
		FROM notify_messages AS m WHERE ?`, "/"+string(HeldBack), store.In("m.id", ids)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read what was decided: %w", err)
	}
	decided := make(map[models.ID]decision, len(rows))
	for _, row := range rows {
		decided[row.ID] = decision{row.Routed, row.Held}
	}
	return decided, nil
}
