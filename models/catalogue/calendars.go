package catalogue

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"onewindow/models/calendar"
	"onewindow/models/store"
)

// Every calendar that was ever in force is kept: dates stay computed with the one that they name until they are recalled.

// CalendarArgs is the job that follows on a calendar that differs from the one before: what was computed with older ones is
// recalled, page by page.
type CalendarArgs struct {
	// Calendar is the fingerprint of the one that is in force now.
	Calendar string `json:"calendar"`
	// After is where the page before ended; "" at the beginning.
	After string `json:"after,omitempty"`
	// Failed tells that dates of this round could not be recalled; Round counts the rounds before.
	Failed bool `json:"failed,omitempty"`
	Round  int  `json:"round,omitempty"`
}

// Kind names the job.
func (CalendarArgs) Kind() string { return "catalogue.calendar" }

// settling is how long the recall waits: by then every replica has gone over to the new calendar.
const settling = 3 * time.Second

// keepCalendar keeps the calendar of a catalogue that is taken over, if it is another than the one in force, and has the
// dates recalled that were computed with the old one.
func keepCalendar(ctx context.Context, tx *store.Tx, c *calendar.Calendar) error {
	last, err := lastCalendar(tx.DB.WithContext(ctx))
	if err != nil || last != nil && last.Fingerprint == c.Fingerprint() {
		return err
	}
	row := &calendarRow{Number: 1, Fingerprint: c.Fingerprint(), Content: c.Encode(), InstalledAt: tx.Now}
	if last != nil {
		row.Number = last.Number + 1
	}
	if err := addCalendar(ctx, tx, row); err != nil || last == nil {
		return err
	}
	return tx.Enqueue(CalendarArgs{Calendar: row.Fingerprint}, &river.InsertOpts{ScheduledAt: tx.Now.Add(settling)})
}

// CalendarInForce gives the fingerprint of the calendar that was taken over last, by whatever replica.
func (s *Service) CalendarInForce(ctx context.Context) (string, error) {
	last, err := lastCalendar(s.store.Reader(ctx))
	if err != nil || last == nil {
		return "", err
	}
	return last.Fingerprint, nil
}

// Calendar gives a calendar by its fingerprint. "" is the first of all: what was computed before fingerprints were kept was
// computed with it.
func (s *Service) Calendar(ctx context.Context, fingerprint string) (*calendar.Calendar, error) {
	if known := s.KnownCalendar(fingerprint); known != nil {
		return known, nil
	}
	row, err := oneCalendar(s.store.Reader(ctx), fingerprint)
	if err != nil {
		return nil, err
	}
	if row == nil && fingerprint == "" {
		return s.Current().Calendar(), nil
	}
	if row == nil {
		return nil, fmt.Errorf("calendar %q was never in force", fingerprint)
	}
	read, err := calendar.Decode(row.Content)
	if err != nil {
		return nil, fmt.Errorf("calendar %s: %w", row.Fingerprint, err)
	}
	s.calendars.Store(fingerprint, read)
	return read, nil
}

// KnownCalendar gives a calendar that this process has met already, nil otherwise.
func (s *Service) KnownCalendar(fingerprint string) *calendar.Calendar {
	if current := s.Current().Calendar(); current.Fingerprint() == fingerprint {
		return current
	}
	if cached, found := s.calendars.Load(fingerprint); found {
		known, _ := cached.(*calendar.Calendar)
		return known
	}
	return nil
}
