package catalogue

import (
	"context"
	"fmt"
	"time"
)

// topic is where replicas hear of new releases, and lookEvery how often they look for themselves.
const (
	topic     = "catalogue"
	lookEvery = time.Second
)

// announce tells the other replicas that there is a new release.
func (s *Service) announce() {
	if s.Hub != nil {
		s.Hub.Publish(topic, nil)
	}
}

// Watch goes over to every release that another replica or a command has made, until the context ends. A release that
// cannot be read leaves this replica with the one it has, and is told.
func (s *Service) Watch(ctx context.Context, switched func(Release), failed func(error)) {
	var signals <-chan []byte
	if s.Hub != nil {
		heard, stop := s.Hub.Subscribe(topic)
		defer stop()
		signals = heard
	}
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-signals:
		}
		isNew, err := s.Follow(ctx)
		if err != nil {
			failed(err)
		}
		if isNew {
			switched(s.Current().Release())
		}
	}
}

// Follow goes over to the release that is on offer, if it is another. Requests under way end with what they began with.
func (s *Service) Follow(ctx context.Context) (switched bool, err error) {
	number, err := lastNumber(ctx, s.store)
	if snapshot := s.current.Load(); err != nil || number == 0 || (snapshot != nil && snapshot.release.Number >= number) {
		return false, err
	}
	db := s.store.Reader(ctx)
	row, err := lastRelease(db, true)
	if err != nil {
		return false, err
	}
	files, err := unpack(row.Content)
	if err != nil {
		return false, fmt.Errorf("release %d: %w", row.Number, err)
	}
	c, faults := Load(files)
	if len(faults) > 0 {
		return false, fmt.Errorf("release %d of the catalogue does not load any more: %w", row.Number, faults)
	}
	next, err := keptEdition(db, row, c)
	if err != nil {
		return false, err
	}
	return s.adopt(next), nil
}
