package identity

import (
	"slices"
	"time"

	"onewindow/models"
	"onewindow/models/resident"
)

// Consent is what a person agreed to, in the version that was shown.
type Consent struct {
	Purpose string
	Version string
	Text    models.Text
	GivenAt time.Time
	// WithdrawnAt is nil while nobody took it back.
	WithdrawnAt *time.Time
	// Current: it was given to the text that is shown now. One to an older text does not count for what is new.
	Current bool
	ConsentSource
}

// ConsentSource is how a person said yes or no.
type ConsentSource struct {
	// ByGuardian: a guardian did, for a minor.
	ByGuardian bool
	// Channel is what the device ran, such as IOS or WEB; nil where it did not say.
	Channel *string
}

func sourceOf(guardian *models.ID, channel string) ConsentSource {
	source := ConsentSource{ByGuardian: guardian != nil}
	if channel != "" {
		source.Channel = &channel
	}
	return source
}

// PurposeView is a purpose as it stands with a person.
type PurposeView struct {
	Purpose      string
	Name         models.Text
	Version      string
	Text         models.Text
	Basis        Basis
	Citation     models.Text
	Sensitive    bool
	Withdrawable bool
	Standing     Standing
	Effect       models.Text
	History      []*ConsentAct
}

func (p *Purpose) view(standing Standing) *PurposeView {
	current := p.Current()
	return &PurposeView{
		Purpose: p.Code, Name: p.Name, Version: current.Version, Text: current.Text, Basis: p.Basis, Citation: p.Citation, Sensitive: p.Sensitive,
		Withdrawable: p.Withdrawable(), Standing: standing, Effect: p.Effect, History: []*ConsentAct{},
	}
}

// ActKind is what a person said.
type ActKind string

// A yes, its end, and a no to what nobody was asked for before.
const (
	ActGiven     ActKind = "GIVEN"
	ActWithdrawn ActKind = "WITHDRAWN"
	ActRefused   ActKind = "REFUSED"
)

// ConsentAct is one thing that was said about a purpose.
type ConsentAct struct {
	Kind    ActKind
	At      time.Time
	Version string
	ConsentSource
}

// consentRow is a giving and its withdrawal, or a refusal of what was never given.
type consentRow struct {
	ID         models.ID
	ResidentID models.ID
	Purpose    string
	Version    string
	GivenAt    *time.Time
	// GivenBy and WithdrawnBy are nil where the person acted, else the guardian who did.
	GivenBy          *models.ID
	GivenChannel     string
	WithdrawnAt      *time.Time
	WithdrawnBy      *models.ID
	WithdrawnChannel string
	// Refused: the person said no, unlike the end that unbinding puts to all consents.
	Refused bool
}

func (consentRow) TableName() string { return "identity_consents" }

// byGuardian tells whether a guardian had the last word in a row.
func (r consentRow) byGuardian() bool {
	if r.WithdrawnAt != nil && r.Refused {
		return r.WithdrawnBy != nil
	}
	return r.GivenBy != nil
}

// acts are what was said in a row, in its order.
func (r consentRow) acts() []*ConsentAct {
	var acts []*ConsentAct
	ended := ActRefused
	if r.GivenAt != nil {
		acts = append(acts, &ConsentAct{ActGiven, r.GivenAt.UTC(), r.Version, sourceOf(r.GivenBy, r.GivenChannel)})
		ended = ActWithdrawn
	}
	if r.WithdrawnAt != nil {
		acts = append(acts, &ConsentAct{ended, r.WithdrawnAt.UTC(), r.Version, sourceOf(r.WithdrawnBy, r.WithdrawnChannel)})
	}
	return acts
}

// decidesAlone tells whether a person is or was bound: then nobody else says yes or no for them.
func decidesAlone(person *resident.Resident) bool { return person.Bound() || person.UnboundAt != nil }

// guardianCounts tells whether a guardian's word about a purpose counts for a person on a day.
func (p *Purpose) guardianCounts(person *resident.Resident, today models.Date) bool {
	age := person.AgeOn(today)
	return !decidesAlone(person) && age >= 0 && age < p.GuardianUntil
}

// standingOf is standing with what counts of a person's acts today.
func (p *Purpose) standingOf(person *resident.Resident, rows []consentRow, today models.Date) Standing {
	if p.guardianCounts(person, today) {
		return p.standing(rows)
	}
	return p.standing(slices.DeleteFunc(slices.Clone(rows), consentRow.byGuardian))
}

// lately counts how often a purpose was agreed to within a day.
func (p *Purpose) lately(rows []consentRow, now time.Time) (count int) {
	for _, row := range rows {
		if row.Purpose == p.Code && row.GivenAt != nil && now.Sub(*row.GivenAt) < 24*time.Hour {
			count++
		}
	}
	return count
}

// agreed tells whether a binding came with the consent that it needs. Consents to other purposes beside it are not looked at:
// what is sensitive is agreed to by itself.
func (p *Purpose) agreed(consents []ConsentInput) bool {
	return slices.Contains(consents, ConsentInput{Purpose: p.Code, Version: p.Current().Version})
}
