package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"onewindow/models"
	"onewindow/models/resident"
	"onewindow/models/sealed"
	"onewindow/models/store"
)

// Limits are the numbers that signing in is held to. The tags are read by server/config.
type Limits struct {
	CodeLife  time.Duration `env:"LIFE" help:"how long a one-time code is valid" example:"5m"`
	CodeEvery time.Duration `env:"EVERY" help:"time between two codes for a phone" example:"1m"`
	// CodesADay is for a phone, CodesAnHour for a network address.
	CodesADay   int `env:"A_DAY" help:"codes for a phone in 24 hours" example:"5"`
	CodesAnHour int `env:"AN_HOUR" help:"codes for an address in an hour" example:"20"`
	// NetworkCodesAnHour is for the network around an address, PrefixCodesAnHour for the ten thousand phones of one prefix:
	// neither many addresses nor many phones in a row make a way around the others.
	NetworkCodesAnHour int `env:"NETWORK_AN_HOUR" help:"codes for the network around an address in an hour" example:"200"`
	PrefixCodesAnHour  int `env:"PREFIX_AN_HOUR" help:"codes for the ten thousand phones of one prefix in an hour" example:"300"`
	// TriesACode is how often a code may be tried, WrongCodesAnHour how many wrong ones a phone has.
	TriesACode       int `env:"TRIES" help:"tries of one code" example:"5"`
	WrongCodesAnHour int `env:"WRONG_AN_HOUR" help:"wrong codes for a phone in an hour" example:"10"`
	// WrongPasswordsAnHour is for a username.
	WrongPasswordsAnHour int `env:"WRONG_PASSWORDS_AN_HOUR" help:"wrong passwords for a staff member in an hour" example:"10"`
}

// DefaultLimits are the limits of the public door.
func DefaultLimits() Limits {
	return Limits{
		CodeLife: 5 * time.Minute, CodeEvery: time.Minute, CodesADay: 5, CodesAnHour: 20, NetworkCodesAnHour: 200, PrefixCodesAnHour: 300,
		TriesACode: 5, WrongCodesAnHour: 10, WrongPasswordsAnHour: 10,
	}
}

// Config is what the service is made of.
type Config struct {
	Store     *store.Store
	Keyring   *sealed.Keyring
	Residents *resident.Service
	// Redis must be made with ContextTimeoutEnabled: every question to it is bounded.
	Redis redis.UniversalClient
	Keys  *Keys
	// TokenClock is the machine's own clock, also in demo mode: a demo whose clock is moved keeps its people signed in.
	TokenClock models.Clock
	// SendCode tells a person the code.
	SendCode func(ctx context.Context, phone models.PhoneNumber, code string, locale models.Locale) error
	// OnReuse tells a resident, in the transaction that ends the session, that a refresh token was used a second time. May be nil.
	OnReuse func(ctx context.Context, tx *store.Tx, residentID models.ID) error
	// OnNewDevice tells a resident, in the transaction that signs in, that this happened on a device never seen while others
	// are signed in. May be nil.
	OnNewDevice func(ctx context.Context, tx *store.Tx, residentID models.ID) error
	// OnPhoneProven is told, in the transaction that signs in, that a resident has just received a code on the phone. May be nil.
	OnPhoneProven func(ctx context.Context, tx *store.Tx, residentID models.ID) error
	// WeChat asks WeChat who signs in; nil: nobody can sign in with it.
	WeChat *WeChat
	// OnSpent is told the name of a budget of one-time codes that refused somebody, for an alarm. May be nil.
	OnSpent func(ctx context.Context, budget string)
	Limits  Limits
}

// The budgets of one-time codes, as OnSpent names them.
const (
	BudgetPhone       = "phone"
	BudgetPhonePrefix = "phone-prefix"
	BudgetAddress     = "address"
	BudgetNetwork     = "network"
	BudgetWrongCodes  = "wrong-codes"
)

// Service signs people in and tells who they are. It is safe for concurrent use.
type Service struct {
	store     *store.Store
	keyring   *sealed.Keyring
	residents *resident.Service
	keys      *Keys
	clock     models.Clock
	sendCode  func(ctx context.Context, phone models.PhoneNumber, code string, locale models.Locale) error
	onReuse   func(ctx context.Context, tx *store.Tx, residentID models.ID) error
	onNew     func(ctx context.Context, tx *store.Tx, residentID models.ID) error
	onProven  func(ctx context.Context, tx *store.Tx, residentID models.ID) error
	weChat    *WeChat
	codes     *codes
	passwords *passwords
	verified  *verifiedTokens
	live      *live
}

// New makes the service. It asks nobody: Start does.
func New(config Config) *Service {
	if config.OnSpent == nil {
		config.OnSpent = func(context.Context, string) {}
	}
	return &Service{
		store: config.Store, keyring: config.Keyring, residents: config.Residents, keys: config.Keys, clock: config.TokenClock,
		sendCode: config.SendCode, onReuse: config.OnReuse, onNew: config.OnNewDevice, onProven: config.OnPhoneProven, weChat: config.WeChat,
		codes:     &codes{redis: config.Redis, keyring: config.Keyring, limits: config.Limits, spent: config.OnSpent},
		passwords: newPasswords(),
		verified:  &verifiedTokens{tokens: map[tokenHash]verified{}},
		live:      &live{revoked: map[models.ID]time.Time{}, moved: map[models.ID]moved{}, staff: map[models.ID]*StaffMember{}},
	}
}

// JWKS is the public part of the keys, as /.well-known/jwks.json shows it.
func (s *Service) JWKS() []byte { return s.keys.JWKS() }

// CodeSent is the answer to who asks for a code: the same for every phone, known or not.
type CodeSent struct {
	SentTo    *string
	ExpiresAt *time.Time
	// RetryAt is when another code can be asked for.
	RetryAt *time.Time
}

// RequestCode sends a one-time code to a phone.
func (s *Service) RequestCode(ctx context.Context, actor models.Actor, phone string) (*CodeSent, []*models.Problem, error) {
	number, err := models.ParsePhone(phone)
	if err != nil {
		return &CodeSent{}, phoneProblem(), nil //nolint:nilerr // a problem: what the person can mend
	}
	return s.sendTo(ctx, actor, number, slot{phone: s.residents.PhoneIndex(number)}, func(ctx context.Context, code string) error {
		return s.sendCode(ctx, number, code, actor.Locale)
	})
}

// sendTo makes a code, if every budget allows one more, and has it sent.
func (s *Service) sendTo(
	ctx context.Context, actor models.Actor, number models.PhoneNumber, of slot, send func(ctx context.Context, code string) error,
) (*CodeSent, []*models.Problem, error) {
	now := s.clock.Now()
	if err := s.takeShared(ctx, of.purpose, actor.Address, number, now); err != nil {
		return nil, nil, err
	}
	code, verdict, err := s.codes.issue(ctx, of, now)
	if err != nil {
		return nil, nil, redisUnavailable(err)
	}
	masked, next := number.Masked(), verdict.next.UTC()
	if !verdict.allowed {
		return &CodeSent{SentTo: &masked, RetryAt: &next}, codeBudgetProblem(verdict, now), nil
	}
	if err := send(ctx, code); err != nil {
		unavailable := models.Unavailable(models.T("验证码暂时无法发送，请稍后再试", "The code cannot be sent at the moment, please try again later"))
		return nil, nil, fmt.Errorf("%w: send code: %w", unavailable, errors.Join(err, s.codes.recall(ctx, of)))
	}
	expires := now.Add(s.codes.limits.CodeLife).UTC()
	return &CodeSent{SentTo: &masked, ExpiresAt: &expires, RetryAt: &next}, nil, nil
}

// share is one budget that callers have in common.
type share struct {
	budget, key string
	most        int
}

// takeShared counts on the budgets that one phone shares with others: of the address, the network around it and the prefix.
func (s *Service) takeShared(ctx context.Context, purpose Purpose, address string, number models.PhoneNumber, now time.Time) error {
	if err := s.takeAddress(ctx, purpose, address, now); err != nil {
		return err
	}
	return s.take(ctx, now, share{BudgetPhonePrefix, s.codes.prefixKey(number), s.codes.limits.PrefixCodesAnHour})
}

// takeAddress counts on the budgets of an address and the network around it.
func (s *Service) takeAddress(ctx context.Context, purpose Purpose, address string, now time.Time) error {
	if address == "" {
		return nil
	}
	return s.take(ctx, now, share{BudgetAddress, s.codes.addressKey(purpose, address), s.codes.limits.CodesAnHour},
		share{BudgetNetwork, s.codes.networkKey(purpose, address), s.codes.limits.NetworkCodesAnHour})
}

func (s *Service) take(ctx context.Context, now time.Time, shares ...share) error {
	for _, one := range shares {
		verdict, err := s.codes.take(ctx, one.key, now, time.Hour, one.most, 0)
		if err != nil {
			return redisUnavailable(err)
		}
		if !verdict.allowed {
			s.codes.spent(ctx, one.budget)
			return models.RateLimited(secondsUntil(verdict.next, now))
		}
	}
	return nil
}

func secondsUntil(moment, now time.Time) int { return int(moment.Sub(now)/time.Second) + 1 }

func phoneProblem() []*models.Problem {
	return []*models.Problem{models.NewProblem("FORMAT", "phone", models.T("手机号码格式有误", "The phone number is not valid"))}
}

func codeBudgetProblem(verdict budget, now time.Time) []*models.Problem {
	if verdict.tooSoon {
		return []*models.Problem{models.NewProblem("TOO_SOON", "phone", models.T(
			fmt.Sprintf("验证码刚刚发送过，请 %d 秒后再试", secondsUntil(verdict.next, now)),
			fmt.Sprintf("A code was sent a moment ago, please try again in %d seconds", secondsUntil(verdict.next, now))))}
	}
	return []*models.Problem{models.NewProblem("TOO_MANY", "phone", models.T(
		"24 小时内发送的验证码已达上限，请稍后再试或到服务窗口办理", "No more codes can be sent to this phone within 24 hours, please try again later or come to a service window"))}
}

// codeMismatch is one wording for a wrong code, one that has expired or was used, and a phone that never asked for one.
func codeMismatch() []*models.Problem {
	return []*models.Problem{models.NewProblem("MISMATCH", "code", models.T(
		"验证码不正确或已失效，请核对或重新获取", "The code is wrong or no longer valid, please check it or ask for a new one"))}
}

// Login signs a resident in with the code that was sent; a phone never seen before gets an account.
func (s *Service) Login(ctx context.Context, _ models.Actor, phone, code string, device *DeviceInput) (*Session, *resident.Resident, []*models.Problem, error) {
	number, err := models.ParsePhone(phone)
	if err != nil {
		return nil, nil, phoneProblem(), nil //nolint:nilerr // a problem: what the person can mend
	}
	if problems := checkDevice(device, "device."); len(problems) > 0 {
		return nil, nil, problems, nil
	}
	if code = models.Halfwidth(code); !isSixDigits(code) {
		return nil, nil, codeMismatch(), nil
	}
	right, err := s.codes.try(ctx, slot{phone: s.residents.PhoneIndex(number)}, code, s.clock.Now())
	if err != nil {
		return nil, nil, nil, redisUnavailable(err)
	}
	if !right {
		return nil, nil, codeMismatch(), nil
	}
	session, person, err := s.signIn(ctx, device, func(tx *store.Tx) (*resident.Resident, error) {
		person, _, err := s.residents.SignInByPhone(ctx, tx, number)
		if err == nil && s.onProven != nil {
			err = s.onProven(ctx, tx, person.ID)
		}
		return person, err
	})
	return session, person, nil, err
}

// signIn opens a session for whom the work in the transaction finds.
func (s *Service) signIn(ctx context.Context, device *DeviceInput, find func(tx *store.Tx) (*resident.Resident, error)) (session *Session, person *resident.Resident, err error) {
	err = s.store.InTx(ctx, func(tx *store.Tx) error {
		var err error
		if person, err = find(tx); err != nil {
			return err
		}
		deviceID := ""
		if device != nil {
			deviceID = device.ID
		}
		if err = s.tellOfDevice(ctx, tx, person.ID, deviceID); err != nil {
			return err
		}
		if device != nil {
			if _, err = s.saveDevice(tx, person.ID, device); err != nil {
				return err
			}
		}
		session, err = s.openSession(tx, person.ID, kindResident, deviceID, residentRefreshLife)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("login: %w", err)
	}
	return session, person, nil
}

// tellOfDevice lets the owner of an account know that somebody signed in on a device never seen, where others are signed in
// already: who copied a code cannot come in unnoticed. A client that names no device counts as one of its own.
func (s *Service) tellOfDevice(ctx context.Context, tx *store.Tx, person models.ID, device string) error {
	if s.onNew == nil {
		return nil
	}
	seen, others, err := seenDevices(tx, person, device, s.now())
	if err != nil || seen || !others {
		return err
	}
	return s.onNew(ctx, tx, person)
}

// RegisterDevice keeps a resident's device, so that messages can be pushed to it.
func (s *Service) RegisterDevice(ctx context.Context, actor models.Actor, input DeviceInput) (*Device, []*models.Problem, error) {
	if actor.Kind != models.Resident {
		return nil, nil, models.NotAllowed()
	}
	if problems := checkDevice(&input, ""); len(problems) > 0 {
		return nil, problems, nil
	}
	var device *Device
	err := s.store.InTx(ctx, func(tx *store.Tx) (err error) {
		device, err = s.saveDevice(tx, actor.ID, &input)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("register device: %w", err)
	}
	return device, nil, nil
}

// PushTargets gives the devices of residents that messages can be pushed to, those seen last first.
func (s *Service) PushTargets(ctx context.Context, residentIDs []models.ID) (map[models.ID][]PushTarget, error) {
	targets, err := s.pushTargets(s.store.Reader(ctx), residentIDs)
	if err != nil {
		return nil, fmt.Errorf("push targets: %w", err)
	}
	return targets, nil
}

// ForgetPushToken throws away a token that the push provider does not know any more. A device that has brought another since
// keeps it.
func (s *Service) ForgetPushToken(_ context.Context, tx *store.Tx, residentID models.ID, deviceID, token string) error {
	generation, err := tx.IndexGeneration()
	if err != nil {
		return fmt.Errorf("forget push token: %w", err)
	}
	indexes, err := s.keyring.Indexes(generation, purposePushToken, token)
	if err == nil {
		err = forgetPushToken(tx, residentID, deviceID, indexes)
	}
	if err != nil {
		return fmt.Errorf("forget push token: %w", err)
	}
	return nil
}
