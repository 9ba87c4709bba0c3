package notify

import (
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"onewindow/models"
	"onewindow/models/store"
)

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
