package notify

import (
	"errors"
	"fmt"
	"time"
)

// HouseRules are what a city may choose of how people are told. The tags are read by server/config.
type HouseRules struct {
	// CaseCap and PersonCap are how many messages a day may make a sound at one person. What is urgent or costly to miss is
	// not counted and never held back; what is one too many lies in the inbox and goes out with the next digest.
	CaseCap    int       `env:"CASE_CAP" help:"messages a day about one case that make a sound; further ones wait for the digest, but not what is urgent" example:"4"`
	PersonCap  int       `env:"PERSON_CAP" help:"messages a day for one person that make a sound; further ones wait for the digest, but not what is urgent" example:"8"`
	QuietStart TimeOfDay `env:"QUIET_START" kind:"time of day" help:"from when nothing that can wait makes a sound, for people who have chosen no hours" example:"21:30"`
	QuietEnd   TimeOfDay `env:"QUIET_END" kind:"time of day" help:"until when; the same as the start: no quiet hours" example:"07:30"`
	ReminderAt TimeOfDay `env:"REMINDER_AT" kind:"time of day" help:"when on its day a reminder comes" example:"09:30"`
	DigestAt   TimeOfDay `env:"DIGEST_AT" kind:"time of day" help:"when the one message with all that could wait comes" example:"18:00"`
	// KeepDeliveries and KeepOutbox are days. Until then dead letters can be sent again; a line of the outbox stays at least as long and
	// at most twice as long.
	KeepDeliveries int `env:"KEEP_DELIVERIES" help:"days for which it is kept what became of messages outside, with every attempt; 7 to 3650" example:"180"`
	KeepOutbox     int `env:"KEEP_OUTBOX" help:"days after which a file of the outbox is put aside, in place of the one before; 1 to 3650" example:"7"`
}

// The days for which operators may keep what became of messages: what is under way must not go, and dead letters over a long weekend
// neither.
const (
	ShortestKept = 7
	LongestKept  = 3650
)

// DefaultHouseRules hold where nothing is set.
func DefaultHouseRules() HouseRules {
	return HouseRules{
		CaseCap: 6, PersonCap: 12, QuietStart: DefaultQuietStart, QuietEnd: DefaultQuietEnd, ReminderAt: "09:00", DigestAt: "09:00",
		KeepDeliveries: 90, KeepOutbox: 30,
	}
}

// TimeOfDay is a time in the city, written as 09:00.
type TimeOfDay string

// UnmarshalText reads it.
func (t *TimeOfDay) UnmarshalText(text []byte) error {
	if _, isTime := minuteOfDay(string(text)); !isTime {
		return errors.New("not a time of day")
	}
	*t = TimeOfDay(text)
	return nil
}

// filledIn gives the rules with the defaults where they say nothing, or what does not fit.
func (h HouseRules) filledIn() (HouseRules, error) {
	usual := DefaultHouseRules()
	for _, one := range []struct{ own, other *TimeOfDay }{
		{&h.QuietStart, &usual.QuietStart}, {&h.QuietEnd, &usual.QuietEnd}, {&h.ReminderAt, &usual.ReminderAt}, {&h.DigestAt, &usual.DigestAt},
	} {
		if *one.own == "" {
			*one.own = *one.other
		}
		if err := one.own.UnmarshalText([]byte(*one.own)); err != nil {
			return h, fmt.Errorf("house rules: %w", err)
		}
	}
	for _, one := range []struct{ own, other *int }{
		{&h.CaseCap, &usual.CaseCap}, {&h.PersonCap, &usual.PersonCap}, {&h.KeepDeliveries, &usual.KeepDeliveries}, {&h.KeepOutbox, &usual.KeepOutbox},
	} {
		if *one.own <= 0 {
			*one.own = *one.other
		}
	}
	return h, nil
}

// kept is the moment before which something that is kept for so many days goes.
func kept(days int, now time.Time) time.Time { return now.AddDate(0, 0, -days) }

// minute is the minute of the day.
func (t TimeOfDay) minute() int {
	minute, _ := minuteOfDay(string(t))
	return minute
}

// quiet are the quiet hours of who has chosen none.
func (h HouseRules) quiet() QuietHours { return QuietHours{string(h.QuietStart), string(h.QuietEnd)} }
