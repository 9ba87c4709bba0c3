package app

import (
	"context"
	"errors"
	"time"

	"onewindow/models/store"
	"onewindow/notify"
)

// The house looks every second for what has become due, and tidies up once an hour.
const (
	sweepEvery = time.Second
	tidyEvery  = time.Hour
)

// Sweep does once what has become due by now: the watchdog, lapses and reminders.
func (a *App) Sweep(ctx context.Context) error {
	_, caseworkErr := a.cases.Sweep(ctx)
	_, notifyErr := a.notify.Sweep(ctx)
	return errors.Join(caseworkErr, notifyErr)
}

func (a *App) keepSweeping(ctx context.Context) {
	ticker, tidying := time.NewTicker(sweepEvery), time.NewTicker(tidyEvery)
	defer ticker.Stop()
	defer tidying.Stop()
	defer a.notify.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			a.logFailure(ctx, "sweep", a.Sweep(ctx))
		case <-tidying.C:
			a.logFailure(ctx, "tidy", a.tidy(ctx))
		}
	}
}

// followClock keeps the demo's clock where another replica has moved it.
func (a *App) followClock(ctx context.Context) {
	a.every(ctx, sweepEvery, "clock", func() error { return a.store.FollowClock(ctx, a.demoClock) })
}

// every does something again and again until the context ends; what fails is logged, and tried again at the next turn.
func (a *App) every(ctx context.Context, interval time.Duration, what string, act func() error) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			a.logFailure(ctx, what, act())
		}
	}
}

func (a *App) tidy(ctx context.Context) error {
	forget := a.store.InTx(ctx, func(tx *store.Tx) error { return tx.ForgetRequests() })
	_, orphans := a.materials.RemoveOrphans(ctx)
	_, deliveries := a.notify.Forget(ctx)
	return errors.Join(forget, orphans, deliveries, a.exports.Tidy(ctx), a.delegations.Tidy(ctx))
}

func (a *App) logFailure(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		a.logger.ErrorContext(ctx, "background work failed", "work", what, "error", err)
	}
}

// settleTime is how long moving the demo's clock waits for what became due to be sent.
const settleTime = 5 * time.Second

// advance moves the demo's clock on and comes back when what became due has been done and sent.
func (a *App) advance(ctx context.Context, by time.Duration) error {
	a.demoClock.Advance(by)
	if err := a.store.KeepClock(ctx, a.demoClock); err != nil {
		return err
	}
	if err := a.Sweep(ctx); err != nil {
		return err
	}
	return a.settle(ctx)
}

// settle waits until no message that is due is unsent.
func (a *App) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	for {
		busy, err := a.store.DueJobs(ctx, notify.DeliverKind, notify.SendKind)
		if err != nil || busy == 0 || ctx.Err() != nil {
			return nil // the clock has moved; what is still on its way arrives by itself
		}
		select {
		case <-ctx.Done():
		case <-time.After(pollEvery / 2):
		}
	}
}
