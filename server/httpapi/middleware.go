package httpapi

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"onewindow/graph/caller"
	"onewindow/graph/door"
	"onewindow/models"
)

// largestHeaders is the size of a request's headers, in bytes.
const largestHeaders = 8 << 10

// bodyTime is how long a body may take to arrive where a handler sets no time of its own.
const bodyTime = 10 * time.Second

var (
	headersTooLarge = models.BadInput(models.T("请求头过大", "The headers of the request are too large"))
	wrongTarget     = models.BadInput(models.T("请求的地址不正确", "The target of the request is not a path"))
	wrongMethod     = models.BadInput(models.T("此地址不接受这种请求方法", "This address does not take requests of this method"))
)

// middleware is what every request passes: a name, the log, headers, then what refuses it early.
func (s *server) middleware(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		id := string(models.NewID())
		ctx := caller.WithRequestID(r.Context(), id)
		r = r.WithContext(caller.WithLocale(ctx, models.ParseLocale(r.Header.Get("Accept-Language"))))
		watched := &watchedWriter{ResponseWriter: w}
		secure(watched.Header(), id)
		defer func() {
			if value := recover(); value != nil {
				s.panicked(watched, r, value)
			}
			s.logger.InfoContext(r.Context(), "request", "method", r.Method, "route", r.Pattern, "status", watched.status(),
				"bytes", watched.written, "took", time.Since(begun).Round(time.Microsecond))
			if s.Observe != nil {
				s.Observe(r.Pattern, watched.status(), time.Since(begun))
			}
		}()
		if s.turnedAway(watched, r) {
			return
		}
		handler, pattern := mux.Handler(r)
		if pattern == "" {
			refuseRoute(watched, r, handler)
			return
		}
		if r.ContentLength != 0 {
			// Handlers that read a body set their own time; this is for all others. A writer without deadlines, as in tests, has none.
			_ = http.NewResponseController(watched).SetReadDeadline(begun.Add(bodyTime))
		}
		mux.ServeHTTP(watched, r)
	})
}

// refuseRoute says in our form what the mux says in text: no such path, or not by this method.
func refuseRoute(w http.ResponseWriter, r *http.Request, said http.Handler) {
	heard := &listening{header: http.Header{}}
	said.ServeHTTP(heard, r)
	if heard.status != http.StatusMethodNotAllowed {
		NotFound(w, r)
		return
	}
	w.Header().Set("Allow", heard.header.Get("Allow"))
	refuse(w, r, http.StatusMethodNotAllowed, wrongMethod)
}

// listening is a writer that keeps status and headers and sends nothing.
type listening struct {
	header http.Header
	status int
}

// Header, WriteHeader and Write make it a writer.
func (l *listening) Header() http.Header           { return l.header }
func (l *listening) WriteHeader(status int)        { l.status = status }
func (l *listening) Write(raw []byte) (int, error) { return len(raw), nil }

// secure sets what every answer carries; a handler that knows better says so.
func secure(header http.Header, id string) {
	header.Set("X-Request-Id", id)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
}

// turnedAway answers requests with too large headers, from pages of other sites, and browsers' questions before a request.
func (s *server) turnedAway(w http.ResponseWriter, r *http.Request) bool {
	if headerSize(r.Header) > largestHeaders {
		refuse(w, r, http.StatusRequestHeaderFieldsTooLarge, headersTooLarge)
		return true
	}
	if !strings.HasPrefix(r.URL.Path, "/") {
		refuse(w, r, http.StatusBadRequest, wrongTarget)
		return true
	}
	origin := r.Header.Get("Origin")
	friend := slices.Contains(s.Origins, origin)
	if friend {
		w.Header().Set("Access-Control-Allow-Origin", origin)
		w.Header().Set("Access-Control-Expose-Headers", "Content-Disposition, Retry-After, X-Request-Id")
		w.Header().Add("Vary", "Origin")
	}
	if friend && r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
		w.Header().Set("Access-Control-Allow-Methods", "GET, POST")
		w.Header().Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept-Language, GraphQL-Require-Preflight, Apollo-Require-Preflight")
		w.Header().Set("Access-Control-Max-Age", "600")
		w.WriteHeader(http.StatusNoContent)
		return true
	}
	if s.crossSite().Check(r) != nil {
		refuse(w, r, http.StatusForbidden, &models.Fault{
			Code: models.Forbidden, Text: models.T("不接受来自其他网站的请求", "Requests from other sites are not taken"),
		})
		return true
	}
	return false
}

// crossSite refuses writes that a browser sends on behalf of another site.
func (s *server) crossSite() *http.CrossOriginProtection {
	protection := http.NewCrossOriginProtection()
	for _, origin := range s.Origins {
		// The settings were checked: each is an origin.
		_ = protection.AddTrustedOrigin(origin)
	}
	return protection
}

func headerSize(header http.Header) int {
	size := 0
	for name, values := range header {
		for _, value := range values {
			size += len(name) + len(value) + 4 // ": " and the line's end
		}
	}
	return size
}

// panicked answers a handler's panic, unless the answer has begun, and logs its place.
func (s *server) panicked(w *watchedWriter, r *http.Request, value any) {
	if value == http.ErrAbortHandler { //nolint:errorlint // the value that net/http names, unwrapped
		panic(value) //nolint:forbidigo // net/http itself ends the request by it
	}
	cause := "not an error"
	if err, isError := value.(error); isError {
		cause = err.Error()
	}
	s.logger.ErrorContext(r.Context(), "panic", "cause", cause, "stack", string(debug.Stack()))
	if w.code == 0 {
		s.fail(w, r, errors.New("panic: "+cause))
	}
}

// watchedWriter remembers what was answered, for the log.
type watchedWriter struct {
	http.ResponseWriter
	code    int
	written int64
}

// WriteHeader, Write and Unwrap make it a writer that http.ResponseController sees through.
func (w *watchedWriter) WriteHeader(code int) {
	if w.code == 0 || w.code < 200 {
		w.code = code
	}
	w.ResponseWriter.WriteHeader(code)
}

func (w *watchedWriter) Write(raw []byte) (int, error) {
	if w.code == 0 {
		w.code = http.StatusOK
	}
	count, err := w.ResponseWriter.Write(raw)
	w.written += int64(count)
	return count, err
}

// Unwrap leads to flushing, hijacking and deadlines.
func (w *watchedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *watchedWriter) status() int {
	if w.code == 0 {
		return http.StatusOK
	}
	return w.code
}

// refuse answers in the form of the path: GraphQL's own at /graphql, problem+json elsewhere.
func refuse(w http.ResponseWriter, r *http.Request, status int, fault *models.Fault) {
	if r.URL.Path == "/graphql" {
		door.Refuse(w, r, status, fault)
		return
	}
	problem(w, r, status, fault)
}

func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// LogHandler adds the request's name to every line that is logged with its context.
func LogHandler(next slog.Handler) slog.Handler { return requestLog{next} }

type requestLog struct{ slog.Handler }

// Handle, WithAttrs and WithGroup make it a handler.
func (h requestLog) Handle(ctx context.Context, record slog.Record) error {
	if id := caller.RequestID(ctx); id != "" {
		record.AddAttrs(slog.String("request", id))
	}
	return h.Handler.Handle(ctx, record)
}
func (h requestLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	return requestLog{h.Handler.WithAttrs(attrs)}
}
func (h requestLog) WithGroup(name string) slog.Handler { return requestLog{h.Handler.WithGroup(name)} }
