package delegation

import (
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"onewindow/models"
	"onewindow/models/store"
)

type volunteerRow struct {
	ID         models.ID
	ResidentID models.ID
	Department string
	PointCode  string
	PointName  string
	UntilDay   models.Date
	EnrolledBy models.ID
	CreatedAt  time.Time
	EndedAt    *time.Time
}

func (volunteerRow) TableName() string { return "delegation_volunteers" }

func (r volunteerRow) volunteer() *Volunteer {
	return &Volunteer{
		ID: r.ID, ResidentID: r.ResidentID, ServicePoint: ServicePoint{r.PointCode, r.PointName, r.Department}, Until: r.UntilDay,
		EnrolledAt: r.CreatedAt.UTC(), endedAt: r.EndedAt,
	}
}

func readVolunteers(query *gorm.DB) ([]*Volunteer, error) {
	var rows []volunteerRow
	if err := query.Find(&rows).Error; err != nil {
		return nil, err
	}
	found := make([]*Volunteer, len(rows))
	for i, stored := range rows {
		found[i] = stored.volunteer()
	}
	return found, nil
}

// pointDepartments are those that have volunteers at a service point of a code.
func pointDepartments(tx *store.Tx, code string) (departments []string, err error) {
	err = tx.DB.Model(&volunteerRow{}).Where("point_code = ?", code).Distinct().Pluck("department", &departments).Error
	return departments, err
}

// mostEnrolments bounds a person's list.
const mostEnrolments = 50

func (s *Service) enrolments(db *gorm.DB, person models.ID) ([]*Volunteer, error) {
	return readVolunteers(db.Where("resident_id = ?", person).Order("id DESC").Limit(mostEnrolments))
}

// enrolmentsLocked are a person's that have not been ended, the newest first, held in one order.
func (s *Service) enrolmentsLocked(tx *store.Tx, person models.ID) ([]*Volunteer, error) {
	return readVolunteers(tx.Locked().Where("resident_id = ? AND ended_at IS NULL", person).Order("id DESC").Limit(mostEnrolments))
}

func (s *Service) enrolmentAt(tx *store.Tx, person models.ID, point string) (*Volunteer, error) {
	found, err := readVolunteers(tx.Locked().Where("resident_id = ? AND point_code = ? AND ended_at IS NULL", person, point))
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

func (s *Service) lockedVolunteer(tx *store.Tx, id models.ID) (*Volunteer, error) {
	found, err := readVolunteers(tx.Locked().Where("id = ?", id))
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

func (s *Service) volunteers(db *gorm.DB, department, point string, page models.PageRequest, withTotal bool) ([]*Volunteer, int, error) {
	query := db.Model(&volunteerRow{})
	if department != "" {
		query = query.Where("department = ?", department)
	}
	if point != "" {
		query = query.Where("point_code = ?", point)
	}
	query = query.Session(&gorm.Session{})
	var total int64
	if withTotal {
		if err := query.Count(&total).Error; err != nil {
			return nil, 0, err
		}
	}
	if page.After != "" {
		var last models.ID
		if err := store.ReadCursor(page.After, &last); err != nil {
			return nil, 0, err
		}
		if _, isID := models.ParseID(string(last)); !isID {
			return nil, 0, models.BadInput(models.T("after 不是本列表给出的游标", "after is not a cursor of this list"))
		}
		query = query.Where("id < ?", last)
	}
	found, err := readVolunteers(query.Order("id DESC").Limit(page.First + 1))
	return found, int(total), err
}

func insertVolunteer(tx *store.Tx, v *Volunteer, by models.ID) error {
	err := tx.DB.Create(&volunteerRow{
		ID: v.ID, ResidentID: v.ResidentID, Department: v.ServicePoint.Department, PointCode: v.ServicePoint.Code, PointName: v.ServicePoint.Name,
		UntilDay: v.Until, EnrolledBy: by, CreatedAt: tx.Now,
	}).Error
	if store.IsDuplicate(err) { // enrolled elsewhere at this moment: the second look finds it
		return store.ErrRetry
	}
	return err
}

// renewEnrolment gives an enrolment another last day; no help that rests on it lasts longer.
func renewEnrolment(tx *store.Tx, v *Volunteer) error {
	err := store.One(tx.DB.Model(&volunteerRow{}).Where("id = ? AND ended_at IS NULL", v.ID).
		Updates(map[string]any{"until_day": v.Until, "point_name": v.ServicePoint.Name}))
	if err != nil {
		return err
	}
	return tx.DB.Model(&row{}).Where("volunteer_id = ? AND state = ? AND until_day > ?", v.ID, Active, v.Until).Update("until_day", v.Until).Error
}

func endVolunteer(tx *store.Tx, id models.ID) error {
	return store.One(tx.DB.Model(&volunteerRow{}).Where("id = ? AND ended_at IS NULL", id).Update("ended_at", tx.Now))
}

// helpedNow are the people whom somebody helps as a volunteer on a day.
func helpedNow(tx *store.Tx, delegate models.ID, day models.Date) (people []models.ID, err error) {
	err = tx.DB.Model(&row{}).Where("delegate_id = ? AND kind = ? AND state = ? AND until_day >= ?", delegate, Helper, Active, day).
		Distinct().Pluck("grantor_id", &people).Error
	return people, err
}

// helpedBy counts the people who are helped on a day, by enrolment.
func helpedBy(db *gorm.DB, volunteers []models.ID, day models.Date) (map[models.ID]int, error) {
	var rows []struct {
		VolunteerID models.ID
		People      int
	}
	err := db.Model(&row{}).Select("volunteer_id, count(DISTINCT grantor_id) AS people").
		Where("volunteer_id IN ? AND state = ? AND until_day >= ?", volunteers, Active, day).Group("volunteer_id").Scan(&rows).Error
	counted := make(map[models.ID]int, len(rows))
	for _, one := range rows {
		counted[one.VolunteerID] = one.People
	}
	return counted, err
}

type requestRow struct {
	ID           models.ID
	VolunteerID  models.ID
	Phone        []byte
	ItemCodes    []string `gorm:"serializer:json"`
	Powers       []Power  `gorm:"serializer:json"`
	Days         int
	CreatedAt    time.Time
	DelegationID *models.ID
}

func (requestRow) TableName() string { return "delegation_help_requests" }

func (s *Service) insertRequest(tx *store.Tx, r *HelpRequest) error {
	return tx.DB.Create(&requestRow{
		ID: r.ID, VolunteerID: r.volunteerID, Phone: s.Keyring.SealText(purposeAsked, r.phone.Reveal()), ItemCodes: r.Wanted.ItemCodes,
		Powers: r.Wanted.Powers, Days: r.Wanted.Days, CreatedAt: tx.Now,
	}).Error
}

// requestsSince counts what somebody has asked as a volunteer since a moment.
func requestsSince(tx *store.Tx, person models.ID, since time.Time) (int, error) {
	var count int64
	err := tx.DB.Model(&requestRow{}).Where("volunteer_id IN (SELECT id FROM delegation_volunteers WHERE resident_id = ?) AND created_at > ?", person, since).
		Count(&count).Error
	return int(count), err
}

// request gives a request and who asked; nil: there is none.
func (s *Service) request(db *gorm.DB, id models.ID) (*HelpRequest, models.ID, error) {
	var rows []requestRow
	if err := db.Where("id = ?", id).Find(&rows).Error; err != nil || len(rows) == 0 {
		return nil, "", err
	}
	stored := rows[0]
	askers, err := readVolunteers(db.Where("id = ?", stored.VolunteerID))
	if err != nil || len(askers) == 0 {
		return nil, "", err
	}
	phone, err := s.Keyring.OpenText(purposeAsked, stored.Phone)
	return &HelpRequest{
		ID: stored.ID, Wanted: HelpWanted{ItemCodes: stored.ItemCodes, Powers: stored.Powers, Days: stored.Days}, CreatedAt: stored.CreatedAt.UTC(),
		phone: models.KnownPhone(phone), volunteerID: stored.VolunteerID, delegationID: models.IDOrNone(stored.DelegationID),
	}, askers[0].ResidentID, err
}

func confirmRequest(tx *store.Tx, id, begun models.ID) error {
	return store.One(tx.DB.Model(&requestRow{}).Where("id = ? AND delegation_id IS NULL", id).Update("delegation_id", begun))
}

func deleteRequests(tx *store.Tx, before time.Time) error {
	return tx.DB.Where("created_at < ?", before).Delete(&requestRow{}).Error
}

type contactRow struct {
	ResidentID models.ID `gorm:"primaryKey"`
	Phone      []byte
	SetAt      time.Time
	Locale     models.Locale
}

func (contactRow) TableName() string { return "delegation_contacts" }

// contact is a person's second contact.
func (s *Service) contact(db *gorm.DB, person models.ID) (contact, error) {
	var rows []contactRow
	if err := db.Where("resident_id = ?", person).Find(&rows).Error; err != nil || len(rows) == 0 {
		return contact{}, err
	}
	phone, err := s.Keyring.OpenText(purposeContact, rows[0].Phone)
	return contact{models.KnownPhone(phone), rows[0].Locale}, err
}

func (s *Service) upsertContact(tx *store.Tx, person models.ID, named contact) error {
	return tx.DB.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "resident_id"}}, DoUpdates: clause.AssignmentColumns([]string{"phone", "set_at", "locale"}),
	}).Create(&contactRow{person, s.Keyring.SealText(purposeContact, named.phone.Reveal()), tx.Now, named.locale}).Error
}

func deleteContact(tx *store.Tx, person models.ID) error {
	return tx.DB.Where("resident_id = ?", person).Delete(&contactRow{}).Error
}

type handInRow struct {
	ID            models.ID
	ApplicationID models.ID
	DelegationID  models.ID
	Action        HandInAction
	At            time.Time
	Until         time.Time
	Code          []byte
	CodeIndex     string
	Notice        []byte
	ToldAt        *time.Time
	CancelledAt   *time.Time
	CancelledBy   *Canceller
}

func (handInRow) TableName() string { return "delegation_hand_ins" }

func (s *Service) insertHandIn(tx *store.Tx, h *HandIn) error {
	generation, err := tx.IndexGeneration()
	if err != nil {
		return err
	}
	index, err := s.Keyring.IndexAt(generation, purposeCode, h.code)
	if err != nil {
		return err
	}
	notice, err := s.Keyring.SealJSON(purposeNotice, h.notice)
	if err != nil {
		return err
	}
	return tx.DB.Create(&handInRow{
		ID: h.ID, ApplicationID: h.ApplicationID, DelegationID: h.delegationID, Action: h.Action, At: h.At, Until: h.Until,
		Code: s.Keyring.SealText(purposeCode, h.code), CodeIndex: index, Notice: notice,
	}).Error
}

// mostHandIns bounds those of one application.
const mostHandIns = 50

func (s *Service) handIns(query *gorm.DB, applications int) ([]*HandIn, error) {
	var rows []handInRow
	if err := query.Order("at DESC, id").Limit(mostHandIns * applications).Find(&rows).Error; err != nil {
		return nil, err
	}
	found := make([]*HandIn, len(rows))
	for i, stored := range rows {
		code, err := s.Keyring.OpenText(purposeCode, stored.Code)
		if err != nil {
			return nil, err
		}
		found[i] = &HandIn{
			ID: stored.ID, ApplicationID: stored.ApplicationID, delegationID: stored.DelegationID, Action: stored.Action, At: stored.At.UTC(),
			Until: stored.Until.UTC(), CancelledAt: stored.CancelledAt, code: code, toldAt: stored.ToldAt,
		}
		if stored.CancelledBy != nil {
			found[i].CancelledBy = *stored.CancelledBy
		}
		if err := s.Keyring.OpenJSON(purposeNotice, stored.Notice, &found[i].notice); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func cancelHandIn(tx *store.Tx, id models.ID, by Canceller) error {
	return store.One(tx.DB.Model(&handInRow{}).Where("id = ? AND cancelled_at IS NULL", id).
		Updates(map[string]any{"cancelled_at": tx.Now, "cancelled_by": by}))
}

func markTold(tx *store.Tx, id models.ID) error {
	return tx.DB.Model(&handInRow{}).Where("id = ? AND told_at IS NULL", id).Update("told_at", tx.Now).Error
}
