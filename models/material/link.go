package material

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"onewindow/models"
	"onewindow/models/store"
)

// LinkLifetime is how long a link to a file works.
const LinkLifetime = 10 * time.Minute

const (
	tokenBytes = 16 // 128 random bits
	// orphanAge is far longer than any upload takes, so that bytes whose row is still being written are left alone.
	orphanAge = 24 * time.Hour
	orphanLot = 500
)

// Opened is what a link leads to.
type Opened struct {
	DocumentID  models.ID
	Reader      string // for whom the link was made
	Name        string
	ContentType string
	Content     []byte
}

// NewLink makes a link to a document's file for one reader (a department's code): its token works for ten minutes. Only
// the token's digest is stored, so that nobody can read a working link out of the database.
func (s *Service) NewLink(
	ctx context.Context, tx *store.Tx, documentID models.ID, reader string,
) (token string, expires time.Time, err error) {
	raw := make([]byte, tokenBytes)
	_, _ = rand.Read(raw) // never fails since Go 1.24
	sum := sha256.Sum256(raw)
	expires = tx.Now.Add(LinkLifetime)
	if err := insertLink(ctx, tx.DB, sum[:], documentID, reader, expires); err != nil {
		return "", time.Time{}, err
	}
	return base64.RawURLEncoding.EncodeToString(raw), expires, nil
}

// OpenLink gives the file that a token leads to; a wrong, expired or unknown one is NOT_FOUND, all alike.
func (s *Service) OpenLink(ctx context.Context, token string) (*Opened, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != tokenBytes {
		return nil, models.NotFound()
	}
	sum := sha256.Sum256(raw)
	documentID, reader, err := linkTarget(ctx, s.store.Reader(ctx), sum[:], s.store.Clock().Now())
	if err != nil {
		return nil, err
	}
	file, content, err := s.Content(ctx, documentID)
	if err != nil {
		return nil, fmt.Errorf("open link: %w", err)
	}
	return &Opened{DocumentID: documentID, Reader: reader, Name: file.Name, ContentType: file.ContentType, Content: content}, nil
}

// RemoveOrphans takes away what nobody can reach: bytes without a row that were written more than a day ago, left over by
// uploads that never ended, and links that have expired. It gives the number of files removed.
func (s *Service) RemoveOrphans(ctx context.Context) (int, error) {
	err := s.store.InTx(ctx, func(tx *store.Tx) error { return removeExpiredLinks(ctx, tx.DB, tx.Now) })
	if err != nil {
		return 0, fmt.Errorf("remove expired links: %w", err)
	}
	removed := 0
	err = s.vault.olderThan(ctx, orphanAge, orphanLot, func(keys []string) error {
		known, err := knownBlobs(ctx, s.store.Reader(ctx), keys)
		if err != nil {
			return err
		}
		for _, key := range keys {
			if known[key] {
				continue
			}
			if err := s.vault.remove(ctx, key); err != nil {
				return err
			}
			removed++
		}
		return nil
	})
	if err != nil {
		return removed, fmt.Errorf("remove orphaned files: %w", err)
	}
	return removed, nil
}
