package auth

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"time"

	"github.com/redis/go-redis/v9"

	"onewindow/models"
	"onewindow/models/sealed"
)

// redisWait bounds every question to Redis: short for who waits, and long for a machine that is busy. The client must be made with
// ContextTimeoutEnabled for it to hold.
const redisWait = time.Second

// codes keeps the one-time codes in flight and the counters of tries, all in Redis: what is lost there costs a person one
// more code. The moments are the caller's and stand in the values; Redis' own expiry only tidies up.
type codes struct {
	redis   redis.UniversalClient
	keyring *sealed.Keyring
	limits  Limits
	// spent is told the name of a budget that refused somebody.
	spent func(ctx context.Context, budget string)
}

// budget is a verdict on one more of something that is limited.
type budget struct {
	allowed bool
	// tooSoon: the last one was a moment ago; otherwise the number for the window is used up.
	tooSoon bool
	next    time.Time
}

// Every script works on keys with one hash tag, so that it runs on a cluster.
var (
	// takeScript counts one more use, or says when the next one is allowed. KEYS: list of moments.
	// ARGV: now, window, limit, spacing (milliseconds).
	takeScript = redis.NewScript(`
local now, window, limit, spacing = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local last = redis.call('LINDEX', KEYS[1], 0)
if last and tonumber(last) + spacing > now then return {1, tonumber(last) + spacing} end
local oldest = redis.call('LINDEX', KEYS[1], limit - 1)
if oldest and tonumber(oldest) + window > now then return {2, tonumber(oldest) + window} end
redis.call('LPUSH', KEYS[1], ARGV[1])
redis.call('LTRIM', KEYS[1], 0, limit - 1)
redis.call('PEXPIRE', KEYS[1], window)
return {0, now + spacing}`)

	// putScript stores a new code in place of an older one. KEYS: code. ARGV: mac, nonce, expires, life.
	putScript = redis.NewScript(`
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'mac', ARGV[1], 'nonce', ARGV[2], 'expires', ARGV[3], 'tries', 0)
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1`)

	// tryScript counts a try before it is judged, and gives out what to compare with while tries are left. The try counts
	// as wrong until consumeScript takes that back. KEYS: code, wrong tries. ARGV: now, window, limit, tries.
	tryScript = redis.NewScript(`
local now, window, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local oldest = redis.call('LINDEX', KEYS[2], limit - 1)
if oldest and tonumber(oldest) + window > now then return {'spent'} end
redis.call('LPUSH', KEYS[2], ARGV[1])
redis.call('LTRIM', KEYS[2], 0, limit - 1)
redis.call('PEXPIRE', KEYS[2], window)
local code = redis.call('HMGET', KEYS[1], 'mac', 'nonce', 'expires')
if not code[1] or tonumber(code[3]) <= now then return {} end
if redis.call('HINCRBY', KEYS[1], 'tries', 1) > tonumber(ARGV[4]) then return {} end
return {code[1], code[2]}`)

	// consumeScript ends a code after the right answer: of two right answers at once one wins. KEYS: code, wrong tries. ARGV: mac.
	consumeScript = redis.NewScript(`
if redis.call('HGET', KEYS[1], 'mac') ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('LPOP', KEYS[2])
return 1`)
)

func (c *codes) run(ctx context.Context, script *redis.Script, keys []string, values ...any) *redis.Cmd {
	ctx, cancel := context.WithTimeout(ctx, redisWait)
	defer cancel()
	return script.Run(ctx, c.redis, keys, values...)
}

// take counts one more use of a limited thing.
func (c *codes) take(ctx context.Context, key string, now time.Time, window time.Duration, limit int, spacing time.Duration) (budget, error) {
	answer, err := c.run(ctx, takeScript, []string{key}, now.UnixMilli(), window.Milliseconds(), limit, spacing.Milliseconds()).Int64Slice()
	if err == nil && len(answer) != 2 {
		err = errors.New("an answer of another form")
	}
	if err != nil {
		return budget{}, fmt.Errorf("count tries: %w", err)
	}
	return budget{allowed: answer[0] == 0, tooSoon: answer[0] == 1, next: time.UnixMilli(answer[1])}, nil
}

// giveBack takes back what take counted last.
func (c *codes) giveBack(ctx context.Context, key string) error {
	ctx, cancel := context.WithTimeout(ctx, redisWait)
	defer cancel()
	if err := c.redis.LPop(ctx, key).Err(); err != nil && !errors.Is(err, redis.Nil) {
		return fmt.Errorf("count tries: %w", err)
	}
	return nil
}

// issue makes and stores a new code for a phone, if its budget allows one.
func (c *codes) issue(ctx context.Context, of slot, now time.Time) (string, budget, error) {
	verdict, err := c.take(ctx, of.sentKey(), now, 24*time.Hour, c.limits.CodesADay, c.limits.CodeEvery)
	if err != nil || !verdict.allowed {
		if err == nil && !verdict.tooSoon {
			c.spent(ctx, BudgetPhone)
		}
		return "", verdict, err
	}
	code, nonce := sixDigits(), rand.Text()
	err = c.run(ctx, putScript, []string{of.codeKey()}, c.mac(of, nonce, code), nonce,
		now.Add(c.limits.CodeLife).UnixMilli(), c.limits.CodeLife.Milliseconds()).Err()
	if err != nil {
		return "", verdict, fmt.Errorf("store code: %w", err)
	}
	return code, verdict, nil
}

// recall forgets a code that could not be sent, so that the person may ask again at once.
func (c *codes) recall(ctx context.Context, of slot) error {
	deadline, cancel := context.WithTimeout(ctx, redisWait)
	defer cancel()
	return errors.Join(c.redis.Del(deadline, of.codeKey()).Err(), c.giveBack(ctx, of.sentKey()))
}

// try tells whether a code is right. A right one is used up.
func (c *codes) try(ctx context.Context, of slot, code string, now time.Time) (bool, error) {
	keys := []string{of.codeKey(), of.wrongKey()}
	stored, err := c.run(ctx, tryScript, keys, now.UnixMilli(), time.Hour.Milliseconds(), c.limits.WrongCodesAnHour, c.limits.TriesACode).StringSlice()
	if err != nil {
		return false, fmt.Errorf("try code: %w", err)
	}
	if len(stored) == 1 {
		c.spent(ctx, BudgetWrongCodes)
	}
	if len(stored) != 2 || !hmac.Equal([]byte(stored[0]), []byte(c.mac(of, stored[1], code))) {
		return false, nil
	}
	used, err := c.run(ctx, consumeScript, keys, stored[0]).Int()
	if err != nil {
		return false, fmt.Errorf("try code: %w", err)
	}
	return used == 1, nil
}

// mac is what is stored in place of the code: six digits alone could be guessed from a plain hash.
func (c *codes) mac(of slot, nonce, code string) string {
	return c.keyring.Index("auth.code", of.phone+of.about()+"\x00"+nonce+"\x00"+code)
}

func sixDigits() string {
	number, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		panic("auth: no random numbers: " + err.Error()) //nolint:forbidigo // crypto/rand never fails since Go 1.24
	}
	return fmt.Sprintf("%06d", number)
}

func isSixDigits(code string) bool {
	if len(code) != 6 {
		return false
	}
	for _, char := range []byte(code) {
		if char < '0' || char > '9' {
			return false
		}
	}
	return true
}

// slot is where the code of a phone lies: one for signing in, and one for each matter of every other purpose. A code is good
// in its own slot alone. The phone is its blind index, never the phone.
type slot struct {
	phone   string
	purpose Purpose
	matter  string
}

// about is what a slot adds to the names of its keys; "" for signing in.
func (s slot) about() string {
	if s.purpose == "" {
		return ""
	}
	return ":" + string(s.purpose) + ":" + s.matter
}

// The keys in Redis. The codes of one purpose are counted together, whatever matter they are about.
func (s slot) codeKey() string { return "onewindow:auth:code:{" + s.phone + "}" + s.about() }
func (s slot) sentKey() string {
	return "onewindow:auth:code-sent:{" + s.phone + "}" + s.purpose.suffix()
}
func (s slot) wrongKey() string {
	return "onewindow:auth:code-wrong:{" + s.phone + "}" + s.purpose.suffix()
}

func (c *codes) addressKey(purpose Purpose, address string) string {
	return "onewindow:auth:code-address:{" + c.keyring.Index("auth.address", network(address)) + "}" + purpose.suffix()
}

func (c *codes) networkKey(purpose Purpose, address string) string {
	return "onewindow:auth:code-network:{" + c.keyring.Index("auth.network", around(address)) + "}" + purpose.suffix()
}

// prefixKey is for all phones that differ in their last four digits alone.
func (c *codes) prefixKey(number models.PhoneNumber) string {
	digits := number.Reveal()
	return "onewindow:auth:code-prefix:{" + c.keyring.Index("auth.phone-prefix", digits[:len(digits)-4]) + "}"
}

func (c *codes) usernameKey(username string) string {
	return "onewindow:auth:password-wrong:{" + c.keyring.Index("auth.username", username) + "}"
}

// network is whose budget an address draws on: the address itself, of IPv6 the /64 that one connection has to itself.
func network(address string) string {
	if withPort, err := netip.ParseAddrPort(address); err == nil {
		address = withPort.Addr().String()
	}
	parsed, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	parsed = parsed.Unmap().WithZone("")
	if parsed.Is4() {
		return parsed.String()
	}
	prefix, err := parsed.Prefix(64)
	if err != nil {
		return parsed.String()
	}
	return prefix.String()
}

// around is the network that an address is in: of IPv4 the /24, of IPv6 the /48 that one site has.
func around(address string) string {
	prefix, err := netip.ParsePrefix(network(address))
	if err == nil {
		wider, _ := prefix.Addr().Prefix(48)
		return wider.String()
	}
	parsed, err := netip.ParseAddr(network(address))
	if err != nil {
		return address
	}
	wider, _ := parsed.Prefix(24)
	return wider.String()
}

// redisUnavailable is what a person reads while the counters cannot be asked: nobody signs in uncounted.
func redisUnavailable(err error) error {
	return fmt.Errorf("%w: %w", models.Unavailable(models.T("登录服务暂时不可用，请稍后再试", "Signing in is not possible at the moment, please try again later")), err)
}
