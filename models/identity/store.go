package identity

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
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

// insertLinks writes a link for each department, of those that have answered and of those that are silent so far.
func (s *Service) insertLinks(tx *store.Tx, residentID models.ID, answers []outcome, silent []string) error {
	rows := make([]linkRow, 0, len(answers)+len(silent))
	for _, answer := range answers {
		row := linkRow{ResidentID: residentID, Department: answer.department, Status: LinkNotFound, Attempts: 1, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		if answer.err == nil {
			box, index, err := s.sealSubject(tx, answer)
			if err != nil {
				return err
			}
			row.Status, row.LinkedAt, row.Subject, row.SubjectIndex = Linked, &tx.Now, box, &index
		}
		rows = append(rows, row)
	}
	for _, department := range silent {
		rows = append(rows, linkRow{ResidentID: residentID, Department: department, Status: Pending, CreatedAt: tx.Now, UpdatedAt: tx.Now})
	}
	return tx.DB.Clauses(clause.OnConflict{DoNothing: true}).Create(&rows).Error
}

// sealSubject gives a department's subject sealed, and its blind index.
func (s *Service) sealSubject(tx *store.Tx, outcome outcome) (box []byte, index string, err error) {
	if box = s.keyring.SealText(purposeSubject, outcome.answer.Subject); box == nil {
		return nil, "", fmt.Errorf("link %s: an answer without a subject", outcome.department)
	}
	generation, err := tx.IndexGeneration()
	if err != nil {
		return nil, "", err
	}
	index, err = s.keyring.IndexAt(generation, purposeSubject, outcome.department+"\x00"+outcome.answer.Subject)
	return box, index, err
}

// unfinished are the states in which a job still does its work: one that is done does not stand in another's way.
var unfinished = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
}

// enqueueLinks has every department asked in the background as well; the direct questions have a head start.
func enqueueLinks(tx *store.Tx, residentID models.ID, departments []string) error {
	jobs := make([]river.InsertManyParams, 0, len(departments))
	for _, department := range departments {
		jobs = append(jobs, river.InsertManyParams{
			Args:       LinkArgs{ResidentID: residentID, Department: department},
			InsertOpts: &river.InsertOpts{ScheduledAt: tx.Now.Add(firstWait), UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: unfinished}},
		})
	}
	return tx.EnqueueMany(jobs)
}

// storeLink keeps one final answer; false: the link was settled already and stays as it is.
func (s *Service) storeLink(tx *store.Tx, residentID models.ID, outcome outcome) (bool, error) {
	change := map[string]any{"status": LinkNotFound, "updated_at": tx.Now, "attempts": gorm.Expr("attempts + 1")}
	if outcome.err == nil {
		box, index, err := s.sealSubject(tx, outcome)
		if err != nil {
			return false, err
		}
		change["status"], change["linked_at"], change["subject"], change["subject_index"] = Linked, tx.Now, box, index
	}
	kept := tx.DB.Model(&linkRow{}).Where("resident_id = ? AND department = ? AND status IN ?", residentID, outcome.department,
		[]LinkStatus{Pending, Failed}).Updates(change)
	return kept.RowsAffected == 1, kept.Error
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

// giveUp tells whether there was still something to give up.
func giveUp(tx *store.Tx, args LinkArgs) (bool, error) {
	ended := tx.DB.Model(&linkRow{}).Where("resident_id = ? AND department = ? AND status = ?", args.ResidentID, args.Department, Pending).
		Updates(map[string]any{"status": Failed, "updated_at": tx.Now})
	return ended.RowsAffected == 1, ended.Error
}

// unsettled counts the departments that have not answered, and those that were given up.
func unsettled(tx *store.Tx, residentID models.ID) (pending, failed int, err error) {
	var counts []struct {
		Status LinkStatus
		Links  int
	}
	err = tx.DB.Model(&linkRow{}).Select("status, count(*) AS links").Where("resident_id = ? AND status IN ?", residentID, []LinkStatus{Pending, Failed}).
		Group("status").Find(&counts).Error
	for _, count := range counts {
		if count.Status == Pending {
			pending = count.Links
		} else {
			failed = count.Links
		}
	}
	return pending, failed, err
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

type joinRow struct {
	ID         models.ID
	AskerID    models.ID
	OwnerID    *models.ID
	Device     string
	State      JoinState
	CreatedAt  time.Time
	ExpiresAt  time.Time
	AnsweredAt *time.Time
}

func (joinRow) TableName() string { return "identity_join_requests" }

func insertJoin(tx *store.Tx, request *joinRow) error { return tx.DB.Create(request).Error }

// countAsks counts what an account tried within a day.
func countAsks(tx *store.Tx, asker models.ID) (int64, error) {
	var tried int64
	err := tx.DB.Model(&joinRow{}).Where("asker_id = ? AND created_at > ?", asker, tx.Now.Add(-24*time.Hour)).Count(&tried).Error
	return tried, err
}

// asksOf reads what one person was asked lately; nothing where there is nobody to ask.
func asksOf(tx *store.Tx, owner models.ID) ([]asked, error) {
	var rows []joinRow
	err := tx.DB.Where("owner_id = ? AND created_at > ?", ownerOrNobody(owner), tx.Now.Add(-joinBlock)).Order("created_at DESC").Limit(100).Find(&rows).Error
	before := make([]asked, len(rows))
	for i, row := range rows {
		before[i] = asked{asker: row.AskerID, state: row.State, createdAt: row.CreatedAt}
	}
	return before, err
}

// ownerOrNobody keeps the statement the same where there is nobody.
func ownerOrNobody(owner models.ID) *models.ID {
	if owner == "" {
		return nil
	}
	return &owner
}

func expireJoins(tx *store.Tx, owner models.ID) error {
	return tx.DB.Model(&joinRow{}).Where("owner_id = ? AND state = ? AND expires_at <= ?", owner, JoinOpen, tx.Now).Update("state", JoinExpired).Error
}

func closeJoins(tx *store.Tx, owner models.ID) error {
	return tx.DB.Model(&joinRow{}).Where("owner_id = ? AND state = ?", owner, JoinOpen).Update("state", JoinExpired).Error
}

// lockedJoin reads a question to its owner; nil: there is none.
func lockedJoin(tx *store.Tx, id, owner models.ID) (*joinRow, error) {
	var rows []joinRow
	err := tx.Locked().Where("id = ? AND owner_id = ?", id, owner).Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}

func answerJoin(tx *store.Tx, id models.ID, state JoinState) error {
	return store.One(tx.DB.Model(&joinRow{}).Where("id = ? AND state = ?", id, JoinOpen).
		Updates(map[string]any{"state": state, "answered_at": tx.Now}))
}

func (s *Service) openJoins(ctx context.Context, owner models.ID) ([]joinRow, error) {
	var rows []joinRow
	err := s.store.Reader(ctx).Where("owner_id = ? AND state = ? AND expires_at > ?", owner, JoinOpen, s.store.Clock().Now()).
		Order("created_at").Find(&rows).Error
	return rows, err
}

// dropLinks forgets what departments call a person; where applications are still worked there, the known ones stay for
// those alone.
func dropLinks(tx *store.Tx, residentID models.ID, needed bool) error {
	query := tx.DB.Where("resident_id = ?", residentID)
	if needed {
		query = query.Where("status <> ?", Linked)
	}
	return query.Delete(&linkRow{}).Error
}

// reopenLinks has departments asked again that have not answered in time or were not to be asked any more.
func reopenLinks(tx *store.Tx, residentID models.ID) ([]string, error) {
	links := tx.DB.Model(&linkRow{}).Where("resident_id = ? AND status = ?", residentID, Failed)
	var departments []string
	if err := links.Session(&gorm.Session{}).Order("department").Pluck("department", &departments).Error; err != nil {
		return nil, err
	}
	return departments, links.Session(&gorm.Session{}).
		Updates(map[string]any{"status": Pending, "attempts": 0, "created_at": tx.Now, "updated_at": tx.Now}).Error
}

// stopAsking ends the questions to departments that have not answered.
func stopAsking(tx *store.Tx, residentID models.ID) error {
	return tx.DB.Model(&linkRow{}).Where("resident_id = ? AND status = ?", residentID, Pending).
		Updates(map[string]any{"status": Failed, "updated_at": tx.Now}).Error
}

// consentRows reads what was said by and for people, the oldest first.
func consentRows(db *gorm.DB, people ...models.ID) ([]consentRow, error) {
	var rows []consentRow
	err := db.Where("resident_id IN ?", people).Order("COALESCE(given_at, withdrawn_at), id").Find(&rows).Error
	return rows, err
}

func insertConsent(tx *store.Tx, said word) error {
	return tx.DB.Create(&consentRow{
		ID: models.NewID(), ResidentID: said.person.ID, Purpose: said.purpose.Code, Version: said.purpose.Current().Version,
		GivenAt: &tx.Now, GivenBy: said.guardian, GivenChannel: said.channel,
	}).Error
}

func insertRefusal(tx *store.Tx, said word) error {
	return tx.DB.Create(&consentRow{
		ID: models.NewID(), ResidentID: said.person.ID, Purpose: said.purpose.Code, Version: said.purpose.Current().Version,
		WithdrawnAt: &tx.Now, WithdrawnBy: said.guardian, WithdrawnChannel: said.channel, Refused: true,
	}).Error
}

// endConsents withdraws what is in force of a purpose, in whatever version, and gives how many there were.
func endConsents(tx *store.Tx, said word) (int64, error) {
	result := tx.DB.Model(&consentRow{}).Where("resident_id = ? AND purpose = ? AND withdrawn_at IS NULL", said.person.ID, said.purpose.Code).
		Updates(map[string]any{"withdrawn_at": tx.Now, "withdrawn_by": said.guardian, "withdrawn_channel": said.channel, "refused": true})
	return result.RowsAffected, result.Error
}

// endAllConsents ends everything that a person agreed to when the identity is let go of; what the person refused stays refused.
func endAllConsents(tx *store.Tx, residentID models.ID) error {
	return tx.DB.Model(&consentRow{}).Where("resident_id = ? AND withdrawn_at IS NULL", residentID).Update("withdrawn_at", tx.Now).Error
}
