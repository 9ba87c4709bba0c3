package models

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"
)

// Zone is the city's time zone, Asia/Shanghai. It has had no summer time since 1991, so a fixed offset is exact
// and needs no zone data on the machine.
var Zone = time.FixedZone("Asia/Shanghai", 8*60*60)

// Clock tells the time. Rules never ask it: they are given the time.
type Clock interface{ Now() time.Time }

// Date is a calendar day in the city's zone, counted in days since 1970-01-01.
type Date int32

const secondsOfDay = 24 * 60 * 60

// DateOf gives the day on which a moment falls in the city.
func DateOf(moment time.Time) Date {
	seconds := moment.Unix() + 8*60*60
	day := seconds / secondsOfDay
	if seconds%secondsOfDay < 0 {
		day--
	}
	return Date(day)
}

// NewDate makes a day; values outside their range are carried over, as time.Date does.
func NewDate(year int, month time.Month, day int) Date {
	return Date(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / secondsOfDay)
}

// ParseDate reads "2026-03-02" and nothing else.
func ParseDate(text string) (Date, error) {
	parsed, err := time.Parse(time.DateOnly, text)
	if err != nil || parsed.Year() < 1 {
		return 0, fmt.Errorf("not a date of the form 2026-03-02")
	}
	return Date(parsed.Unix() / secondsOfDay), nil
}

func (d Date) utc() time.Time { return time.Unix(int64(d)*secondsOfDay, 0).UTC() }

// Year, Month, Day and Weekday give the parts of the day.
func (d Date) Year() int             { return d.utc().Year() }
func (d Date) Month() time.Month     { return d.utc().Month() }
func (d Date) Day() int              { return d.utc().Day() }
func (d Date) Weekday() time.Weekday { return time.Weekday((int64(d)%7 + 11) % 7) }

// AddMonths gives the same day of a later month, or that month's last day where it is shorter.
func (d Date) AddMonths(months int) Date {
	first := NewDate(d.Year(), d.Month()+time.Month(months), 1)
	next := NewDate(d.Year(), d.Month()+time.Month(months)+1, 1)
	return min(first+Date(d.Day()-1), next-1)
}

// Start is the day's first moment, End its last second, both in the city's zone.
func (d Date) Start() time.Time { return time.Unix(int64(d)*secondsOfDay-8*60*60, 0).In(Zone) }
func (d Date) End() time.Time   { return d.Start().Add(secondsOfDay*time.Second - time.Second) }

// String gives "2026-03-02".
func (d Date) String() string { return d.utc().Format(time.DateOnly) }

// MarshalJSON and UnmarshalJSON carry the day as its text.
func (d Date) MarshalJSON() ([]byte, error) { return json.Marshal(d.String()) }
func (d *Date) UnmarshalJSON(raw []byte) error {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return err
	}
	parsed, err := ParseDate(text)
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// Value and Scan store the day as its text or as the database's own date.
func (d Date) Value() (driver.Value, error) { return d.String(), nil }
func (d *Date) Scan(stored any) error {
	switch value := stored.(type) {
	case time.Time:
		*d = NewDate(value.Date())
		return nil
	case string:
		parsed, err := ParseDate(value[:min(len(value), len(time.DateOnly))])
		*d = parsed
		return err
	case []byte:
		return d.Scan(string(value))
	}
	return fmt.Errorf("cannot read a date from %T", stored)
}

// AgeOn gives the full years from a day of birth to a day. Whoever is born on 29 February has the birthday on
// 1 March in other years (Civil Code, Article 201: the day after the anniversary's eve).
func AgeOn(birth, day Date) int {
	years := day.Year() - birth.Year()
	if day.Month() < birth.Month() || (day.Month() == birth.Month() && day.Day() < birth.Day()) {
		years--
	}
	return years
}
