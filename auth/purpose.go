package auth

import (
	"context"

	"onewindow/models"
)

// Purpose is what a one-time code is for beside signing in. A code of one purpose is good for no other, and above all not for
// signing in: who is told it by its owner can do with it what its message says and nothing else.
type Purpose string

// The purposes: a yes to being helped, a change of the second contact, and guesses at the codes that cancel a hand-in.
const (
	ForHelp    Purpose = "help"
	ForContact Purpose = "second-contact"
	ForCancel  Purpose = "cancel"
)

func (p Purpose) suffix() string {
	if p == "" {
		return ""
	}
	return ":" + string(p)
}

// Matter is what a code is asked for: it is good for this phone, purpose and matter alone.
type Matter struct {
	Phone   models.PhoneNumber
	Purpose Purpose
	// ID names the matter within its purpose; nothing personal.
	ID string
}

func (s *Service) slotOf(matter Matter) slot {
	return slot{phone: s.residents.PhoneIndex(matter.Phone), purpose: matter.Purpose, matter: matter.ID}
}

// SendCodeFor sends a code for a matter, held to the limits of signing in but counted apart from it; send writes the message,
// which says what the code is for.
func (s *Service) SendCodeFor(
	ctx context.Context, actor models.Actor, matter Matter, send func(ctx context.Context, code string) error,
) (*CodeSent, []*models.Problem, error) {
	return s.sendTo(ctx, actor, matter.Phone, s.slotOf(matter), send)
}

// ProveFor tells whether a code that was sent for a matter is right, and uses it up.
func (s *Service) ProveFor(ctx context.Context, matter Matter, code string) (bool, error) {
	if code = models.Halfwidth(code); !isSixDigits(code) {
		return false, nil
	}
	right, err := s.codes.try(ctx, s.slotOf(matter), code, s.clock.Now())
	if err != nil {
		return false, redisUnavailable(err)
	}
	return right, nil
}

// CountTry counts a try at something that is found by a code alone, by the address that it comes from: as many are allowed as
// codes for signing in are.
func (s *Service) CountTry(ctx context.Context, actor models.Actor, purpose Purpose) error {
	return s.takeAddress(ctx, purpose, actor.Address, s.clock.Now())
}
