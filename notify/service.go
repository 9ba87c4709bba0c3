package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"onewindow/models"
	"onewindow/models/casework"
	"onewindow/models/catalogue"
	"onewindow/models/sealed"
	"onewindow/models/signal"
	"onewindow/models/store"
)

// Config is what the service works with. Parts that say so may be left out; the others are required.
type Config struct {
	Store   *store.Store
	Keyring *sealed.Keyring
	Hub     *signal.Hub
	Logger  *slog.Logger
	// OutboxFolder takes what would be sent on channels without a provider.
	OutboxFolder string
	// Providers are the ways out that are configured, PerSecond their limits; both may be nil.
	Providers map[Channel]Provider
	PerSecond map[Channel]int
	// Redis shares the limits between replicas; nil: each keeps to them by itself.
	Redis redis.UniversalClient
	// WeChatTemplates are the mini-program's; nil: no message goes out there.
	WeChatTemplates WeChatTemplates
	// Registerer takes the metrics; nil: nobody counts.
	Registerer prometheus.Registerer
	// Reminders stand where an item names none; the zero value: the catalogue's defaults.
	Reminders catalogue.Reminders
	// DueAt gives when a case is promised at a moment, nil before acceptance.
	DueAt func(kase *casework.Case, item *catalogue.Item, now time.Time) *time.Time
	// Stand tells how a case at hand stands, Standings how cases stand inside the transaction; those that do not exist are left out.
	Stand     func(kase *casework.Case, item *catalogue.Item, now time.Time) casework.Standing
	Standings func(ctx context.Context, tx *store.Tx, ids []models.ID) (map[models.ID]casework.Standing, error)
	// Tasks gives the work of cases that somebody still has to do; nil: no staff are reminded.
	Tasks func(ctx context.Context, tx *store.Tx, ids []models.ID) ([]*casework.Task, error)
	// Expires tells until when documents are valid that do expire and that nothing newer has replaced; nil: none does.
	Expires func(ctx context.Context, tx *store.Tx, documentIDs []models.ID) (map[models.ID]models.Date, error)
	// Addresses gives where residents can be reached; email addresses are known here. A resident without any is no error.
	Addresses func(ctx context.Context, residentIDs []models.ID) (map[models.ID]Addresses, error)
	// ForgetDevice throws away a push token that its provider has refused for good, if it is still the device's. May be nil.
	ForgetDevice func(ctx context.Context, tx *store.Tx, residentID models.ID, deviceID, token string) error
	// People gives the masked names and phones of residents.
	People func(ctx context.Context, residentIDs []models.ID) (map[models.ID]MaskedPerson, error)
	// Helpers gives who helps people and may see their cases; nil: nobody gets copies.
	Helpers func(ctx context.Context, tx *store.Tx, residentIDs []models.ID) (map[models.ID][]Helper, error)
	// Guardians gives who has minors in their care; nil: nobody is told of what concerns a minor but the minor.
	Guardians func(ctx context.Context, tx *store.Tx, residentIDs []models.ID) (map[models.ID][]models.ID, error)
	// Consents tells who has given a consent that still holds; nil: nobody has.
	Consents func(ctx context.Context, tx *store.Tx, purpose string, residentIDs []models.ID) (map[models.ID]bool, error)
	// Occasions are the rules about what is no case.
	Occasions []Occasion
	// House is what the city chose; what it leaves out is as in DefaultHouseRules.
	House HouseRules
	// Working tells whether offices work on a day; nil: from Monday to Friday.
	Working func(models.Date) bool
	// WatchEvery is how often a watcher looks for itself, since signals may be lost; 0: ten seconds.
	WatchEvery time.Duration
}

// Service is the room's use cases. It is safe for concurrent use.
type Service struct {
	store     *store.Store
	keyring   *sealed.Keyring
	hub       *signal.Hub
	logger    *slog.Logger
	outbox    *Outbox
	providers map[Channel]Provider
	limiter   *limiter
	turns     turns
	metrics   *metrics
	// places bound what is sent past the queues, departing is who is at it.
	places    map[Channel]chan struct{}
	departing sync.WaitGroup
	house     HouseRules
	timetable Timetable

	weChatTemplates WeChatTemplates

	dueAt     func(*casework.Case, *catalogue.Item, time.Time) *time.Time
	addresses func(context.Context, []models.ID) (map[models.ID]Addresses, error)
	people    func(context.Context, []models.ID) (map[models.ID]MaskedPerson, error)
	stand     func(*casework.Case, *catalogue.Item, time.Time) casework.Standing
	standings func(context.Context, *store.Tx, []models.ID) (map[models.ID]casework.Standing, error)
	tasks     func(context.Context, *store.Tx, []models.ID) ([]*casework.Task, error)
	expires   func(context.Context, *store.Tx, []models.ID) (map[models.ID]models.Date, error)

	helpers   func(context.Context, *store.Tx, []models.ID) (map[models.ID][]Helper, error)
	guardians func(context.Context, *store.Tx, []models.ID) (map[models.ID][]models.ID, error)
	consents  func(context.Context, *store.Tx, string, []models.ID) (map[models.ID]bool, error)
	occasions map[Rule]Occasion
	rounds    rounds

	forgetDevice func(context.Context, *store.Tx, models.ID, string, string) error
	watchEvery   time.Duration
}

// New makes the service; a missing part is an error of whoever assembles the system.
func New(config Config) (*Service, error) {
	if config.Store == nil || config.Keyring == nil || config.Hub == nil || config.Logger == nil || config.OutboxFolder == "" ||
		config.DueAt == nil || config.Addresses == nil || config.Stand == nil || config.Standings == nil || config.People == nil {
		return nil, errors.New("notify: a part is missing")
	}
	house, err := config.House.filledIn()
	if err != nil {
		return nil, fmt.Errorf("notify: %w", err)
	}
	timetable := Timetable{
		Days: withDefaults(config.Reminders, catalogue.DefaultReminders()), Reminder: house.ReminderAt.minute(), Digest: house.DigestAt.minute(),
		Working: config.Working,
	}
	if config.WatchEvery == 0 {
		config.WatchEvery = 10 * time.Second
	}
	if config.Registerer == nil {
		config.Registerer = prometheus.NewRegistry()
	}
	occasions, err := occasionsOf(config.Occasions)
	if err != nil {
		return nil, err
	}
	metrics, err := newMetrics(config.Registerer)
	if err != nil {
		return nil, err
	}
	places := map[Channel]chan struct{}{}
	for _, channel := range Outgoing() {
		places[channel] = make(chan struct{}, lotsAtOnce)
	}
	return &Service{
		places: places, store: config.Store, keyring: config.Keyring, hub: config.Hub, logger: config.Logger,
		outbox: NewOutbox(config.OutboxFolder), providers: config.Providers, house: house, timetable: timetable,
		limiter: newLimiter(config.Redis, config.PerSecond, config.Store.Clock().Now), metrics: metrics,
		weChatTemplates: config.WeChatTemplates, dueAt: config.DueAt, addresses: config.Addresses, people: config.People,
		stand: config.Stand, standings: config.Standings, tasks: config.Tasks, expires: config.Expires, helpers: config.Helpers,
		guardians: config.Guardians, consents: config.Consents, occasions: occasions, forgetDevice: config.ForgetDevice, watchEvery: config.WatchEvery,
	}, nil
}

// Changed writes what the applicant is told of a change of a case and brings the reminders into line with it. casework
// calls it inside the transaction of the change, so that they stand or fall together.
func (s *Service) Changed(_ context.Context, tx *store.Tx, change casework.Change) error {
	if err := s.write(tx, noticesOf(change, s.dueAt(change.After, change.Item, tx.Now))); err != nil {
		return err
	}
	return s.plan(tx, change)
}

// Tell writes a notice that is about no case, e.g. SessionEnded, in the caller's transaction.
func (s *Service) Tell(_ context.Context, tx *store.Tx, residentID models.ID, kind Kind, params Params) error {
	return s.write(tx, []notice{{residentID: residentID, kind: kind, params: params}})
}

// TellInInbox is Tell for an account that no channel reaches, such as a volunteer's: it is read there.
func (s *Service) TellInInbox(_ context.Context, tx *store.Tx, residentID models.ID, kind Kind, params Params) error {
	return s.write(tx, []notice{{residentID: residentID, kind: kind, params: params, inboxOnly: true}})
}

// TellAs is Tell for a message that has the id of what it asks about, so that its reader can answer.
func (s *Service) TellAs(_ context.Context, tx *store.Tx, id, residentID models.ID, kind Kind, params Params) error {
	return s.write(tx, []notice{{id: id, residentID: residentID, kind: kind, params: params}})
}

// Rehome gives the messages of an account without an identity to the person whose account its phone joins.
func (s *Service) Rehome(_ context.Context, tx *store.Tx, from, to models.ID) error {
	if err := rehome(tx, from, to); err != nil {
		return fmt.Errorf("rehome messages: %w", err)
	}
	return nil
}

// Inbox gives one page of the caller's messages, newest first.
func (s *Service) Inbox(ctx context.Context, actor models.Actor, request models.PageRequest, unreadOnly bool) (*Inbox, error) {
	residentID := actor.PersonID()
	if residentID == "" {
		return nil, models.NotSignedIn()
	}
	after, err := positionOf(request.After)
	if err != nil {
		return nil, err
	}
	reader := s.store.Reader(ctx)
	rows, err := selectInbox(reader, residentID, unreadOnly, after, request.First+1)
	if err != nil {
		return nil, err
	}
	total, unread, err := countInbox(reader, residentID)
	if err != nil {
		return nil, err
	}
	inbox := &Inbox{TotalCount: total, UnreadCount: unread}
	if unreadOnly {
		inbox.TotalCount = unread
	}
	chosen, err := s.preferences(reader, []models.ID{residentID})
	if err != nil {
		return nil, err
	}
	messages := s.messages(rows, chosen[residentID].variant())
	lot := &models.Lot[*Message]{All: messages}
	for _, message := range messages {
		message.lot = lot
	}
	page := models.NewPage(messages, request, inbox.TotalCount, func(message *Message) string {
		return store.Cursor(message.At, message.ID)
	})
	inbox.Edges, inbox.PageInfo = page.Edges, page.PageInfo
	return inbox, nil
}

// positionOf reads a cursor that a list gave; nil: from the start.
func positionOf(cursor string) (*inboxPosition, error) {
	if cursor == "" {
		return nil, nil
	}
	after := &inboxPosition{}
	if err := store.ReadCursor(cursor, &after.at, &after.id); err != nil {
		return nil, err
	}
	if _, isID := models.ParseID(string(after.id)); !isID {
		return nil, models.BadInput(models.T("after 不是本列表给出的游标", "after is not a cursor of this list"))
	}
	return after, nil
}

// wellFormed leaves out what cannot be the identifier of anything.
func wellFormed(ids []models.ID) []models.ID {
	known := make([]models.ID, 0, len(ids))
	for _, id := range ids {
		if parsed, isID := models.ParseID(string(id)); isID {
			known = append(known, parsed)
		}
	}
	return known
}

// MarkRead marks the caller's messages as read and gives how many are left. Ids that are not the caller's are not found,
// and nothing happens to them.
func (s *Service) MarkRead(ctx context.Context, actor models.Actor, ids []models.ID) (unread int, err error) {
	residentID := actor.PersonID()
	if residentID == "" {
		return 0, models.NotSignedIn()
	}
	known := wellFormed(ids)
	err = s.store.InTx(ctx, func(tx *store.Tx) error {
		if err := markRead(tx, residentID, known); err != nil {
			return err
		}
		if err := settleTold(tx, residentID, known, actor.ID); err != nil { // who has read it need not be called any more
			return err
		}
		_, unread, err = countInbox(tx.DB, residentID)
		return err
	})
	return unread, err
}

// Settings gives how the caller wants to be told, with the addresses masked.
func (s *Service) Settings(ctx context.Context, actor models.Actor) (*Settings, error) {
	residentID := actor.PersonID()
	if residentID == "" {
		return nil, models.NotSignedIn()
	}
	chosen, err := s.preferences(s.store.Reader(ctx), []models.ID{residentID})
	if err != nil {
		return nil, err
	}
	return s.settings(ctx, residentID, chosen[residentID])
}

// SetSettings changes what the input names. What does not fit comes back as problems, and nothing is changed then.
func (s *Service) SetSettings(ctx context.Context, actor models.Actor, input SettingsInput) (*Settings, []*models.Problem, error) {
	residentID := actor.PersonID()
	if residentID == "" {
		return nil, nil, models.NotSignedIn()
	}
	reached, err := s.reach(ctx, []models.ID{residentID})
	if err != nil {
		return nil, nil, err
	}
	var chosen preferences
	var problems []*models.Problem
	err = s.store.InTx(ctx, func(tx *store.Tx) error {
		found, err := s.preferences(tx.Locked(), []models.ID{residentID})
		if err != nil {
			return err
		}
		chosen = found[residentID]
		if problems = chosen.apply(input, reached[residentID]); len(problems) > 0 {
			return nil
		}
		return savePreferences(tx, residentID, chosen)
	})
	if err != nil || len(problems) > 0 {
		return nil, problems, err
	}
	settings, err := s.settings(ctx, residentID, chosen)
	return settings, nil, err
}

func (s *Service) settings(ctx context.Context, residentID models.ID, chosen preferences) (*Settings, error) {
	reached, err := s.reach(ctx, []models.ID{residentID})
	if err != nil {
		return nil, err
	}
	quotas, err := s.quotas(ctx, reached)
	if err != nil {
		return nil, err
	}
	addresses := reached[residentID]
	settings := &Settings{
		QuietHours: &QuietHours{chosen.Quiet.Start, chosen.Quiet.End}, Locale: string(chosen.Locale), LargeText: chosen.LargeText,
		PlainLanguage: chosen.PlainLanguage, CopyHelpers: chosen.CopyHelpers,
	}
	if !addresses.OpenID.IsZero() {
		settings.WeChatTemplates = s.weChatTemplates.wanted(quotas[residentID])
	}
	for _, channel := range channels() {
		bound := channel == InboxChannel || len(addresses.on(channel)) > 0
		settings.Channels = append(settings.Channels, &ChannelSetting{
			Channel: channel, Enabled: chosen.isOn(channel, bound), Verified: bound, Address: addresses.masked(channel),
		})
	}
	return settings, nil
}

// SendCode sends a one-time code by SMS at once. It touches no database: codes live in Redis and are worthless minutes later.
func (s *Service) SendCode(ctx context.Context, phone models.PhoneNumber, code string, locale models.Locale) error {
	return s.SendTo(ctx, phone, LoginCode, Params{Code: code}, locale)
}

// PhoneProven lets SMS go to a phone again that a provider has refused: its owner has just received a code on it.
func (s *Service) PhoneProven(_ context.Context, tx *store.Tx, residentID models.ID) error {
	return deleteBadAddresses(tx, residentID, SMS)
}

// provider is a channel's, or the outbox.
func (s *Service) provider(channel Channel) Provider {
	if provider := s.providers[channel]; provider != nil {
		return provider
	}
	return s.outbox.on(channel)
}
