package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"onewindow/models"
	"onewindow/server/httpapi"
)

var errPlanted = errors.New("database is on fire")

// house is a server with everything in it, and what it logged.
type house struct {
	handler http.Handler
	logged  *bytes.Buffer
	moved   time.Duration
	saved   httpapi.Upload
	ready   error
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{logged: &bytes.Buffer{}}
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, models.Zone)
	h.handler = httpapi.New(httpapi.Deps{
		GraphQL: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.RawQuery == "panic" {
				panic(errPlanted)
			}
			_, _ = io.WriteString(w, "graphql")
		}),
		Schema:      "type Query { a: Int }",
		Keys:        func() ([]byte, error) { return []byte(`{"keys":[]}`), nil },
		Departments: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.URL.Path) }),
		Authenticate: func(_ context.Context, bearer string) (models.Actor, error) {
			if bearer != "resident" {
				return models.Actor{}, models.NotSignedIn()
			}
			return models.Actor{Kind: models.Resident, ID: "r1"}, nil
		},
		SaveUpload: func(_ context.Context, actor models.Actor, upload httpapi.Upload) (models.ID, []*models.Problem, error) {
			h.saved = upload
			switch string(upload.Content) {
			case "wrong":
				return "", []*models.Problem{models.NewProblem("WRONG_TYPE", "file", models.T("只收 PDF 和图片", "PDF and pictures only"))}, nil
			case "broken":
				return "", nil, errPlanted
			}
			return models.ID("file-of-" + string(actor.ID)), nil, nil
		},
		OpenFile: func(_ context.Context, token, _ string) (*httpapi.File, error) {
			if token != "good-token" {
				return nil, models.NotFound()
			}
			return &httpapi.File{Name: `证"明.pdf`, ContentType: "application/pdf", Size: 4, Content: io.NopCloser(strings.NewReader("%PDF"))}, nil
		},
		Ready: []httpapi.Check{{Name: "database", Run: func(context.Context) error { return h.ready }}},
		Demo: &httpapi.DemoClock{
			Now:     func() time.Time { return start.Add(h.moved) },
			Advance: func(_ context.Context, by time.Duration) error { h.moved += by; return nil },
		},
		Origins: []string{"https://friend.example"}, LargestUpload: 1000,
		Logger: slog.New(httpapi.LogHandler(slog.NewJSONHandler(h.logged, nil))),
	})
	return h
}

func (h *house) do(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	return w
}

func request(method, target, body string, headers ...string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func form(field, content string, headers ...string) *http.Request {
	var body bytes.Buffer
	writer := multipart.NewWriter(&body)
	_ = writer.WriteField("user", "extra")
	part, _ := writer.CreateFormFile(field, "../证明.pdf")
	_, _ = io.WriteString(part, content)
	_ = writer.Close()
	return request("POST", "/files", body.String(), append([]string{"Content-Type", writer.FormDataContentType(), "Authorization", "Bearer resident"}, headers...)...)
}

func TestPaths(t *testing.T) {
	h := newHouse(t)
	cases := []struct {
		name    string
		request *http.Request
		status  int
		want    string
	}{
		{"alive", request("GET", "/healthz", ""), 200, `"alive"`},
		{"ready", request("GET", "/readyz", ""), 200, `"ready"`},
		{"schema", request("GET", "/schema.graphql", ""), 200, "type Query"},
		{"keys", request("GET", "/.well-known/jwks.json", ""), 200, `{"keys":[]}`},
		{"graphql", request("POST", "/graphql", ""), 200, "graphql"},
		{"a department", request("POST", "/departments/taxation/events", ""), 200, "/departments/taxation/events"},
		{"the clock", request("GET", "/demo/clock", ""), 200, `{"now":"2026-03-02T09:00:00+08:00"}`},
		{"the clock moves", request("POST", "/demo/clock", `{"advance":"72h"}`), 200, `{"now":"2026-03-05T09:00:00+08:00"}`},
		{"the clock never goes back", request("POST", "/demo/clock", `{"advance":"-1h"}`), 400, `"BAD_USER_INPUT"`},
		{"the clock is told nonsense", request("POST", "/demo/clock", `{"advance":"soon"}`), 400, `"BAD_USER_INPUT"`},
		{"nothing there", request("GET", "/nothing", ""), 404, `"NOT_FOUND"`},
		{"no GraphiQL in production", request("GET", "/graphiql", ""), 404, `"NOT_FOUND"`},
		{"a link that leads nowhere", request("GET", "/files/bad-token", ""), 404, `"NOT_FOUND"`},
		{"a write from another site", request("POST", "/demo/clock", "{}", "Sec-Fetch-Site", "cross-site"), 403, `"FORBIDDEN"`},
		{"GraphQL from another site", request("POST", "/graphql", "{}", "Origin", "https://evil.example"), 403, `"errors"`},
		{"GraphQL from a friend", request("POST", "/graphql", "{}", "Origin", "https://friend.example", "Sec-Fetch-Site", "cross-site"), 200, "graphql"},
		{"a friend's browser asks first", request("OPTIONS", "/graphql", "", "Origin", "https://friend.example", "Access-Control-Request-Method", "POST"), 204, ""},
		{"too many headers", request("GET", "/healthz", "", "X-Large", strings.Repeat("x", 9000)), 431, `"BAD_USER_INPUT"`},
		{"a panic", request("GET", "/graphql?panic", ""), 500, `"INTERNAL"`},
		{"a file", form("file", "content"), 201, `{"id":"file-of-r1"}`},
		{"a file of a stranger", form("file", "content", "Authorization", ""), 401, `"UNAUTHENTICATED"`},
		{"a file with a token that does not hold", form("file", "content", "Authorization", "Bearer x"), 401, `"UNAUTHENTICATED"`},
		{"a file that is too large", form("file", strings.Repeat("x", 1001)), 413, `"BAD_USER_INPUT"`},
		{"a file far too large", form("file", strings.Repeat("x", 100<<10)), 413, `"BAD_USER_INPUT"`},
		{"another field", form("picture", "content"), 400, `"BAD_USER_INPUT"`},
		{"no form", request("POST", "/files", "x", "Content-Type", "application/pdf", "Authorization", "Bearer resident"), 415, `"BAD_USER_INPUT"`},
		{"a file that does not fit", form("file", "wrong"), 422, `"problems":[{"code":"WRONG_TYPE","field":"file","message":"只收 PDF 和图片"}]`},
		{"a file that breaks us", form("file", "broken"), 500, `"incident"`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := h.do(c.request)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) {
				t.Errorf("%d %s, want %d %s", w.Code, w.Body, c.status, c.want)
			}
			if strings.Contains(w.Body.String(), "fire") {
				t.Errorf("the cause is told: %s", w.Body)
			}
			if w.Header().Get("X-Content-Type-Options") != "nosniff" || len(w.Header().Get("X-Request-Id")) != 36 {
				t.Errorf("headers %v", w.Header())
			}
			if c.status >= 400 && !strings.HasPrefix(w.Header().Get("Content-Type"), "application/") {
				t.Errorf("a refusal of type %q", w.Header().Get("Content-Type"))
			}
		})
	}
}

func TestReadinessNamesWhatFails(t *testing.T) {
	h := newHouse(t)
	h.ready = errPlanted
	w := h.do(request("GET", "/readyz", ""))
	if w.Code != 503 || !strings.Contains(w.Body.String(), `"failing":["database"]`) || strings.Contains(w.Body.String(), "fire") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if h.do(request("GET", "/healthz", "")).Code != 200 {
		t.Error("not alive")
	}
}

func TestAFileIsSentAsAnAttachment(t *testing.T) {
	h := newHouse(t)
	w := h.do(request("GET", "/files/good-token", ""))
	header := w.Header()
	if w.Code != 200 || w.Body.String() != "%PDF" || header.Get("Content-Type") != "application/pdf" ||
		!strings.HasPrefix(header.Get("Content-Disposition"), "attachment; filename*=utf-8''") || header.Get("Cache-Control") != "no-store" ||
		!strings.HasPrefix(header.Get("Content-Security-Policy"), "sandbox") || header.Get("Accept-Ranges") != "none" {
		t.Errorf("%d %v", w.Code, header)
	}
	if w := h.do(request("GET", "/files/good-token", "", "Range", "bytes=1-2")); w.Code != 200 || w.Body.String() != "%PDF" {
		t.Errorf("a part of it: %d %q", w.Code, w.Body)
	}
	if w := h.do(request("POST", "/files/good-token", "x")); w.Code != 405 {
		t.Errorf("written to: %d", w.Code)
	}
	if w := h.do(form("file", "content")); w.Code != 201 || h.saved.Name != "证明.pdf" || string(h.saved.Content) != "content" {
		t.Errorf("%+v", h.saved)
	}
}

func TestTheLogHoldsTheRouteAndNothingPersonal(t *testing.T) {
	h := newHouse(t)
	w := h.do(request("GET", "/files/good-token?planted=1", "", "X-Planted", "planted"))
	var line map[string]any
	if err := json.Unmarshal(h.logged.Bytes(), &line); err != nil {
		t.Fatal(h.logged)
	}
	if line["route"] != "GET /files/{token}" || line["request"] != w.Header().Get("X-Request-Id") || line["status"] != 200.0 {
		t.Error(h.logged)
	}
	for _, personal := range []string{"good-token", "planted", "192.0.2.1"} {
		if strings.Contains(h.logged.String(), personal) {
			t.Errorf("the log holds %s", personal)
		}
	}
}

func TestOperations(t *testing.T) {
	registry := prometheus.NewRegistry()
	counter := prometheus.NewCounter(prometheus.CounterOpts{Name: "onewindow_test_total", Help: "x"})
	registry.MustRegister(counter)
	counter.Inc()
	handler := httpapi.NewOperations(registry, httpapi.DeadLetters{})
	for path, want := range map[string]string{"/metrics": "onewindow_test_total 1", "/debug/pprof/": "goroutine", "/healthz": "alive"} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, request("GET", path, ""))
		if w.Code != 200 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// standing is a clock that the test moves.
type standing struct{ now time.Time }

func (s *standing) Now() time.Time { return s.now }

func TestBudgets(t *testing.T) {
	server := miniredis.RunT(t)
	clock := &standing{now: time.Date(2026, 3, 2, 9, 0, 0, 0, models.Zone)}
	server.SetTime(clock.now)
	client := redis.NewClient(&redis.Options{Addr: server.Addr(), MaxRetries: -1, DialTimeout: 100 * time.Millisecond})
	defer client.Close()
	budget := httpapi.NewBudget(client, httpapi.Allowance{Burst: 3, PerSecond: 1}, httpapi.Allowance{Burst: 5, PerSecond: 4}, clock, slog.New(slog.DiscardHandler))
	taken := func(actor models.Actor) int {
		for count := range 100 {
			if budget.Admit(t.Context(), actor) > 0 {
				return count
			}
		}
		return 100
	}
	story := func(name string) {
		stranger := models.Actor{Kind: models.Anonymous, Address: "192.0.2.1"}
		if got := taken(stranger); got != 3 {
			t.Errorf("%s: a stranger had %d", name, got)
		}
		if wait := budget.Admit(t.Context(), stranger); wait <= 0 || wait > time.Second {
			t.Errorf("%s: come back in %v", name, wait)
		}
		if got := taken(models.Actor{Kind: models.Anonymous, Address: "192.0.2.2"}); got != 3 {
			t.Errorf("%s: another address had %d", name, got)
		}
		if got := taken(models.Actor{Kind: models.Resident, ID: "r1", Address: "192.0.2.1"}); got != 5 {
			t.Errorf("%s: a resident had %d", name, got)
		}
		clock.now = clock.now.Add(2 * time.Second)
		server.SetTime(clock.now)
		if got := taken(stranger); got != 2 {
			t.Errorf("%s: two seconds later a stranger had %d", name, got)
		}
	}
	story("Redis")
	server.Close()
	story("in the process")
	budget = httpapi.NewBudget(nil, httpapi.Allowance{Burst: 3, PerSecond: 1}, httpapi.Allowance{Burst: 5, PerSecond: 4}, clock, slog.New(slog.DiscardHandler))
	story("of one replica")
}

func TestTheServerHasItsLimits(t *testing.T) {
	server := httpapi.NewServer("127.0.0.1:0", http.NotFoundHandler(), slog.New(slog.DiscardHandler))
	if server.ReadHeaderTimeout != 5*time.Second || server.MaxHeaderBytes == 0 || server.IdleTimeout == 0 {
		t.Errorf("%+v", server)
	}
}
