package notify

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are what operators see of the channels. Labels are names of the house and of the settings.
type metrics struct {
	attempts  *prometheus.CounterVec
	deadOnes  *prometheus.CounterVec
	unfitOnes *prometheus.CounterVec
}

func newMetrics(registerer prometheus.Registerer) (*metrics, error) {
	made := &metrics{
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "onewindow_notify_attempts_total",
			Help: "Attempts to hand a message to a provider, by outcome: TAKEN, TEMPORARY, THROTTLED, BAD_ADDRESS, BAD_MESSAGE, NO_QUOTA.",
		}, []string{"channel", "provider", "outcome"}),
		deadOnes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "onewindow_notify_dead_letters_total",
			Help: "Deliveries that were given up on a channel; `go run ./tools/messages dead` lists them.",
		}, []string{"channel"}),
		unfitOnes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "onewindow_notify_unfit_messages_total",
			Help: "Messages that lacked a parameter, or had one that is none of its kind: they stay in the inbox and leave by no channel.",
		}, []string{"kind"}),
	}
	for _, collector := range []prometheus.Collector{made.attempts, made.deadOnes, made.unfitOnes} {
		if err := registerer.Register(collector); err != nil {
			return nil, fmt.Errorf("register the channels' metrics: %w", err)
		}
	}
	return made, nil
}

func (m *metrics) attempt(channel Channel, provider string, verdict Verdict) {
	m.attempts.WithLabelValues(string(channel), provider, string(verdict)).Inc()
}

func (m *metrics) dead(channel Channel) { m.deadOnes.WithLabelValues(string(channel)).Inc() }

func (m *metrics) unfit(kind Kind) { m.unfitOnes.WithLabelValues(kind).Inc() }
