package sim

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"onewindow/models"
	"onewindow/server/connector"
	"onewindow/server/connector/webhook"
	"onewindow/server/demo"
)

// IdentityAuthority is the department that holds the population register.
const IdentityAuthority = "public-security"

// caseHandlers are the departments whose systems work cases by themselves.
var caseHandlers = []string{"medical-insurance", "human-resources"}

// Step names one step of one item.
type Step struct{ Item, Step string }

// Result is what a department issues when it approves a step.
type Result struct {
	Material string
	// ValidForMonths is 0 for what does not expire.
	ValidForMonths int
}

// Config is what the simulation is made of. Departments, Issuers and Results come from the catalogue.
type Config struct {
	Departments []string
	// Issuers gives the department of each dictionary material: it alone supplies it.
	Issuers map[string]string
	// Results gives the steps with whose approval a document comes.
	Results   map[Step]Result
	Residents *demo.Population
	// EventsBaseURL gives OneWindow's address, e.g. "http://127.0.0.1:8080"; "" while it is not known yet.
	EventsBaseURL func() string
	// DataDir is where open cases are kept; "" keeps them in memory alone.
	DataDir string
	// Clock dates events and documents. Signatures carry wall-clock time.
	Clock  models.Clock
	Logger *slog.Logger
	// Pace is how long a department looks at a case before it reports; 1.5 s where 0.
	Pace time.Duration
}

// Simulation is the running departments.
type Simulation struct {
	connections *connector.Connections
	systems     map[string]*system
	servers     []*http.Server
	deliverer   *http.Client
	stop        context.CancelFunc
	running     sync.WaitGroup
}

// Start starts every department on a port of its own. Cancelling ctx, or Close, stops them.
func Start(ctx context.Context, config Config) (*Simulation, error) {
	if config.Pace == 0 {
		config.Pace = 1500 * time.Millisecond
	}
	if !slices.Contains(config.Departments, IdentityAuthority) {
		return nil, fmt.Errorf("simulated departments: %s, which proves identities, is not among them", IdentityAuthority)
	}
	ctx, stop := context.WithCancel(ctx)
	simulation := &Simulation{
		connections: &connector.Connections{IdentityAuthority: IdentityAuthority}, systems: map[string]*system{}, deliverer: newDeliverer(), stop: stop,
	}
	for _, code := range config.Departments {
		if err := simulation.start(ctx, code, config); err != nil {
			simulation.Close()
			return nil, fmt.Errorf("simulated department %s: %w", code, err)
		}
	}
	context.AfterFunc(ctx, simulation.closeServers)
	return simulation, nil
}

func (s *Simulation) start(ctx context.Context, code string, config Config) error {
	connection := connector.Connection{
		Department: code, OutboundSecret: webhook.NewSecret(), InboundSecrets: []webhook.Secret{webhook.NewSecret()},
		HandlesCases: slices.Contains(caseHandlers, code), Timeout: 5 * time.Second,
	}
	desk, err := openDesk(deskConfig{Config: config, department: code, secret: connection.InboundSecrets[0], deliverer: s.deliverer})
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	connection.URL = "http://" + listener.Addr().String()
	system := &system{
		register: newRegister(code, config), desk: desk, secrets: []webhook.Secret{connection.OutboundSecret}, handlesCases: connection.HandlesCases,
	}
	server := &http.Server{
		Handler: system.routes(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		BaseContext: func(net.Listener) context.Context { return ctx },
		ErrorLog:    slog.NewLogLogger(config.Logger.Handler(), slog.LevelWarn),
	}
	s.servers = append(s.servers, server)
	s.systems[code] = system
	s.connections.Connections = append(s.connections.Connections, connection)
	desk.resume(ctx, &s.running)
	s.running.Go(func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			config.Logger.Error("simulated department stopped", "department", code, "error", err)
		}
	})
	return nil
}

// Connections is what a connections file would say about these departments. The secrets are new at each start.
func (s *Simulation) Connections() *connector.Connections { return s.connections }

// Behave makes a department slow, failing, hanging or babbling from now on; the zero Behaviour makes it well again.
// It tells whether there is such a department.
func (s *Simulation) Behave(department string, behaviour Behaviour) bool {
	system, found := s.systems[department]
	if found {
		system.behaviour.Store(&behaviour)
	}
	return found
}

// Close stops every department and waits for it. Open cases go on at the next start.
func (s *Simulation) Close() {
	s.stop()
	s.closeServers()
	for _, system := range s.systems {
		system.desk.settle()
	}
	s.running.Wait()
	s.deliverer.CloseIdleConnections()
}

func (s *Simulation) closeServers() {
	for _, server := range s.servers {
		_ = server.Close()
	}
}
