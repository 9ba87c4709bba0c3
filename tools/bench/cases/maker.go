package cases

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"

	"onewindow/models"
	"onewindow/models/casework"
	"onewindow/models/catalogue"
	"onewindow/models/resident"
	"onewindow/models/sealed"
)

// maker makes rows. What it draws depends on a row's number alone.
type maker struct {
	keyring   *sealed.Keyring
	snapshot  *catalogue.Snapshot
	phones    *resident.Service
	items     []*catalogue.Item
	residents int
	now       time.Time
	// state gives each case its place.
	state func(number int) casework.State
}

func newMaker(request Request, snapshot *catalogue.Snapshot, phones *resident.Service) (*maker, error) {
	m := &maker{
		keyring: request.Keyring, snapshot: snapshot, phones: phones,
		residents: max(1, request.Cases/CasesOfResident), now: request.Now.UTC().Truncate(time.Second), state: stateOf,
	}
	for _, item := range snapshot.Items() {
		if len(item.Materials) >= RequirementsOfCase && len(item.Steps) > 0 && len(item.Results) > 0 {
			m.items = append(m.items, item)
		}
	}
	if len(m.items) == 0 {
		return nil, errors.New("no item of the catalogue asks for four materials")
	}
	return m, nil
}

// The kinds of things that are drawn for: each has numbers of its own.
const (
	kindResident = iota + 1
	kindResidentDocument
	kindCase
	kindEvent
	kindTask
	kindResult
	kindPlan
)

// draw gives the source of chance of the nth thing of a kind.
func draw(kind, number int) *rand.Rand {
	return rand.New(rand.NewPCG(uint64(kind), uint64(number))) // #nosec G404 -- test data, the same at every run
}

// id makes the identifier of the nth thing of a kind: version 7 of its moment, the rest drawn.
func id(kind, number int, at time.Time) uuid.UUID {
	chance := draw(kind+100, number)
	var raw uuid.UUID
	binary.BigEndian.PutUint64(raw[:8], uint64(at.UnixMilli())<<16|chance.Uint64()&0x0fff|0x7000) // #nosec G115 -- after 1970
	binary.BigEndian.PutUint64(raw[8:], chance.Uint64()&0x3fffffffffffffff|0x8000000000000000)
	return raw
}

// registered is when the nth resident came.
func (m *maker) registered(number int) time.Time {
	return m.now.AddDate(-2, 0, 0).Add(time.Duration(number) * 137 * time.Millisecond)
}

func (m *maker) residentID(number int) uuid.UUID {
	return id(kindResident, number, m.registered(number))
}

// sealedParticulars is what the resident room seals, by the names that it stores.
type sealedParticulars struct {
	Phone         string       `json:"phone"`
	Name          string       `json:"name"`
	NationalID    string       `json:"nationalId"`
	Address       string       `json:"address"`
	BirthDate     *models.Date `json:"birthDate"`
	Gender        string       `json:"gender"`
	Region        string       `json:"region"`
	HouseholdSize int          `json:"householdSize"`
}

// documentsOfResident are the pieces that a resident's cases share.
const documentsOfResident = 2

func (m *maker) residentDocument(person, index int) uuid.UUID {
	return id(kindResidentDocument, person*documentsOfResident+index, m.registered(person))
}

// people makes the residents from first up to, not including, after.
func (m *maker) people(first, after int) []*table {
	residents := &table{name: "resident_residents", columns: []string{
		"id", "particulars", "national_id_index", "bound_at", "created_at", "updated_at", "revision",
	}}
	phones := &table{name: "resident_phones", columns: []string{"phone_index", "phone", "resident_id", "added_at"}}
	documents := m.documentTable()
	for number := first; number < after; number++ {
		at, person := m.registered(number), m.residentID(number)
		birth := models.NewDate(1940+number%65, time.Month(1+number%12), 1+number%28)
		phone := fmt.Sprintf("+86139%08d", number)
		national := nationalID(birth, number)
		box := m.sealJSON("resident.particulars", sealedParticulars{
			Phone: phone, Name: fmt.Sprintf("张测%d", number), NationalID: national, BirthDate: &birth, HouseholdSize: 1 + number%5,
			Address: fmt.Sprintf("浙江省杭州市上城区测试路%d号", number), Gender: []string{"female", "male"}[number%2], Region: "330102",
		})
		residents.add(person, box, m.keyring.Index("resident.national-id", national), at, at, at, int64(1))
		phones.add(m.phones.PhoneIndex(models.KnownPhone(phone)), m.keyring.SealText("resident.phone-number", phone), person, at)
		for index, code := range []string{"household-register", "identity-card"} {
			m.addDocument(documents, m.residentDocument(number, index), person, code, "DEPARTMENT", "", at, fmt.Sprintf("B%09d", number))
		}
	}
	return []*table{residents, phones, documents}
}

// nationalID makes a number with a right check digit (GB 11643) that nobody has: the sequence runs through the regions too.
func nationalID(birth models.Date, number int) string {
	region := 330102 + number/1000%300
	digits := fmt.Sprintf("%06d%04d%02d%02d%03d", region, birth.Year(), birth.Month(), birth.Day(), number%1000)
	weights := [...]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for index, weight := range weights {
		sum += int(digits[index]-'0') * weight
	}
	return digits + string("10X98765432"[sum%11])
}

func (m *maker) documentTable() *table {
	return &table{name: "material_documents", columns: []string{
		"id", "owner_id", "material_code", "number", "number_index", "issued_on", "trust", "source", "source_department",
		"source_application_id", "created_at",
	}}
}

// addDocument makes a document as a department gives it, or as an application issues it.
func (m *maker) addDocument(
	documents *table, document, owner uuid.UUID, code, source, department string, at time.Time, number string, application ...uuid.UUID,
) {
	var from any
	if len(application) > 0 {
		from = application[0]
	}
	documents.add(document, owner, code, m.keyring.SealText("material.number", number),
		m.keyring.Index("material.number", code+"/"+number), at, "ISSUED", source, department, from, at)
}

func (m *maker) sealJSON(purpose string, value any) []byte {
	box, err := m.keyring.SealJSON(purpose, value)
	if err != nil {
		panic("bench: a value that cannot be written: " + err.Error())
	}
	return box
}

func textOf(value any) string {
	raw, err := json.Marshal(value)
	if err != nil {
		panic("bench: a value that cannot be written: " + err.Error())
	}
	return string(raw)
}
