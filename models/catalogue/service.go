package catalogue

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"onewindow/models"
	"onewindow/models/signal"
	"onewindow/models/store"
)

// Service holds the catalogue on offer. It is safe for concurrent use; reading takes no lock.
type Service struct {
	store *store.Store
	// Hub tells the other replicas at once of a new release; nil: they find it by themselves a little later.
	Hub     *signal.Hub
	current atomic.Pointer[Snapshot]
	// turning is held by whoever puts another snapshot in place.
	turning sync.Mutex
	// elsewhere are versions that other replicas installed after this one.
	elsewhere sync.Map
	// calendars are those that were in force once, by fingerprint, as far as somebody asked for them.
	calendars sync.Map
}

// NewService makes a service without a catalogue: Start or Install gives it one.
func NewService(s *store.Store) *Service { return &Service{store: s} }

// Current gives the catalogue as it is on offer today. It panics before there is one: nothing can be served without.
func (s *Service) Current() *Snapshot {
	snapshot := s.current.Load()
	if snapshot == nil {
		panic("catalogue: nothing is installed") //nolint:forbidigo // a fault of this program: no server is put together without one
	}
	if today := s.today(); today != snapshot.day {
		return s.turn(today)
	}
	return snapshot
}

// IsThere tells whether there is a catalogue on offer.
func (s *Service) IsThere() bool { return s.current.Load() != nil }

func (s *Service) today() models.Date { return models.DateOf(s.store.Clock().Now()) }

// turn goes over to another day.
func (s *Service) turn(today models.Date) *Snapshot {
	s.turning.Lock()
	defer s.turning.Unlock()
	snapshot := s.current.Load()
	if snapshot.day != today {
		snapshot = snapshot.on(today)
		s.current.Store(snapshot)
	}
	return snapshot
}

// adopt goes over to another release, in one stroke and never back.
func (s *Service) adopt(next *edition) (switched bool) {
	s.turning.Lock()
	defer s.turning.Unlock()
	if snapshot := s.current.Load(); snapshot != nil && snapshot.release.Number >= next.release.Number {
		return false
	}
	s.current.Store(next.on(s.today()))
	return true
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
		return nil, fmt.Errorf("catalogue: %w", err)
	}
	s.elsewhere.Store(key, item)
	return item, nil
}
