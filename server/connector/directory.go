package connector

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"onewindow/models"
	"onewindow/server/connector/webhook"
)

// Directory knows which departments have a system and how to reach it. It does not change after it was made.
type Directory struct {
	authority string
	codes     []string
	clients   map[string]*Client
	handles   map[string]bool
	inbound   map[string][]webhook.Secret
	metrics   *metrics
	rates     Rates
}

// Options are what a Directory is made of.
type Options struct {
	Connections *Connections
	Registerer  prometheus.Registerer
	// Now is wall-clock time, time.Now outside tests: it stamps signatures, which the other side checks against its own
	// clock, and times the circuit breakers.
	Now func() time.Time
	// Clock is the house's clock: its day bounds the days of birth that departments tell.
	Clock models.Clock
	// Reach is where departments may be; nil: anywhere, as in a demo.
	Reach *Reach
	// Rates bound the traffic with each department; zero ones are the defaults.
	Rates Rates
}

// Rates bound the traffic with each department, on each replica.
type Rates struct {
	// AtOnce is how many requests one department gets at the same time.
	AtOnce int
	// PerSecond is how many it gets a second, and EventsPerSecond how many events are taken from it; twice as many at once after a pause.
	PerSecond, EventsPerSecond int
}

// DefaultRates are the bounds where nothing is set.
func DefaultRates() Rates { return Rates{AtOnce: 16, PerSecond: 200, EventsPerSecond: 200} }

func (r Rates) orDefault() Rates {
	if r == (Rates{}) {
		return DefaultRates()
	}
	return r
}

// NewDirectory makes a client for every connection and registers the metrics.
func NewDirectory(options Options) (*Directory, error) {
	metrics, err := newMetrics(options.Registerer)
	if err != nil {
		return nil, err
	}
	connections := options.Connections
	directory := &Directory{
		authority: connections.IdentityAuthority, clients: map[string]*Client{}, handles: map[string]bool{}, inbound: map[string][]webhook.Secret{},
		metrics: metrics, rates: options.Rates.orDefault(),
	}
	for _, connection := range connections.Connections {
		code := connection.Department
		if directory.clients[code] != nil {
			return nil, fmt.Errorf("department %s is connected twice", code)
		}
		directory.codes = append(directory.codes, code)
		directory.clients[code] = newClient(connection, options, directory.rates, metrics)
		directory.handles[code] = connection.HandlesCases
		directory.inbound[code] = connection.InboundSecrets
		metrics.breakers.WithLabelValues(code).Set(float64(closed))
	}
	return directory, nil
}

// IdentityAuthority is the code of the department whose answer binds an identity; empty where none is connected.
func (d *Directory) IdentityAuthority() string { return d.authority }

// Connected gives the codes of the departments that have a system, in the order of the connections file.
func (d *Directory) Connected() []string { return append([]string(nil), d.codes...) }

// Client gives the client of a department; ErrNotConnected where it has no system.
func (d *Directory) Client(department string) (*Client, error) {
	client := d.clients[department]
	if client == nil {
		return nil, fmt.Errorf("department %s: %w", department, ErrNotConnected)
	}
	return client, nil
}

// HandlesCases tells whether a department's system works its steps itself; else its staff do.
func (d *Directory) HandlesCases(department string) bool { return d.handles[department] }

// InboundSecrets are what a department's events are checked against; none for a department without a system.
func (d *Directory) InboundSecrets(department string) []webhook.Secret { return d.inbound[department] }

// Close ends idle connections.
func (d *Directory) Close() {
	for _, client := range d.clients {
		client.http.CloseIdleConnections()
	}
}
