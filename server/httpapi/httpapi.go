package httpapi

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"

	"onewindow/models"
)

// Deps is what is served. A nil part is not there: its path answers 404.
type Deps struct {
	// GraphQL answers /graphql; it refuses in its own form.
	GraphQL http.Handler
	// GraphiQL is the page for developers; nil in production.
	GraphiQL http.Handler
	// Web serves the web clients at every other path.
	Web http.Handler
	// Schema is the schema as published.
	Schema string
	// Keys gives the JWKS of the tokens as JSON.
	Keys func() ([]byte, error)
	// Departments serves /departments/{code}/events.
	Departments http.Handler
	// Authenticate says who holds a token.
	Authenticate func(ctx context.Context, bearer string) (models.Actor, error)
	// Admit says when to come back, or 0 for come in; nil lets everybody in.
	Admit func(ctx context.Context, actor models.Actor) time.Duration
	// SaveUpload keeps a plain upload and gives the id that a mutation takes; problems are the person's to mend.
	SaveUpload func(ctx context.Context, actor models.Actor, upload Upload) (models.ID, []*models.Problem, error)
	// OpenFile opens what a link leads to for whoever comes from an address. A fault NOT_FOUND is answered 404.
	OpenFile func(ctx context.Context, token, from string) (*File, error)
	// Observe hears of every answer: the pattern of its route, never the path; nil: nobody listens.
	Observe func(route string, status int, took time.Duration)
	// Ready are the checks of /readyz.
	Ready []Check
	// Demo is the demo's clock; nil outside demo mode.
	Demo *DemoClock
	// Origins are the other web origins whose pages may call.
	Origins []string
	// LargestUpload is the size of a plain upload, in bytes; 0 means 10 MB.
	LargestUpload int64
	Logger        *slog.Logger
}

// Upload is a file on its way in.
type Upload struct {
	Name        string
	ContentType string
	Content     []byte
}

// File is a file on its way out. The handler closes its content.
type File struct {
	Name        string
	ContentType string
	Size        int64
	Content     io.ReadCloser
}

// Check is one thing without which the server cannot serve.
type Check struct {
	Name string
	Run  func(ctx context.Context) error
}

const largestUpload = 10 << 20

// server holds the handlers' common needs.
type server struct {
	Deps
	logger *slog.Logger
}

// New makes the public handler.
func New(deps Deps) http.Handler {
	if deps.Logger == nil {
		deps.Logger = slog.New(slog.DiscardHandler)
	}
	if deps.LargestUpload == 0 {
		deps.LargestUpload = largestUpload
	}
	if deps.Admit == nil {
		deps.Admit = func(context.Context, models.Actor) time.Duration { return 0 }
	}
	s := &server{Deps: deps, logger: deps.Logger}
	mux := http.NewServeMux()
	s.route(mux)
	return s.middleware(mux)
}

// route names every path. A pattern stands in the log in place of the path, which can hold a token.
func (s *server) route(mux *http.ServeMux) {
	handle := func(pattern string, handler http.Handler) {
		if handler != nil {
			mux.Handle(pattern, handler)
		}
	}
	handle("/graphql", s.GraphQL)
	handle("/graphiql", s.GraphiQL)
	handle("/graphiql/", s.GraphiQL)
	if s.Departments != nil {
		mux.HandleFunc("/departments/{code}/events", s.departments)
	}
	mux.HandleFunc("GET /schema.graphql", s.schema)
	mux.HandleFunc("GET /healthz", alive)
	mux.HandleFunc("GET /readyz", s.ready)
	if s.Keys != nil {
		mux.HandleFunc("GET /.well-known/jwks.json", s.keys)
	}
	if s.SaveUpload != nil {
		mux.HandleFunc("POST /files", s.upload)
	}
	if s.OpenFile != nil {
		mux.HandleFunc("GET /files/{token}", s.download)
	}
	if s.Demo != nil {
		mux.HandleFunc("GET /demo/clock", s.readClock)
		mux.HandleFunc("POST /demo/clock", s.moveClock)
	}
	if s.Web != nil {
		mux.HandleFunc("/", s.web)
	}
}

// departments takes events, which are only ever posted.
func (s *server) departments(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "POST")
		refuse(w, r, http.StatusMethodNotAllowed, wrongMethod)
		return
	}
	s.Departments.ServeHTTP(w, r)
}

// web serves pages, which are read and never written.
func (s *server) web(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, r, http.StatusMethodNotAllowed, wrongMethod)
		return
	}
	s.Web.ServeHTTP(w, r)
}

func (s *server) schema(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=300")
	_, _ = io.WriteString(w, s.Schema)
}

func (s *server) keys(w http.ResponseWriter, r *http.Request) {
	raw, err := s.Keys()
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/jwk-set+json")
	w.Header().Set("Cache-Control", "public, max-age=300")
	_, _ = w.Write(raw)
}

// NewServer makes an HTTP server with its limits of time and size. Bodies have their own limits: streams and uploads take longer.
func NewServer(address string, handler http.Handler, logger *slog.Logger) *http.Server {
	return &http.Server{
		Addr: address, Handler: handler,
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       2 * time.Minute,
		// Longer than an upload and its answer take; a stream sets a time for each of its events.
		WriteTimeout:                 3 * time.Minute,
		DisableGeneralOptionsHandler: true, // it would answer before our headers are set
		// The middleware refuses headers over 8 KB in our own words; this is what is read at all.
		MaxHeaderBytes: 2 * largestHeaders,
		ErrorLog:       slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
}
