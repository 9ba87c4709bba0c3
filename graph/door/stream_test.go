package door

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"onewindow/models"
)

// client is a bare socket.
type client struct {
	t    *testing.T
	conn *websocket.Conn
}

func connect(t *testing.T, door *Door, headers ...string) *client {
	t.Helper()
	server := httptest.NewServer(door)
	t.Cleanup(server.Close)
	options := &websocket.DialOptions{Subprotocols: []string{subprotocol}, HTTPHeader: http.Header{}}
	for i := 0; i+1 < len(headers); i += 2 {
		options.HTTPHeader.Set(headers[i], headers[i+1])
	}
	conn, response, err := websocket.Dial(t.Context(), server.URL, options)
	if err != nil {
		if response != nil {
			t.Fatalf("%d %v", response.StatusCode, err)
		}
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	return &client{t, conn}
}

func (c *client) send(message string) {
	c.t.Helper()
	if err := c.conn.Write(c.t.Context(), websocket.MessageText, []byte(message)); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) next() string {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), time.Minute)
	defer cancel()
	_, raw, err := c.conn.Read(ctx)
	if err != nil {
		c.t.Fatal(err)
	}
	return string(raw)
}

func (c *client) expect(want string) {
	c.t.Helper()
	if got := c.next(); got != want {
		c.t.Fatalf("got %s, want %s", got, want)
	}
}

// closed reads until the end and gives its code.
func (c *client) closed() websocket.StatusCode {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), time.Minute)
	defer cancel()
	for {
		if _, _, err := c.conn.Read(ctx); err != nil {
			return websocket.CloseStatus(err)
		}
	}
}

func (c *client) initialise() {
	c.t.Helper()
	c.send(`{"type":"connection_init","payload":{"Authorization":"Bearer resident"}}`)
	c.expect(`{"type":"connection_ack"}`)
}

func TestASocketServesOperations(t *testing.T) {
	door, _ := testDoor(t)
	c := connect(t, door)
	c.initialise()
	c.send(`{"type":"ping"}`)
	c.expect(`{"type":"pong"}`)
	c.send(`{"id":"q","type":"subscribe","payload":{"query":"{ whoami }"}}`)
	c.expect(`{"type":"next","id":"q","payload":{"data":{"whoami":"RESIDENT r1 127.0.0.1 zh"}}}`)
	c.expect(`{"type":"complete","id":"q"}`)
	c.send(`{"id":"s","type":"subscribe","payload":{"query":"subscription { ticks(count: 2) }"}}`)
	c.expect(`{"type":"next","id":"s","payload":{"data":{"ticks":"1"}}}`)
	c.expect(`{"type":"next","id":"s","payload":{"data":{"ticks":"2"}}}`)
	c.expect(`{"type":"complete","id":"s"}`)
	c.send(`{"id":"w","type":"subscribe","payload":{"query":"{ nothing }"}}`)
	if got := c.next(); !strings.HasPrefix(got, `{"type":"error","id":"w","payload":[{"message":"文档中的字段不存在"`) || !strings.Contains(got, `"BAD_USER_INPUT"`) {
		t.Error(got)
	}
	c.send(`{"id":"x","type":"subscribe","payload":{"query":"{ ` + strings.Repeat("hello ", 301) + `}"}}`)
	if got := c.next(); !strings.Contains(got, `"TOO_COMPLEX"`) {
		t.Error(got)
	}
	c.send(`{"id":"y","type":"subscribe","payload":{"query":"subscription { ticks(count: 2) more: ticks(count: 2) }"}}`)
	if got := c.next(); !strings.Contains(got, `"BAD_USER_INPUT"`) || strings.Contains(got, "INTERNAL") {
		t.Error(got)
	}
	// The same id again once it is free, and after the client itself has ended it.
	c.send(`{"id":"s","type":"subscribe","payload":{"query":"subscription { ticks(count: 1000000) }"}}`)
	c.expect(`{"type":"next","id":"s","payload":{"data":{"ticks":"1"}}}`)
	c.send(`{"id":"s","type":"complete"}`)
	c.send(`{"id":"s","type":"subscribe","payload":{"query":"{ again: hello }"}}`)
	for {
		got := c.next()
		if strings.Contains(got, "again") {
			break
		}
		if !strings.Contains(got, "ticks") {
			t.Fatal(got)
		}
	}
	c.expect(`{"type":"complete","id":"s"}`)
}

func TestASocketOfAStranger(t *testing.T) {
	door, _ := testDoor(t)
	c := connect(t, door)
	c.send(`{"type":"connection_init"}`)
	c.expect(`{"type":"connection_ack"}`)
	c.send(`{"id":"p","type":"subscribe","payload":{"query":"subscription { private }"}}`)
	if got := c.next(); !strings.HasPrefix(got, `{"type":"error","id":"p"`) || !strings.Contains(got, `"UNAUTHENTICATED"`) {
		t.Error(got)
	}
}

// Who does not keep to the protocol is told why by the code of the close.
func TestCloseCodes(t *testing.T) {
	subscription := `{"id":"s","type":"subscribe","payload":{"query":"subscription { ticks(count: 1000000) }"}}`
	cases := []struct {
		name  string
		code  websocket.StatusCode
		begin bool
		send  []string
	}{
		{"no message", 4400, true, []string{"hello"}},
		{"an unknown type", 4400, true, []string{`{"type":"nonsense"}`}},
		{"subscribe without an id", 4400, true, []string{`{"type":"subscribe","payload":{"query":"{ hello }"}}`}},
		{"subscribe without a payload", 4400, true, []string{`{"id":"a","type":"subscribe"}`}},
		{"init with a payload of another kind", 4400, false, []string{`{"type":"connection_init","payload":1}`}},
		{"subscribe before init", 4401, false, []string{subscription}},
		{"init with a token that does not hold", 4403, false, []string{`{"type":"connection_init","payload":{"authorization":"Bearer x"}}`}},
		{"no init", 4408, false, nil},
		{"an id twice", 4409, true, []string{subscription, subscription}},
		{"init twice", 4429, true, []string{`{"type":"connection_init"}`}},
		{"a large message", 1009, true, []string{`{"id":"s","type":"subscribe","payload":{"query":"#` + strings.Repeat("x", 70<<10) + `"}}`}},
		{"too many subscriptions", 4429, true, []string{
			strings.Replace(subscription, `"s"`, `"1"`, 1), strings.Replace(subscription, `"s"`, `"2"`, 1), strings.Replace(subscription, `"s"`, `"3"`, 1),
		}},
		{"too many messages", 4429, true, strings.Split(strings.Repeat(`{"type":"pong"} `, 120), " ")[:120]},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			door, _ := testDoor(t, func(config *Config) {
				config.Limits.InitTime, config.Limits.Subscriptions = 100*time.Millisecond, 2
			})
			socket := connect(t, door)
			if c.begin {
				socket.initialise()
			}
			for _, message := range c.send {
				// The door may have closed already: then this cannot be sent, and the code says why.
				_ = socket.conn.Write(t.Context(), websocket.MessageText, []byte(message))
			}
			if got := socket.closed(); got != c.code {
				t.Errorf("closed with %d, want %d", got, c.code)
			}
		})
	}
}

func TestASocketFromAnotherSiteIsRefused(t *testing.T) {
	door, _ := testDoor(t, func(config *Config) { config.Origins = []string{"https://friend.example"} })
	server := httptest.NewServer(door)
	defer server.Close()
	for origin, want := range map[string]int{
		"https://evil.example": 403, "null": 403, "https://friend.example": 101, server.URL: 101, "": 101,
	} {
		options := &websocket.DialOptions{Subprotocols: []string{subprotocol}, HTTPHeader: http.Header{"Origin": {origin}}}
		conn, response, err := websocket.Dial(t.Context(), server.URL, options)
		if err == nil {
			_ = conn.CloseNow()
		}
		if response.StatusCode != want {
			t.Errorf("%q: %d", origin, response.StatusCode)
		}
	}
}

func TestAnUnknownSubprotocolIsClosed(t *testing.T) {
	door, _ := testDoor(t)
	server := httptest.NewServer(door)
	defer server.Close()
	conn, _, err := websocket.Dial(t.Context(), server.URL, &websocket.DialOptions{Subprotocols: []string{"graphql-ws"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := (&client{t, conn}).closed(); got != 4406 {
		t.Errorf("closed with %d", got)
	}
}

// An open stream ends when its token stops to hold, and when its holder loses a role.
func TestAStreamEndsWithItsToken(t *testing.T) {
	var revoked, demoted atomic.Bool
	change := func(config *Config) {
		config.Limits.TokenCheck = 10 * time.Millisecond
		config.Authenticate = func(context.Context, string) (models.Actor, error) {
			if revoked.Load() {
				return models.Actor{}, invalidToken()
			}
			actor := models.Actor{Kind: models.Staff, ID: "s1", Roles: []models.Role{models.Reviewer}}
			if demoted.Load() {
				actor.Roles = nil
			}
			return actor, nil
		}
	}
	door, _ := testDoor(t, change)
	first := connect(t, door)
	first.initialise()
	demoted.Store(true)
	if got := first.closed(); got != 4403 {
		t.Errorf("after losing a role: %d", got)
	}
	second := connect(t, door)
	second.initialise()
	events := openEvents(t, door, "subscription { ticks(count: 1000000) }", "Authorization", "Bearer x")
	defer events.Body.Close()
	revoked.Store(true)
	if got := second.closed(); got != 4401 {
		t.Errorf("after revocation: %d", got)
	}
	rest, err := io.ReadAll(events.Body)
	if err != nil || strings.Contains(string(rest), "complete") {
		t.Errorf("events did not end as they should: %v", err)
	}
}

func TestClosingEndsStreams(t *testing.T) {
	door, _ := testDoor(t)
	c := connect(t, door)
	c.initialise()
	door.Close()
	if got := c.closed(); got != websocket.StatusGoingAway {
		t.Errorf("closed with %d", got)
	}
}

func TestAPersonHoldsFewSockets(t *testing.T) {
	door, _ := testDoor(t, func(config *Config) { config.Limits.Streams = 2 })
	first, second, third := connect(t, door), connect(t, door), connect(t, door)
	first.initialise()
	second.initialise()
	third.send(`{"type":"connection_init","payload":{"Authorization":"Bearer resident"}}`)
	if got := third.closed(); got != 4429 {
		t.Errorf("closed with %d", got)
	}
	_ = first.conn.Close(websocket.StatusNormalClosure, "")
	deadline := time.Now().Add(time.Minute)
	for !door.streams.add("RESIDENT r1 ", 1, 0) {
		if time.Now().After(deadline) {
			t.Fatal("the first socket still counts")
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func openEvents(t *testing.T, door *Door, document string, headers ...string) *http.Response {
	t.Helper()
	server := httptest.NewServer(door)
	t.Cleanup(server.Close)
	request, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, strings.NewReader(query(document)))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", mediaEvents)
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	return response
}

func TestEventsAreServed(t *testing.T) {
	door, _ := testDoor(t, func(config *Config) { config.Limits.KeepAlive = time.Hour })
	for document, want := range map[string]string{
		"{ hello }":                        ":\n\nevent: next\ndata: {\"data\":{\"hello\":\"world\"}}\n\nevent: complete\ndata:\n\n",
		"subscription { ticks(count: 2) }": ":\n\nevent: next\ndata: {\"data\":{\"ticks\":\"1\"}}\n\nevent: next\ndata: {\"data\":{\"ticks\":\"2\"}}\n\nevent: complete\ndata:\n\n",
	} {
		response := openEvents(t, door, document)
		raw, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil || string(raw) != want || response.Header.Get("Content-Type") != "text/event-stream; charset=utf-8" {
			t.Errorf("%s: %q %v", document, raw, err)
		}
	}
	response := openEvents(t, door, "subscription { private }")
	raw, _ := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if !strings.Contains(string(raw), "UNAUTHENTICATED") || !strings.HasSuffix(string(raw), "event: complete\ndata:\n\n") {
		t.Errorf("%q", raw)
	}
}

func TestEventsAreKeptAlive(t *testing.T) {
	door, _ := testDoor(t, func(config *Config) { config.Limits.KeepAlive = 10 * time.Millisecond })
	response := openEvents(t, door, "subscription { ticks(count: 1000000) }")
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	for pings := 0; pings < 3 && lines.Scan(); {
		if lines.Text() == ":" {
			pings++
		}
	}
	if lines.Err() != nil {
		t.Error(lines.Err())
	}
}

// uploadRequest is a multipart request; parts come in the order given, "file…" parts with a content of their own.
func uploadRequest(t *testing.T, parts [][2]string, headers ...string) *http.Request {
	t.Helper()
	var form bytes.Buffer
	writer := multipart.NewWriter(&form)
	for _, part := range parts {
		if strings.HasPrefix(part[0], "file") {
			file, _ := writer.CreateFormFile(part[0], "../../证明.pdf")
			_, _ = io.WriteString(file, part[1])
			continue
		}
		_ = writer.WriteField(part[0], part[1])
	}
	_ = writer.Close()
	r := httptest.NewRequest(http.MethodPost, "/graphql", &form)
	r.Header.Set("Content-Type", writer.FormDataContentType())
	r.Header.Set("GraphQL-Require-Preflight", "1")
	r.Header.Set("Authorization", "Bearer resident")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func TestUploads(t *testing.T) {
	door, _ := testDoor(t)
	operations := [2]string{"operations", `{"query":"mutation($f: Upload!) { upload(file: $f) }","variables":{"f":null}}`}
	paths := [2]string{"map", `{"file":["variables.f"]}`}
	small, large := [2]string{"file", "content"}, [2]string{"file", strings.Repeat("x", 3<<20)}
	result := func(text string) string {
		raw, _ := json.Marshal(map[string]string{"upload": text})
		return string(raw)
	}
	cases := []struct {
		name    string
		request *http.Request
		status  int
		want    string
	}{
		{"a small file", uploadRequest(t, [][2]string{operations, paths, small}), 200, result("证明.pdf 7 7")},
		{"a large file", uploadRequest(t, [][2]string{operations, paths, large}), 200, result("证明.pdf 3145728 3145728")},
		{"in another order", uploadRequest(t, [][2]string{small, paths, operations}), 200, result("证明.pdf 7 7")},
		{"without the header", uploadRequest(t, [][2]string{operations, paths, small}, "GraphQL-Require-Preflight", ""), 403, "FORBIDDEN"},
		{"by a stranger", uploadRequest(t, [][2]string{operations, paths, small}, "Authorization", ""), 401, "UNAUTHENTICATED"},
		{"without operations", uploadRequest(t, [][2]string{paths, small}), 400, "BAD_USER_INPUT"},
		{"without map", uploadRequest(t, [][2]string{operations, small}), 400, "BAD_USER_INPUT"},
		{"without the file", uploadRequest(t, [][2]string{operations, paths}), 400, "BAD_USER_INPUT"},
		{"a file that nobody named", uploadRequest(t, [][2]string{operations, paths, small, {"file2", "x"}}), 400, "BAD_USER_INPUT"},
		{"four files", uploadRequest(t, [][2]string{operations, paths, small, {"file2", "x"}, {"file3", "x"}, {"file4", "x"}}), 400, "BAD_USER_INPUT"},
		{"a place that is no variable", uploadRequest(t, [][2]string{operations, {"map", `{"file":["query"]}`}, small}), 400, "BAD_USER_INPUT"},
		{"a place that is not there", uploadRequest(t, [][2]string{operations, {"map", `{"file":["variables.g.0"]}`}, small}), 400, "BAD_USER_INPUT"},
		{"no form", uploadRequest(t, nil, "Content-Type", "multipart/form-data"), 400, "BAD_USER_INPUT"},
		{"too large", uploadRequest(t, [][2]string{operations, paths, {"file", strings.Repeat("x", 32<<20)}}), 413, "BAD_USER_INPUT"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := serve(t, door, c.request)
			if got.status != c.status || string(got.Data) != c.want && got.code() != c.want {
				t.Errorf("%d %s, want %d %s", got.status, got.raw, c.status, c.want)
			}
		})
	}
}
