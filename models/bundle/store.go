package bundle

import (
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"onewindow/models"
	"onewindow/models/casework"
	"onewindow/models/store"
)

// record is a bundle case as it is stored. Everything else of it stands with its applications.
type record struct {
	ID          models.ID
	Code        string
	SubjectID   models.ID
	ApplicantID models.ID
	Channel     casework.Channel
	CreatedAt   time.Time
	Plan        plan
}

const columns = "id, bundle_code, subject_id, applicant_id, channel, created_at, plan"

func insert(tx *store.Tx, row *record) error {
	plan, err := json.Marshal(row.Plan)
	if err != nil {
		return fmt.Errorf("write bundle case: %w", err)
	}
	err = tx.DB.Exec("INSERT INTO bundle_cases ("+columns+") VALUES (?, ?, ?, ?, ?, ?, ?)",
		row.ID, row.Code, row.SubjectID, row.ApplicantID, row.Channel, row.CreatedAt, string(plan)).Error
	if err != nil {
		return fmt.Errorf("write bundle case: %w", err)
	}
	return nil
}

func savePlan(tx *store.Tx, row *record) error {
	plan, err := json.Marshal(row.Plan)
	if err != nil {
		return fmt.Errorf("write bundle case: %w", err)
	}
	return store.One(tx.DB.Exec("UPDATE bundle_cases SET plan = ? WHERE id = ?", string(plan), row.ID))
}

// lockedRow reads a bundle case inside a transaction; models.NotFound where there is none. Its applications are what is
// locked: casework does that first.
func lockedRow(tx *store.Tx, id models.ID) (*record, error) {
	rows, err := byIDs(tx.DB, []models.ID{id})
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, models.NotFound()
	}
	return rows[0], nil
}

func byIDs(db *gorm.DB, ids []models.ID) ([]*record, error) {
	return read(db, "WHERE id IN ?", ids)
}

// ofPerson reads one page of a person's bundle cases, newest first, and how many there are.
func ofPerson(db *gorm.DB, person, after models.ID, most int) ([]*record, int, error) {
	var total int
	err := db.Raw("SELECT count(*) FROM bundle_cases WHERE applicant_id = ? OR subject_id = ?", person, person).Scan(&total).Error
	if err != nil {
		return nil, 0, fmt.Errorf("count bundle cases: %w", err)
	}
	condition, arguments := "WHERE (applicant_id = ? OR subject_id = ?)", []any{person, person}
	if after != "" {
		condition, arguments = condition+" AND id < ?", append(arguments, after)
	}
	rows, err := read(db, condition+" ORDER BY id DESC LIMIT ?", append(arguments, most)...)
	return rows, total, err
}

func read(db *gorm.DB, condition string, arguments ...any) ([]*record, error) {
	rows, err := db.Raw("SELECT "+columns+" FROM bundle_cases "+condition, arguments...).Rows()
	if err != nil {
		return nil, fmt.Errorf("read bundle cases: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var found []*record
	for rows.Next() {
		row := &record{}
		var plan []byte
		err := rows.Scan(&row.ID, &row.Code, &row.SubjectID, &row.ApplicantID, &row.Channel, &row.CreatedAt, &plan)
		if err == nil {
			err = json.Unmarshal(plan, &row.Plan)
		}
		if err != nil {
			return nil, fmt.Errorf("read bundle case: %w", err)
		}
		found = append(found, row)
	}
	return found, rows.Err()
}

func rehome(tx *store.Tx, from, to models.ID) error {
	err := tx.DB.Exec("UPDATE bundle_cases SET applicant_id = ? WHERE applicant_id = ?", to, from).Error
	if err != nil {
		return err
	}
	return tx.DB.Exec("UPDATE bundle_cases SET subject_id = ? WHERE subject_id = ?", to, from).Error
}
