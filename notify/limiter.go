package notify

import (
	"context"
	"slices"
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
	// refused are the last answers in a row that said that it is too much, rested is how often the channel has rested since one was taken.
	refused map[Channel][]time.Time
	rested  map[Channel]int
	now     func() time.Time
}

const (
	// One answer that it is too much may be about one phone; so many in a row, in so short a time, are about all of us, and the channel
	// rests.
	mostRefused  = 3
	refusedAtAll = 10 * time.Second
	// longestRest bounds what a channel rests by itself; a provider may ask for more.
	longestRest = time.Minute
)

// redisWait bounds every question to Redis.
const redisWait = 250 * time.Millisecond

func newLimiter(client redis.UniversalClient, perSecond map[Channel]int, now func() time.Time) *limiter {
	l := &limiter{redis: client, perSecond: perSecond, local: map[Channel]*rate.Limiter{}, until: map[Channel]time.Time{}, refused: map[Channel][]time.Time{}, rested: map[Channel]int{}, now: now}
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
	if l.isCareful(channel) { // one after the other until one is taken
		wanted = 1
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

// heard takes what the provider said of an attempt. Where it has had enough of us, and not of one message alone, the channel rests on
// all replicas: longer each time, and as long as the provider wants.
func (l *limiter) heard(ctx context.Context, channel Channel, outcome Outcome) {
	pause := l.note(channel, outcome)
	if pause > 0 && l.redis != nil {
		ctx, cancel := context.WithTimeout(ctx, redisWait)
		defer cancel()
		_ = l.redis.Set(ctx, restKey(channel), "rests", pause).Err() // the other replicas will hear it from the provider
	}
}

// note counts an answer, and gives how long the channel rests from now on; 0: it does not, or rests already.
func (l *limiter) note(channel Channel, outcome Outcome) (pause time.Duration) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	switch now := l.now(); outcome.Verdict {
	case Throttled:
		l.refused[channel] = slices.DeleteFunc(append(l.refused[channel], now), func(at time.Time) bool { return now.Sub(at).Abs() > refusedAtAll })
	case Temporary: // says nothing of how much is too much
		return 0
	default:
		l.refused[channel], l.rested[channel] = nil, 0
		return 0
	}
	enough := len(l.refused[channel]) >= mostRefused || l.rested[channel] > 0
	if !enough || l.perSecond[channel] == 0 || l.until[channel].After(l.now()) {
		return 0
	}
	l.rested[channel]++
	pause = jitter(max(min(pauseAfter(l.rested[channel], Outcome{}), longestRest), min(outcome.RetryAfter, longestWish)))
	l.until[channel] = l.now().Add(pause)
	return pause
}

// isCareful tells whether nothing was taken since the channel rested.
func (l *limiter) isCareful(channel Channel) bool {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.rested[channel] > 0
}

// resting is how long a channel still rests.
func (l *limiter) resting(ctx context.Context, channel Channel) time.Duration {
	l.mutex.Lock()
	until := l.until[channel]
	l.mutex.Unlock()
	wait := until.Sub(l.now())
	if l.redis != nil {
		ctx, cancel := context.WithTimeout(ctx, redisWait)
		defer cancel()
		if left, err := l.redis.PTTL(ctx, restKey(channel)).Result(); err == nil { // no clock of ours, which may go back
			wait = max(wait, left)
		}
	}
	return wait
}
