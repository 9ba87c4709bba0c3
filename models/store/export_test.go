package store

import "context"

// MigrateTo brings the schema to an earlier version.
func (s *Store) MigrateTo(ctx context.Context, version int64) error {
	provider, err := s.migrator()
	if err == nil {
		_, err = provider.UpTo(ctx, version)
	}
	return err
}
