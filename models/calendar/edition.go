package calendar

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
)

// Editions: the State Council publishes a year in November and sometimes amends it, so that several calendars hold one
// after another. A date that was computed names the edition that it was computed with.

// Fingerprint names the calendar by what it says: the same years give the same name. It is never empty.
func (c *Calendar) Fingerprint() string { return c.fingerprint }

// Encode writes the calendar down for Decode.
func (c *Calendar) Encode() string { return encode(c.years) }

// Decode makes a calendar of what Encode wrote.
func Decode(text string) (*Calendar, error) {
	var years []Year
	if err := json.Unmarshal([]byte(text), &years); err != nil {
		return nil, fmt.Errorf("read calendar: %w", err)
	}
	return New(years...)
}

// Changed gives the years whose arrangement differs from another edition's; a year that is not published any more is given
// without days. They come by year.
func (c *Calendar) Changed(before *Calendar) []Year {
	var changed []Year
	for _, year := range before.years {
		if !c.Published(year.Year) {
			changed = append(changed, Year{Year: year.Year})
		}
	}
	for _, year := range c.years {
		if !before.has(year) {
			changed = append(changed, year)
		}
	}
	return changed
}

func (c *Calendar) has(year Year) bool {
	for _, known := range c.years {
		if known.Year == year.Year {
			return reflect.DeepEqual(known, year)
		}
	}
	return false
}

func encode(years []Year) string {
	text, err := json.Marshal(years)
	if err != nil {
		panic("calendar: a year that cannot be written: " + err.Error()) //nolint:forbidigo // days and names always can
	}
	return string(text)
}

// fingerprintBytes is enough to tell the handful of editions of a city's life apart.
const fingerprintBytes = 8

func fingerprint(years []Year) string {
	sum := sha256.Sum256([]byte(encode(years)))
	return hex.EncodeToString(sum[:fingerprintBytes])
}
