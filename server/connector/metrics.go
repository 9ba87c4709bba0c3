package connector

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are what operators see of the departments. Labels are codes from the connections file and the protocol.
type metrics struct {
	requests  *prometheus.CounterVec
	durations *prometheus.HistogramVec
	breakers  *prometheus.GaugeVec
	letters   *prometheus.CounterVec
	events    *prometheus.CounterVec
	leftOut   *prometheus.CounterVec
}

func newMetrics(registerer prometheus.Registerer) (*metrics, error) {
	made := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "onewindow_connector_requests_total",
			Help: "Requests to departments by outcome: ok, not_found, mismatch, temporary, permanent, left_alone, abandoned.",
		}, []string{"department", "operation", "outcome"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "onewindow_connector_request_duration_seconds",
			Help:    "How long requests to departments took, those left alone excluded.",
			Buckets: []float64{0.005, 0.02, 0.1, 0.25, 0.5, 1, 2, 5, 10},
		}, []string{"department", "operation"}),
		breakers: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "onewindow_connector_breaker_state",
			Help: "Circuit breaker of each department: 0 closed, 1 half-open, 2 open.",
		}, []string{"department"}),
		letters: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "onewindow_connector_dead_letters_total",
			Help: "What was given up for a department after all patience, by operation.",
		}, []string{"department", "operation"}),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "onewindow_connector_events_total",
			Help: "Events of departments by outcome: applied, parked, duplicate, conflict, not_found, invalid, too_large, too_fast, unauthorized, unavailable.",
		}, []string{"department", "outcome"}),
		leftOut: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "onewindow_connector_left_out_total",
			Help: "Phones, groups and members of households in departments' answers that could not be read.",
		}, []string{"department"}),
	}
	for _, collector := range []prometheus.Collector{made.requests, made.durations, made.breakers, made.letters, made.events, made.leftOut} {
		if err := registerer.Register(collector); err != nil {
			return nil, fmt.Errorf("register the connector's metrics: %w", err)
		}
	}
	return made, nil
}

func (m *metrics) record(department, operation, outcome string, took time.Duration, state breakerState) {
	m.requests.WithLabelValues(department, operation, outcome).Inc()
	if outcome != outcomeLeftAlone {
		m.durations.WithLabelValues(department, operation).Observe(took.Seconds())
	}
	m.breakers.WithLabelValues(department).Set(float64(state))
}

func (m *metrics) givenUp(department, operation string) {
	m.letters.WithLabelValues(department, operation).Inc()
}

func (m *metrics) left(department string, count int) {
	m.leftOut.WithLabelValues(department).Add(float64(count))
}

func (m *metrics) took(department, outcome string) {
	m.events.WithLabelValues(department, outcome).Inc()
}
