package delegation

import (
	"slices"
	"time"

	"onewindow/models"
)

// Power is what a delegate may do.
type Power string

// Fill in, hand in, follow the progress.
const (
	Fill   Power = "FILL"
	Submit Power = "SUBMIT"
	Track  Power = "TRACK"
)

// State is where a delegation stands.
type State string

// The states of a delegation.
const (
	Offered State = "OFFERED"
	Active  State = "ACTIVE"
	Revoked State = "REVOKED"
	Expired State = "EXPIRED"
)

// The bounds of a delegation.
const (
	// Longest is how many days one lasts at most.
	Longest = 366
	// mostItems is how many items it names at most.
	mostItems = 50
	// offersADay is how many one person may offer within 24 hours.
	offersADay = 20
)

// Kind is whose help a delegation is: somebody's own people's, or a volunteer's, which is held to more.
type Kind string

// The kinds of delegations.
const (
	Personal Kind = "PERSONAL"
	Helper   Kind = "HELPER"
)

// Source is how a delegation came to be.
type Source string

// Given here, by an offer or a yes to a volunteer; or signed on paper and entered by the house.
const (
	Online Source = "ONLINE"
	Paper  Source = "PAPER"
)

// Delegation is one person's leave to act for another.
type Delegation struct {
	ID    models.ID
	Kind  Kind
	State State
	// Point is the service point of a volunteer; nil for somebody's own people.
	ServicePoint *ServicePoint
	Powers       []Power
	ItemCodes    []string
	Until        models.Date
	GrantorID    models.ID
	DelegateID   models.ID
	CreatedAt    time.Time
	Source       Source
	// phone is what the grantor typed: all that is shown of the delegate before the answer.
	phone models.PhoneNumber
	// volunteerID is the enrolment that a volunteer's rests on; "" for somebody's own people.
	volunteerID models.ID
	// lot are those of the same list; nil: it was read alone.
	lot *models.Lot[*Delegation]
}

// on gives the delegation as it stands on a day.
func (d *Delegation) on(day models.Date) *Delegation {
	if d.Until < day && d.State != Revoked {
		d.State = Expired
	}
	return d
}

// allows are the powers that an active delegation gives for an item on a day.
func (d *Delegation) allows(item string, day models.Date) []Power {
	if d.State != Active || d.Until < day || !slices.Contains(d.ItemCodes, item) {
		return nil
	}
	return d.Powers
}

// Standing are the delegations by which somebody may act for a person in an item at a moment.
type Standing []*Delegation

// Powers are what all of them give together.
func (s Standing) Powers() []Power {
	var powers []Power
	for _, one := range s {
		powers = append(powers, one.Powers...)
	}
	slices.Sort(powers)
	return slices.Compact(powers)
}

// By is the delegation that a power is used by, nil where none gives it: somebody's own people go before volunteers, so that a
// daughter who also volunteers acts as the daughter.
func (s Standing) By(power Power) *Delegation {
	var found *Delegation
	for _, one := range s {
		if slices.Contains(one.Powers, power) && (found == nil || found.Kind == Helper) {
			found = one
		}
	}
	return found
}

// Help tells whether all of it is a volunteer's.
func (s Standing) Help() bool {
	return len(s) > 0 && !slices.ContainsFunc(s, func(one *Delegation) bool { return one.Kind != Helper })
}

func (s Standing) anyHelp() bool {
	return slices.ContainsFunc(s, func(one *Delegation) bool { return one.Kind == Helper })
}

// same tells whether an offer says what another open one says already.
func (d *Delegation) same(other *Delegation) bool {
	return other.Kind == Personal && d.DelegateID == other.DelegateID && d.Until == other.Until && (other.State == Offered || other.State == Active) &&
		slices.Equal(d.Powers, other.Powers) && slices.Equal(d.ItemCodes, other.ItemCodes)
}

// Offer is what somebody gives to whoever holds a phone.
type Offer struct {
	DelegatePhone string
	ItemCodes     []string
	Powers        []Power
	Until         models.Date
}

// check reads an offer; known tells whether there is such an item.
func (o *Offer) check(today models.Date, known func(code string) bool) []*models.Problem {
	slices.Sort(o.ItemCodes)
	slices.Sort(o.Powers)
	o.ItemCodes, o.Powers = slices.Compact(o.ItemCodes), slices.Compact(o.Powers)
	var problems []*models.Problem
	switch {
	case len(o.ItemCodes) > mostItems:
		problems = append(problems, models.NewProblem("TOO_LARGE", "itemCodes", models.T("一次最多委托 50 个事项", "At most 50 services at once")))
	case slices.ContainsFunc(o.ItemCodes, func(code string) bool { return !known(code) }):
		problems = append(problems, models.NewProblem("UNKNOWN", "itemCodes", models.T("有的事项不存在，请重新选择", "Some of these services do not exist; please choose again")))
	}
	switch {
	case o.Until < today:
		problems = append(problems, models.NewProblem("EXPIRED", "until", models.T("截止日期不能早于今天", "The last day cannot be before today")))
	case o.Until > today+Longest:
		problems = append(problems, models.NewProblem("TOO_LARGE", "until", models.T("委托最长一年，到期可以再次委托", "A delegation lasts a year at most; it can be given again")))
	}
	return problems
}
