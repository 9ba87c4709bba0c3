package app

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"onewindow/models"
)

// alarmEvery is how often the log repeats that a budget is spent: who spends it on purpose must not fill the log.
const alarmEvery = time.Minute

// codeAlarm counts and reports spent budgets of one-time codes, without a word of whose.
type codeAlarm struct {
	counter *prometheus.CounterVec
	clock   models.Clock
	logger  *slog.Logger

	mutex sync.Mutex
	said  map[string]time.Time
}

func newCodeAlarm(registry prometheus.Registerer, clock models.Clock, logger *slog.Logger) *codeAlarm {
	alarm := &codeAlarm{
		counter: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "onewindow_code_budget_refusals_total",
			Help: "One-time codes or tries that were refused because a budget was used up, by budget.",
		}, []string{"budget"}),
		clock: clock, logger: logger, said: map[string]time.Time{},
	}
	registry.MustRegister(alarm.counter)
	return alarm
}

// ring counts a refusal, and logs the first one of each minute.
func (a *codeAlarm) ring(ctx context.Context, budget string) {
	a.counter.WithLabelValues(budget).Inc()
	a.mutex.Lock()
	defer a.mutex.Unlock()
	now := a.clock.Now()
	if last, said := a.said[budget]; said && now.Sub(last) < alarmEvery {
		return
	}
	a.said[budget] = now
	a.logger.WarnContext(ctx, "a budget of one-time codes is used up", "budget", budget)
}
