package door

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"onewindow/graph/caller"
	"onewindow/models"
)

var tooManyStreams = models.RateLimited(10)

// streams counts what each person has open here, so that one person cannot hold all of it.
type streams struct {
	mostStreams, mostSubscriptions int

	mu   sync.Mutex
	open map[string]*openStreams
}

type openStreams struct{ streams, subscriptions int }

func newStreams(mostStreams, mostSubscriptions int) *streams {
	return &streams{mostStreams: mostStreams, mostSubscriptions: mostSubscriptions, open: map[string]*openStreams{}}
}

// personKey names whom a stream counts for: who is known by who they are, a stranger by the address.
func personKey(actor models.Actor) string {
	if actor.Kind == models.Anonymous {
		return "address " + actor.Address
	}
	return string(actor.Kind) + " " + string(actor.ID) + " " + string(actor.SubjectID)
}

// add counts streams and subscriptions in, or says that it would be too many.
func (s *streams) add(key string, streams, subscriptions int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	entry := s.open[key]
	if entry == nil {
		entry = &openStreams{}
	}
	if entry.streams+streams > s.mostStreams || entry.subscriptions+subscriptions > s.mostSubscriptions {
		return false
	}
	entry.streams += streams
	entry.subscriptions += subscriptions
	s.open[key] = entry
	return true
}

// remove counts out what add counted in.
func (s *streams) remove(key string, streams, subscriptions int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	entry := s.open[key]
	entry.streams -= streams
	entry.subscriptions -= subscriptions
	if *entry == (openStreams{}) {
		delete(s.open, key)
	}
}

// watchToken calls lost once the token of an open stream stops to hold, or the caller's roles have changed. It returns
// when the context ends.
func (d *Door) watchToken(ctx context.Context, token string, lost func(roleLost bool)) {
	if token == "" {
		return
	}
	before := caller.ActorFrom(ctx)
	ticker := time.NewTicker(d.limits.TokenCheck)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now, _, err := d.identify(ctx, "Bearer "+token, before.Address)
		switch {
		case err != nil && isFault(err):
			lost(false)
			return
		case err == nil && !sameReach(before, now):
			lost(true)
			return
		}
	}
}

// sameReach tells whether a caller still may what it might when the stream was opened.
func sameReach(before, now models.Actor) bool {
	return before.Kind == now.Kind && before.ID == now.ID && before.DepartmentCode == now.DepartmentCode &&
		before.CityReach == now.CityReach && before.SubjectID == now.SubjectID && slices.Equal(before.Roles, now.Roles)
}

// streamOperation runs an operation as Server-Sent Events.
func (d *Door) streamOperation(w http.ResponseWriter, r *http.Request, token string, operation *graphql.OperationContext) {
	key := personKey(caller.ActorFrom(r.Context()))
	if !d.streams.add(key, 1, 1) {
		refuse(w, r, tooManyStreams)
		return
	}
	defer d.streams.remove(key, 1, 1)
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(d.closing, cancel)()
	go d.watchToken(ctx, token, func(bool) { cancel() })
	responses, ctx := d.executor.DispatchOperation(ctx, operation)
	d.serveStream(w, r.WithContext(ctx), responses)
}

// serveStream writes answers as they come (GraphQL over Server-Sent Events, distinct connections). A stream that we end
// ourselves has no "complete": its client comes back.
func (d *Door) serveStream(w http.ResponseWriter, r *http.Request, responses graphql.ResponseHandler) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	w.Header().Set("Content-Type", mediaEvents+"; charset=utf-8")
	w.Header().Set("X-Accel-Buffering", "no") // proxies would hold events back otherwise
	stream := &eventStream{w: w, control: http.NewResponseController(w), patience: d.limits.WriteTime, cancel: cancel}
	if !stream.send(":\n\n") {
		return
	}
	var background sync.WaitGroup
	// The writer belongs to this call: nothing may write once it has returned.
	defer background.Wait()
	defer cancel()
	background.Go(func() { stream.keepAlive(ctx, d.limits.KeepAlive) })
	for {
		response := responses(ctx)
		if response == nil {
			break
		}
		response.Errors = d.trimErrors(response.Errors)
		if !stream.send(fmt.Sprintf("event: next\ndata: %s\n\n", encode(response))) {
			return
		}
	}
	if ctx.Err() == nil {
		stream.send("event: complete\ndata:\n\n")
	}
}

// eventStream writes events one at a time, each within a time, and gives up on a reader that does not take them.
type eventStream struct {
	mu       sync.Mutex
	w        http.ResponseWriter
	control  *http.ResponseController
	patience time.Duration
	cancel   context.CancelFunc
}

func (s *eventStream) send(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	// A writer without deadlines, as in tests, simply has none.
	_ = s.control.SetWriteDeadline(time.Now().Add(s.patience))
	_, err := s.w.Write([]byte(text))
	if err == nil {
		err = s.control.Flush()
	}
	if err != nil {
		s.cancel()
	}
	return err == nil
}

func (s *eventStream) keepAlive(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if !s.send(":\n\n") {
				return
			}
		}
	}
}
