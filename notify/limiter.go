package notify

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"
	"golang.org/x/time/rate"
)

// limiter keeps each channel below its provider's limit. The bucket is shared by all replicas through Redis; while that cannot
// be asked each replica keeps one of its own, so that messages go on and the limit holds roughly.
type limiter struct {
	redis  redis.UniversalClient
	shared *redis_rate.Limiter
	// perSecond is each channel's limit; a channel that is not in it has none.
	perSecond map[Channel]int
	local     map[Channel]*rate.Limiter

	mutex sync.Mutex
	until map[Channel]time.Time // where the channel rests, as this replica has heard
	now   func() time.Time
}

// redisWait bounds every question to Redis.
const redisWait = 250 * time.Millisecond

func newLimiter(client redis.UniversalClient, perSecond map[Channel]int, now func() time.Time) *limiter {
	l := &limiter{redis: client, perSecond: perSecond, local: map[Channel]*rate.Limiter{}, until: map[Channel]time.Time{}, now: now}
	if client != nil {
		l.shared = redis_rate.NewLimiter(client)
	}
	for channel, most := range perSecond {
		l.local[channel] = rate.NewLimiter(rate.Limit(most), most)
	}
	return l
}

func bucketKey(channel Channel) string { return "onewindow:notify:{" + string(channel) + "}" }
func restKey(channel Channel) string   { return bucketKey(channel) + ":rest" }

// take gives how many of the wanted attempts may be made now; with none, how long to wait.
func (l *limiter) take(ctx context.Context, channel Channel, wanted int) (allowed int, wait time.Duration) {
	most := l.perSecond[channel]
	if most == 0 {
		return wanted, 0
	}
	wanted = min(wanted, most)
	if wait := l.resting(ctx, channel); wait > 0 {
		return 0, wait
	}
	if l.shared != nil {
		ctx, cancel := context.WithTimeout(ctx, redisWait)
		defer cancel()
		result, err := l.shared.AllowAtMost(ctx, bucketKey(channel), redis_rate.PerSecond(most), wanted)
		if err == nil {
			return result.Allowed, max(result.RetryAfter, time.Millisecond)
		}
	}
	return l.takeLocal(channel, wanted)
}

func (l *limiter) takeLocal(channel Channel, wanted int) (int, time.Duration) {
	now := l.now()
	for count := wanted; count > 0; count /= 2 {
		if l.local[channel].AllowN(now, count) {
			return count, 0
		}
	}
	return 0, time.Second / time.Duration(l.perSecond[channel])
}

// rest stops a channel on all replicas for a while: its provider has said that it is too much.
func (l *limiter) rest(ctx context.Context, channel Channel, pause time.Duration) {
	if l.perSecond[channel] == 0 {
		return
	}
	until := l.now().Add(pause)
	l.mutex.Lock()
	l.until[channel] = until
	l.mutex.Unlock()
	if l.redis != nil {
		ctx, cancel := context.WithTimeout(ctx, redisWait)
		defer cancel()
		_ = l.redis.Set(ctx, restKey(channel), until.UnixMilli(), pause).Err() // the other replicas will hear it from the provider
	}
}

// resting is how long a channel still rests.
func (l *limiter) resting(ctx context.Context, channel Channel) time.Duration {
	l.mutex.Lock()
	until := l.until[channel]
	l.mutex.Unlock()
	if l.redis != nil {
		ctx, cancel := context.WithTimeout(ctx, redisWait)
		defer cancel()
		if text, err := l.redis.Get(ctx, restKey(channel)).Result(); err == nil {
			if milliseconds, err := strconv.ParseInt(text, 10, 64); err == nil && time.UnixMilli(milliseconds).After(until) {
				until = time.UnixMilli(milliseconds)
			}
		}
	}
	return until.Sub(l.now())
}
