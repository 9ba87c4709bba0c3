package identity

import (
	"context"
	"errors"
	"slices"
	"strings"

	"onewindow/models"
)

// The answers of a department that are final. Every other error is temporary: what was asked is kept and asked again.
var (
	// ErrNotFound: the department does not know the number.
	ErrNotFound = errors.New("the department does not know the person")
	// ErrMismatch: the number is someone else's name.
	ErrMismatch = errors.New("the number is someone else's name")
)

// Departments are the connected departments' systems, as this room needs them. Every call ends with its context.
type Departments interface {
	// Authority is the department whose register proves who a person is.
	Authority() string
	// Connected are the codes of all departments with a system, the authority among them.
	Connected() []string
	// Resolve asks a department who a person is; ErrNotFound and ErrMismatch are final.
	Resolve(ctx context.Context, grounds Grounds, department string, id models.NationalID, name models.PersonName) (*Resolved, error)
	// VerifyProof asks the authority about a second proof; a proof that does not fit is false and no error.
	VerifyProof(ctx context.Context, grounds Grounds, id models.NationalID, name models.PersonName, kind ProofKind, token string) (bool, error)
}

// Resolved is a person as one department knows them: the department's own subject and what it is the source of.
type Resolved struct {
	Subject   string
	BirthDate *models.Date
	// Gender is "male", "female" or "".
	Gender string
	// Region and Residence are codes of GB/T 2260.
	Region    string
	Residence string
	Address   models.HomeAddress
	Phone     models.PhoneNumber
	Groups    []string
	Household []Member
}

// Member is a member of the person's household. NationalID is zero for a newborn who has none yet.
type Member struct {
	Name       models.PersonName
	NationalID models.NationalID
	// Relation is "child" for a child of the person, otherwise the place in the household as the register states it.
	Relation string
}

// childOfPerson are the relations that are said of the person who was asked about.
var childOfPerson = []string{"child", "ward", "子女", "被监护人"}

// childOfHead are places in a household: relations to its head, whoever that is.
var childOfHead = []string{"son", "daughter", "子", "女", "儿子", "女儿", "长子", "次子", "三子", "长女", "次女", "三女", "独生子", "独生女"}

var headPlaces = []string{"head", "户主"}

// isWard tells whether the register makes a member of the household the person's child or ward. A place such as
// "daughter" is the head's daughter: it counts only where nobody else is the head, so that a grandmother does not become
// the guardian of her grandchildren.
func isWard(member Member, personIsHead bool, today models.Date) bool {
	birth, known := member.NationalID.BirthDate()
	if !known || birth > today || models.AgeOn(birth, today) >= ageOfMajority {
		return false
	}
	relation := strings.ToLower(strings.TrimSpace(member.Relation))
	return slices.Contains(childOfPerson, relation) || (personIsHead && slices.Contains(childOfHead, relation))
}

// wardsOf gives the minors whom the household makes the person's.
func wardsOf(household []Member, person models.NationalID, today models.Date) []Member {
	othersAreHead := slices.ContainsFunc(household, func(member Member) bool {
		return member.NationalID != person && slices.Contains(headPlaces, strings.ToLower(strings.TrimSpace(member.Relation)))
	})
	var wards []Member
	for _, member := range household {
		if member.NationalID != person && isWard(member, !othersAreHead, today) {
			wards = append(wards, member)
		}
	}
	return wards
}

// householdSize counts the household with the person, who may stand in the list or not; 0 where nothing is known.
func householdSize(household []Member, person models.NationalID) int {
	if len(household) == 0 {
		return 0
	}
	if slices.ContainsFunc(household, func(member Member) bool { return member.NationalID == person }) {
		return len(household)
	}
	return len(household) + 1
}
