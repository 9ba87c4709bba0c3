package material

import (
	"context"
	"fmt"
	"time"

	"onewindow/models"
	"onewindow/models/sealed"
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

// LinkTo is what a link is made for: one document, for one department (its code), as long as that department works on one step.
type LinkTo struct {
	DocumentID    models.ID
	Reader        string
	ApplicationID models.ID
	Step          string
}

// Link is one that works still.
type Link struct {
	LinkTo
	hash []byte
}

// Opened is what a link leads to.
type Opened struct {
	Name        string
	ContentType string
	Content     []byte
}

// NewLink makes a link to a document's file: its token works for ten minutes. Only the token's digest is stored, so that nobody
// can read a working link out of the database.
func (s *Service) NewLink(ctx context.Context, tx *store.Tx, to LinkTo) (token string, expires time.Time, err error) {
	token, digest := sealed.NewToken(tokenBytes)
	expires = tx.Now.Add(LinkLifetime)
	if err := insertLink(ctx, tx.DB, digest[:], to, expires); err != nil {
		return "", time.Time{}, err
	}
	return token, expires, nil
}

// FindLink finds the link that a token stands for; a wrong, expired or unknown one is NOT_FOUND, all alike.
func (s *Service) FindLink(ctx context.Context, token string) (*Link, error) {
	digest, valid := sealed.DigestOf(token, tokenBytes)
	if !valid {
		return nil, models.NotFound()
	}
	return linkTarget(ctx, s.store.Reader(ctx), digest[:], s.store.Clock().Now())
}

// TakeLink lets whoever comes from an address read: the first one is the link's one reader, any other finds nothing. It tells
// whether this was the first time.
func (s *Service) TakeLink(ctx context.Context, tx *store.Tx, link *Link, from string) (first bool, err error) {
	if first, err = claimLink(ctx, tx.DB, link.hash, "", from, tx.Now); err != nil || first {
		return first, err
	}
	known, err := claimLink(ctx, tx.DB, link.hash, from, from, tx.Now)
	if err == nil && !known {
		err = models.NotFound()
	}
	return false, err
}

// OpenLink gives the file behind a link. Whether its reader may have it still is the caller's to decide and to record.
func (s *Service) OpenLink(ctx context.Context, link *Link) (*Opened, error) {
	file, content, err := s.Content(ctx, link.DocumentID)
	if err != nil {
		return nil, fmt.Errorf("open link: %w", err)
	}
	return &Opened{Name: file.Name, ContentType: file.ContentType, Content: content}, nil
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
