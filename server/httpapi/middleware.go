package httpapi

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"time"

	"onewindow/graph/caller"
	"onewindow/graph/door"
	"onewindow/models"
)

// largestHeaders is the size of a request's headers, in bytes.
const largestHeaders = 8 << 10

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
		}()
		if s.turnedAway(watched, r) {
			return
		}
		mux.ServeHTTP(watched, r)
	})
}

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
		refuse(w, r, http.StatusRequestHeaderFieldsTooLarge, models.BadInput(models.T("请求头过大", "The headers of the request are too large")))
		return true
	}
	origin := r.Header.Get("Origin")
	friend := slices.Contains(s.Origins, origin)
	if friend {
		w.Header().Set("Access-Control-Allow-Origin", origin)
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
		panic(value)
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
