package resident

import (
	"encoding/json"
	"errors"
	"time"

	"gorm.io/gorm"

	"onewindow/models"
	"onewindow/models/sealed"
	"onewindow/models/store"
)

// The purposes bind a sealed value or an index to its place; they are part of the stored data and never change.
const (
	purposeParticulars   = "resident.particulars"
	purposePhoneIndex    = "resident.phone"
	purposePhone         = "resident.phone-number"
	purposeNationalIndex = "resident.national-id"
)

type row struct {
	ID              models.ID
	Particulars     []byte
	NationalIDIndex *string
	BoundAt         *time.Time
	UnboundAt       *time.Time
	SucceededBy     *models.ID
	CreatedAt       time.Time
	UpdatedAt       time.Time
	Revision        int
}

func (row) TableName() string { return "resident_residents" }

type phoneRow struct {
	PhoneIndex string
	// Phone is sealed, so that its index can be made anew; nil in rows from before it was kept.
	Phone      []byte
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

// Sealed says where this room keeps sealed values.
func Sealed() []sealed.Table {
	return []sealed.Table{
		{
			Name: "resident_residents", Key: []string{"id"}, Columns: []sealed.Column{{Name: "particulars", Purpose: purposeParticulars}},
			Indexes: []sealed.Index{{Name: "national_id_index", Purpose: purposeNationalIndex, Value: func(row sealed.Row) (string, error) {
				opened, err := readParticulars(row.Opened["particulars"])
				return opened.NationalID, err
			}}},
		},
		{
			Name: "resident_phones", Key: []string{"phone_index"}, Columns: []sealed.Column{{Name: "phone", Purpose: purposePhone}},
			Join:     "JOIN resident_residents AS x ON x.id = t.resident_id",
			Borrowed: []sealed.Column{{Name: "x.particulars", Purpose: purposeParticulars}},
			Indexes:  []sealed.Index{{Name: "phone_index", Purpose: purposePhoneIndex, Value: phoneOfRow, Fill: "phone"}},
		},
	}
}

// phoneOfRow is the row's own phone, or where it is from before that was kept the person's.
func phoneOfRow(row sealed.Row) (string, error) {
	if phone, kept := row.Opened["phone"]; kept {
		return string(phone), nil
	}
	opened, err := readParticulars(row.Opened["x.particulars"])
	return opened.Phone, err
}

func readParticulars(raw []byte) (opened particulars, err error) {
	if len(raw) == 0 {
		return opened, nil
	}
	if json.Unmarshal(raw, &opened) != nil { // its own words could repeat what is in it
		err = errors.New("particulars: not the JSON that was expected")
	}
	return opened, err
}

func (s *Service) row(person *Resident, generation uint32, now time.Time) (*row, error) {
	box, err := s.keyring.SealJSON(purposeParticulars, particulars{
		Phone: person.Phone.Reveal(), Name: person.Name.Reveal(), NationalID: person.NationalID.Reveal(), Address: person.Address.Reveal(),
		BirthDate: person.BirthDate, Gender: person.Gender, Region: person.Region, Residence: person.Residence,
		Groups: person.Groups, HouseholdSize: person.HouseholdSize,
	})
	if err != nil {
		return nil, err
	}
	national, err := s.nationalIndex(generation, person.NationalID)
	if err != nil {
		return nil, err
	}
	return &row{
		ID: person.ID, Particulars: box, NationalIDIndex: national, BoundAt: person.BoundAt, UnboundAt: person.UnboundAt,
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
		BoundAt: utc(stored.BoundAt), UnboundAt: utc(stored.UnboundAt), CreatedAt: stored.CreatedAt.UTC(), Revision: stored.Revision,
	}, nil
}

func utc(moment *time.Time) *time.Time {
	if moment == nil {
		return nil
	}
	inUTC := moment.UTC()
	return &inUTC
}

func (s *Service) nationalIndex(generation uint32, id models.NationalID) (*string, error) {
	if id.IsZero() {
		return nil, nil
	}
	index, err := s.keyring.IndexAt(generation, purposeNationalIndex, id.Reveal())
	return &index, err
}

// PhoneIndex names a phone in what is kept for minutes, such as codes, outside the sealed particulars.
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
	if err := db.Where(store.In("id", ids)).Find(&rows).Error; err != nil {
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

// byPhone and byNationalID look under every index that the value may stand under while a generation is in use.
func (s *Service) byPhone(db *gorm.DB, generation uint32, phone models.PhoneNumber) (*Resident, error) {
	indexes, err := s.keyring.Indexes(generation, purposePhoneIndex, phone.Reveal())
	if err != nil {
		return nil, err
	}
	return s.first(db.Where("id = (SELECT resident_id FROM resident_phones WHERE phone_index IN ?)", indexes))
}

func (s *Service) byNationalID(db *gorm.DB, generation uint32, id models.NationalID) (*Resident, error) {
	if id.IsZero() {
		return nil, nil
	}
	indexes, err := s.keyring.Indexes(generation, purposeNationalIndex, id.Reveal())
	if err != nil {
		return nil, err
	}
	return s.first(db.Where("national_id_index IN ?", indexes))
}

func (s *Service) insert(tx *store.Tx, person *Resident) error {
	generation, err := tx.IndexGeneration()
	if err != nil {
		return err
	}
	person.Revision = 1
	stored, err := s.row(person, generation, tx.Now)
	if err != nil {
		return err
	}
	return tx.DB.Create(stored).Error
}

func (s *Service) insertPhone(tx *store.Tx, id models.ID, phone models.PhoneNumber) error {
	generation, err := tx.IndexGeneration()
	if err != nil {
		return err
	}
	index, err := s.keyring.IndexAt(generation, purposePhoneIndex, phone.Reveal())
	if err != nil {
		return err
	}
	return tx.DB.Create(&phoneRow{
		PhoneIndex: index, Phone: s.keyring.SealText(purposePhone, phone.Reveal()), ResidentID: id, AddedAt: tx.Now,
	}).Error
}

func (s *Service) update(tx *store.Tx, person *Resident) error {
	generation, err := tx.IndexGeneration()
	if err != nil {
		return err
	}
	stored, err := s.row(person, generation, tx.Now)
	if err != nil {
		return err
	}
	return store.One(tx.DB.Model(&row{}).Where("id = ? AND revision = ?", person.ID, person.Revision).Updates(map[string]any{
		"particulars": stored.Particulars, "national_id_index": stored.NationalIDIndex, "bound_at": stored.BoundAt,
		"unbound_at": stored.UnboundAt, "updated_at": tx.Now, "revision": person.Revision + 1,
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

func guardians(tx *store.Tx, dependants []models.ID) (relations []relationRow, err error) {
	err = tx.DB.Where("dependant_id IN ?", dependants).Order("dependant_id, guardian_id").Find(&relations).Error
	return relations, err
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
	generation, err := tx.IndexGeneration()
	if err != nil {
		return nil, err
	}
	person, err := s.byNationalID(db, generation, ward.NationalID)
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
		Select(`person.id, person.particulars, person.succeeded_by, person.bound_at, person.unbound_at, person.created_at,
			person.revision,
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

func phonesOf(db *gorm.DB, id models.ID) ([]phoneRow, error) {
	var rows []phoneRow
	err := db.Where("resident_id = ?", id).Order("added_at, phone_index").Find(&rows).Error
	return rows, err
}

func movePhones(tx *store.Tx, from, to models.ID, number []byte) error {
	return tx.DB.Model(&phoneRow{}).Where("resident_id = ?", from).
		Updates(map[string]any{"resident_id": to, "phone": gorm.Expr("COALESCE(phone, ?)", number), "added_at": tx.Now}).Error
}

func setSuccessor(tx *store.Tx, account, into models.ID) error {
	return store.One(tx.DB.Model(&row{}).Where("id = ? AND bound_at IS NULL", account).Update("succeeded_by", into))
}

func deletePhone(tx *store.Tx, id models.ID, indexes []string) (bool, error) {
	result := tx.DB.Where("resident_id = ? AND phone_index IN ?", id, indexes).Delete(&phoneRow{})
	return result.RowsAffected == 1, result.Error
}

func deletePhones(tx *store.Tx, id models.ID) error {
	return tx.DB.Where("resident_id = ?", id).Delete(&phoneRow{}).Error
}
