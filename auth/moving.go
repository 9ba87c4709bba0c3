package auth

import (
	"context"
	"fmt"
	"time"

	"onewindow/models"
	"onewindow/models/store"
)

// Move gives the open sessions, devices and WeChat accounts of one account to another, inside the transaction in which its
// phone joins that one. Tokens that name the old account are the new one's from then on: here at once, everywhere else within
// a second.
func (s *Service) Move(_ context.Context, tx *store.Tx, from, to models.ID) error {
	sessions, err := openSessions(tx, from)
	if err != nil {
		return fmt.Errorf("move sessions: %w", err)
	}
	until := s.now().Add(accessLife + leeway)
	for _, session := range sessions {
		if err := insertMove(tx, session, to, until); err != nil {
			return fmt.Errorf("move sessions: %w", err)
		}
		tx.AfterCommit(func() { s.live.move(session, to, until) })
	}
	if err := moveAccount(tx, from, to); err != nil {
		return fmt.Errorf("move sessions: %w", err)
	}
	return nil
}

// End ends the sessions of a person but one, and forgets the devices that are signed in nowhere then; keep "": all.
func (s *Service) End(_ context.Context, tx *store.Tx, person, keep models.ID) error {
	sessions, err := openSessions(tx, person)
	if err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	for _, session := range sessions {
		if session == keep {
			continue
		}
		if err := s.endSession(tx, session, s.now()); err != nil {
			return err
		}
	}
	if err := forgetDevices(tx, person); err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	return nil
}

// DeviceName is what the device that somebody is signed in on calls itself, or what it runs; "" where neither is known.
func (s *Service) DeviceName(ctx context.Context, actor models.Actor) (string, error) {
	device, err := deviceOf(s.store.Reader(ctx), actor.SessionID)
	switch {
	case err != nil:
		return "", fmt.Errorf("device name: %w", err)
	case device == nil:
		return "", nil
	case device.Name != "":
		return device.Name, nil
	}
	return string(device.Platform), nil
}

// DeviceChannel is what the device runs that somebody is signed in on; "" where it did not say.
func (s *Service) DeviceChannel(ctx context.Context, actor models.Actor) (string, error) {
	device, err := deviceOf(s.store.Reader(ctx), actor.SessionID)
	if err != nil {
		return "", fmt.Errorf("device channel: %w", err)
	}
	if device == nil {
		return "", nil
	}
	return string(device.Platform), nil
}

// ProvePhone tells whether a code that was sent to a phone is right, and uses it up. Wrong ones count like those of signing in.
func (s *Service) ProvePhone(ctx context.Context, phone models.PhoneNumber, code string) (bool, error) {
	if code = models.Halfwidth(code); !isSixDigits(code) {
		return false, nil
	}
	right, err := s.codes.try(ctx, slot{phone: s.residents.PhoneIndex(phone)}, code, s.clock.Now())
	if err != nil {
		return false, redisUnavailable(err)
	}
	return right, nil
}

// moved is whom a session belongs to whose phone joined another account, for as long as older tokens of it are good.
type moved struct {
	person models.ID
	until  time.Time
}

func (l *live) move(session, person models.ID, until time.Time) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.moved[session] = moved{person, until}
}

// personOf is whose session it is now.
func (l *live) personOf(session, said models.ID) models.ID {
	l.mutex.RLock()
	defer l.mutex.RUnlock()
	if now, joined := l.moved[session]; joined {
		return now.person
	}
	return said
}
