package auth

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"onewindow/models"
)

// pollEvery is how often a replica looks for ended sessions and changed staff: both are effective everywhere within a second.
const pollEvery = 300 * time.Millisecond

// sweepEvery is how often what has expired is removed.
const sweepEvery = time.Minute

// live is what of the database this replica keeps at hand: the sessions that ended while a token of theirs may still be
// in use, and the staff.
type live struct {
	mutex   sync.RWMutex
	loaded  bool
	seq     int64
	revoked map[models.ID]time.Time
	moved   map[models.ID]moved
	staff   map[models.ID]*StaffMember
	polling sync.Mutex
}

func (l *live) ensure(ctx context.Context, s *Service) error {
	l.mutex.RLock()
	loaded := l.loaded
	l.mutex.RUnlock()
	if loaded {
		return nil
	}
	return s.poll(ctx)
}

func (l *live) ended(session models.ID) bool {
	l.mutex.RLock()
	defer l.mutex.RUnlock()
	_, ended := l.revoked[session]
	return ended
}

func (l *live) member(id models.ID) *StaffMember {
	l.mutex.RLock()
	defer l.mutex.RUnlock()
	return l.staff[id]
}

func (l *live) memberNamed(username string) *StaffMember {
	l.mutex.RLock()
	defer l.mutex.RUnlock()
	for _, member := range l.staff {
		if member.Username == username && member.Active {
			return member
		}
	}
	return nil
}

func (l *live) revoke(session models.ID, until time.Time) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.revoked[session] = until
}

func (l *live) setStaff(members ...*StaffMember) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for _, member := range members {
		l.staff[member.ID] = member
	}
}

// poll reads what has changed since the last time. The sequence is read first and is handed out under a row lock, so that
// whatever it counts has been committed before.
func (s *Service) poll(ctx context.Context) error {
	s.live.polling.Lock()
	defer s.live.polling.Unlock()
	db, now := s.store.Reader(ctx), s.clock.Now().UTC()
	seq, err := readSequence(db)
	if err != nil {
		return fmt.Errorf("watch sessions: %w", err)
	}
	s.live.mutex.RLock()
	known, loaded := s.live.seq, s.live.loaded
	s.live.mutex.RUnlock()
	if loaded && seq == known {
		return nil
	}
	if !loaded {
		known = -1
	}
	revocations, err := revocationsSince(db, known, now)
	if err != nil {
		return fmt.Errorf("watch sessions: %w", err)
	}
	moves, err := movesSince(db, known, now)
	if err != nil {
		return fmt.Errorf("watch sessions: %w", err)
	}
	members, err := staffSince(db, known)
	if err != nil {
		return fmt.Errorf("watch staff: %w", err)
	}
	s.live.setStaff(members...)
	s.live.mutex.Lock()
	defer s.live.mutex.Unlock()
	for _, revocation := range revocations {
		s.live.revoked[revocation.SessionID] = revocation.ExpiresAt
	}
	for _, move := range moves {
		s.live.moved[move.SessionID] = moved{move.PersonID, move.ExpiresAt}
	}
	maps.DeleteFunc(s.live.moved, func(_ models.ID, move moved) bool { return move.until.Before(now) })
	maps.DeleteFunc(s.live.revoked, func(_ models.ID, until time.Time) bool { return until.Before(now) })
	s.live.seq, s.live.loaded = seq, true
	return nil
}

// Start reads the sessions and the staff for the first time; call it before serving.
func (s *Service) Start(ctx context.Context) error { return s.poll(ctx) }

// Watch keeps this replica up to date until the context ends. A database that does not answer is asked again: report is
// told of it and may be nil.
func (s *Service) Watch(ctx context.Context, report func(error)) {
	polls, sweeps := time.NewTicker(pollEvery), time.NewTicker(sweepEvery)
	defer polls.Stop()
	defer sweeps.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-polls.C:
			err = s.poll(ctx)
		case <-sweeps.C:
			err = s.Sweep(ctx)
		}
		if err != nil && ctx.Err() == nil && report != nil {
			report(err)
		}
	}
}
