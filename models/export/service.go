package export

import (
	"context"
	"fmt"
	"time"

	"onewindow/models"
	"onewindow/models/sealed"
	"onewindow/models/store"
)

// Config is what the service is made of.
type Config struct {
	Store *store.Store
	// URL gives the address under which a token is opened.
	URL func(token string) string
	// Tell tells the person that a copy was asked for, in the same transaction.
	Tell func(ctx context.Context, tx *store.Tx, resident models.ID) error
}

// Service hands out links to copies. It is safe for concurrent use.
type Service struct{ config Config }

// New makes the service.
func New(config Config) *Service { return &Service{config} }

// Ask gives the caller a link to a copy of their data. RATE_LIMITED after five within 24 hours.
func (s *Service) Ask(ctx context.Context, actor models.Actor) (*Ticket, error) {
	if actor.Kind != models.Resident {
		return nil, models.NotAllowed()
	}
	token, digest := sealed.NewToken(tokenBytes)
	ticket := &Ticket{URL: s.config.URL(token)}
	err := s.config.Store.InTx(ctx, func(tx *store.Tx) error {
		oldest, asked, err := askedSince(tx, actor.ID, tx.Now.Add(-24*time.Hour))
		if err != nil {
			return err
		}
		if asked >= MostADay {
			return models.RateLimited(int(oldest.Add(24*time.Hour).Sub(tx.Now)/time.Second) + 1)
		}
		ticket.ExpiresAt = tx.Now.Add(Lifetime)
		if err := insertLink(tx, linkRow{TokenHash: digest[:], ResidentID: actor.ID, Locale: actor.Locale, CreatedAt: tx.Now, ExpiresAt: ticket.ExpiresAt}); err != nil {
			return err
		}
		return s.config.Tell(ctx, tx, actor.ID)
	})
	if err != nil {
		return nil, fmt.Errorf("ask for a copy: %w", err)
	}
	return ticket, nil
}

// Open tells whose copy a token leads to. The first address that opens it is its one reader; for any other, and for a token that is
// wrong, expired, used up or unknown, there is nothing: NOT_FOUND, all alike. Admit may turn somebody away before the opening counts.
func (s *Service) Open(ctx context.Context, token, from string, admit func(*Order) error) (*Order, error) {
	digest, valid := sealed.DigestOf(token, tokenBytes)
	if !valid {
		return nil, models.NotFound()
	}
	order, err := findLink(s.config.Store.Reader(ctx), digest[:]) // strangers who guess begin no transaction
	if err == nil {
		err = admit(order)
	}
	if err == nil {
		err = s.config.Store.InTx(ctx, func(tx *store.Tx) error { return takeLink(tx, digest[:], from) })
	}
	if err != nil {
		return nil, fmt.Errorf("open a copy: %w", err)
	}
	return order, nil
}

// Tidy forgets links that count for nothing any more.
func (s *Service) Tidy(ctx context.Context) error {
	return s.config.Store.InTx(ctx, func(tx *store.Tx) error { return removeBefore(tx, tx.Now.Add(-24*time.Hour)) })
}
