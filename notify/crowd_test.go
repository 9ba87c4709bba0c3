package notify

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onewindow/models"
	"onewindow/models/store"
)

// urgently writes so many messages that nothing holds back, each to a person of its own, and routes them.
func (c *counter) urgently(count int) []models.ID {
	c.Helper()
	err := c.store.InTx(context.Background(), func(tx *store.Tx) error {
		notices := make([]notice, count)
		for i := range notices {
			notices[i] = notice{residentID: models.NewID(), kind: SessionEnded}
		}
		return c.service.write(tx, notices)
	})
	if err != nil {
		c.Fatal(err)
	}
	return c.route()
}

// A few messages hang at the provider, each in a job of its own; the crowd beside them is sent at once.
func TestAFewThatHangHoldBackNoCrowd(t *testing.T) {
	each(t, func(c *counter) {
		ids := c.urgently(2*lively + 20)
		slow, crowd := ids[:2*lively], ids[2*lively:]
		hanging := map[string]bool{}
		for _, id := range slow {
			hanging[string(id)] = true
		}
		release := make(chan struct{})
		var took, early, gaveUp atomic.Int32
		c.providers[SMS] = fake(func(ctx context.Context, envelope Envelope) Outcome {
			if hanging[envelope.ID] {
				select {
				case <-release:
				case <-ctx.Done():
					gaveUp.Add(1)
				}
				return Failed(Temporary, codeTimeout)
			}
			if took.Add(1); gaveUp.Load() == 0 {
				early.Add(1)
			}
			return Outcome{Verdict: Taken}
		})
		var running sync.WaitGroup
		for _, id := range slow {
			running.Go(func() { c.send([]models.ID{id}) })
		}
		var beside sync.WaitGroup
		for _, id := range crowd {
			beside.Go(func() { c.send([]models.ID{id}) })
		}
		beside.Wait()
		if took.Load() != 20 || early.Load() == 0 { // an attempt that hangs is given up after ten seconds
			c.Errorf("%d of the crowd were sent, %d before those that hang were given up", took.Load(), early.Load())
		}
		close(release)
		running.Wait()
	})
}

// A provider has had enough of two single messages: they come again later each time, and hold back no other.
func TestWhatIsTooMuchForOneIsNotTooMuchForAll(t *testing.T) {
	each(t, func(c *counter) {
		ids := c.urgently(30)
		var asked []time.Time
		c.providers[SMS] = fake(func(_ context.Context, envelope Envelope) Outcome {
			switch envelope.ID {
			case string(ids[3]):
				asked = append(asked, c.clock.Now())
				return Failed(Throttled, "DEVICE_RATE")
			case string(ids[17]):
				return Failed(Throttled, "DEVICE_RATE")
			}
			return Outcome{Verdict: Taken}
		})
		c.must()
		if left := c.pending(); len(left) != 2 {
			c.Fatalf("%d are left", len(left))
		}
		for range 60 {
			c.clock.Advance(5 * time.Second)
			c.must()
		}
		if len(asked) < 4 || len(asked) > 5 {
			c.Fatalf("asked %d times in five minutes: %v", len(asked), asked)
		}
		for i := range asked[:len(asked)-2] {
			if first, second := asked[i+1].Sub(asked[i]), asked[i+2].Sub(asked[i+1]); second <= first {
				c.Errorf("it came again after %s, and then after %s", first, second)
			}
		}
	})
}

// A provider has had enough of all: the channel rests on every replica, longer each time, and tries one message at a time until one
// is taken. A clock that goes back does not make it rest for longer.
func TestAChannelRestsWhenItsProviderHasHadEnough(t *testing.T) {
	each(t, func(c *counter) {
		ctx, one := context.Background(), c.service.limiter
		other := newLimiter(c.config.Redis, c.config.PerSecond, c.clock.Now)
		enough := Failed(Throttled, "429")
		one.heard(ctx, SMS, enough)
		one.heard(ctx, SMS, enough)
		if allowed, _ := one.take(ctx, SMS, 10); allowed != 10 {
			c.Fatalf("after two answers %d go", allowed)
		}
		one.heard(ctx, SMS, enough)
		allowed, first := one.take(ctx, SMS, 10)
		elsewhere, _ := other.take(ctx, SMS, 10)
		if allowed != 0 || elsewhere != 0 || first < firstPause || first > 2*firstPause {
			c.Fatalf("after three %d go, elsewhere %d, and it rests for %s", allowed, elsewhere, first)
		}
		c.clock.Advance(-24 * time.Hour)
		if elsewhere, wait := other.take(ctx, SMS, 10); elsewhere != 0 || wait > 2*firstPause {
			c.Errorf("after the clock went back it rests for %s elsewhere", wait)
		}
		c.clock.Advance(24*time.Hour + 2*firstPause)
		c.config.Redis.Del(ctx, restKey(SMS))
		if allowed, _ := one.take(ctx, SMS, 10); allowed != 1 {
			c.Errorf("after the rest %d go at once", allowed)
		}
		one.heard(ctx, SMS, enough)
		if _, second := one.take(ctx, SMS, 10); second <= first {
			c.Errorf("it rests for %s after %s", second, first)
		}
		c.clock.Advance(time.Hour)
		c.config.Redis.Del(ctx, restKey(SMS))
		one.heard(ctx, SMS, Outcome{Verdict: Taken})
		if allowed, _ := one.take(ctx, SMS, 10); allowed != 10 {
			c.Errorf("after one was taken %d go at once", allowed)
		}
	})
}
