package app

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/redis/go-redis/v9"
	"gocloud.dev/blob"

	"onewindow/auth"
	"onewindow/graph/door"
	"onewindow/models"
	"onewindow/models/audit"
	"onewindow/models/bundle"
	"onewindow/models/casework"
	"onewindow/models/catalogue"
	"onewindow/models/delegation"
	"onewindow/models/export"
	"onewindow/models/identity"
	"onewindow/models/material"
	"onewindow/models/rekey"
	"onewindow/models/resident"
	"onewindow/models/sealed"
	"onewindow/models/signal"
	"onewindow/models/store"
	"onewindow/notify"
	"onewindow/notify/wechat"
	"onewindow/server/config"
	"onewindow/server/connector"
	"onewindow/server/connector/sim"
)

// App is the whole system, put together and not yet running.
type App struct {
	config    *config.Config
	logger    *slog.Logger
	clock     models.Clock
	demoClock *store.DemoClock // nil outside demo mode
	registry  *prometheus.Registry
	closers   []func()

	store       *store.Store
	redis       redis.UniversalClient
	keys        *config.Keys
	keyring     *sealed.Keyring
	hub         *signal.Hub
	catalogue   *catalogue.Service
	residents   *resident.Service
	audit       *audit.Service
	auth        *auth.Service
	identities  *identity.Service
	bucket      *blob.Bucket
	materials   *material.Service
	rekey       *rekey.Service
	cases       *casework.Service
	bundles     *bundle.Service
	delegations *delegation.Service
	exports     *export.Service
	copies      *copier
	notify      *notify.Service
	weChat      *wechat.Client // nil where no mini-program is configured
	directory   *connector.Directory
	desk        *connector.Desk
	simulation  *sim.Simulation

	listener, operations net.Listener
	door                 *door.Door
	handler              http.Handler
	opsHandler           http.Handler
}

// New puts the system together from its settings: it opens and migrates the database, loads the catalogue, and listens. Nothing
// is served before Run.
func New(ctx context.Context, settings *config.Config, logger *slog.Logger) (*App, error) {
	a := &App{config: settings, logger: logger, clock: store.SystemClock{}, registry: prometheus.NewRegistry()}
	a.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if settings.Demo {
		a.demoClock = store.NewDemoClock(settings.Clock.Time)
		a.clock = a.demoClock
	}
	for _, step := range []func(context.Context) error{
		a.openGround, a.loadCatalogue, a.openRooms, a.listen, a.connectDepartments, a.openCounter, a.prepareDemo, a.openDoors,
	} {
		if err := step(ctx); err != nil {
			a.Close()
			return nil, err
		}
	}
	return a, nil
}

// Close gives back what New took, in the opposite order.
func (a *App) Close() {
	for i := len(a.closers) - 1; i >= 0; i-- {
		a.closers[i]()
	}
	a.closers = nil
}

func (a *App) onClose(act func()) { a.closers = append(a.closers, act) }

// openGround opens what everything stands on: keys, database, Redis, files.
func (a *App) openGround(ctx context.Context) error {
	var err error
	if a.keys, err = a.readKeys(ctx); err != nil {
		return err
	}
	if a.keyring, err = a.keys.Keyring(); err != nil {
		return err
	}
	a.keyring.Follow(a.newKeys())
	a.store, err = store.Open(ctx, store.Config{
		DatabaseURL: a.config.DatabaseURL.Reveal(), Folder: a.config.Data, Clock: a.clock, Logger: a.logger,
	})
	if err != nil {
		return err
	}
	a.onClose(func() { _ = a.store.Close() })
	if err := a.store.Migrate(ctx); err != nil {
		return err
	}
	if a.demoClock != nil {
		if err := a.store.KeepClock(ctx, a.demoClock); err != nil {
			return err
		}
	}
	var closeRedis func()
	if a.redis, closeRedis, err = openRedis(a.config.RedisURL.Reveal()); err != nil {
		return err
	}
	a.onClose(closeRedis)
	if a.bucket, err = OpenFiles(ctx, a.config); err != nil {
		return err
	}
	a.onClose(func() { _ = a.bucket.Close() })
	return nil
}

// loadCatalogue takes the city's services over, whole or not at all, where they are new.
func (a *App) loadCatalogue(ctx context.Context) error {
	load, from := catalogue.Embedded, catalogue.FromProgram
	if a.config.Catalogue != "" {
		load, from = func() (*catalogue.Catalogue, catalogue.Faults) { return catalogue.LoadFolder(a.config.Catalogue) }, catalogue.FromFolder
	}
	read, faults := load()
	if len(faults) > 0 {
		return fmt.Errorf("the catalogue has faults, nothing of it was taken:\n%w", faults)
	}
	a.catalogue = catalogue.NewService(a.store)
	loaded, err := a.catalogue.Start(ctx, read, from)
	if err != nil {
		return err
	}
	a.sayCatalogue(ctx, loaded, from)
	return nil
}

// openRooms makes the rooms that stand on the ground floor alone.
func (a *App) openRooms(context.Context) error {
	a.hub = signal.New(a.redis, a.logger)
	a.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "onewindow_signal_listeners", Help: "Subscriptions to live signals on this replica: watchers of applications and inboxes, and the house's own.",
	}, func() float64 { return float64(a.hub.Listening()) }))
	a.catalogue.Hub = a.hub
	a.residents = resident.New(a.store, a.keyring)
	a.audit = audit.New(a.store)
	a.materials = material.New(a.scanning(material.Config{Store: a.store, Bucket: a.bucket, Keys: a.keyring, Materials: func(code string) *catalogue.Material {
		found, _ := a.catalogue.Current().Material(code)
		return found
	}}))
	a.rekey = rekey.New(a.store, a.keyring, SealedTables(), a.materials.ResealFiles)
	return nil
}

// listen takes the addresses early: simulated departments have to know where events go.
func (a *App) listen(ctx context.Context) error {
	var err error
	var network net.ListenConfig
	if a.listener, err = network.Listen(ctx, "tcp", a.config.Addr); err != nil {
		return fmt.Errorf("ONEWINDOW_ADDR: %w", err)
	}
	a.onClose(func() { _ = a.listener.Close() })
	if a.operations, err = network.Listen(ctx, "tcp", a.config.OpsAddr); err != nil {
		return fmt.Errorf("ONEWINDOW_OPS_ADDR: %w", err)
	}
	a.onClose(func() { _ = a.operations.Close() })
	return nil
}

// Address is where the server listens, OperationsAddress where its metrics are.
func (a *App) Address() string           { return a.listener.Addr().String() }
func (a *App) OperationsAddress() string { return a.operations.Addr().String() }

// publicURL is how people and departments reach this server.
func (a *App) publicURL() string {
	if a.config.PublicURL != "http://"+a.config.Addr {
		return a.config.PublicURL
	}
	return "http://" + a.Address()
}

// connectDepartments reads the connections file, or in demo mode without one starts the simulated departments.
func (a *App) connectDepartments(ctx context.Context) error {
	connections := &connector.Connections{}
	var err error
	switch {
	case a.config.Connections != "":
		connections, err = connector.LoadConnections(a.config.Connections)
	case a.config.Demo:
		connections, err = a.simulate(ctx)
	}
	if err != nil {
		return err
	}
	reach, err := a.reach()
	if err != nil {
		return err
	}
	if err := a.fit(connections, reach); err != nil {
		return err
	}
	a.directory, err = connector.NewDirectory(connector.Options{
		Connections: connections, Registerer: a.registry, Now: time.Now, Clock: a.clock, Reach: reach,
		Rates: connector.Rates(a.config.Departments),
	})
	if err != nil {
		return err
	}
	a.onClose(a.directory.Close)
	return nil
}

// openCounter makes the rooms that people deal with, and lets them hear of each other's changes.
func (a *App) openCounter(ctx context.Context) error {
	if err := a.openWeChat(); err != nil {
		return err
	}
	if err := a.openAuth(ctx); err != nil {
		return err
	}
	asking := &departments{directory: a.directory, residents: a.residents, materials: a.materials, logger: a.logger}
	a.identities = identity.New(a.store, a.keyring, a.residents, asking)
	a.onClose(a.identities.Close)
	asking.identity = a.identities
	a.delegations = a.openDelegations()
	a.cases = casework.New(casework.Dependencies{
		Delegations: a.delegations,
		Store:       a.store, Keyring: a.keyring, Catalogue: a.catalogue, Residents: a.residents, Materials: a.materials, Audit: a.audit,
		Hub: a.hub, Logger: a.logger, StaffByIDs: a.staffByIDs, StaffByUsername: a.staffByUsername, FetchMaterial: asking.FetchMaterial,
		Settings: a.config.Cases, OnSetAside: newSetAsideCount(a.registry),
	})
	var err error
	if a.notify, err = a.openNotify(ctx); err != nil {
		return err
	}
	a.desk = &connector.Desk{
		Directory: a.directory, Store: a.store, Cases: a.cases, Identity: a.identities, Materials: a.materials, PublicURL: a.publicURL(),
		WardSubject: asking.wardSubject, Logger: a.logger, Now: time.Now,
		SealEvent: func(body []byte) []byte { return a.keyring.Seal(connector.PurposeEvent, body) },
		OpenEvent: func(box []byte) ([]byte, error) { return a.keyring.Open(connector.PurposeEvent, box) },
	}
	a.bundles = bundle.New(bundle.Dependencies{Store: a.store, Catalogue: a.catalogue, Cases: a.cases, Materials: a.materials})
	a.exports = a.openExports()
	a.identities.Furnish(a.identityHouse())
	a.audit.OnRecord = a.dataSeen
	a.cases.OnChange(a.notify.Changed)
	a.cases.OnChange(a.desk.Changed)
	a.cases.OnChange(a.bundles.Changed) // last: what follows for the others of a bundle is told after what it follows from
	return nil
}

// openAuth makes sign-in. Tokens and codes run on the machine's clock even where a demo moves its own: other programs check them
// against theirs.
func (a *App) openAuth(ctx context.Context) error {
	keys, err := a.tokenKeys()
	if err != nil {
		return err
	}
	a.auth = auth.New(auth.Config{
		Store: a.store, Keyring: a.keyring, Residents: a.residents, Redis: a.redis, Keys: keys, TokenClock: store.SystemClock{}, Limits: a.config.Codes,
		SendCode: func(ctx context.Context, phone models.PhoneNumber, code string, locale models.Locale) error {
			return a.notify.SendCode(ctx, phone, code, locale)
		},
		OnReuse: func(ctx context.Context, tx *store.Tx, resident models.ID) error {
			return a.notify.Tell(ctx, tx, resident, notify.SessionEnded, notify.Params{})
		},
		OnNewDevice: func(ctx context.Context, tx *store.Tx, resident models.ID) error {
			return a.notify.Tell(ctx, tx, resident, notify.NewDevice, notify.Params{})
		},
		OnPhoneProven: func(ctx context.Context, tx *store.Tx, resident models.ID) error {
			return a.notify.PhoneProven(ctx, tx, resident)
		},
		WeChat:  a.weChatSignIn(),
		OnSpent: newCodeAlarm(a.registry, machineClock{}, a.logger).ring,
	})
	return a.auth.Start(ctx)
}

func (a *App) tokenKeys() (*auth.Keys, error) {
	var signing []auth.SigningKey
	for _, key := range a.keys.Signing {
		made, err := auth.NewSigningKey(key.Private.Seed())
		if err != nil {
			return nil, err
		}
		signing = append(signing, made)
	}
	return auth.NewKeys(signing[0], signing[1:]...)
}

func (a *App) staffByIDs(ctx context.Context, ids []models.ID) (map[models.ID]*casework.StaffMember, error) {
	found, err := a.auth.StaffByIDs(ctx, ids)
	if err != nil {
		return nil, err
	}
	shown := make(map[models.ID]*casework.StaffMember, len(found))
	for id, member := range found {
		shown[id] = staffMember(member)
	}
	return shown, nil
}

func (a *App) staffByUsername(ctx context.Context, username string) (*casework.StaffMember, error) {
	found, err := a.auth.StaffByUsername(ctx, username)
	if err != nil || found == nil {
		return nil, err
	}
	return staffMember(found), nil
}

func staffMember(member *auth.StaffMember) *casework.StaffMember {
	roles := make([]string, len(member.Roles))
	for i, role := range member.Roles {
		roles[i] = string(role)
	}
	return &casework.StaffMember{
		ID: member.ID, Username: member.Username, DisplayName: member.DisplayName, Roles: roles, DepartmentCode: member.DepartmentCode,
		CityReach: member.CityReach,
	}
}
