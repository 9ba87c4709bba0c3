package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/vektah/gqlparser/v2/formatter"

	"onewindow/graph"
	"onewindow/graph/express"
	"onewindow/graph/generated"
	"onewindow/graph/graphiql"
	"onewindow/models"
	"onewindow/server/config"
	"onewindow/server/httpapi"
)

// openDoors makes what the outside sees: the window, the files, the departments' door, health and metrics.
func (a *App) openDoors(context.Context) error {
	schema := generated.NewExecutableSchema(generated.Config{
		Resolvers: &graph.Resolver{
			Auth: a.auth, Residents: a.residents, Identities: a.identities, Delegations: a.delegations, Catalogue: a.catalogue, Materials: a.materials,
			Casework: a.cases, Bundles: a.bundles, Notify: a.notify, Audit: a.audit, Exports: a.exports,
		},
		Directives: generated.DirectiveRoot{Access: graph.Access},
	})
	a.copies = newCopier(a, schema)
	rates := a.config.Rates
	shared := a.redis
	if a.config.RedisURL == "" { // one replica: nobody to share the counts with
		shared = nil
	}
	budget := httpapi.NewBudget(shared,
		httpapi.Allowance{Burst: rates.AnonymousBurst, PerSecond: rates.AnonymousPerSecond},
		httpapi.Allowance{Burst: rates.PersonBurst, PerSecond: rates.PersonPerSecond}, machineClock{}, a.logger)
	documents, err := graph.ClientDocuments()
	if err != nil {
		return err
	}
	a.door = graph.NewHandler(graph.Config{
		Schema: express.New(schema, a.cases), Documents: documents, Authenticate: a.auth.Verify, Expires: a.auth.ExpiresAt, Admit: budget.Admit, Production: !a.config.Demo, Origins: a.config.Origins,
		Limits: a.config.Limits, Logger: a.logger,
	})
	var published bytes.Buffer
	formatter.NewFormatter(&published).FormatSchema(schema.Schema())
	deps := httpapi.Deps{
		GraphQL: a.door, Schema: published.String(), Keys: func() ([]byte, error) { return a.auth.JWKS(), nil }, Departments: a.desk.Events(),
		Authenticate: a.auth.Verify, Admit: budget.Admit, SaveUpload: a.saveUpload, OpenFile: a.openFile, Origins: a.config.Origins, Logger: a.logger,
		Observe: a.observe(),
		Ready:   []httpapi.Check{{Name: "database", Run: a.store.Ping}, {Name: "migrations", Run: a.store.Migrated}},
	}
	if a.config.Demo {
		deps.GraphiQL = graphiql.Handler("/graphql", "/graphql")
		deps.Web = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/" {
				httpapi.NotFound(w, r)
				return
			}
			http.Redirect(w, r, "/graphiql", http.StatusFound)
		})
		deps.Demo = &httpapi.DemoClock{Now: a.clock.Now, Advance: a.advance}
	}
	a.handler = httpapi.New(deps)
	a.opsHandler = httpapi.NewOperations(a.registry, httpapi.DeadLetters{List: a.notify.DeadLetters, Replay: a.notify.Replay})
	return nil
}

// machineClock is real time, for budgets.
type machineClock struct{}

func (machineClock) Now() time.Time { return time.Now() }

func (a *App) saveUpload(ctx context.Context, actor models.Actor, upload httpapi.Upload) (models.ID, []*models.Problem, error) {
	if actor.PersonID() == "" {
		return "", nil, models.NotAllowed()
	}
	file, problems, err := a.materials.Upload(ctx, actor, actor.PersonID(), upload.Name, bytes.NewReader(upload.Content))
	if err != nil || len(problems) > 0 {
		return "", problems, err
	}
	return file.ID, nil, nil
}

// openFile opens what a link leads to: a department's paper, or the copy of a person's data.
func (a *App) openFile(ctx context.Context, token, from string) (*httpapi.File, error) {
	opened, err := a.desk.OpenLink(ctx, token, from)
	var fault *models.Fault
	if errors.As(err, &fault) && fault.Code == models.NotFoundCode {
		return a.copies.open(ctx, token, from)
	}
	if err != nil {
		return nil, err
	}
	return &httpapi.File{
		Name: opened.Name, ContentType: opened.ContentType, Size: int64(len(opened.Content)), Content: io.NopCloser(bytes.NewReader(opened.Content)),
	}, nil
}

// Run serves until the context ends, and then stops in order: no new requests, open ones finished, streams closed, jobs ended.
func (a *App) Run(ctx context.Context) error {
	background, stopBackground := context.WithCancel(context.WithoutCancel(ctx))
	defer stopBackground()
	var running sync.WaitGroup
	running.Go(func() { a.hub.Run(background) })
	running.Go(func() { a.watchCatalogue(background) })
	if a.demoClock != nil {
		running.Go(func() { a.followClock(background) })
	}
	running.Go(func() { a.followKeys(background) })
	running.Go(func() { a.auth.Watch(background, func(err error) { a.logFailure(background, "session watch", err) }) })
	stopWorkers, err := a.startWorkers(background, &running)
	if err != nil {
		return err
	}
	failed := make(chan error, 2)
	var servers []*http.Server
	if a.config.Role != config.RoleWorker {
		servers = append(servers, a.serve(a.listener, a.handler, failed))
	}
	servers = append(servers, a.serve(a.operations, a.opsHandler, failed))
	a.logger.InfoContext(ctx, "serving", "address", a.Address(), "operations", a.OperationsAddress(), "role", string(a.config.Role))
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.config.Stop)
	defer cancel()
	a.door.Close()
	for _, server := range servers {
		if stopErr := server.Shutdown(stopping); stopErr != nil {
			_ = server.Close()
		}
	}
	stopWorkers(stopping)
	stopBackground()
	running.Wait()
	return err
}

func (a *App) serve(listener net.Listener, handler http.Handler, failed chan<- error) *http.Server {
	server := httpapi.NewServer(listener.Addr().String(), handler, a.logger)
	go func() {
		if err := server.Serve(httpapi.Listen(listener)); !errors.Is(err, http.ErrServerClosed) {
			failed <- fmt.Errorf("serve: %w", err)
		}
	}()
	return server
}

// startWorkers starts the jobs and the sweep, unless this replica only answers requests.
func (a *App) startWorkers(ctx context.Context, running *sync.WaitGroup) (stop func(context.Context), err error) {
	if a.config.Role == config.RoleAPI {
		return func(context.Context) {}, nil
	}
	client, err := a.store.NewWorkers(a.jobConfig())
	if err != nil {
		return nil, fmt.Errorf("workers: %w", err)
	}
	presence, err := a.store.Appear(ctx, client.ID())
	if err != nil {
		return nil, fmt.Errorf("workers: %w", err)
	}
	if err := client.Start(ctx); err != nil {
		return nil, fmt.Errorf("start workers: %w", err)
	}
	running.Go(func() { presence.Keep(ctx, func(err error) { a.logFailure(ctx, "presence", err) }) })
	running.Go(func() { a.keepSweeping(ctx) })
	running.Go(func() { a.keepRekeying(ctx) })
	return func(stopping context.Context) {
		if client.Stop(stopping) != nil {
			_ = client.StopAndCancel(context.WithoutCancel(stopping))
		}
	}, nil
}
