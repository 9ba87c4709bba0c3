package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"sync"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"

	"onewindow/models"
)

// redisTime is how long one question to Redis may take.
const redisTime = 250 * time.Millisecond

// redisPause is how long Redis is left alone after it failed.
const redisPause = 2 * time.Second

// mostCounted is how many callers are counted in the process while Redis is away; more share one budget.
const mostCounted = 50_000

// Allowance is a budget: so many requests at once, then so many a second.
type Allowance struct{ Burst, PerSecond int }

// Budget counts requests: of a stranger by address, of everybody else by who they are. The counts live in Redis, so that
// all replicas share them; while Redis is away each replica counts for itself, so that the door never stands open.
type Budget struct {
	strangers, persons Allowance
	limiter            *redis_rate.Limiter
	clock              models.Clock
	logger             *slog.Logger

	mu    sync.Mutex
	local map[string]time.Time // when the budget is full again
	away  time.Time            // until when Redis is left alone
}

// NewBudget makes a budget. Without a client it counts in the process alone, which is right for one replica and costs a
// thousandth. The clock is the real one even where a demo moves its own.
func NewBudget(client redis.UniversalClient, strangers, persons Allowance, clock models.Clock, logger *slog.Logger) *Budget {
	budget := &Budget{strangers: strangers, persons: persons, clock: clock, logger: logger, local: map[string]time.Time{}}
	if client != nil {
		budget.limiter = redis_rate.NewLimiter(client)
	}
	return budget
}

// Admit counts one request and says when to come back, or 0 for come in.
func (b *Budget) Admit(ctx context.Context, actor models.Actor) time.Duration {
	key, allowance := b.budgetOf(actor)
	if b.limiter == nil || b.redisAway() {
		return b.admitLocally(key, allowance)
	}
	ctx, cancel := context.WithTimeout(ctx, redisTime)
	defer cancel()
	result, err := b.limiter.Allow(ctx, key, redis_rate.Limit{Rate: allowance.PerSecond, Burst: allowance.Burst, Period: time.Second})
	if err != nil {
		b.leaveRedis()
		b.logger.WarnContext(ctx, "budgets are counted in the process for now", "cause", err.Error())
		return b.admitLocally(key, allowance)
	}
	if result.Allowed > 0 {
		return 0
	}
	return max(result.RetryAfter, time.Millisecond)
}

// redisAway tells whether Redis failed just now: asking again for each request would make each of them slow.
func (b *Budget) redisAway() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.clock.Now().Before(b.away)
}

func (b *Budget) leaveRedis() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.away = b.clock.Now().Add(redisPause)
}

// budgetOf names whose budget a request is on. The key is a hash: Redis does not learn addresses.
func (b *Budget) budgetOf(actor models.Actor) (string, Allowance) {
	name, allowance := "address "+actor.Address, b.strangers
	if actor.Kind != models.Anonymous {
		name, allowance = string(actor.Kind)+" "+string(actor.ID)+" "+actor.DepartmentCode, b.persons
	}
	hash := sha256.Sum256([]byte(name))
	return "{" + hex.EncodeToString(hash[:12]) + "}", allowance
}

// admitLocally is the same budget in the process (generic cell rate algorithm): each request moves the moment at which the
// budget is full again further on; too far is too many.
func (b *Budget) admitLocally(key string, allowance Allowance) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.clock.Now()
	full, counted := b.local[key]
	if !counted && len(b.local) >= mostCounted {
		b.forgetFull(now)
		if len(b.local) >= mostCounted {
			key = "everybody else"
			full = b.local[key]
		}
	}
	step := time.Second / time.Duration(allowance.PerSecond)
	if full.Before(now) {
		full = now
	}
	full = full.Add(step)
	if wait := full.Sub(now) - step*time.Duration(allowance.Burst); wait > 0 {
		return wait
	}
	b.local[key] = full
	return 0
}

// forgetFull drops the budgets that nobody has used up.
func (b *Budget) forgetFull(now time.Time) {
	for key, full := range b.local {
		if full.Before(now) {
			delete(b.local, key)
		}
	}
}
