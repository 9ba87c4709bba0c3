package resident

import (
	"errors"
	"time"

	"gorm.io/gorm"

	"onewindow/models"
	"onewindow/models/store"
)

// The purposes bind a sealed value or an index to its place; they are part of the stored data and never change.
const (
	purposeParticulars   = "resident.particulars"
	purposePhoneIndex    = "resident.phone"
	purposeNationalIndex = "resident.national-id"
)

type row struct {
	ID              models.ID
	Particulars     []byte
	NationalIDIndex *string
	BoundAt         *time.Time
	SucceededBy     *models.ID
	CreatedAt       time.Time
	UpdatedAt       time.Time
	Revision        int
}

func (row) TableName() string { return "resident_residents" }

type phoneRow struct {
	PhoneIndex string
	ResidentID models.ID
	AddedAt    time.Time
}

func (phoneRow) TableName() string { return "resident_phones" }

type relationRow struct {
	GuardianID  models.ID
	DependantID models.ID
	Relation    string
	CreatedAt   time.Time
}

func (relationRow) TableName() string { return "resident_relations" }

// particulars is what of a person is sealed. Its names are part of the stored data.
type particulars struct {
	Phone         string       `json:"phone,omitempty"`
	Name          string       `json:"name,omitempty"`
	NationalID    string       `json:"nationalId,omitempty"`
	Address       string       `json:"address,omitempty"`
	BirthDate     *models.Date `json:"birthDate,omitempty"`
	Gender        string       `json:"gender,omitempty"`
	Region        string       `json:"region,omitempty"`
	Residence     string       `json:"residence,omitempty"`
	Groups        []string     `json:"groups,omitempty"`
	HouseholdSize int          `json:"householdSize,omitempty"`
}

func (s *Service) row(person *Resident, now time.Time) (*row, error) {
	box, err := s.keyring.SealJSON(purposeParticulars, particulars{
		Phone: person.Phone.Reveal(), Name: person.Name.Reveal(), NationalID: person.NationalID.Reveal(), Address: person.Address.Reveal(),
		BirthDate: person.BirthDate, Gender: person.Gender, Region: person.Region, Residence: person.Residence,
		Groups: person.Groups, HouseholdSize: person.HouseholdSize,
	})
	if err != nil {
		return nil, err
	}
	return &row{
		ID: person.ID, Particulars: box, NationalIDIndex: s.nationalIndex(person.NationalID), BoundAt: person.BoundAt,
		CreatedAt: person.CreatedAt, UpdatedAt: now, Revision: person.Revision,
	}, nil
}

func (s *Service) resident(stored row) (*Resident, error) {
	var opened particulars
	if err := s.keyring.OpenJSON(purposeParticulars, stored.Particulars, &opened); err != nil {
		return nil, err
	}
	return &Resident{
		ID: stored.ID, Phone: models.KnownPhone(opened.Phone), Name: models.NewPersonName(opened.Name),
		NationalID: models.KnownNationalID(opened.NationalID), Address: models.NewHomeAddress(opened.Address),
		BirthDate: opened.BirthDate, Gender: opened.Gender, Region: opened.Region, Residence: opened.Residence,
		Groups: opened.Groups, HouseholdSize: opened.HouseholdSize,
		BoundAt: utc(stored.BoundAt), CreatedAt: stored.CreatedAt.UTC(), Revision: stored.Revision,
	}, nil
}

func utc(moment *time.Time) *time.Time {
	if moment == nil {
		return nil
	}
	inUTC := moment.UTC()
	return &inUTC
}

func (s *Service) nationalIndex(id models.NationalID) *string {
	if id.IsZero() {
		return nil
	}
	index := s.keyring.Index(purposeNationalIndex, id.Reveal())
	return &index
}

// PhoneIndex is the blind index of a phone: what may be kept outside the sealed particulars.
func (s *Service) PhoneIndex(phone models.PhoneNumber) string {
	return s.keyring.Index(purposePhoneIndex, phone.Reveal())
}

// first reads at most one person; nil where there is none.
func (s *Service) first(query *gorm.DB) (*Resident, error) {
	var rows []row
	if err := query.Limit(1).Find(&rows).Error; err != nil || len(rows) == 0 {
		return nil, err
	}
	return s.resident(rows[0])
}

func (s *Service) byID(db *gorm.DB, id models.ID) (*Resident, error) {
	if _, isID := models.ParseID(string(id)); !isID {
		return nil, nil
	}
	return s.first(db.Where("id = ?", id))
}

func (s *Service) byIDs(db *gorm.DB, ids []models.ID) (map[models.ID]*Resident, error) {
	people := make(map[models.ID]*Resident, len(ids))
	if len(ids) == 0 {
		return people, nil
	}
	var rows []row
	if err := db.Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, err
	}
	for _, stored := range rows {
		person, err := s.resident(stored)
		if err != nil {
			return nil, err
		}
		people[person.ID] = person
	}
	return people, nil
}

func (s *Service) byPhone(db *gorm.DB, phone models.PhoneNumber) (*Resident, error) {
	return s.first(db.Where("id = (SELECT resident_id FROM resident_phones WHERE phone_index = ?)", s.PhoneIndex(phone)))
}

func (s *Service) byNationalID(db *gorm.DB, id models.NationalID) (*Resident, error) {
	if id.IsZero() {
		return nil, nil
	}
	return s.first(db.Where("national_id_index = ?", s.nationalIndex(id)))
}

func (s *Service) insert(tx *store.Tx, person *Resident) error {
	person.Revision = 1
	stored, err := s.row(person, tx.Now)
	if err != nil {
		return err
	}
	return tx.DB.Create(stored).Error
}

func (s *Service) insertPhone(tx *store.Tx, id models.ID, phone models.PhoneNumber) error {
	return tx.DB.Create(&phoneRow{PhoneIndex: s.PhoneIndex(phone), ResidentID: id, AddedAt: tx.Now}).Error
}

func (s *Service) update(tx *store.Tx, person *Resident) error {
	stored, err := s.row(person, tx.Now)
	if err != nil {
		return err
	}
	return store.One(tx.DB.Model(&row{}).Where("id = ? AND revision = ?", person.ID, person.Revision).Updates(map[string]any{
		"particulars": stored.Particulars, "national_id_index": stored.NationalIDIndex, "bound_at": stored.BoundAt,
		"updated_at": tx.Now, "revision": person.Revision + 1,
	}))
}

func succeed(tx *store.Tx, dependant, account models.ID) error {
	err := store.One(tx.DB.Model(&row{}).Where("id = ? AND bound_at IS NULL", dependant).Updates(map[string]any{
		"national_id_index": nil, "succeeded_by": account, "updated_at": tx.Now, "revision": gorm.Expr("revision + 1"),
	}))
	if err != nil {
		return err
	}
	return tx.DB.Exec("UPDATE resident_relations SET dependant_id = ? WHERE dependant_id = ? AND guardian_id <> ?",
		account, dependant, account).Error
}

func (s *Service) dependants(db *gorm.DB, guardian models.ID) (map[models.ID]string, []*Resident, error) {
	var rows []struct {
		Person   row `gorm:"embedded"`
		Relation string
	}
	err := db.Table("resident_relations AS relation").
		Select("person.id, person.particulars, person.bound_at, person.created_at, person.revision, relation.relation").
		Joins("JOIN resident_residents AS person ON person.id = relation.dependant_id").
		Where("relation.guardian_id = ?", guardian).Order("person.id").Scan(&rows).Error
	if err != nil {
		return nil, nil, err
	}
	relations, people := make(map[models.ID]string, len(rows)), make([]*Resident, 0, len(rows))
	for _, stored := range rows {
		person, err := s.resident(stored.Person)
		if err != nil {
			return nil, nil, err
		}
		relations[person.ID] = stored.Relation
		people = append(people, person)
	}
	return relations, people, nil
}

func clearRelations(tx *store.Tx, guardian models.ID) error {
	return tx.DB.Where("guardian_id = ?", guardian).Delete(&relationRow{}).Error
}

func insertRelation(tx *store.Tx, guardian, dependant models.ID, relation string) error {
	return tx.DB.Create(&relationRow{GuardianID: guardian, DependantID: dependant, Relation: relation, CreatedAt: tx.Now}).Error
}

// wardRecord finds or makes the record of a minor.
func (s *Service) wardRecord(db *gorm.DB, tx *store.Tx, ward Ward) (*Resident, error) {
	if ward.NationalID.IsZero() {
		return nil, errors.New("a ward without a number cannot be told from others")
	}
	person, err := s.byNationalID(db, ward.NationalID)
	if err != nil || person != nil {
		return person, err
	}
	person = &Resident{ID: models.NewID(), Name: ward.Name, NationalID: ward.NationalID, CreatedAt: tx.Now}
	if birth, known := ward.NationalID.BirthDate(); known {
		person.BirthDate = &birth
	}
	return person, s.insert(tx, person)
}

// standing reads in one query who the subject is, who took the subject's place, and whether the actor is a guardian of
// either.
func (s *Service) standing(db *gorm.DB, actor, subject models.ID) (person *Resident, successor models.ID, guarded bool, err error) {
	for _, id := range []models.ID{actor, subject} {
		if _, isID := models.ParseID(string(id)); !isID {
			return nil, "", false, nil
		}
	}
	var rows []struct {
		Person  row `gorm:"embedded"`
		Guarded bool
	}
	err = db.Table("resident_residents AS person").
		Select(`person.id, person.particulars, person.succeeded_by, person.bound_at, person.created_at, person.revision,
			EXISTS (SELECT 1 FROM resident_relations AS relation WHERE relation.guardian_id = ?
				AND relation.dependant_id IN (person.id, person.succeeded_by)) AS guarded`, actor).
		Where("person.id = ?", subject).Limit(1).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, "", false, err
	}
	if rows[0].Person.SucceededBy != nil {
		successor = *rows[0].Person.SucceededBy
	}
	person, err = s.resident(rows[0].Person)
	return person, successor, rows[0].Guarded, err
}
