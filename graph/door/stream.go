package door

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"onewindow/graph/caller"
	"onewindow/models"
)

var tooManyStreams = models.RateLimited(10)

// streams counts what each person has open here, so that one person cannot hold all of it.
type streams struct {
	limits Limits

	mu   sync.Mutex
	open map[string]*openStreams
}

type openStreams struct{ streams, subscriptions int }

func newStreams(limits Limits) *streams {
	return &streams{limits: limits, open: map[string]*openStreams{}}
}

// personKey names whom a stream counts for: who is known by who they are, a stranger by the address.
func personKey(actor models.Actor) string {
	if actor.Kind == models.Anonymous {
		return strangers + actor.Address
	}
	return string(actor.Kind) + " " + string(actor.ID) + " " + string(actor.SubjectID)
}

// strangers begins the keys of addresses: many people can be behind one.
const strangers = "address "

// add counts streams and subscriptions in, or says that it would be too many.
func (s *streams) add(key string, streams, subscriptions int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	entry := s.open[key]
	if entry == nil {
		entry = &openStreams{}
	}
	most := s.limits.Streams
	if strings.HasPrefix(key, strangers) {
		most = s.limits.StrangerStreams
	}
	if entry.streams+streams > most || entry.subscriptions+subscriptions > s.limits.Subscriptions {
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

// watchToken calls lost once the token of an open stream stops to hold, or the caller's roles have changed, unless the
// context has ended.
func (d *Door) watchToken(ctx context.Context, token string, lost func(roleLost bool)) {
	if token == "" {
		return
	}
	repeatedly(ctx, func() time.Duration { return min(d.limits.TokenCheck, d.untilExpiry(token)) }, func() (again bool) {
		holds, roleLost := d.stillHolds(ctx, token)
		if !holds && ctx.Err() == nil {
			lost(roleLost)
		}
		return holds
	})
}

// repeatedly acts each time after waiting, until that says no or the context ends. In between it holds no goroutine: there are
// many streams, and most of them are idle.
func repeatedly(ctx context.Context, wait func() time.Duration, act func() (again bool)) {
	var mu sync.Mutex
	var timer *time.Timer
	mu.Lock()
	defer mu.Unlock()
	timer = time.AfterFunc(wait(), func() {
		if ctx.Err() != nil || !act() {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		timer.Reset(wait())
	})
	context.AfterFunc(ctx, func() {
		mu.Lock()
		defer mu.Unlock()
		timer.Stop()
	})
}

// stillHolds tells whether the caller of an open stream may still go on, and if not whether the token holds and only what
// it may do has changed. A check that fails on our side ends nothing: the next one follows.
func (d *Door) stillHolds(ctx context.Context, token string) (holds, roleLost bool) {
	if token == "" {
		return true, false
	}
	if d.untilExpiry(token) <= 0 {
		return false, false
	}
	before := caller.ActorFrom(ctx)
	now, _, err := d.identify(ctx, "Bearer "+token, before.Address)
	if err != nil {
		return !isFault(err), false
	}
	return sameReach(before, now), true
}

// untilExpiry is how long a token is valid yet, without any leeway; a long time where nobody says.
func (d *Door) untilExpiry(token string) time.Duration {
	if d.expires == nil {
		return time.Hour
	}
	return max(time.Until(d.expires(token)), 0)
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
	d.watchToken(ctx, token, func(bool) { cancel() })
	responses, ctx := d.executor.DispatchOperation(ctx, operation)
	d.serveStream(w, r.WithContext(ctx), func(ctx context.Context) *graphql.Response {
		response := responses(ctx)
		// Asked anew for each event: what came in the moment between two checks is not shown either.
		if holds, _ := d.stillHolds(ctx, token); !holds {
			cancel()
			return nil
		}
		return response
	})
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
