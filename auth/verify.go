package auth

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"
	"time"

	"onewindow/models"
)

// mostVerified bounds the memory of verified tokens: some 200 bytes each.
const mostVerified = 50_000

// tokenRefused is the one answer to every token that does not hold.
func tokenRefused() *models.Fault {
	return &models.Fault{Code: models.Unauthenticated, Text: models.T("登录已失效，请重新登录", "Your sign-in is no longer valid, please sign in again")}
}

// Verify tells who a bearer token belongs to. It asks no database: ended sessions and the staff's roles are kept up to
// date by Watch.
func (s *Service) Verify(ctx context.Context, bearer string) (models.Actor, error) {
	if bearer == "" || len(bearer) > longestToken {
		return models.Actor{}, tokenRefused()
	}
	if err := s.live.ensure(ctx, s); err != nil {
		return models.Actor{}, fmt.Errorf("verify token: %w", err)
	}
	now, hash := s.clock.Now(), sha256.Sum256([]byte(bearer))
	said, known := s.verified.get(hash, now)
	if !known {
		parsed, err := s.keys.parse(bearer, now)
		if err != nil {
			return models.Actor{}, fmt.Errorf("%w: %w", tokenRefused(), errToken)
		}
		said = verified{
			person: models.ID(parsed.Subject), session: parsed.SessionID, kind: parsed.Kind, until: parsed.ExpiresAt.Add(leeway),
		}
		s.verified.put(hash, said, now)
	}
	if s.live.ended(said.session) {
		return models.Actor{}, tokenRefused()
	}
	if said.kind == kindResident {
		return models.Actor{Kind: models.Resident, ID: s.live.personOf(said.session, said.person), SessionID: said.session, Locale: models.Chinese}, nil
	}
	return s.staffActor(said)
}

// ExpiresAt says when a token that holds expires; the zero time for any other. Open streams end then: the leeway for clocks
// that differ is for requests alone.
func (s *Service) ExpiresAt(bearer string) time.Time {
	now := s.clock.Now()
	if said, known := s.verified.get(sha256.Sum256([]byte(bearer)), now); known {
		return said.until.Add(-leeway)
	}
	parsed, err := s.keys.parse(bearer, now)
	if err != nil {
		return time.Time{}
	}
	return parsed.ExpiresAt.Time
}

func (s *Service) staffActor(said verified) (models.Actor, error) {
	member := s.live.member(said.person)
	if member == nil || !member.Active {
		return models.Actor{}, tokenRefused()
	}
	if slices.Contains(member.Roles, models.HelpsOthers) { // and nothing else: neither a department's reach nor another role
		return models.Actor{
			Kind: models.Volunteer, ID: member.ID, SessionID: said.session, Username: member.Username, DisplayName: member.DisplayName, Locale: models.Chinese,
		}, nil
	}
	return models.Actor{
		Kind: models.Staff, ID: member.ID, SessionID: said.session, DepartmentCode: member.DepartmentCode,
		Username: member.Username, DisplayName: member.DisplayName,
		Roles: member.Roles, CityReach: member.CityReach, Locale: models.Chinese,
	}, nil
}

// verified is what a checked token said.
type verified struct {
	person  models.ID
	session models.ID
	kind    string
	until   time.Time
}

// verifiedTokens remembers checked tokens by their hash until they expire: checking a signature costs 50 µs.
type verifiedTokens struct {
	mutex  sync.RWMutex
	tokens map[[sha256.Size]byte]verified
}

func (v *verifiedTokens) get(hash [sha256.Size]byte, now time.Time) (verified, bool) {
	v.mutex.RLock()
	said, known := v.tokens[hash]
	v.mutex.RUnlock()
	return said, known && now.Before(said.until)
}

func (v *verifiedTokens) put(hash [sha256.Size]byte, said verified, now time.Time) {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	if len(v.tokens) >= mostVerified {
		v.makeRoom(now)
	}
	v.tokens[hash] = said
}

// makeRoom drops what has expired, and where that is not enough a tenth of the rest: those are checked anew when they come.
func (v *verifiedTokens) makeRoom(now time.Time) {
	for hash, said := range v.tokens {
		if !now.Before(said.until) {
			delete(v.tokens, hash)
		}
	}
	excess := len(v.tokens) - mostVerified*9/10
	for hash := range v.tokens {
		if excess <= 0 {
			return
		}
		delete(v.tokens, hash)
		excess--
	}
}
