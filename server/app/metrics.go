package app

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// observe counts and times the answers by route and status: onewindow_http_requests_total and
// onewindow_http_request_duration_seconds. Sockets and event streams count when they end.
func (a *App) observe() func(route string, status int, took time.Duration) {
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "onewindow_http_requests_total", Help: "Answers, by the pattern of their route and their status.",
	}, []string{"route", "status"})
	durations := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "onewindow_http_request_duration_seconds", Help: "Time to the end of an answer, by the pattern of its route.",
		Buckets: prometheus.DefBuckets,
	}, []string{"route"})
	a.registry.MustRegister(requests, durations)
	return func(route string, status int, took time.Duration) {
		if route == "" {
			route = "none"
		}
		requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
		durations.WithLabelValues(route).Observe(took.Seconds())
	}
}

// newSetAsideCount counts the cases that the sweep could not move and comes back to later.
func newSetAsideCount(registry prometheus.Registerer) func() {
	counter := prometheus.NewCounter(prometheus.CounterOpts{
		Name: "onewindow_casework_set_aside_total",
		Help: "Cases that the sweep could not move; the log names each, and it is tried again after an hour.",
	})
	registry.MustRegister(counter)
	return counter.Inc
}
