package delegation

import (
	"cmp"
	"time"

	"gorm.io/gorm"

	"onewindow/models"
	"onewindow/models/sealed"
	"onewindow/models/store"
)

const (
	purposePhone   = "delegation.delegate-phone"
	purposeAsked   = "delegation.asked-phone"
	purposeContact = "delegation.second-contact"
	purposeCode    = "delegation.cancel-code"
	purposeNotice  = "delegation.contact-notice"
)

// Sealed says where this room keeps sealed values.
func Sealed() []sealed.Table {
	return []sealed.Table{
		{Name: "delegation_delegations", Key: []string{"id"}, Columns: []sealed.Column{{Name: "delegate_phone", Purpose: purposePhone}}},
		{Name: "delegation_help_requests", Key: []string{"id"}, Columns: []sealed.Column{{Name: "phone", Purpose: purposeAsked}}},
		{Name: "delegation_contacts", Key: []string{"resident_id"}, Columns: []sealed.Column{{Name: "phone", Purpose: purposeContact}}},
		{
			Name: "delegation_hand_ins", Key: []string{"id"},
			Columns: []sealed.Column{{Name: "code", Purpose: purposeCode}, {Name: "notice", Purpose: purposeNotice}},
			Indexes: []sealed.Index{{Name: "code_index", Purpose: purposeCode, Value: func(row sealed.Row) (string, error) {
				return string(row.Opened["code"]), nil
			}}},
		},
	}
}

type row struct {
	ID            models.ID
	GrantorID     models.ID
	DelegateID    models.ID
	DelegatePhone []byte
	State         State
	ItemCodes     []string `gorm:"serializer:json"`
	Powers        []Power  `gorm:"serializer:json"`
	UntilDay      models.Date
	CreatedAt     time.Time
	AnsweredAt    *time.Time
	EndedAt       *time.Time
	Kind          Kind
	VolunteerID   *models.ID
	Point         *ServicePoint `gorm:"serializer:json"`
	Source        Source
}

func (row) TableName() string { return "delegation_delegations" }

// mostListed bounds a person's list: the newest are shown.
const mostListed = 200

// noPhone is kept, sealed like any, where the delegate is a volunteer's account without one.
const noPhone = "-"

func (s *Service) insert(tx *store.Tx, d *Delegation) error {
	phone := d.phone.Reveal()
	if phone == "" {
		phone = noPhone
	}
	return tx.DB.Create(&row{
		ID: d.ID, GrantorID: d.GrantorID, DelegateID: d.DelegateID, DelegatePhone: s.Keyring.SealText(purposePhone, phone),
		State: d.State, ItemCodes: d.ItemCodes, Powers: d.Powers, UntilDay: d.Until, CreatedAt: tx.Now,
		Kind: d.Kind, VolunteerID: models.OptionalID(d.volunteerID), Point: d.ServicePoint, AnsweredAt: d.answeredAt(tx.Now),
		Source: cmp.Or(d.Source, Online),
	}).Error
}

// answeredAt: what a volunteer helps with was said yes to when it began.
func (d *Delegation) answeredAt(now time.Time) *time.Time {
	if d.State != Active {
		return nil
	}
	return &now
}

func (s *Service) read(query *gorm.DB) ([]*Delegation, error) {
	var rows []row
	if err := query.Order("created_at DESC, id").Limit(mostListed).Find(&rows).Error; err != nil {
		return nil, err
	}
	found := make([]*Delegation, len(rows))
	for i, stored := range rows {
		phone, err := s.Keyring.OpenText(purposePhone, stored.DelegatePhone)
		if err != nil {
			return nil, err
		}
		if phone == noPhone {
			phone = ""
		}
		found[i] = &Delegation{
			ID: stored.ID, Kind: stored.Kind, ServicePoint: stored.Point, volunteerID: models.IDOrNone(stored.VolunteerID), State: stored.State, Powers: stored.Powers, ItemCodes: stored.ItemCodes, Until: stored.UntilDay,
			GrantorID: stored.GrantorID, DelegateID: stored.DelegateID, CreatedAt: stored.CreatedAt.UTC(), phone: models.KnownPhone(phone), Source: stored.Source,
		}
	}
	return found, nil
}

func (s *Service) locked(tx *store.Tx, id models.ID) (*Delegation, error) {
	found, err := s.read(tx.Locked().Where("id = ?", id))
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

func (s *Service) given(db *gorm.DB, grantor models.ID) ([]*Delegation, error) {
	return s.read(db.Where("grantor_id = ?", grantor))
}

func (s *Service) received(db *gorm.DB, delegate models.ID) ([]*Delegation, error) {
	return s.read(db.Where("delegate_id = ?", delegate))
}

func (s *Service) between(db *gorm.DB, delegate, grantor models.ID) ([]*Delegation, error) {
	return s.read(db.Where("delegate_id = ? AND grantor_id = ? AND state = ?", delegate, grantor, Active))
}

// usable are those that hold, and what was offered and not answered yet.
func (s *Service) usable(db *gorm.DB, delegate, grantor models.ID) (Standing, error) {
	return s.read(db.Where("delegate_id = ? AND grantor_id = ? AND state IN ?", delegate, grantor, []State{Active, Offered}))
}

// open are those by which somebody may act on a day, of a person's list of bounded length.
func (s *Service) open(db *gorm.DB, delegate models.ID, day models.Date) ([]*Delegation, error) {
	return s.read(db.Where("delegate_id = ? AND state = ? AND until_day >= ?", delegate, Active, day))
}

// followed are what people gave to their own people.
func (s *Service) followed(tx *store.Tx, grantors []models.ID, day models.Date) ([]*Delegation, error) {
	var rows []row
	err := tx.DB.Where("grantor_id IN ? AND state = ? AND kind = ? AND until_day >= ?", grantors, Active, Personal, day).Find(&rows).Error
	found := make([]*Delegation, len(rows))
	for i, stored := range rows {
		found[i] = &Delegation{Powers: stored.Powers, ItemCodes: stored.ItemCodes, GrantorID: stored.GrantorID, DelegateID: stored.DelegateID}
	}
	return found, err
}

func (s *Service) byID(db *gorm.DB, id models.ID) (*Delegation, error) {
	found, err := s.read(db.Where("id = ?", id))
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// ofVolunteer are those that rest on an enrolment and have not ended.
func (s *Service) ofVolunteer(tx *store.Tx, volunteer models.ID) ([]*Delegation, error) {
	return s.read(tx.Locked().Where("volunteer_id = ? AND state = ?", volunteer, Active))
}

func endHelp(tx *store.Tx, volunteer models.ID) error {
	return tx.DB.Model(&row{}).Where("volunteer_id = ? AND state = ?", volunteer, Active).
		Updates(map[string]any{"state": Revoked, "ended_at": tx.Now}).Error
}

func answer(tx *store.Tx, d *Delegation) error {
	return store.One(tx.DB.Model(&row{}).Where("id = ? AND state = ?", d.ID, Offered).
		Updates(map[string]any{"state": d.State, "answered_at": tx.Now}))
}

func end(tx *store.Tx, id models.ID) error {
	return store.One(tx.DB.Model(&row{}).Where("id = ? AND state <> ?", id, Revoked).
		Updates(map[string]any{"state": Revoked, "ended_at": tx.Now}))
}

func endAll(tx *store.Tx, person models.ID) error {
	return tx.DB.Model(&row{}).Where("(grantor_id = ? OR delegate_id = ?) AND state <> ?", person, person, Revoked).
		Updates(map[string]any{"state": Revoked, "ended_at": tx.Now}).Error
}

// succeed passes what was given in the name of a record on to the account that takes its place.
func succeed(tx *store.Tx, record, account models.ID) error {
	return tx.DB.Model(&row{}).Where("grantor_id = ? AND delegate_id <> ?", record, account).Update("grantor_id", account).Error
}

// rehome passes what an account received on; what its new owner had given to that phone would be given to oneself and ends.
func rehome(tx *store.Tx, from, to models.ID) error {
	err := tx.DB.Where("delegate_id = ? AND grantor_id = ?", from, to).Delete(&row{}).Error
	if err != nil {
		return err
	}
	return tx.DB.Model(&row{}).Where("delegate_id = ?", from).Update("delegate_id", to).Error
}
