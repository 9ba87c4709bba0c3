package identity

import (
	"slices"

	"onewindow/models"
)

// The purposes for which personal data is used here. There is no other: what is not in the table of purposes.go is not done.
const (
	// PurposeBinding is the consent without which no identity is bound and no department is asked.
	PurposeBinding = "IDENTITY_BINDING"
	// PurposeHandling is the duty to work an application that somebody has handed in.
	PurposeHandling = "APPLICATION_HANDLING"
	// PurposeSensitive are sensitive papers that a department is asked for.
	PurposeSensitive = "SENSITIVE_MATERIALS"
	// PurposeMinor are questions to departments about a minor, asked by a guardian.
	PurposeMinor = "MINOR_DATA"
	// PurposeFollowUp is reminding of health follow-ups and medicines.
	PurposeFollowUp = "HEALTH_FOLLOW_UP"
)

// Basis is what makes a use lawful (Personal Information Protection Law, Article 13).
type Basis string

// By the person's consent, or by a duty that the law lays down, which needs none.
const (
	ByConsent Basis = "CONSENT"
	ByLaw     Basis = "LAW"
)

// Giver is who may agree or refuse.
type Giver string

// The person alone; a guardian for a minor; either; nobody, because nobody is asked.
const (
	OnlySelf         Giver = "SELF"
	OnlyGuardian     Giver = "GUARDIAN"
	SelfOrGuardian   Giver = "SELF_OR_GUARDIAN"
	NobodyHasToAgree Giver = "NOBODY"
)

// Request is one kind of request that goes out to a department.
type Request string

// All of them. A sensitive paper is asked for in the same words as another, and on grounds of its own.
const (
	AskWho            Request = "subjects.resolve"
	AskProof          Request = "proofs.verify"
	AskPaper          Request = "materials.fetch"
	AskSensitivePaper Request = "materials.fetch (sensitive)"
	HandOver          Request = "cases.open"
	TakeBack          Request = "cases.withdraw"
)

// Requests are all kinds of request that go out.
func Requests() []Request {
	return []Request{AskWho, AskProof, AskPaper, AskSensitivePaper, HandOver, TakeBack}
}

// Wording is one version of what a person is told and asks to agree to. Versions are never removed: people may read what
// they agreed to. A new one is made where what is done changes; a consent to an older one does not count any more.
type Wording struct {
	Version string
	// Since is the day from which it is shown.
	Since models.Date
	Text  models.Text
}

// Purpose is one use of personal data.
type Purpose struct {
	Code string
	Name models.Text
	// Wordings are the versions of its text, the newest last.
	Wordings []Wording
	Basis    Basis
	// Citation is the law that it rests on.
	Citation models.Text
	// Sensitive: sensitive personal data (Article 28), agreed to or refused by itself and never together with anything else.
	Sensitive bool
	Giver     Giver
	// GuardianUntil is the age from which a guardian's word does not count any more; 0: it never does.
	GuardianUntil int
	// Refusable: though the law would do, the person may say no.
	Refusable bool
	// With is a purpose of the guardian's whose consent holds for this one too, unless this one is refused; empty: none.
	With string
	// Requests are the kinds of request to departments that it is grounds for; none: it is about what the house does itself.
	Requests []Request
	// Effect is what follows once it is withdrawn or refused, or why it cannot be.
	Effect models.Text
}

// Current is the text that is shown now.
func (p *Purpose) Current() Wording { return p.Wordings[len(p.Wordings)-1] }

// Withdrawable tells whether the person can say no.
func (p *Purpose) Withdrawable() bool { return p.Basis == ByConsent || p.Refusable }

// text gives the words of a version; nil where there was none.
func (p *Purpose) text(version string) models.Text {
	for _, wording := range p.Wordings {
		if wording.Version == version {
			return wording.Text
		}
	}
	return nil
}

// Register is the table of purposes.
type Register []Purpose

// Of finds a purpose; nil: there is none of that code.
func (r Register) Of(code string) *Purpose {
	index := slices.IndexFunc(r, func(p Purpose) bool { return p.Code == code })
	if index < 0 {
		return nil
	}
	return &r[index]
}

// Standing is where a purpose stands with a person.
type Standing string

// Agreed to in the present version; taken back or refused; neither.
const (
	Given     Standing = "GIVEN"
	Withdrawn Standing = "WITHDRAWN"
	NotGiven  Standing = "NOT_GIVEN"
)

// standing reads a person's acts about this purpose, the oldest first.
func (p *Purpose) standing(acts []consentRow) Standing {
	found := NotGiven
	for _, act := range acts {
		switch {
		case act.Purpose != p.Code:
		case act.WithdrawnAt == nil && act.Version == p.Current().Version:
			return Given
		case act.Refused || act.WithdrawnAt != nil && p.Basis == ByConsent:
			found = Withdrawn
		default:
			found = NotGiven
		}
	}
	return found
}

// allows tells whether a purpose may be followed as it stands; what it goes with has to hold beside.
func (p *Purpose) allows(standing Standing) bool {
	switch {
	case standing == Given:
		return true
	case p.Basis == ByLaw:
		return !p.Refusable || standing != Withdrawn
	}
	return p.With != "" && standing != Withdrawn
}
