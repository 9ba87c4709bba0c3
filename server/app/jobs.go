package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"onewindow/models"
	"onewindow/models/casework"
	"onewindow/models/catalogue"
	"onewindow/models/delegation"
	"onewindow/models/identity"
	"onewindow/models/material"
	"onewindow/models/rekey"
	"onewindow/models/store"
	"onewindow/notify"
	"onewindow/server/connector"
)

// job makes a plain function a worker.
type job[T river.JobArgs] struct {
	river.WorkerDefaults[T]
	work  func(ctx context.Context, job *river.Job[T]) error
	clock models.Clock
	// next is when to try again after a failure; nil: the library's own spacing.
	next func(attempt int) time.Duration
}

func (j *job[T]) Work(ctx context.Context, job *river.Job[T]) error { return j.work(ctx, job) }

// NextRetry spaces the attempts on the house's clock.
func (j *job[T]) NextRetry(job *river.Job[T]) time.Time {
	if j.next == nil {
		return time.Time{}
	}
	return j.clock.Now().Add(j.next(job.Attempt))
}

// workers is everything that is done in the background.
func (a *App) workers() *river.Workers {
	workers := river.NewWorkers()
	river.AddWorker(workers, &job[notify.DeliverArgs]{clock: a.clock,
		work: func(ctx context.Context, job *river.Job[notify.DeliverArgs]) error {
			return a.notify.Deliver(ctx, job.Args)
		}})
	river.AddWorker(workers, &job[notify.SendArgs]{clock: a.clock,
		work: func(ctx context.Context, job *river.Job[notify.SendArgs]) error {
			return a.notify.Send(ctx, job.Args)
		}})
	river.AddWorker(workers, &job[notify.EmailCodeArgs]{clock: a.clock,
		work: func(ctx context.Context, job *river.Job[notify.EmailCodeArgs]) error {
			return a.notify.SendEmailCode(ctx, job.Args)
		}})
	a.addDepartmentWorkers(workers)
	river.AddWorker(workers, &job[catalogue.CalendarArgs]{clock: a.clock,
		work: func(ctx context.Context, job *river.Job[catalogue.CalendarArgs]) error {
			return a.cases.Recall(ctx, job.Args)
		}})
	river.AddWorker(workers, &job[connector.UnparkArgs]{clock: a.clock,
		work: func(ctx context.Context, job *river.Job[connector.UnparkArgs]) error {
			return a.desk.Unpark(ctx, job.Args)
		}})
	river.AddWorker(workers, &job[rekey.Args]{clock: a.clock, work: func(ctx context.Context, job *river.Job[rekey.Args]) error {
		return a.rekey.Work(ctx, job.Args)
	}})
	river.AddWorker(workers, &job[PhoneArgs]{clock: a.clock, work: a.tellPhone})
	river.AddWorker(workers, &job[delegation.TellContactArgs]{clock: a.clock, work: a.tellContact})
	river.AddWorker(workers, &job[material.ScanArgs]{clock: a.clock, work: a.scanAgain})
	return workers
}

// addDepartmentWorkers adds what asks departments' systems: each department in a lane of its own.
func (a *App) addDepartmentWorkers(workers *river.Workers) {
	lanes := &lanes{}
	river.AddWorker(workers, &job[identity.LinkArgs]{work: inLane(lanes, a.link), clock: a.clock, next: connector.NextTry})
	river.AddWorker(workers, &job[casework.FetchArgs]{clock: a.clock, next: connector.NextTry,
		work: inLane(lanes, func(ctx context.Context, job *river.Job[casework.FetchArgs]) error {
			return a.cases.FetchAgain(ctx, job.Args)
		})})
	river.AddWorker(workers, &job[connector.HandoverArgs]{clock: a.clock, next: connector.NextTry,
		work: inLane(lanes, func(ctx context.Context, job *river.Job[connector.HandoverArgs]) error {
			return a.desk.Handover(ctx, job.Args, job.CreatedAt)
		})})
	river.AddWorker(workers, &job[connector.WithdrawArgs]{clock: a.clock, next: connector.NextTry,
		work: inLane(lanes, func(ctx context.Context, job *river.Job[connector.WithdrawArgs]) error {
			return a.desk.Withdraw(ctx, job.Args, job.CreatedAt)
		})})
}

func (a *App) link(ctx context.Context, job *river.Job[identity.LinkArgs]) error {
	err := a.identities.Link(ctx, job.Args)
	var snooze *identity.Snooze
	if errors.As(err, &snooze) {
		return river.JobSnooze(snooze.After)
	}
	return err
}

// pollEvery is how often a worker looks for jobs: what a person waits for must not wait for a second.
const pollEvery = 100 * time.Millisecond

// senders is how many jobs of one channel a replica has in hand at once, each with many messages. Few of them are at it at the same time;
// the others wait for a provider that hangs, which holds back no other channel and not the rest of its own.
const senders = 64

func queues() map[string]river.QueueConfig {
	all := map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 16}, store.DepartmentQueue: {MaxWorkers: laneWorkers, FetchPollInterval: lanePoll}}
	for _, channel := range notify.Outgoing() {
		all[channel.Queue()] = river.QueueConfig{MaxWorkers: senders}
	}
	return all
}

func (a *App) jobConfig() *river.Config {
	return &river.Config{
		Workers: a.workers(), Queues: queues(),
		FetchPollInterval: pollEvery, FetchCooldown: pollEvery / 2, JobTimeout: time.Minute, RescueStuckJobsAfter: 2 * time.Minute,
		CompletedJobRetentionPeriod: time.Hour, Logger: slog.New(warnings{a.logger.Handler()}), ErrorHandler: &jobErrors{a.logger},
	}
}

// warnings lets through what the job library says from WARN up.
type warnings struct{ slog.Handler }

func (w warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.Handler.Enabled(ctx, level)
}

// jobErrors logs a failed job by its kind and number, never by its arguments.
type jobErrors struct{ logger *slog.Logger }

func (e *jobErrors) HandleError(ctx context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	e.logger.WarnContext(ctx, "job failed", "kind", job.Kind, "job", job.ID, "attempt", job.Attempt, "error", err)
	return nil
}

func (e *jobErrors) HandlePanic(ctx context.Context, job *rivertype.JobRow, panicked any, _ string) *river.ErrorHandlerResult {
	e.logger.ErrorContext(ctx, "job panicked", "kind", job.Kind, "job", job.ID, "panic", panicked)
	return nil
}
