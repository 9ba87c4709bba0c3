package door

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"onewindow/models"
)

// Requests have a leeway for clocks that differ; a stream ends when its token says.
func TestAStreamEndsWhenItsTokenExpires(t *testing.T) {
	expires := time.Now().Add(3 * time.Second) // time enough to open both
	door, _ := testDoor(t, func(config *Config) {
		config.Expires = func(string) time.Time { return expires }
	})
	c := connect(t, door)
	c.initialise()
	events := openEvents(t, door, "subscription { ticks(count: 1000000) }", "Authorization", "Bearer resident")
	defer events.Body.Close()
	if got := c.closed(); got != closeUnauthorized {
		t.Errorf("closed with %d", got)
	}
	rest, err := io.ReadAll(events.Body)
	if err != nil || strings.Contains(string(rest), "complete") {
		t.Errorf("events did not end as they should: %v", err)
	}
	if late := time.Since(expires); late > 30*time.Second {
		t.Errorf("ended %v late", late)
	}
}

// Between two checks of its token a stream shows nothing more either.
func TestEachEventIsAuthorised(t *testing.T) {
	var revoked atomic.Bool
	door, _ := testDoor(t, func(config *Config) {
		config.Limits.TokenCheck = time.Hour
		config.Authenticate = func(context.Context, string) (models.Actor, error) {
			if revoked.Load() {
				return models.Actor{}, invalidToken()
			}
			return models.Actor{Kind: models.Resident, ID: "r1"}, nil
		}
	})
	c := connect(t, door)
	c.initialise()
	events := openEvents(t, door, "subscription { ticks(count: 1000000) }", "Authorization", "Bearer x")
	defer events.Body.Close()
	c.send(`{"id":"s","type":"subscribe","payload":{"query":"subscription { ticks(count: 1000000) }"}}`)
	c.next()
	revoked.Store(true)
	if got := c.closed(); got != closeUnauthorized {
		t.Errorf("closed with %d", got)
	}
	if _, err := io.ReadAll(events.Body); err != nil {
		t.Error(err)
	}
}

func TestStrangersShareTheSocketsOfAnAddress(t *testing.T) {
	door, _ := testDoor(t, func(config *Config) { config.Limits.Streams, config.Limits.StrangerStreams = 1, 2 })
	for range 2 { // one after the other: at once, any of them could be the one too many
		one := connect(t, door)
		one.send(`{"type":"connection_init"}`)
		one.expect(`{"type":"connection_ack"}`)
	}
	last := connect(t, door)
	last.send(`{"type":"connection_init"}`)
	if got := last.closed(); got != closeTooMany {
		t.Errorf("closed with %d", got)
	}
}

func TestAHandshakeCountsAsARequest(t *testing.T) {
	door, _ := testDoor(t, func(config *Config) {
		config.Admit = func(context.Context, models.Actor) time.Duration { return 3 * time.Second }
	})
	server := httptest.NewServer(door)
	defer server.Close()
	_, response, err := websocket.Dial(t.Context(), server.URL, &websocket.DialOptions{Subprotocols: []string{subprotocol}})
	if err == nil || response.StatusCode != http.StatusTooManyRequests || response.Header.Get("Retry-After") != "3" {
		t.Errorf("%v", err)
	}
}
