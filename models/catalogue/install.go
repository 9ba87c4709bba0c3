package catalogue

import (
	"context"
	"fmt"

	"onewindow/models"
	"onewindow/models/store"
)

// Install takes a folder over, whole: its new versions and the release in one transaction. It owns the catalogue from then
// on. An item whose definition is new becomes a new version; one that was seen before, in whatever version, is that version
// again. The folder that is on offer already changes nothing; one that was on offer before comes back.
func (s *Service) Install(ctx context.Context, c *Catalogue) error {
	_, err := s.Load(ctx, c, FromCommand)
	return err
}

// Load is Install that tells what became of the folder.
func (s *Service) Load(ctx context.Context, c *Catalogue, from Source) (*Loaded, error) {
	return s.install(ctx, c, from, func(present, _ *releaseRow) bool { return present == nil || present.Hash != c.files.hash() })
}

// Start takes over what a server was started with, where that is new. A folder that has been superseded since is not
// brought back, or replicas that are restarted one after another would take turns with the catalogue; and the program's
// own catalogue gives way to whatever a city handed in.
func (s *Service) Start(ctx context.Context, c *Catalogue, from Source) (*Loaded, error) {
	return s.install(ctx, c, from, func(present, earlier *releaseRow) bool {
		return present == nil || (earlier == nil && (from != FromProgram || present.LoadedBy == FromProgram))
	})
}

// install takes a folder over where isWanted says so, and then has what is on offer in place.
func (s *Service) install(ctx context.Context, c *Catalogue, from Source, isWanted func(present, earlier *releaseRow) bool) (*Loaded, error) {
	content, err := c.files.pack()
	if err != nil {
		return nil, err
	}
	loaded := &Loaded{}
	var made *edition
	err = s.store.InTx(ctx, func(tx *store.Tx) error {
		*loaded, made = Loaded{}, nil
		db := tx.DB.WithContext(ctx)
		present, err := lastRelease(db, false)
		if err != nil {
			return err
		}
		row := &releaseRow{Number: 1, Hash: c.files.hash(), Content: content, LoadedAt: tx.Now, LoadedBy: from}
		earlier, err := releaseOf(db, row.Hash)
		if err != nil {
			return err
		}
		if earlier != nil {
			known := earlier.release()
			loaded.Earlier = &known
		}
		if !isWanted(present, earlier) {
			loaded.Release = present.release()
			if present.Hash == row.Hash {
				made, err = keptEdition(db, present, c)
			}
			return err
		}
		if made, err = s.takeOver(ctx, tx, c, row, present); err != nil {
			return err
		}
		if err := keepCalendar(ctx, tx, c.Calendar); err != nil {
			return err
		}
		loaded.Release, loaded.IsNew = row.release(), true
		tx.AfterCommit(s.announce)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("install catalogue: %w", err)
	}
	if made != nil {
		s.adopt(made)
		return loaded, nil
	}
	_, err = s.Follow(ctx)
	return loaded, err
}

// takeOver keeps a release and the versions that are new with it.
func (s *Service) takeOver(ctx context.Context, tx *store.Tx, c *Catalogue, row, present *releaseRow) (*edition, error) {
	db := tx.DB.WithContext(ctx)
	known, err := knownVersions(db)
	if err != nil {
		return nil, err
	}
	fresh := numberVersions(c.Items, known)
	for index := range fresh {
		fresh[index].LoadedAt = tx.Now
	}
	if err := addVersions(ctx, tx, fresh); err != nil {
		return nil, err
	}
	var before offers
	if present != nil {
		row.Number, before = present.Number+1, present.Offers
	}
	row.Offers = nextOffers(c.Items, before, models.DateOf(tx.Now))
	if err := addRelease(ctx, tx, row); err != nil {
		return nil, err
	}
	return keptEdition(db, row, c)
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
