package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

// event is one thing that happened, as the subscription tells it.
type event struct{ ID, Kind, Title, Detail string }

// frame is a message of the graphql-transport-ws protocol.
type frame struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// watch follows an application live in one language, on a socket of its own, until the context ends.
func (c *client) watch(ctx context.Context, locale, number string) (<-chan event, error) {
	socket, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(c.base, "http")+"/graphql", //nolint:bodyclose // the library owns it
		&websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		return nil, fmt.Errorf("WatchProgress: %w", err)
	}
	credentials, _ := json.Marshal(map[string]string{"Authorization": "Bearer " + c.token, "Accept-Language": locale})
	if err := wsjson.Write(ctx, socket, frame{Type: "connection_init", Payload: credentials}); err != nil {
		return nil, fmt.Errorf("WatchProgress: %w", err)
	}
	var welcome frame
	if err := wsjson.Read(ctx, socket, &welcome); err != nil || welcome.Type != "connection_ack" {
		return nil, fmt.Errorf("WatchProgress: the socket was not welcome (%s): %w", welcome.Type, err)
	}
	request, _ := json.Marshal(map[string]any{"query": operationText("WatchProgress"), "variables": values{"number": number}})
	if err := wsjson.Write(ctx, socket, frame{ID: "1", Type: "subscribe", Payload: request}); err != nil {
		return nil, fmt.Errorf("WatchProgress: %w", err)
	}
	events := make(chan event, 100)
	go receive(ctx, socket, events)
	return events, nil
}

// receive passes events on until the socket or the context ends.
func receive(ctx context.Context, socket *websocket.Conn, events chan<- event) {
	defer close(events)
	defer func() { _ = socket.CloseNow() }()
	for {
		var next frame
		if wsjson.Read(ctx, socket, &next) != nil {
			return
		}
		switch next.Type {
		case "ping":
			if wsjson.Write(ctx, socket, frame{Type: "pong"}) != nil {
				return
			}
		case "next":
			var told struct {
				Data struct{ ApplicationProgress struct{ Event event } }
			}
			if json.Unmarshal(next.Payload, &told) != nil {
				return
			}
			events <- told.Data.ApplicationProgress.Event
		default: // error, complete
			return
		}
	}
}

// live are the two streams that the tour follows: the same events in both languages.
type live struct{ chinese, english <-chan event }

func (t *tour) startWatching(ctx context.Context) (err error) {
	if t.live.chinese, err = t.resident.watch(ctx, chinese, t.number); err != nil {
		return err
	}
	t.live.english, err = t.resident.watch(ctx, english, t.number)
	return err
}

// liveUntil prints the live events up to the one of a kind, which must come by itself.
func (t *tour) liveUntil(kind string) error {
	late := time.After(t.wait)
	for {
		var told [2]event
		for position, stream := range []<-chan event{t.live.chinese, t.live.english} {
			select {
			case next, open := <-stream:
				if !open {
					return fmt.Errorf("WatchProgress ended before %s was told", kind)
				}
				told[position] = next
			case <-late:
				return fmt.Errorf("WatchProgress did not tell %s", kind)
			}
		}
		if told[0].ID != told[1].ID {
			return fmt.Errorf("WatchProgress told %s and %s in different order", told[0].Kind, told[1].Kind)
		}
		t.print("  ⚡ %s%s\n     %s%s\n", told[0].Title, after("：", told[0].Detail), told[1].Title, after(": ", told[1].Detail))
		if told[0].Kind == kind {
			return nil
		}
	}
}

func after(mark, text string) string {
	if text == "" {
		return ""
	}
	return mark + text
}
