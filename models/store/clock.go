package store

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// SystemClock is the machine's own clock.
type SystemClock struct{}

// Now is the present moment.
func (SystemClock) Now() time.Time { return time.Now() }

// DemoClock runs with the machine's clock at a distance that can be moved forward. Jobs follow it too.
type DemoClock struct{ offset atomic.Int64 }

// NewDemoClock starts at a moment; the zero moment means now.
func NewDemoClock(start time.Time) *DemoClock {
	clock := &DemoClock{}
	if !start.IsZero() {
		clock.offset.Store(int64(time.Until(start)))
	}
	return clock
}

// Now is the present moment of the demo.
func (c *DemoClock) Now() time.Time { return time.Now().Add(time.Duration(c.offset.Load())) }

// NowOrNil makes jobs follow this clock (rivertype.TimeGenerator).
func (c *DemoClock) NowOrNil() *time.Time {
	now := c.Now()
	return &now
}

// Advance moves the clock forward, never back.
func (c *DemoClock) Advance(by time.Duration) { c.offset.Add(int64(max(by, 0))) }

// KeepClock makes the demo's clock go on where an earlier run left it, if that is later, and keeps its place: time never
// runs backwards over records that are there already.
func (s *Store) KeepClock(ctx context.Context, clock *DemoClock) error {
	if err := s.FollowClock(ctx, clock); err != nil {
		return err
	}
	return s.InTx(ctx, func(tx *Tx) error {
		return tx.DB.Exec(`INSERT INTO store_clock (id, offset_ms) VALUES (1, ?)
			ON CONFLICT (id) DO UPDATE SET offset_ms = excluded.offset_ms`, time.Duration(clock.offset.Load()).Milliseconds()).Error
	})
}

// AdoptClock sets a clock to where a demo has kept its own; where there is no demo it stays as it is.
func (s *Store) AdoptClock(ctx context.Context, clock *DemoClock) error {
	var kept []int64
	if err := s.Reader(ctx).Raw("SELECT offset_ms FROM store_clock WHERE id = 1").Scan(&kept).Error; err != nil {
		return fmt.Errorf("read clock: %w", err)
	}
	if len(kept) == 1 {
		clock.offset.Store(int64(time.Duration(kept[0]) * time.Millisecond))
	}
	return nil
}

// FollowClock moves a replica's demo clock on to where another one has moved it.
func (s *Store) FollowClock(ctx context.Context, clock *DemoClock) error {
	var kept []int64
	if err := s.Reader(ctx).Raw("SELECT offset_ms FROM store_clock WHERE id = 1").Scan(&kept).Error; err != nil {
		return fmt.Errorf("read clock: %w", err)
	}
	if len(kept) == 1 && kept[0] > time.Duration(clock.offset.Load()).Milliseconds() {
		clock.offset.Store(int64(time.Duration(kept[0]) * time.Millisecond))
	}
	return nil
}
