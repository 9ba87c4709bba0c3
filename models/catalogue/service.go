package catalogue

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"onewindow/models"
	"onewindow/models/store"
)

// Service holds the installed catalogue. It is safe for concurrent use; reading takes no lock.
type Service struct {
	store   *store.Store
	current atomic.Pointer[Snapshot]
	// elsewhere are versions that other replicas installed after this one.
	elsewhere sync.Map
}

// NewService makes a service without a catalogue: Install gives it one.
func NewService(s *store.Store) *Service { return &Service{store: s} }

// Current gives the installed catalogue. It panics before Install: nothing can be served without one.
func (s *Service) Current() *Snapshot {
	snapshot := s.current.Load()
	if snapshot == nil {
		panic("catalogue: nothing is installed") //nolint:forbidigo // a fault of this program: no server is put together without one
	}
	return snapshot
}

// Install makes a loaded catalogue the current one and owns it from then on. An item whose definition is new becomes a
// new version; one that was seen before, in whatever version, is that version again, so that old and new replicas can
// start in any order. Installing the same folder twice changes nothing.
func (s *Service) Install(ctx context.Context, c *Catalogue) error {
	var older []itemRow
	err := s.store.InTx(ctx, func(tx *store.Tx) error {
		known, err := knownVersions(ctx, tx)
		if err != nil {
			return err
		}
		added := numberVersions(c.Items, known)
		for index := range added {
			added[index].LoadedAt = tx.Now
		}
		if err := addVersions(ctx, tx, added); err != nil {
			return err
		}
		older, err = otherVersions(ctx, tx, fingerprints(c.Items))
		return err
	})
	if err != nil {
		return fmt.Errorf("install catalogue: %w", err)
	}
	s.current.Store(newSnapshot(c, older))
	return nil
}

// numberVersions gives each item its version, and the rows of those that are new.
func numberVersions(items []*Item, known []itemRow) []itemRow {
	latest := map[string]int{}
	byHash := map[string]int{}
	for _, row := range known {
		latest[row.Code] = max(latest[row.Code], row.Version)
		byHash[row.Code+"\n"+row.Hash] = row.Version
	}
	var added []itemRow
	for _, item := range items {
		if version, isKnown := byHash[item.Code+"\n"+item.hash]; isKnown {
			item.Version = version
			continue
		}
		item.Version = latest[item.Code] + 1
		added = append(added, itemRow{Code: item.Code, Version: item.Version, Hash: item.hash, Definition: item.definition})
	}
	return added
}

func fingerprints(items []*Item) []string {
	hashes := make([]string, len(items))
	for index, item := range items {
		hashes[index] = item.hash
	}
	return hashes
}

// ItemVersion gives one version of an item, as an application began with it, wherever it was installed.
func (s *Service) ItemVersion(ctx context.Context, code string, version int) (*Item, error) {
	item, err := s.Current().itemVersion(code, version)
	if item != nil || err != nil {
		return item, err
	}
	key := versionKey{code, version}
	if cached, found := s.elsewhere.Load(key); found {
		item, _ := cached.(*Item)
		return item, nil
	}
	row, found, err := oneVersion(ctx, s.store, code, version)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, models.NotFound()
	}
	if item, err = loadDefinition(code, version, row.Definition); err != nil {
		return nil, err
	}
	s.elsewhere.Store(key, item)
	return item, nil
}
