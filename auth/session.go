package auth

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"onewindow/models"
	"onewindow/models/sealed"
	"onewindow/models/store"
)

// How long a person stays signed in: a resident as long as the client is used within a month, staff for half a day.
const (
	residentRefreshLife = 30 * 24 * time.Hour
	staffRefreshLife    = 12 * time.Hour
	// grace is how long the same refresh token gives the same pair again: the answer may have been lost on its way.
	grace = 10 * time.Second
)

const (
	refreshBytes     = 32
	purposeSuccessor = "auth.successor"
)

type tokenHash = sealed.TokenDigest

// Session is the pair of tokens of one signed-in device. It never prints.
type Session struct {
	AccessToken  string
	RefreshToken string
	// ExpiresAt is when the access token expires.
	ExpiresAt time.Time
}

// String and GoString keep the tokens out of every print.
func (s Session) String() string   { return "session until " + s.ExpiresAt.Format(time.RFC3339) }
func (s Session) GoString() string { return s.String() }

// sealedSession is a session as it is kept, sealed, for the moments of grace.
type sealedSession struct {
	Access  string    `json:"access"`
	Refresh string    `json:"refresh"`
	Expires time.Time `json:"expires"`
}

func (s *Service) now() time.Time { return s.clock.Now().UTC().Truncate(time.Microsecond) }

func (s *Service) openSession(tx *store.Tx, person models.ID, kind, device string, life time.Duration) (*Session, error) {
	now := s.now()
	row := &sessionRow{ID: models.NewID(), PersonID: person, Kind: kind, DeviceID: device, CreatedAt: now, ExpiresAt: now.Add(life)}
	if err := tx.DB.Create(row).Error; err != nil {
		return nil, fmt.Errorf("open session: %w", err)
	}
	return s.issue(tx, row, now)
}

// issue makes the next pair of tokens of a session.
func (s *Service) issue(tx *store.Tx, row *sessionRow, now time.Time) (*Session, error) {
	access, expires, err := s.keys.sign(row, now)
	if err != nil {
		return nil, err
	}
	token, digest := sealed.NewToken(refreshBytes)
	session := &Session{AccessToken: access, RefreshToken: token, ExpiresAt: expires.UTC()}
	err = tx.DB.Create(&refreshRow{TokenHash: digest[:], SessionID: row.ID, CreatedAt: now, ExpiresAt: row.ExpiresAt}).Error
	if err != nil {
		return nil, fmt.Errorf("issue tokens: %w", err)
	}
	return session, nil
}

// refreshRefused is one wording for a refresh token that is unknown, expired, ended or used twice.
func refreshRefused() []*models.Problem {
	return []*models.Problem{models.NewProblem("EXPIRED", "refreshToken", models.T("登录已过期，请重新登录", "Your sign-in has expired, please sign in again"))}
}

// Refresh gives the next pair of tokens for a refresh token, once; the same token again within ten seconds gives the same
// pair. A token that comes back later was copied: its session ends, and its owner is told.
func (s *Service) Refresh(ctx context.Context, token string) (*Session, []*models.Problem, error) {
	hash, valid := sealed.DigestOf(token, refreshBytes)
	if !valid {
		return nil, refreshRefused(), nil
	}
	var session *Session
	err := s.store.InTx(ctx, func(tx *store.Tx) error {
		session = nil
		row, used, err := readRefresh(tx, hash)
		now := s.now()
		if err != nil || row == nil || row.EndedAt != nil || !now.Before(row.ExpiresAt) || !now.Before(used.ExpiresAt) {
			return err
		}
		switch {
		case used.UsedAt == nil:
			session, err = s.rotate(tx, row, used, now)
		case now.Sub(*used.UsedAt) <= grace && used.Successor != nil:
			session, err = s.openSuccessor(used.Successor)
		default:
			err = s.endReused(ctx, tx, row, now)
		}
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("refresh session: %w", err)
	}
	if session == nil {
		return nil, refreshRefused(), nil
	}
	return session, nil, nil
}

func (s *Service) rotate(tx *store.Tx, row *sessionRow, used *refreshRow, now time.Time) (*Session, error) {
	if row.Kind == kindStaff { // half a day from signing in, however often it is refreshed
		active, err := staffIsActive(tx, row.PersonID)
		if err != nil || !active {
			return nil, err
		}
	} else {
		row.ExpiresAt = now.Add(residentRefreshLife)
		if err := extendSession(tx, row); err != nil {
			return nil, err
		}
	}
	session, err := s.issue(tx, row, now)
	if err != nil {
		return nil, err
	}
	box, err := s.keyring.SealJSON(purposeSuccessor, sealedSession{session.AccessToken, session.RefreshToken, session.ExpiresAt})
	if err != nil {
		return nil, err
	}
	return session, markUsed(tx, used, now, box)
}

func (s *Service) openSuccessor(box []byte) (*Session, error) {
	raw, err := s.keyring.Open(purposeSuccessor, box)
	if err != nil {
		return nil, err
	}
	var kept sealedSession
	if err := json.Unmarshal(raw, &kept); err != nil {
		return nil, fmt.Errorf("open successor: not the JSON that was expected")
	}
	return &Session{AccessToken: kept.Access, RefreshToken: kept.Refresh, ExpiresAt: kept.Expires.UTC()}, nil
}

func (s *Service) endReused(ctx context.Context, tx *store.Tx, row *sessionRow, now time.Time) error {
	if err := s.endSession(tx, row.ID, now); err != nil {
		return err
	}
	if row.Kind == kindResident && s.onReuse != nil {
		return s.onReuse(ctx, tx, row.PersonID)
	}
	return nil
}

// endSession ends a session: no refresh any more, and its access tokens are refused, here at once and everywhere else
// within a second.
func (s *Service) endSession(tx *store.Tx, session models.ID, now time.Time) error {
	ended, err := markEnded(tx, session, now)
	if err != nil || !ended {
		return err
	}
	until := now.Add(accessLife + leeway)
	if err := insertRevocation(tx, session, until); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	tx.AfterCommit(func() { s.live.revoke(session, until) })
	return nil
}

// Logout ends the caller's session and forgets its device.
func (s *Service) Logout(ctx context.Context, actor models.Actor) error {
	if actor.SessionID == "" {
		return models.NotSignedIn()
	}
	err := s.store.InTx(ctx, func(tx *store.Tx) error {
		if err := forgetSessionDevice(tx, actor.SessionID); err != nil {
			return err
		}
		return s.endSession(tx, actor.SessionID, s.now())
	})
	if err != nil {
		return fmt.Errorf("logout: %w", err)
	}
	return nil
}

// EndSessions ends all sessions of a person, e.g. after a lost phone or a change of password.
func (s *Service) EndSessions(ctx context.Context, person models.ID) error {
	err := s.store.InTx(ctx, func(tx *store.Tx) error {
		sessions, err := openSessions(tx, person)
		if err != nil {
			return err
		}
		for _, session := range sessions {
			if err := s.endSession(tx, session, s.now()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	return nil
}

// Sweep removes what has expired, and the pairs that were kept for the moments of grace.
func (s *Service) Sweep(ctx context.Context) error {
	err := s.store.InTx(ctx, func(tx *store.Tx) error { return sweep(tx, s.now()) })
	if err != nil {
		return fmt.Errorf("sweep sessions: %w", err)
	}
	return nil
}
