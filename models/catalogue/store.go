package catalogue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"onewindow/models/store"
)

// itemRow is one version of one item as it is kept.
type itemRow struct {
	Code       string
	Version    int
	Hash       string
	Definition string
	LoadedAt   time.Time
}

// TableName names the table.
func (itemRow) TableName() string { return "catalogue_items" }

// releaseRow is one release as it is kept; its content is the packed folder.
type releaseRow struct {
	Number   int
	Hash     string
	Content  []byte
	Offers   offers `gorm:"serializer:json"`
	LoadedAt time.Time
	LoadedBy Source
}

// TableName names the table.
func (releaseRow) TableName() string { return "catalogue_releases" }

func (r *releaseRow) release() Release {
	return Release{Number: r.Number, Hash: r.Hash, LoadedAt: r.LoadedAt.UTC(), LoadedBy: r.LoadedBy}
}

// lastRelease gives the release that is on offer; nil where there is none yet. Its content is read only where it is wanted.
func lastRelease(db *gorm.DB, withContent bool) (*releaseRow, error) {
	columns := []string{"number", "hash", "offers", "loaded_at", "loaded_by"}
	if withContent {
		columns = append(columns, "content")
	}
	return oneRelease(db.Select(columns).Order("number DESC"))
}

// releaseOf gives the last release of a folder; nil where it was never taken over.
func releaseOf(db *gorm.DB, hash string) (*releaseRow, error) {
	return oneRelease(db.Select("number", "hash", "loaded_at", "loaded_by").Where("hash = ?", hash).Order("number DESC"))
}

func oneRelease(query *gorm.DB) (*releaseRow, error) {
	var rows []releaseRow
	if err := query.Limit(1).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("catalogue release: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return &rows[0], nil
}

// lastNumber gives the number of the release that is on offer; 0 where there is none.
func lastNumber(ctx context.Context, s *store.Store) (int, error) {
	var number int
	err := s.Reader(ctx).Raw("SELECT COALESCE(MAX(number), 0) FROM catalogue_releases").Scan(&number).Error
	if err != nil {
		return 0, fmt.Errorf("number of the catalogue's release: %w", err)
	}
	return number, nil
}

// addRelease keeps a release. Where another one took its number at the same time the transaction runs again.
func addRelease(ctx context.Context, tx *store.Tx, row *releaseRow) error {
	return added("catalogue release", tx.DB.WithContext(ctx).Create(row).Error)
}

func added(what string, err error) error {
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return fmt.Errorf("%s: %w: %w", what, store.ErrRetry, err)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// knownVersions gives code, version and hash of every version, oldest first.
func knownVersions(db *gorm.DB) ([]itemRow, error) {
	var rows []itemRow
	err := db.Select("code", "version", "hash").Order("code, version").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("versions of service items: %w", err)
	}
	return rows, nil
}

// addVersions keeps new versions. Another replica that keeps the same ones at the same time makes the transaction run
// again, and then finds them there.
func addVersions(ctx context.Context, tx *store.Tx, rows []itemRow) error {
	if len(rows) == 0 {
		return nil
	}
	return added("new versions of service items", tx.DB.WithContext(ctx).CreateInBatches(&rows, batch).Error)
}

// batch is how many rows one statement carries: databases bound the values of a statement.
const batch = 500

// definitions gives every version with its definition, oldest first.
func definitions(db *gorm.DB) ([]itemRow, error) {
	var rows []itemRow
	if err := db.Select("code", "version", "hash", "definition").Order("code, version").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("versions of service items: %w", err)
	}
	return rows, nil
}

// keptEdition makes the edition of a release with all versions that are kept.
func keptEdition(db *gorm.DB, row *releaseRow, c *Catalogue) (*edition, error) {
	known, err := definitions(db)
	if err != nil {
		return nil, err
	}
	return editionOf(row, c, known)
}

// oneVersion gives one version's definition; found is false where there is none.
func oneVersion(ctx context.Context, s *store.Store, code string, version int) (row itemRow, found bool, err error) {
	err = s.Reader(ctx).Where("code = ? AND version = ?", code, version).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return row, false, nil
	}
	if err != nil {
		return row, false, fmt.Errorf("version %d of service item %s: %w", version, code, err)
	}
	return row, true, nil
}

// calendarRow is one calendar from the day on which it came into force; the highest number is in force now.
type calendarRow struct {
	Number      int
	Fingerprint string
	Content     string
	InstalledAt time.Time
}

// TableName names the table.
func (calendarRow) TableName() string { return "catalogue_calendars" }

// lastCalendar gives the calendar in force without its content; nil where there is none yet.
func lastCalendar(db *gorm.DB) (*calendarRow, error) {
	return calendarOf(db.Select("number", "fingerprint").Order("number DESC"))
}

// oneCalendar gives the calendar of a fingerprint, or with none the first of all; nil where there is none.
func oneCalendar(db *gorm.DB, fingerprint string) (*calendarRow, error) {
	if fingerprint != "" {
		db = db.Where("fingerprint = ?", fingerprint)
	}
	return calendarOf(db.Order("number"))
}

func calendarOf(query *gorm.DB) (*calendarRow, error) {
	var rows []calendarRow
	if err := query.Limit(1).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("kept calendar: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return &rows[0], nil
}

// addCalendar keeps a calendar. Where another took its number at the same time the transaction runs again.
func addCalendar(ctx context.Context, tx *store.Tx, row *calendarRow) error {
	return added("keep calendar", tx.DB.WithContext(ctx).Create(row).Error)
}
