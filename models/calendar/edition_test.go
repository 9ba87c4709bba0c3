package calendar_test

import (
	"testing"

	"onewindow/models"
	"onewindow/models/calendar"
)

func TestAnEditionIsKnownByWhatItSays(t *testing.T) {
	year := calendar.Year{Year: 2026, Source: "通知", DaysOff: named(t, "元旦", "2026-01-01")}
	next := calendar.Year{Year: 2027, DaysOff: named(t, "元旦", "2027-01-01")}
	made := func(years ...calendar.Year) *calendar.Calendar {
		c, err := calendar.New(years...)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	one, both, swapped := made(year), made(year, next), made(next, year)
	if one.Fingerprint() == both.Fingerprint() || both.Fingerprint() != swapped.Fingerprint() || made().Fingerprint() == "" {
		t.Error("fingerprints do not follow the years")
	}
	read, err := calendar.Decode(both.Encode())
	if err != nil || read.Fingerprint() != both.Fingerprint() || read.Working(day(t, "2027-01-01")) {
		t.Errorf("what was written down reads differently: %v", err)
	}
	if _, err := calendar.Decode("{"); err == nil {
		t.Error("half a calendar was read")
	}
	if changed := both.Changed(one); len(changed) != 1 || changed[0].Year != 2027 || len(changed[0].DaysOff) != 1 {
		t.Errorf("2027 was published: %+v", changed)
	}
	if changed := one.Changed(both); len(changed) != 1 || changed[0].Year != 2027 || len(changed[0].DaysOff) != 0 {
		t.Errorf("2027 was taken back: %+v", changed)
	}
	amended := year
	amended.DaysOff = append(amended.DaysOff[:1:1], calendar.NamedDay{Date: day(t, "2026-05-04"), Name: models.T("劳动节", "Labour Day")})
	if changed := made(amended).Changed(one); len(changed) != 1 || len(changed[0].DaysOff) != 2 {
		t.Errorf("2026 was amended: %+v", changed)
	}
}
