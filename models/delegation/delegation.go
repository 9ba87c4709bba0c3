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

// Delegation is one person's leave to act for another.
type Delegation struct {
	ID         models.ID
	State      State
	Powers     []Power
	ItemCodes  []string
	Until      models.Date
	GrantorID  models.ID
	DelegateID models.ID
	CreatedAt  time.Time
	// phone is what the grantor typed: all that is shown of the delegate before the answer.
	phone models.PhoneNumber
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

// same tells whether an offer says what another open one says already.
func (d *Delegation) same(other *Delegation) bool {
	return d.DelegateID == other.DelegateID && d.Until == other.Until && (other.State == Offered || other.State == Active) &&
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
