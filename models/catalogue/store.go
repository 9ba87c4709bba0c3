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

// knownVersions gives code, version and hash of every version, oldest first.
func knownVersions(ctx context.Context, tx *store.Tx) ([]itemRow, error) {
	var rows []itemRow
	err := tx.DB.WithContext(ctx).Select("code", "version", "hash").Order("code, version").Find(&rows).Error
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
	err := tx.DB.WithContext(ctx).Create(&rows).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return fmt.Errorf("new versions of service items: %w: %w", store.ErrRetry, err)
	}
	if err != nil {
		return fmt.Errorf("new versions of service items: %w", err)
	}
	return nil
}

// otherVersions gives all versions but the current ones, which are named by their fingerprints.
func otherVersions(ctx context.Context, tx *store.Tx, current []string) ([]itemRow, error) {
	var rows []itemRow
	err := tx.DB.WithContext(ctx).Where("hash NOT IN ?", current).Order("code, version").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("older versions of service items: %w", err)
	}
	return rows, nil
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
