package sim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"

	"onewindow/models"
	"onewindow/server/connector"
	"onewindow/server/demo"
)

// ProofToken is the token that proves any known resident, by face or at a window. Any other is a mismatch.
const ProofToken = "demo"

// groupSources says which department is the source of which group. Minority of age follows from the register's birth date.
var groupSources = map[string][]string{
	"civil-affairs":       {"elderly", "elderly-alone", "low-income"},
	"disabled-federation": {"disabled"},
	"veterans-affairs":    {"veteran"},
	"health":              {"pregnant"},
}

// roles are the places in a household as the sample data words them.
var roles = map[string]string{"户主": "head", "配偶": "spouse", "儿子": "son", "女儿": "daughter", "母亲": "mother", "父亲": "father"}

// adultAge is the age of majority (Civil Code, Article 17).
const adultAge = 18

// register is what one department knows about the sample residents.
type register struct {
	department string
	people     *demo.Population
	issuers    map[string]string
	clock      models.Clock
	bySubject  map[string]*demo.Resident
}

func newRegister(department string, config Config) *register {
	made := &register{department: department, people: config.Residents, issuers: config.Issuers, clock: config.Clock, bySubject: map[string]*demo.Resident{}}
	for _, resident := range config.Residents.Residents {
		made.bySubject[made.subjectOf(resident)] = resident
	}
	return made
}

// derive makes opaque values that stay the same over restarts and say nothing about the person. The key is no secret:
// everybody in the sample data is invented.
func derive(parts ...string) []byte {
	mac := hmac.New(sha256.New, []byte("OneWindow demo departments"))
	for _, part := range parts {
		_, _ = fmt.Fprintf(mac, "%d:%s", len(part), part)
	}
	return mac.Sum(nil)
}

// plausibleNumber derives a document number of ten digits.
func plausibleNumber(parts ...string) string {
	return fmt.Sprintf("%010d", binary.BigEndian.Uint64(derive(append([]string{"number"}, parts...)...))%10_000_000_000)
}

func (r *register) subjectOf(resident *demo.Resident) string {
	return "sub_" + hex.EncodeToString(derive("subject", r.department, resident.NationalID.Reveal())[:12])
}

func (r *register) person(number models.NationalID, name models.PersonName) (*demo.Resident, error) {
	resident := r.people.ByNationalID(number)
	switch {
	case resident == nil:
		return nil, connector.ErrNotFound
	case resident.Name != name:
		return nil, connector.ErrMismatch
	}
	return resident, nil
}

func (r *register) resolve(request connector.ResolveRequest) (*connector.Subject, error) {
	resident, err := r.person(request.NationalID, request.Name)
	if err != nil {
		return nil, err
	}
	subject := &connector.Subject{ID: r.subjectOf(resident)}
	for _, group := range groupSources[r.department] {
		if slices.Contains(resident.Groups, group) {
			subject.Attributes.Groups = append(subject.Attributes.Groups, group)
		}
	}
	if r.department == IdentityAuthority {
		subject.Attributes = r.registered(resident)
	}
	return subject, nil
}

// registered is what the population register states.
func (r *register) registered(resident *demo.Resident) connector.Attributes {
	birth := resident.BirthDate
	attributes := connector.Attributes{
		BirthDate: &birth, Gender: resident.Gender, Region: resident.Region, Residence: resident.Residence,
		Address: resident.Address, Phone: resident.Phone,
	}
	if models.AgeOn(birth, models.DateOf(r.clock.Now())) < adultAge {
		attributes.Groups = []string{"minor"}
	}
	for _, other := range r.people.HouseholdOf(resident) {
		relation := roles[other.Role]
		if r.people.IsParent(resident, other) {
			relation = connector.RelationChild
		}
		if relation == "" {
			relation = other.Role
		}
		attributes.Household = append(attributes.Household, connector.Member{Name: other.Name, NationalID: other.NationalID, Relation: relation})
	}
	return attributes
}

// verify gives ErrMismatch for everything that does not fit, whatever it is.
func (r *register) verify(request connector.ProofRequest) error {
	_, err := r.person(request.NationalID, request.Name)
	if err != nil || request.Token != ProofToken || (request.Kind != connector.ProofFace && request.Kind != connector.ProofWindow) {
		return connector.ErrMismatch
	}
	return nil
}

func (r *register) fetch(request connector.MaterialRequest) (*connector.Document, error) {
	resident := r.bySubject[request.Subject]
	if resident == nil || r.issuers[request.Material] != r.department {
		return nil, connector.ErrNotFound
	}
	for _, holding := range resident.Holds {
		if holding.Material == request.Material {
			return r.document(resident, holding), nil
		}
	}
	return nil, connector.ErrNotFound
}

func (r *register) document(resident *demo.Resident, holding demo.Holding) *connector.Document {
	document := &connector.Document{Number: holding.Number, IssuedOn: holding.IssuedOn, ExpiresOn: holding.ExpiresOn, Fields: holding.Fields}
	if document.Number == "" {
		document.Number = plausibleNumber(r.department, holding.Material, resident.NationalID.Reveal())
	}
	if document.IssuedOn == nil {
		today := models.DateOf(r.clock.Now())
		document.IssuedOn = &today
	}
	document.File = sampleFile(holding.Material, document.Number)
	return document
}
