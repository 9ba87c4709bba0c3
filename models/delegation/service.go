package delegation

import (
	"context"
	"fmt"
	"slices"
	"time"

	"onewindow/models"
	"onewindow/models/audit"
	"onewindow/models/resident"
	"onewindow/models/sealed"
	"onewindow/models/signal"
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

// Of volunteers: enrolled and ended, to the volunteer; help begun and something handed in, to the person; a hand-in taken back, to
// the volunteer, and to the person where the second contact did it; another second contact, to the person.
const (
	NoticeEnrolled       Notice = "VOLUNTEER_ENROLLED"
	NoticeVolunteerEnded Notice = "VOLUNTEER_ENDED"
	NoticeHelpBegun      Notice = "HELP_BEGUN"
	NoticeHandedIn       Notice = "HELP_HANDED_IN"
	NoticeHelpCancelled  Notice = "HELP_CANCELLED"
	NoticeContactChanged Notice = "SECOND_CONTACT_CHANGED"
)

// News is what somebody is told; what is empty does not belong to it.
type News struct {
	Notice        Notice
	ApplicationID models.ID
	Number        string
	Item          models.Text
	// Until is how long something can be cancelled.
	Until *time.Time
	// About says who and what, with masked names.
	About models.Text
}

// ContactNews is what a second contact is told of a hand-in.
type ContactNews struct {
	Number string
	About  models.Text
	Until  time.Time
	// Code cancels the hand-in.
	Code string
	// Locale is the contact's language.
	Locale models.Locale
}

// Config is what the service is made of.
type Config struct {
	Store     *store.Store
	Keyring   *sealed.Keyring
	Residents *resident.Service
	Audit     *audit.Service
	// Hub wakes those who watch by a delegation that has ended.
	Hub      *signal.Hub
	Settings Settings
	// KnownItem tells whether there is an item of a code, ItemName what it is called.
	KnownItem func(code string) bool
	ItemName  func(code string) models.Text
	Codes     Codes
	// Tell writes a message in the transaction that it follows from, TellPoint one for the staff who answer for a service point;
	// about names what it is about, so that it is written once.
	Tell      func(ctx context.Context, tx *store.Tx, person models.ID, news News) error
	TellPoint func(ctx context.Context, tx *store.Tx, department string, about models.ID, news News) error
	// SendContact tells a phone without an account at once.
	SendContact func(ctx context.Context, phone models.PhoneNumber, news ContactNews) error
}

// Service keeps the delegations. It is safe for concurrent use.
type Service struct{ Config }

// New makes the service.
func New(config Config) *Service {
	if config.Settings == (Settings{}) {
		config.Settings = DefaultSettings()
	}
	return &Service{config}
}

// Topic is where those listen who act by delegations: something is heard there when one of them ends.
func Topic(delegate models.ID) string { return "delegate:" + string(delegate) }

// ended wakes the watchers of a delegation that ends with the transaction.
func (s *Service) ended(tx *store.Tx, d *Delegation) {
	tx.AfterCommit(func() { s.Hub.Publish(Topic(d.DelegateID), nil) })
}

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
	known, err := s.Residents.ByPhoneIn(tx, phone)
	if err != nil {
		return nil, nil, err
	}
	if known != nil && known.ID == actor.ID {
		return nil, []*models.Problem{models.NewProblem("MISMATCH", "delegatePhone", models.T("不能委托自己", "You cannot delegate to yourself"))}, nil
	}
	given, err := s.given(tx.DB, actor.ID)
	if err != nil {
		return nil, nil, err
	}
	offered := &Delegation{
		ID: models.NewID(), Kind: Personal, State: Offered, Powers: offer.Powers, ItemCodes: offer.ItemCodes, Until: offer.Until,
		GrantorID: actor.ID, CreatedAt: tx.Now, phone: phone,
	}
	if known != nil {
		offered.DelegateID = known.ID
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
	delegate, _, err := s.Residents.SignInByPhone(ctx, tx, phone) // a phone never seen gets the account that its owner finds
	if err != nil {
		return nil, nil, err
	}
	offered.DelegateID = delegate.ID
	if err := s.insert(tx, offered); err != nil {
		return nil, nil, err
	}
	return offered, nil, s.Tell(ctx, tx, delegate.ID, News{Notice: NoticeOffered})
}

func identityRequired() []*models.Problem {
	return []*models.Problem{models.NewProblem("IDENTITY_REQUIRED", "", models.T("请先完成实名认证", "Please prove your identity first"))}
}

// Answer accepts or declines an offer made to the caller; the same answer again is no other.
func (s *Service) Answer(ctx context.Context, actor models.Actor, id models.ID, accept bool) (*Delegation, []*models.Problem, error) {
	return s.change(ctx, actor, id, func(tx *store.Tx, found *Delegation) ([]*models.Problem, error) {
		wanted := Revoked
		if accept {
			wanted = Active
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
		if accept {
			return nil, s.accept(ctx, tx, []*Delegation{found})
		}
		found.State = Revoked
		if err := answer(tx, found); err != nil {
			return nil, err
		}
		return nil, s.Tell(ctx, tx, found.GrantorID, News{Notice: NoticeEnded})
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
		s.ended(tx, found)
		return nil, s.Tell(ctx, tx, other, News{Notice: NoticeEnded})
	})
}

func over() []*models.Problem {
	return []*models.Problem{models.NewProblem("EXPIRED", "delegationId", models.T("该委托已收回或已到期", "This delegation was taken back or has ended"))}
}

// change works on a delegation that the caller gave or received; any other does not exist.
func (s *Service) change(
	ctx context.Context, actor models.Actor, id models.ID, work func(tx *store.Tx, found *Delegation) ([]*models.Problem, error),
) (*Delegation, []*models.Problem, error) {
	if !actor.MayBeDelegate() {
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
	lot := &models.Lot[*Delegation]{All: all}
	for _, one := range all {
		one.on(today).lot = lot
	}
	return all
}

// Delegate is who may act, as the grantor sees it: nothing but the phone that was typed before the offer is accepted. A volunteer
// is seen afterwards too.
func (s *Service) Delegate(ctx context.Context, d *Delegation) (*resident.Resident, error) {
	if d.State == Active || d.Kind == Helper {
		return s.side(ctx, d, d.DelegateID)
	}
	return &resident.Resident{ID: d.ID, Phone: d.phone}, nil
}

// Grantor is for whom a delegate may act.
func (s *Service) Grantor(ctx context.Context, d *Delegation) (*resident.Resident, error) {
	return s.side(ctx, d, d.GrantorID)
}

// side is one of the two, read with all others of the list.
func (s *Service) side(ctx context.Context, d *Delegation, person models.ID) (*resident.Resident, error) {
	if d.lot == nil {
		return s.Residents.ByID(ctx, person)
	}
	found, err := models.OfLot(d.lot, "people", func(all []*Delegation) (map[models.ID]*resident.Resident, error) {
		ids := make([]models.ID, 0, 2*len(all))
		for _, one := range all {
			ids = append(ids, one.GrantorID, one.DelegateID)
		}
		return s.Residents.ByIDs(ctx, ids)
	})
	if err == nil && found[person] == nil {
		err = models.NotFound()
	}
	return found[person], err
}

// Acting are the delegations by which somebody may act for a person in an item at this moment. Inside a transaction (tx not nil)
// the rows stay as they are until its end, so that nothing is done with a power that is being taken back. Who begins to use an offer
// has accepted it.
func (s *Service) Acting(ctx context.Context, tx *store.Tx, delegate, grantor models.ID, item string) (Standing, error) {
	db := s.Store.Reader(ctx)
	if tx != nil {
		db = tx.Locked().WithContext(ctx)
	}
	found, err := s.usable(db, delegate, grantor)
	if err != nil {
		return nil, fmt.Errorf("acting: %w", err)
	}
	today := s.today()
	standing := slices.DeleteFunc(slices.Clone(found), func(one *Delegation) bool { return one.allows(item, today) == nil })
	if len(standing) > 0 {
		return standing, nil
	}
	offers := slices.DeleteFunc(found, func(one *Delegation) bool {
		return one.State != Offered || one.Until < today || !slices.Contains(one.ItemCodes, item)
	})
	if len(offers) == 0 {
		return nil, nil
	}
	return s.takeUp(ctx, tx, offers, item)
}

// takeUp accepts what a person has offered to somebody for an item: whoever acts on it has said yes. Only a person whose identity is
// bound accepts. Whoever only looks has it read again, so that of two who look at once one accepts.
func (s *Service) takeUp(ctx context.Context, tx *store.Tx, offers Standing, item string) (standing Standing, err error) {
	delegate, grantor := offers[0].DelegateID, offers[0].GrantorID
	person, err := s.Residents.ByID(ctx, delegate)
	if err != nil || !person.Bound() {
		return nil, err
	}
	if tx != nil {
		return offers, s.accept(ctx, tx, offers)
	}
	err = s.Store.InTx(ctx, func(tx *store.Tx) (err error) {
		standing, err = s.Acting(ctx, tx, delegate, grantor, item)
		return err
	})
	return standing, err
}

func (s *Service) accept(ctx context.Context, tx *store.Tx, offers []*Delegation) error {
	for _, offer := range offers {
		offer.State = Active
		if err := answer(tx, offer); err != nil {
			return err
		}
		if err := s.Tell(ctx, tx, offer.GrantorID, News{Notice: NoticeAccepted}); err != nil {
			return err
		}
	}
	return nil
}

// Open are the delegations by which somebody may act for anybody at this moment.
func (s *Service) Open(ctx context.Context, delegate models.ID) (Standing, error) {
	found, err := s.open(s.Store.Reader(ctx), delegate, s.today())
	if err != nil {
		return nil, fmt.Errorf("open delegations: %w", err)
	}
	return found, nil
}

// Follower is somebody who may follow a person's applications for some items.
type Follower struct {
	ID        models.ID
	ItemCodes []string
}

// Followers are the people's own delegates with TRACK; volunteers are none.
func (s *Service) Followers(_ context.Context, tx *store.Tx, grantors []models.ID) (map[models.ID][]Follower, error) {
	found, err := s.followed(tx, grantors, models.DateOf(tx.Now))
	if err != nil {
		return nil, fmt.Errorf("followers: %w", err)
	}
	followers := map[models.ID][]Follower{}
	for _, one := range found {
		if slices.Contains(one.Powers, Track) {
			followers[one.GrantorID] = append(followers[one.GrantorID], Follower{one.DelegateID, one.ItemCodes})
		}
	}
	return followers, nil
}

// Rehome gives what was offered to an account without an identity to the person whose account its phone joins.
func (s *Service) Rehome(_ context.Context, tx *store.Tx, from, to models.ID) error {
	if err := rehome(tx, from, to); err != nil {
		return fmt.Errorf("rehome delegations: %w", err)
	}
	return nil
}

// Succeed gives what somebody signed before having an account to the account that takes the record's place.
func (s *Service) Succeed(_ context.Context, tx *store.Tx, record, account models.ID) error {
	if err := succeed(tx, record, account); err != nil {
		return fmt.Errorf("pass delegations on: %w", err)
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
