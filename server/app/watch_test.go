package app_test

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

// livePatience is how long a live event may take. It is shorter than the watcher's own look, which would hide a lost signal.
const livePatience = 9 * time.Second

// watching is a client that follows an application over a WebSocket.
type watching struct {
	conn   *websocket.Conn
	cancel context.CancelFunc
	events chan event
	ended  chan struct{}
}

// frame is a message of graphql-transport-ws.
type frame struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// watch subscribes with WatchProgress, and ends with the test.
func watch(t *testing.T, v *visitor, number string) *watching {
	t.Helper()
	return subscribe(t, v, "WatchProgress", vars{"number": number})
}

// watchInbox subscribes with WatchInbox: the kinds of the messages come as those of events.
func watchInbox(t *testing.T, v *visitor) *watching {
	t.Helper()
	return subscribe(t, v, "WatchInbox", vars{})
}

func subscribe(t *testing.T, v *visitor, operation string, variables vars) *watching {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	conn, _, err := websocket.Dial(ctx, strings.Replace(v.url, "http", "ws", 1)+"/graphql",
		&websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		t.Fatal(err)
	}
	w := &watching{conn: conn, cancel: cancel, events: make(chan event, 100), ended: make(chan struct{})}
	t.Cleanup(w.close)
	write := func(kind, id string, payload vars) {
		raw, _ := json.Marshal(payload)
		if err := wsjson.Write(ctx, conn, frame{ID: id, Type: kind, Payload: raw}); err != nil {
			t.Fatal(err)
		}
	}
	write("connection_init", "", vars{"Authorization": "Bearer " + v.token, "Accept-Language": v.locale})
	var acknowledged frame
	if err := wsjson.Read(ctx, conn, &acknowledged); err != nil || acknowledged.Type != "connection_ack" {
		t.Fatalf("the socket answers %+v: %v", acknowledged, err)
	}
	before := listeningAt(v.url)
	write("subscribe", "1", vars{"query": document(operation), "operationName": operation, "variables": variables})
	go w.read(ctx)
	eventually(t, "the server listens for the watcher", func() bool {
		select {
		case <-w.ended:
			return true
		default:
			return listeningAt(v.url) > before
		}
	})
	return w
}

// listening are functions that count the subscriptions of the systems of this process, by their URLs: a subscription has no
// acknowledgement of its own, and what happens before it stands is no news to it.
var listening sync.Map

func listeningAt(url string) int {
	count, found := listening.Load(url)
	if !found {
		return -1
	}
	return count.(func() int)()
}

func (w *watching) read(ctx context.Context) {
	defer close(w.events)
	defer close(w.ended)
	for {
		var got frame
		if err := wsjson.Read(ctx, w.conn, &got); err != nil {
			return
		}
		var next struct {
			Data struct {
				ApplicationProgress struct{ Event event }
				InboxMessage        event
			}
		}
		if got.Type != "next" || json.Unmarshal(got.Payload, &next) != nil {
			return
		}
		if message := next.Data.InboxMessage; message.Kind != "" {
			w.events <- message
			continue
		}
		w.events <- next.Data.ApplicationProgress.Event
	}
}

// next waits for so many events and gives their kinds.
func (w *watching) next(t *testing.T, count int) (kinds []string) {
	t.Helper()
	late := time.After(livePatience)
	for range count {
		select {
		case one, open := <-w.events:
			if !open {
				t.Fatalf("the socket ended after %v", kinds)
			}
			kinds = append(kinds, one.Kind)
		case <-late:
			t.Fatalf("no further event came live after %v", kinds)
		}
	}
	return kinds
}

func (w *watching) close() {
	w.cancel()
	_ = w.conn.CloseNow()
}
