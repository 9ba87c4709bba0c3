package material

import (
	"context"
	"errors"

	"onewindow/models"
	"onewindow/models/store"
)

// filesAtOnce is how many files are sealed anew in one step; each may have 10 MB.
const filesAtOnce = 10

// ResealFiles seals the bytes of the next few files behind an id by the newest key, where they are under another. Done is true
// at the end. It may be cut off anywhere and begun again, and run beside uploads: a file's bytes never change.
func (s *Service) ResealFiles(ctx context.Context, after models.ID) (next models.ID, done bool, err error) {
	rows, err := filesUnder(ctx, s.store.Reader(ctx), after, s.keys.Generation())
	if err != nil || len(rows) == 0 {
		return after, true, err
	}
	for _, row := range rows {
		generation, err := s.reseal(ctx, row.BlobKey)
		if err != nil {
			return after, false, err
		}
		err = s.store.InTx(ctx, func(tx *store.Tx) error { return noteBytes(ctx, tx.DB, row.ID, generation) })
		if err != nil && !errors.Is(err, store.ErrStale) { // the row is gone: its bytes are garbage
			return after, false, err
		}
		after = row.ID
	}
	return after, len(rows) < filesAtOnce, nil
}

// reseal gives the generation that the bytes are under then. Bytes that are lost are under none that could keep a key in use.
func (s *Service) reseal(ctx context.Context, blobKey string) (uint32, error) {
	held, err := s.vault.generation(ctx, blobKey)
	if err != nil || held == s.keys.Generation() {
		return held, err
	}
	if held == 0 {
		return s.keys.Generation(), nil
	}
	plain, err := s.vault.get(ctx, blobKey)
	if err != nil {
		return 0, err
	}
	return s.vault.put(ctx, blobKey, plain)
}

// CountFiles counts by generation what the bytes of the files really are sealed by: it looks into
// each, also into those that no row knows any more.
func (s *Service) CountFiles(ctx context.Context) (map[uint32]int, error) {
	counts := map[uint32]int{}
	err := s.vault.each(ctx, func(key string) error {
		generation, err := s.vault.generation(ctx, key)
		if err == nil {
			counts[generation]++
		}
		return err
	})
	return counts, err
}
