package door

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"onewindow/graph/caller"
	"onewindow/models"
)

// Config is what a door needs.
type Config struct {
	// Schema is the generated schema with its resolvers.
	Schema graphql.ExecutableSchema
	// Authenticate says who holds a token. A fault refuses the caller; any other error is ours.
	Authenticate func(ctx context.Context, bearer string) (models.Actor, error)
	// Expires says when a token that held expires: streams end then, whatever leeway Authenticate gives. Nil: Authenticate says all.
	Expires func(bearer string) time.Time
	// Admit is asked before each operation; it says when to come back, or 0 for come in. Nil: everybody may come in.
	Admit func(ctx context.Context, actor models.Actor) time.Duration
	// Production: nobody can query the schema, and only staff may send documents that are none of Documents.
	Production bool
	// Documents are those that the clients were built with.
	Documents *Documents
	// Origins are the other web origins whose pages may call, e.g. https://window.example.cn.
	Origins []string
	// Limits; the zero value means DefaultLimits.
	Limits Limits
	Logger *slog.Logger
}

// Door serves GraphQL. Close ends its open streams.
type Door struct {
	executor     *executor.Executor
	schema       graphql.ExecutableSchema
	authenticate func(ctx context.Context, bearer string) (models.Actor, error)
	expires      func(bearer string) time.Time
	admit        func(ctx context.Context, actor models.Actor) time.Duration
	production   bool
	origins      []string
	limits       Limits
	logger       *slog.Logger
	known        *Documents
	documents    *documentCache
	streams      *streams
	dear         narrow
	closing      context.Context
	close        context.CancelFunc
}

// New makes a door.
func New(config Config) *Door {
	if config.Limits == (Limits{}) {
		config.Limits = DefaultLimits()
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	if config.Admit == nil {
		config.Admit = func(context.Context, models.Actor) time.Duration { return 0 }
	}
	door := &Door{
		executor: executor.New(config.Schema), schema: config.Schema, authenticate: config.Authenticate, expires: config.Expires, admit: config.Admit,
		production: config.Production, origins: config.Origins, limits: config.Limits, logger: config.Logger,
		known: config.Documents, documents: newDocumentCache(config.Limits.QueryCache),
		streams: newStreams(config.Limits), dear: newNarrow(),
	}
	door.closing, door.close = context.WithCancel(context.Background())
	door.executor.SetErrorPresenter(door.present)
	door.executor.SetRecoverFunc(door.recovered)
	door.executor.SetQueryCache(door.documents)
	door.executor.SetDisableSuggestion(true)
	if !config.Production {
		door.executor.Use(extension.Introspection{})
	}
	door.executor.Use(guard{door})
	return door
}

// Close ends every open socket and stream, so that their clients come back to another replica.
func (d *Door) Close() { d.close() }

// guard is where the door's checks stand in the executor's way.
type guard struct{ door *Door }

var _ interface {
	graphql.HandlerExtension
	graphql.OperationParameterMutator
	graphql.OperationContextMutator
	graphql.ResponseInterceptor
} = guard{}

// ExtensionName and Validate make guard an extension.
func (guard) ExtensionName() string                   { return "OneWindowGuard" }
func (guard) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters checks the document before it is parsed; one that validated before has passed.
func (g guard) MutateOperationParameters(ctx context.Context, params *graphql.RawParams) *gqlerror.Error {
	if fault := g.door.trust(ctx, params); fault != nil {
		return asError(fault)
	}
	if g.door.documents.has(params.Query) {
		return nil
	}
	return asError(g.door.guardDocument(params.Query))
}

// MutateOperationContext checks what only the validated operation shows.
func (g guard) MutateOperationContext(_ context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	if fault := guardVariables(g.door.schema.Schema(), operation.Operation, operation.Variables); fault != nil {
		return asError(fault)
	}
	if fault := g.door.guardCost(operation); fault != nil {
		return asError(fault)
	}
	if hash, _ := persistedHash(operation.Extensions); hash != "" {
		g.door.documents.name(operation.RawQuery, strings.ToLower(hash))
	}
	return nil
}

// trust refuses in production what the clients were not built with, unless staff ask. What is known runs as it is known:
// however it was written, it is parsed and kept once.
func (d *Door) trust(ctx context.Context, params *graphql.RawParams) *models.Fault {
	if !d.production || caller.ActorFrom(ctx).Kind == models.Staff {
		return nil
	}
	if len(params.Query) > d.limits.Document {
		return tooComplex
	}
	text, found := d.known.find(params.Query, d.limits.Tokens)
	if !found {
		return unknownQuery
	}
	params.Query = text
	return nil
}

// InterceptResponse keeps the errors of every answer few and small.
func (g guard) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	response := next(ctx)
	if response != nil {
		response.Errors = g.door.trimErrors(response.Errors)
	}
	return response
}

func asError(fault *models.Fault) *gqlerror.Error {
	if fault == nil {
		return nil
	}
	return &gqlerror.Error{Err: fault, Message: string(fault.Code)}
}

// identify says who asks, by the Authorization header or, on sockets, by what stands for it. Without one it is a stranger.
func (d *Door) identify(ctx context.Context, authorization, address string) (models.Actor, string, error) {
	stranger := models.Actor{Kind: models.Anonymous, Address: address, Locale: caller.LocaleFrom(ctx)}
	if authorization == "" {
		return stranger, "", nil
	}
	scheme, token, _ := strings.Cut(authorization, " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "Bearer") || token == "" || len(token) > d.limits.Token {
		return stranger, "", invalidToken()
	}
	actor, err := d.authenticate(ctx, token)
	if err != nil {
		return stranger, "", err
	}
	actor.Address, actor.Locale = address, caller.LocaleFrom(ctx)
	return actor, token, nil
}

func invalidToken() *models.Fault {
	return &models.Fault{Code: models.Unauthenticated, Text: models.T("登录已失效，请重新登录", "Your sign-in is no longer valid, please sign in again")}
}

// admitted says whether the caller's budget lets another operation in.
func (d *Door) admitted(ctx context.Context, actor models.Actor) *models.Fault {
	wait := d.admit(ctx, actor)
	if wait <= 0 {
		return nil
	}
	return models.RateLimited(int((wait + time.Second - 1) / time.Second))
}

// sameOrigin tells whether a browser's page may open a socket: its own pages, and those of the list. Other clients send no Origin.
func (d *Door) sameOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || slices.Contains(d.origins, origin) {
		return true
	}
	parsed, err := url.Parse(origin)
	return err == nil && parsed.Host != "" && strings.EqualFold(parsed.Host, r.Host)
}

// addressOf is the address of the connection. Headers that claim another are not believed.
func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// asFault finds the fault in an error; anything else is an incident of ours, logged here.
func (d *Door) asFault(ctx context.Context, err error) *models.Fault {
	var fault *models.Fault
	if errors.As(err, &fault) {
		return fault
	}
	incident := newIncident()
	logFor(ctx, d.logger).ErrorContext(ctx, "incident", "incident", incident, "cause", err.Error())
	return &models.Fault{Code: models.Internal, Text: somethingBroke, Extensions: map[string]any{"incident": incident}}
}
