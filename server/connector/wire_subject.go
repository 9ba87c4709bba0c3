package connector

import (
	"fmt"
	"regexp"

	"onewindow/models"
)

// Bounds of what a department may say about a person.
const (
	longestText   = 500
	mostGroups    = 50
	mostHousehold = 100
)

var (
	groupPattern  = regexp.MustCompile(`^[a-z][a-z0-9-]{1,63}$`)
	regionPattern = regexp.MustCompile(`^[0-9]{6}$`)
)

// EncodeResolve and DecodeResolve carry a ResolveRequest; the department's side decodes.
func EncodeResolve(request ResolveRequest) ([]byte, error) {
	return write(resolveWire{NationalID: request.NationalID.Reveal(), Name: request.Name.Reveal()})
}

// DecodeResolve reads what EncodeResolve wrote. The number is not checked: an unknown one is simply not found.
func DecodeResolve(body []byte) (ResolveRequest, error) {
	var wire resolveWire
	if err := read(body, &wire); err != nil {
		return ResolveRequest{}, err
	}
	return ResolveRequest{NationalID: models.KnownNationalID(wire.NationalID), Name: models.NewPersonName(wire.Name)}, nil
}

// EncodeSubject writes the answer to a ResolveRequest.
func EncodeSubject(subject Subject) ([]byte, error) {
	attributes := subject.Attributes
	wire := subjectWire{Subject: subject.ID, Attributes: attributesWire{
		BirthDate: dateText(attributes.BirthDate), Gender: attributes.Gender, Region: attributes.Region, Residence: attributes.Residence,
		Address: attributes.Address.Reveal(), Phone: attributes.Phone.Reveal(), Groups: attributes.Groups,
	}}
	for _, member := range attributes.Household {
		wire.Attributes.Household = append(wire.Attributes.Household,
			memberWire{Name: member.Name.Reveal(), NationalID: member.NationalID.Reveal(), Relation: member.Relation})
	}
	return write(wire)
}

// DecodeSubject reads the answer to a ResolveRequest and checks every value; today bounds days of birth. A phone, a group or a member of
// the household that cannot be read is left out by itself: registers hold landlines and numbers of the old form.
func DecodeSubject(body []byte, today models.Date) (*Subject, error) {
	var wire subjectWire
	if err := read(body, &wire); err != nil {
		return nil, err
	}
	if wire.Subject == "" || len(wire.Subject) > longestText {
		return nil, rubbish("subject")
	}
	attributes, leftOut, err := wire.Attributes.attributes(today)
	if err != nil {
		return nil, err
	}
	return &Subject{ID: wire.Subject, Attributes: *attributes, LeftOut: leftOut}, nil
}

func (wire attributesWire) attributes(today models.Date) (attributes *Attributes, leftOut []string, err error) {
	birth, err := readDate("attributes.birthDate", wire.BirthDate)
	switch {
	case err != nil:
		return nil, nil, err
	case birth != nil && *birth > today:
		return nil, nil, rubbish("attributes.birthDate")
	case wire.Gender != "" && wire.Gender != "male" && wire.Gender != "female":
		return nil, nil, rubbish("attributes.gender")
	case wire.Region != "" && !regionPattern.MatchString(wire.Region):
		return nil, nil, rubbish("attributes.region")
	case wire.Residence != "" && !regionPattern.MatchString(wire.Residence):
		return nil, nil, rubbish("attributes.residence")
	case len(wire.Address) > longestText:
		return nil, nil, rubbish("attributes.address")
	case len(wire.Groups) > mostGroups:
		return nil, nil, rubbish("attributes.groups")
	case len(wire.Household) > mostHousehold:
		return nil, nil, rubbish("attributes.household")
	}
	attributes = &Attributes{
		BirthDate: birth, Gender: wire.Gender, Region: wire.Region, Residence: wire.Residence, Address: models.NewHomeAddress(wire.Address),
	}
	for index, group := range wire.Groups {
		if groupPattern.MatchString(group) {
			attributes.Groups = append(attributes.Groups, group)
		} else {
			leftOut = append(leftOut, fmt.Sprintf("attributes.groups[%d]", index))
		}
	}
	if wire.Phone != "" {
		if attributes.Phone, err = models.ParsePhone(wire.Phone); err != nil {
			leftOut = append(leftOut, "attributes.phone")
		}
	}
	for index, raw := range wire.Household {
		if member, err := raw.member(today); err == nil {
			attributes.Household = append(attributes.Household, member)
		} else {
			leftOut = append(leftOut, fmt.Sprintf("attributes.household[%d]", index))
		}
	}
	return attributes, leftOut, nil
}

func (wire memberWire) member(today models.Date) (Member, error) {
	member := Member{Name: models.NewPersonName(wire.Name), Relation: wire.Relation}
	if wire.Name == "" || len(wire.Name) > longestText || wire.Relation == "" || len(wire.Relation) > longestText {
		return member, errRubbish
	}
	if wire.NationalID == "" {
		return member, nil
	}
	number, err := models.ParseNationalID(wire.NationalID, today)
	member.NationalID = number
	return member, err
}

// EncodeProof writes a ProofRequest.
func EncodeProof(request ProofRequest) ([]byte, error) {
	return write(proofWire{request.NationalID.Reveal(), request.Name.Reveal(), request.Kind, request.Token})
}

// DecodeProof reads what EncodeProof wrote.
func DecodeProof(body []byte) (ProofRequest, error) {
	var wire proofWire
	err := read(body, &wire)
	return ProofRequest{
		NationalID: models.KnownNationalID(wire.NationalID), Name: models.NewPersonName(wire.Name), Kind: wire.Kind, Token: wire.Token,
	}, err
}
