package auth_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"onewindow/auth"
	"onewindow/models"
	"onewindow/models/resident"
	"onewindow/models/sealed"
	"onewindow/models/store"
	"onewindow/models/store/storetest"
)

// house is a replica with everything around it. clock is the machine's: codes and tokens live by it.
type house struct {
	auth   *auth.Service
	config auth.Config
	store  *store.Store
	clock  *storetest.Clock
	mutex  sync.Mutex
	codes  map[models.PhoneNumber]string
	told   []models.ID
	warned []models.ID
	spent  []string
	broken bool
}

const phone, otherPhone = "13800000001", "13800000002"

func signingKey(t *testing.T, fill string) auth.SigningKey {
	t.Helper()
	key, err := auth.NewSigningKey([]byte(strings.Repeat(fill, 32)))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func each(t *testing.T, story func(t *testing.T, h *house)) {
	storetest.Each(t, func(t *testing.T, open func(*testing.T, *storetest.Clock) *store.Store) {
		field, _ := sealed.NewKey(1, []byte(strings.Repeat("f", sealed.KeySize)))
		index, _ := sealed.NewKey(2, []byte(strings.Repeat("i", sealed.KeySize)))
		keyring, err := sealed.NewKeyring([]sealed.Key{field}, index)
		if err != nil {
			t.Fatal(err)
		}
		keys, err := auth.NewKeys(signingKey(t, "k"), signingKey(t, "p"))
		if err != nil {
			t.Fatal(err)
		}
		server := miniredis.RunT(t)
		client := redis.NewClient(&redis.Options{Addr: server.Addr(), ContextTimeoutEnabled: true})
		t.Cleanup(func() { _ = client.Close() })
		h := &house{clock: storetest.NewClock("2026-03-02T09:00:00+08:00"), codes: map[models.PhoneNumber]string{}}
		h.store = open(t, storetest.NewClock("2031-01-01T00:00:00+08:00")) // the city's clock stands elsewhere
		h.config = auth.Config{
			Store: h.store, Keyring: keyring, Residents: resident.New(h.store, keyring), Redis: client, Keys: keys,
			TokenClock: h.clock, SendCode: h.send, Limits: auth.DefaultLimits(),
			OnNewDevice: func(_ context.Context, _ *store.Tx, id models.ID) error { h.warned = append(h.warned, id); return nil },
			OnSpent:     func(_ context.Context, budget string) { h.spent = append(h.spent, budget) },
			OnReuse:     func(_ context.Context, _ *store.Tx, id models.ID) error { h.told = append(h.told, id); return nil },
		}
		h.auth = auth.New(h.config)
		story(t, h)
	})
}

func (h *house) send(_ context.Context, phone models.PhoneNumber, code string, _ models.Locale) error {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if h.broken {
		return errors.New("no provider")
	}
	h.codes[phone] = code
	return nil
}

// request asks for a code and gives it.
func (h *house) request(t *testing.T, phone string) string {
	t.Helper()
	if _, problems, err := h.auth.RequestCode(context.Background(), models.Actor{}, phone); err != nil || len(problems) > 0 {
		t.Fatalf("request code: %s, %v", codes(problems), err)
	}
	number, _ := models.ParsePhone(phone)
	return h.codes[number]
}

func (h *house) login(t *testing.T, phone, code string) (*auth.Session, *resident.Resident, []*models.Problem) {
	t.Helper()
	session, person, problems, err := h.auth.Login(context.Background(), models.Actor{}, phone, code, nil)
	if err != nil {
		t.Fatal(err)
	}
	return session, person, problems
}

func (h *house) signIn(t *testing.T, phone string) (*auth.Session, *resident.Resident) {
	t.Helper()
	session, person, problems := h.login(t, phone, h.request(t, phone))
	if session == nil {
		t.Fatal(codes(problems))
	}
	return session, person
}

func codes(problems []*models.Problem) string {
	var found []string
	for _, problem := range problems {
		field := ""
		if problem.Field != nil {
			field = *problem.Field + " "
		}
		found = append(found, field+problem.Code)
	}
	return strings.Join(found, ", ")
}

func faultCode(err error) models.FaultCode {
	var fault *models.Fault
	if errors.As(err, &fault) {
		return fault.Code
	}
	return ""
}

// wrong is a code that is not the given one.
func wrong(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

func TestACodeSignsInOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		sent, problems, err := h.auth.RequestCode(ctx, models.Actor{}, phone)
		if err != nil || len(problems) > 0 || *sent.SentTo != "138****0001" || !sent.ExpiresAt.Equal(h.clock.Now().Add(5*time.Minute)) ||
			!sent.RetryAt.Equal(h.clock.Now().Add(time.Minute)) {
			t.Fatalf("%+v, %s, %v", sent, codes(problems), err)
		}
		code := h.codes[models.KnownPhone("+86"+phone)]
		session, person, problems := h.login(t, "+86"+phone, code)
		if session == nil {
			t.Fatal(codes(problems))
		}
		actor, err := h.auth.Verify(ctx, session.AccessToken)
		if err != nil || actor.Kind != models.Resident || actor.ID != person.ID || actor.SessionID == "" {
			t.Errorf("actor %+v, %v", actor, err)
		}
		if _, _, problems := h.login(t, phone, code); codes(problems) != "code MISMATCH" {
			t.Errorf("the code a second time: %s", codes(problems))
		}
		h.clock.Advance(time.Minute)
		if _, again := h.signIn(t, phone); again.ID != person.ID {
			t.Error("the same phone is another person")
		}
	})
}

func TestEveryWrongCodeHasOneWording(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		code := h.request(t, phone)
		_, _, first := h.login(t, phone, wrong(code))
		want := first[0].Message.In(models.Chinese)
		check := func(what, phone, code string) {
			t.Helper()
			session, _, problems := h.login(t, phone, code)
			if session != nil || codes(problems) != "code MISMATCH" || problems[0].Message.In(models.Chinese) != want {
				t.Errorf("%s: %s", what, codes(problems))
			}
		}
		check("a phone that never asked", otherPhone, "123456")
		check("five digits", phone, "12345")
		check("letters", phone, "12345a")
		check("nothing", phone, "")
		h.clock.Advance(5 * time.Minute)
		check("the right one after five minutes", phone, code)
		if _, _, problems := h.login(t, "12345", "123456"); codes(problems) != "phone FORMAT" {
			t.Errorf("a phone that is none: %s", codes(problems))
		}
		if _, problems, _ := h.auth.RequestCode(context.Background(), models.Actor{}, "12345"); codes(problems) != "phone FORMAT" {
			t.Errorf("a code for a phone that is none: %s", codes(problems))
		}
	})
}

func TestFiveTriesACodeHoweverManyAtOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		code := h.request(t, phone)
		var group sync.WaitGroup
		for range 50 {
			group.Go(func() {
				if session, _, problems, err := h.auth.Login(context.Background(), models.Actor{}, phone, wrong(code), nil); err != nil || session != nil {
					t.Errorf("%s, %v", codes(problems), err)
				}
			})
		}
		group.Wait()
		if session, _, _ := h.login(t, phone, code); session != nil {
			t.Error("the right code was taken after five wrong ones")
		}
	})
}

func TestTheRightCodeManyTimesAtOnceSignsInOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		code := h.request(t, phone)
		var group sync.WaitGroup
		var mutex sync.Mutex
		signedIn := 0
		for range 5 {
			group.Go(func() {
				session, _, _, err := h.auth.Login(context.Background(), models.Actor{}, phone, code, nil)
				if err != nil {
					t.Error(err)
				}
				mutex.Lock()
				defer mutex.Unlock()
				if session != nil {
					signedIn++
				}
			})
		}
		group.Wait()
		if signedIn != 1 {
			t.Errorf("one code signed in %d times", signedIn)
		}
	})
}

func TestTenWrongCodesAnHourForAPhone(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for range 2 {
			code := h.request(t, phone)
			for range 5 {
				h.login(t, phone, wrong(code))
			}
			h.clock.Advance(time.Minute)
		}
		if session, _, _ := h.login(t, phone, h.request(t, phone)); session != nil {
			t.Error("signed in after ten wrong codes within the hour")
		}
		if session, _ := h.signIn(t, otherPhone); session == nil {
			t.Error("another phone is held to this one's tries")
		}
		h.clock.Advance(time.Hour)
		if session, _ := h.signIn(t, phone); session == nil {
			t.Error("an hour later the phone is still held back")
		}
	})
}

func TestCodesAreBudgeted(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		h.request(t, phone)
		h.clock.Advance(59 * time.Second)
		sent, problems, err := h.auth.RequestCode(ctx, models.Actor{}, phone)
		if err != nil || codes(problems) != "phone TOO_SOON" || !sent.RetryAt.Equal(h.clock.Now().Add(time.Second)) {
			t.Errorf("after 59 seconds: %+v, %s, %v", sent, codes(problems), err)
		}
		for range 4 {
			h.clock.Advance(time.Minute)
			h.request(t, phone)
		}
		h.clock.Advance(time.Minute)
		sent, problems, err = h.auth.RequestCode(ctx, models.Actor{}, phone)
		if err != nil || codes(problems) != "phone TOO_MANY" || sent.RetryAt.Before(h.clock.Now().Add(23*time.Hour)) {
			t.Errorf("the sixth of the day: %+v, %s, %v", sent, codes(problems), err)
		}
		h.clock.Advance(24 * time.Hour)
		h.request(t, phone)
	})
}

func TestAnAddressHasTwentyCodesAnHour(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ask := func(address string, number int) error {
			_, _, err := h.auth.RequestCode(context.Background(), models.Actor{Address: address}, "138000001"+string(rune('0'+number/10))+string(rune('0'+number%10)))
			return err
		}
		for number := range 20 {
			if err := ask("2001:db8::"+string(rune('1'+number%9)), number); err != nil {
				t.Fatal(err)
			}
		}
		var fault *models.Fault
		if err := ask("2001:db8::ffff", 20); !errors.As(err, &fault) || fault.Code != models.RateLimitedCode || fault.Extensions["retryAfterSeconds"].(int) < 3000 {
			t.Errorf("the twenty-first of a network: %v", err)
		}
		if err := ask("192.0.2.1", 21); err != nil {
			t.Errorf("another network: %v", err)
		}
	})
}

func TestACodeThatCouldNotBeSentCostsNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.broken = true
		if _, _, err := h.auth.RequestCode(context.Background(), models.Actor{}, phone); faultCode(err) != models.UnavailableCode {
			t.Fatalf("got %v", err)
		}
		h.broken = false
		h.signIn(t, phone)
	})
}

func TestWithoutRedisNobodySignsInUncounted(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		code := h.request(t, phone)
		_ = h.config.Redis.Close()
		if _, _, _, err := h.auth.Login(ctx, models.Actor{}, phone, code, nil); faultCode(err) != models.UnavailableCode {
			t.Errorf("login: %v", err)
		}
		if _, _, err := h.auth.RequestCode(ctx, models.Actor{}, otherPhone); faultCode(err) != models.UnavailableCode {
			t.Errorf("request: %v", err)
		}
	})
}

func TestNoSecretLiesReadableInRedisOrTheDatabase(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		code := h.request(t, phone)
		keys, _ := h.config.Redis.Keys(ctx, "*").Result()
		for _, key := range keys {
			dump := h.config.Redis.Dump(ctx, key).Val()
			if values, err := h.config.Redis.HVals(ctx, key).Result(); err == nil {
				dump += strings.Join(values, " ")
			}
			if strings.Contains(key, phone) || strings.Contains(dump, phone) || strings.Contains(dump, code) {
				t.Errorf("%s can be read", key)
			}
			if ttl := h.config.Redis.PTTL(ctx, key).Val(); ttl <= 0 {
				t.Errorf("%s stays for ever", key)
			}
		}
		if len(keys) < 2 {
			t.Fatalf("keys %v", keys)
		}
		session, _, _ := h.login(t, phone, code)
		var count int64
		h.store.Reader(ctx).Raw("SELECT count(*) FROM auth_refresh_tokens WHERE token_hash = ?", []byte(session.RefreshToken)).Scan(&count)
		if count != 0 {
			t.Error("the refresh token itself is stored")
		}
	})
}
