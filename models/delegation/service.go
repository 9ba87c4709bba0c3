package delegation

import (
	"context"
	"fmt"
	"slices"
	"time"

	"onewindow/models"
	"onewindow/models/resident"
	"onewindow/models/sealed"
	"onewindow/models/store"
)

// Notice is what this room has a person told.
type Notice string

// An offer to its delegate; its acceptance and its end to the other side.
const (
	NoticeOffered  Notice = "DELEGATION_OFFERED"
	NoticeAccepted Notice = "DELEGATION_ACCEPTED"
	NoticeEnded    Notice = "DELEGATION_ENDED"
)

// Config is what the service is made of.
type Config struct {
	Store     *store.Store
	Keyring   *sealed.Keyring
	Residents *resident.Service
	// KnownItem tells whether there is an item of a code.
	KnownItem func(code string) bool
	// Tell writes a message in the transaction that it follows from.
	Tell func(ctx context.Context, tx *store.Tx, person models.ID, notice Notice) error
}

// Service keeps the delegations. It is safe for concurrent use.
type Service struct{ Config }

// New makes the service.
func New(config Config) *Service { return &Service{config} }

func (s *Service) today() models.Date { return models.DateOf(s.Store.Clock().Now()) }

// Grant offers somebody who holds a phone to act for the caller. The answer is the same whether the phone is known or not; the
// same offer again is the one that stands.
func (s *Service) Grant(ctx context.Context, actor models.Actor, offer Offer) (*Delegation, []*models.Problem, error) {
	if actor.Kind != models.Resident {
		return nil, nil, models.NotAllowed()
	}
	if len(offer.ItemCodes) == 0 || len(offer.Powers) == 0 {
		return nil, nil, models.BadInput(models.T("itemCodes 和 powers 不能为空", "itemCodes and powers must not be empty"))
	}
	phone, isPhone := offer.phone()
	if !isPhone {
		return nil, []*models.Problem{models.NewProblem("FORMAT", "delegatePhone", models.T("手机号码格式有误", "The phone number is not valid"))}, nil
	}
	if problems := offer.check(s.today(), s.KnownItem); len(problems) > 0 {
		return nil, problems, nil
	}
	var granted *Delegation
	var problems []*models.Problem
	err := s.Store.InTx(ctx, func(tx *store.Tx) (err error) {
		granted, problems, err = s.grant(ctx, tx, actor, phone, offer)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("grant delegation: %w", err)
	}
	return granted, problems, nil
}

func (o Offer) phone() (phone models.PhoneNumber, isPhone bool) {
	phone, err := models.ParsePhone(o.DelegatePhone)
	return phone, err == nil
}

func (s *Service) grant(ctx context.Context, tx *store.Tx, actor models.Actor, phone models.PhoneNumber, offer Offer) (*Delegation, []*models.Problem, error) {
	grantor, err := s.Residents.ByIDIn(tx, actor.ID)
	if err != nil {
		return nil, nil, err
	}
	if !grantor.Bound() {
		return nil, identityRequired(), nil
	}
	delegate, _, err := s.Residents.SignInByPhone(ctx, tx, phone) // a phone never seen gets the account that its owner finds
	if err != nil {
		return nil, nil, err
	}
	if delegate.ID == actor.ID {
		return nil, []*models.Problem{models.NewProblem("MISMATCH", "delegatePhone", models.T("不能委托自己", "You cannot delegate to yourself"))}, nil
	}
	given, err := s.given(tx.DB, actor.ID)
	if err != nil {
		return nil, nil, err
	}
	offered := &Delegation{
		ID: models.NewID(), State: Offered, Powers: offer.Powers, ItemCodes: offer.ItemCodes, Until: offer.Until,
		GrantorID: actor.ID, DelegateID: delegate.ID, CreatedAt: tx.Now, phone: phone,
	}
	lately := 0
	for _, other := range given {
		if offered.same(other) {
			return other, nil, nil
		}
		if tx.Now.Sub(other.CreatedAt) < 24*time.Hour {
			lately++
		}
	}
	if lately >= offersADay {
		return nil, []*models.Problem{models.NewProblem("TOO_MANY", "", models.T("今天发出的委托过多，请明天再试", "Too many delegations today, please go on tomorrow"))}, nil
	}
	if err := s.insert(tx, offered); err != nil {
		return nil, nil, err
	}
	return offered, nil, s.Tell(ctx, tx, delegate.ID, NoticeOffered)
}

func identityRequired() []*models.Problem {
	return []*models.Problem{models.NewProblem("IDENTITY_REQUIRED", "", models.T("请先完成实名认证", "Please prove your identity first"))}
}

// Answer accepts or declines an offer made to the caller; the same answer again is no other.
func (s *Service) Answer(ctx context.Context, actor models.Actor, id models.ID, accept bool) (*Delegation, []*models.Problem, error) {
	return s.change(ctx, actor, id, func(tx *store.Tx, found *Delegation) ([]*models.Problem, error) {
		wanted, notice := Revoked, NoticeEnded
		if accept {
			wanted, notice = Active, NoticeAccepted
		}
		switch {
		case found.DelegateID != actor.ID:
			return nil, models.NotFound()
		case found.State == wanted:
			return nil, nil
		case found.State != Offered:
			return over(), nil
		}
		delegate, err := s.Residents.ByIDIn(tx, actor.ID)
		if err != nil {
			return nil, err
		}
		if accept && !delegate.Bound() {
			return identityRequired(), nil
		}
		found.State = wanted
		if err := answer(tx, found); err != nil {
			return nil, err
		}
		return nil, s.Tell(ctx, tx, found.GrantorID, notice)
	})
}

// Revoke ends a delegation at once: the grantor takes it back, or the delegate gives it up.
func (s *Service) Revoke(ctx context.Context, actor models.Actor, id models.ID) (*Delegation, []*models.Problem, error) {
	return s.change(ctx, actor, id, func(tx *store.Tx, found *Delegation) ([]*models.Problem, error) {
		if found.State == Revoked || found.State == Expired {
			return nil, nil
		}
		other, wasActive := found.GrantorID, found.State == Active
		if actor.ID == found.GrantorID {
			other = found.DelegateID
		}
		found.State = Revoked
		if err := end(tx, found.ID); err != nil || !wasActive {
			return nil, err
		}
		return nil, s.Tell(ctx, tx, other, NoticeEnded)
	})
}

func over() []*models.Problem {
	return []*models.Problem{models.NewProblem("EXPIRED", "delegationId", models.T("该委托已收回或已到期", "This delegation was taken back or has ended"))}
}

// change works on a delegation that the caller gave or received; any other does not exist.
func (s *Service) change(
	ctx context.Context, actor models.Actor, id models.ID, work func(tx *store.Tx, found *Delegation) ([]*models.Problem, error),
) (*Delegation, []*models.Problem, error) {
	if actor.Kind != models.Resident {
		return nil, nil, models.NotAllowed()
	}
	if _, valid := models.ParseID(string(id)); !valid {
		return nil, nil, models.NotFound()
	}
	var found *Delegation
	var problems []*models.Problem
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		var err error
		if found, err = s.locked(tx, id); err != nil {
			return err
		}
		if found == nil || (found.GrantorID != actor.ID && found.DelegateID != actor.ID) {
			return models.NotFound()
		}
		found.on(models.DateOf(tx.Now))
		problems, err = work(tx, found)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("delegation: %w", err)
	}
	return found, problems, nil
}

// Given and Received are a person's delegations, the newest first.
func (s *Service) Given(ctx context.Context, person models.ID) ([]*Delegation, error) {
	given, err := s.given(s.Store.Reader(ctx), person)
	if err != nil {
		return nil, fmt.Errorf("delegations given: %w", err)
	}
	return s.asOfToday(given), nil
}

// Received see Given.
func (s *Service) Received(ctx context.Context, person models.ID) ([]*Delegation, error) {
	received, err := s.received(s.Store.Reader(ctx), person)
	if err != nil {
		return nil, fmt.Errorf("delegations received: %w", err)
	}
	return s.asOfToday(received), nil
}

func (s *Service) asOfToday(all []*Delegation) []*Delegation {
	today := s.today()
	for _, one := range all {
		one.on(today)
	}
	return all
}

// Delegate is who may act, as the grantor sees it: nothing but the phone that was typed before the offer is accepted.
func (s *Service) Delegate(ctx context.Context, d *Delegation) (*resident.Resident, error) {
	if d.State == Active {
		return s.Residents.ByID(ctx, d.DelegateID)
	}
	return &resident.Resident{ID: d.ID, Phone: d.phone}, nil
}

// Powers are what somebody may do for a person in an item at this moment. Inside a transaction (tx not nil) the rows stay as
// they are until its end, so that nothing is done with a power that is being taken back.
func (s *Service) Powers(ctx context.Context, tx *store.Tx, delegate, grantor models.ID, item string) ([]Power, error) {
	db := s.Store.Reader(ctx)
	if tx != nil {
		db = tx.Locked().WithContext(ctx)
	}
	found, err := s.between(db, delegate, grantor)
	if err != nil {
		return nil, fmt.Errorf("powers: %w", err)
	}
	var powers []Power
	for _, one := range found {
		powers = append(powers, one.allows(item, s.today())...)
	}
	slices.Sort(powers)
	return slices.Compact(powers), nil
}

// Rehome gives what was offered to an account without an identity to the person whose account its phone joins.
func (s *Service) Rehome(_ context.Context, tx *store.Tx, from, to models.ID) error {
	if err := rehome(tx, from, to); err != nil {
		return fmt.Errorf("rehome delegations: %w", err)
	}
	return nil
}

// EndAll ends everything that a person gave or received, with the identity that it rests on.
func (s *Service) EndAll(_ context.Context, tx *store.Tx, person models.ID) error {
	if err := endAll(tx, person); err != nil {
		return fmt.Errorf("end delegations: %w", err)
	}
	return nil
}
