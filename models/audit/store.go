package audit

import (
	"encoding/json"
	"time"

	"gorm.io/gorm"

	"onewindow/models"
	"onewindow/models/store"
)

type row struct {
	ID              models.ID
	SubjectID       models.ID
	At              time.Time
	ActorID         *models.ID
	ActorRole       string
	ActorDepartment string
	Purpose         string
	Fields          string
	ApplicationID   *models.ID
}

func (row) TableName() string { return "audit_records" }

func insert(tx *store.Tx, records []Record) error {
	rows := make([]row, len(records))
	for i, record := range records {
		purpose, err := json.Marshal(record.Purpose)
		if err != nil {
			return err
		}
		fields, err := json.Marshal(record.Fields)
		if err != nil {
			return err
		}
		rows[i] = row{
			ID: record.ID, SubjectID: record.SubjectID, At: record.At, ActorID: models.OptionalID(record.ActorID),
			ActorRole: record.Actor.Role, ActorDepartment: record.Actor.DepartmentCode,
			Purpose: string(purpose), Fields: string(fields), ApplicationID: models.OptionalID(record.ApplicationID),
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return tx.DB.Create(&rows).Error
}

// list reads one row more than asked for, so that the page knows whether more follow.
func list(db *gorm.DB, subject models.ID, request models.PageRequest) ([]*Record, int, error) {
	var total int64
	if err := db.Model(&row{}).Where("subject_id = ?", subject).Count(&total).Error; err != nil {
		return nil, 0, err
	}
	query := db.Where("subject_id = ?", subject)
	if request.After != "" {
		var at time.Time
		var id models.ID
		if err := store.ReadCursor(request.After, &at, &id); err != nil {
			return nil, 0, err
		}
		if _, isID := models.ParseID(string(id)); !isID {
			return nil, 0, store.ReadCursor("", &at)
		}
		query = query.Where("(at < ? OR (at = ? AND id < ?))", at.UTC(), at.UTC(), id)
	}
	var rows []row
	if err := query.Order("at DESC, id DESC").Limit(request.First + 1).Find(&rows).Error; err != nil {
		return nil, 0, err
	}
	records := make([]*Record, 0, len(rows))
	for _, found := range rows {
		record, err := found.record()
		if err != nil {
			return nil, 0, err
		}
		records = append(records, record)
	}
	return records, int(total), nil
}

func (r row) record() (*Record, error) {
	record := &Record{
		ID: r.ID, SubjectID: r.SubjectID, At: r.At.UTC(), ActorID: models.IDOrNone(r.ActorID),
		Actor: Actor{Role: r.ActorRole, DepartmentCode: r.ActorDepartment}, ApplicationID: models.IDOrNone(r.ApplicationID),
	}
	if err := json.Unmarshal([]byte(r.Purpose), &record.Purpose); err != nil {
		return nil, err
	}
	return record, json.Unmarshal([]byte(r.Fields), &record.Fields)
}
