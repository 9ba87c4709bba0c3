package identity

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"onewindow/models"
	"onewindow/models/sealed"
	"onewindow/models/store"
)

const purposeSubject = "identity.subject"

// Sealed says where this room keeps sealed values.
func Sealed() []sealed.Table {
	return []sealed.Table{{
		Name: "identity_links", Key: []string{"resident_id", "department"}, Columns: []sealed.Column{{Name: "subject", Purpose: purposeSubject}},
		Reads: []string{"department"},
		Indexes: []sealed.Index{{Name: "subject_index", Purpose: purposeSubject, Value: func(row sealed.Row) (string, error) {
			return row.Plain["department"] + "\x00" + string(row.Opened["subject"]), nil
		}}},
	}}
}

type consentRow struct {
	ID          models.ID
	ResidentID  models.ID
	Purpose     string
	Version     string
	GivenAt     time.Time
	WithdrawnAt *time.Time
}

func (consentRow) TableName() string { return "identity_consents" }

type linkRow struct {
	ResidentID   models.ID
	Department   string
	Status       LinkStatus
	Subject      []byte
	SubjectIndex *string
	LinkedAt     *time.Time
	Attempts     int
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

func (linkRow) TableName() string { return "identity_links" }

func insertConsent(tx *store.Tx, residentID models.ID, purpose, version string) error {
	return tx.DB.Create(&consentRow{ID: models.NewID(), ResidentID: residentID, Purpose: purpose, Version: version, GivenAt: tx.Now}).Error
}

func insertLinks(tx *store.Tx, residentID models.ID, departments []string) error {
	rows := make([]linkRow, 0, len(departments))
	for _, department := range departments {
		rows = append(rows, linkRow{ResidentID: residentID, Department: department, Status: Pending, CreatedAt: tx.Now, UpdatedAt: tx.Now})
	}
	return tx.DB.Clauses(clause.OnConflict{DoNothing: true}).Create(&rows).Error
}

// enqueueLinks has every department asked in the background as well; the direct questions have a head start.
func enqueueLinks(tx *store.Tx, residentID models.ID, departments []string) error {
	jobs := make([]river.InsertManyParams, 0, len(departments))
	for _, department := range departments {
		jobs = append(jobs, river.InsertManyParams{
			Args:       LinkArgs{ResidentID: residentID, Department: department},
			InsertOpts: &river.InsertOpts{ScheduledAt: tx.Now.Add(firstWait), UniqueOpts: river.UniqueOpts{ByArgs: true}},
		})
	}
	return tx.EnqueueMany(jobs)
}

// storeLink keeps one final answer. A link that is settled already stays as it is.
func (s *Service) storeLink(tx *store.Tx, residentID models.ID, outcome outcome) error {
	change := map[string]any{"status": LinkNotFound, "updated_at": tx.Now, "attempts": gorm.Expr("attempts + 1")}
	if outcome.err == nil {
		box := s.keyring.SealText(purposeSubject, outcome.answer.Subject)
		if box == nil {
			return fmt.Errorf("link %s: an answer without a subject", outcome.department)
		}
		change["status"], change["linked_at"], change["subject"] = Linked, tx.Now, box
		generation, err := tx.IndexGeneration()
		if err != nil {
			return err
		}
		change["subject_index"], err = s.keyring.IndexAt(generation, purposeSubject, outcome.department+"\x00"+outcome.answer.Subject)
		if err != nil {
			return err
		}
	}
	return tx.DB.Model(&linkRow{}).Where("resident_id = ? AND department = ? AND status IN ?", residentID, outcome.department,
		[]LinkStatus{Pending, Failed}).Updates(change).Error
}

// pending reads a link that is still being asked for; nil where there is nothing left to do.
func (s *Service) pending(ctx context.Context, args LinkArgs) (*linkRow, error) {
	var rows []linkRow
	err := s.store.Reader(ctx).Where("resident_id = ? AND department = ? AND status = ?", args.ResidentID, args.Department, Pending).
		Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}

func countAttempt(tx *store.Tx, args LinkArgs) (int, error) {
	link := tx.DB.Model(&linkRow{}).Where("resident_id = ? AND department = ?", args.ResidentID, args.Department)
	err := link.Session(&gorm.Session{}).Updates(map[string]any{"attempts": gorm.Expr("attempts + 1"), "updated_at": tx.Now}).Error
	if err != nil {
		return 0, err
	}
	var attempts int
	err = link.Session(&gorm.Session{}).Select("attempts").Scan(&attempts).Error
	return attempts, err
}

func giveUp(tx *store.Tx, args LinkArgs) error {
	return tx.DB.Model(&linkRow{}).Where("resident_id = ? AND department = ? AND status = ?", args.ResidentID, args.Department, Pending).
		Updates(map[string]any{"status": Failed, "updated_at": tx.Now}).Error
}

func (s *Service) links(ctx context.Context, residentID models.ID) ([]*Link, error) {
	var rows []linkRow
	err := s.store.Reader(ctx).Select("department", "status", "linked_at").Where("resident_id = ?", residentID).Order("department").Find(&rows).Error
	if err != nil {
		return nil, err
	}
	links := make([]*Link, 0, len(rows))
	for _, stored := range rows {
		link := &Link{DepartmentCode: stored.Department, Status: stored.Status}
		if stored.LinkedAt != nil {
			at := stored.LinkedAt.UTC()
			link.LinkedAt = &at
		}
		links = append(links, link)
	}
	return links, nil
}

func (s *Service) subjects(ctx context.Context, residentID models.ID, departments []string) (map[string]string, error) {
	var rows []linkRow
	err := s.store.Reader(ctx).Select("department", "subject").Where("resident_id = ? AND department IN ? AND status = ?",
		residentID, departments, Linked).Find(&rows).Error
	if err != nil {
		return nil, err
	}
	subjects := make(map[string]string, len(rows))
	for _, stored := range rows {
		if subjects[stored.Department], err = s.keyring.OpenText(purposeSubject, stored.Subject); err != nil {
			return nil, err
		}
	}
	return subjects, nil
}

func (s *Service) consents(ctx context.Context, residentID models.ID) ([]*Consent, error) {
	var rows []consentRow
	if err := s.store.Reader(ctx).Where("resident_id = ?", residentID).Order("given_at, id").Find(&rows).Error; err != nil {
		return nil, err
	}
	consents := make([]*Consent, 0, len(rows))
	for _, stored := range rows {
		consent := &Consent{Purpose: stored.Purpose, Version: stored.Version, Text: consentText(stored.Purpose, stored.Version), GivenAt: stored.GivenAt.UTC()}
		if stored.WithdrawnAt != nil {
			at := stored.WithdrawnAt.UTC()
			consent.WithdrawnAt = &at
		}
		consents = append(consents, consent)
	}
	return consents, nil
}
