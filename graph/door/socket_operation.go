package door

import (
	"context"
	"encoding/json"

	"github.com/99designs/gqlgen/graphql"
	"github.com/coder/websocket"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"onewindow/graph/caller"
	"onewindow/models"
)

// outgoing is a message from us.
type outgoing struct {
	Type    string          `json:"type"`
	ID      string          `json:"id,omitempty"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// send writes one message within its time; a reader that does not take it loses the connection.
func (s *socket) send(message outgoing) {
	raw, err := json.Marshal(message)
	if err != nil {
		return // payloads are JSON that we made
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	ctx, cancel := context.WithTimeout(s.life, s.door.limits.WriteTime)
	defer cancel()
	if s.conn.Write(ctx, websocket.MessageText, raw) != nil {
		s.cancel()
	}
}

// subscribe begins an operation; false means that the message was none.
func (s *socket) subscribe(id string, payload any) bool {
	if !s.acknowledged {
		s.end(closeUnauthorized, "Unauthorized")
		return true
	}
	object, isObject := payload.(map[string]any)
	if id == "" || !isObject {
		return false
	}
	s.mu.Lock()
	_, taken := s.running[id]
	s.mu.Unlock()
	if taken {
		// The protocol names the id in the reason; ours does not repeat what was sent.
		s.end(closeTwice, "Subscriber already exists")
		return true
	}
	params, fault := s.door.envelopeOf(object)
	if fault == nil {
		fault = s.door.admitted(s.ctx, caller.ActorFrom(s.ctx))
	}
	if fault != nil {
		s.fail(id, gqlerror.List{asError(fault)}, nil)
		return true
	}
	ctx := graphql.StartOperationTrace(s.ctx)
	operation, list := s.door.prepare(ctx, params)
	if len(list) > 0 {
		s.fail(id, list, operation)
		return true
	}
	s.start(ctx, id, operation)
	return true
}

// runningOperation is an operation under way. Its pointer tells it from a later one of the same id.
type runningOperation struct {
	id     string
	cancel context.CancelFunc
}

// start runs an operation on its own.
func (s *socket) start(ctx context.Context, id string, operation *graphql.OperationContext) {
	subscriptions := 0
	if operation.Operation.Operation == ast.Subscription {
		subscriptions = 1
	}
	if !s.door.streams.add(s.key, 0, subscriptions) {
		s.end(closeTooMany, "Too many subscriptions")
		return
	}
	var cancel context.CancelFunc
	if subscriptions == 0 {
		ctx, cancel = context.WithTimeout(ctx, s.door.limits.Time)
	} else {
		ctx, cancel = context.WithCancel(ctx)
	}
	running := &runningOperation{id: id, cancel: cancel}
	s.mu.Lock()
	s.running[id] = running
	s.mu.Unlock()
	s.operations.Go(func() {
		defer s.door.streams.remove(s.key, 0, subscriptions)
		defer cancel()
		s.stream(ctx, running, operation)
	})
}

// stream sends the answers of one operation, then says that it is complete, unless the client has done so before.
func (s *socket) stream(ctx context.Context, running *runningOperation, operation *graphql.OperationContext) {
	defer func() {
		if value := recover(); value != nil {
			list := gqlerror.List{{Err: s.door.recovered(ctx, value)}}
			s.finish(running, outgoing{Type: "error", Payload: s.errorsOf(list, operation)})
		}
	}()
	responses, ctx := s.door.executor.DispatchOperation(ctx, operation)
	for first := true; ; first = false {
		response := responses(ctx)
		if response == nil {
			s.finish(running, outgoing{Type: "complete"})
			return
		}
		response.Errors = s.door.trimErrors(response.Errors)
		if first && len(response.Data) == 0 && len(response.Errors) > 0 {
			s.finish(running, outgoing{Type: "error", Payload: encodeErrors(response.Errors)})
			return
		}
		if !s.isRunning(running) {
			return
		}
		// Asked anew for each event: what came in the moment between two checks is not shown either.
		if holds, roleLost := s.door.stillHolds(s.ctx, s.token); !holds {
			s.tokenLost(roleLost)
			return
		}
		s.send(outgoing{Type: "next", ID: running.id, Payload: encode(response)})
	}
}

func (s *socket) isRunning(running *runningOperation) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.running[running.id] == running
}

// finish forgets an operation and sends its last message, unless the client has said complete before.
func (s *socket) finish(running *runningOperation, last outgoing) {
	if !s.forget(running.id, running) {
		return
	}
	last.ID = running.id
	s.send(last)
}

// forget takes an operation out of the running ones; which one matters only if it is given.
func (s *socket) forget(id string, which *runningOperation) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.running[id]
	if found == nil || which != nil && found != which {
		return false
	}
	delete(s.running, id)
	found.cancel()
	return true
}

// fail answers an operation that was not run.
func (s *socket) fail(id string, list gqlerror.List, operation *graphql.OperationContext) {
	s.send(outgoing{Type: "error", ID: id, Payload: s.errorsOf(list, operation)})
}

func (s *socket) errorsOf(list gqlerror.List, operation *graphql.OperationContext) json.RawMessage {
	return encodeErrors(s.door.refused(s.ctx, operation, list).Errors)
}

func encodeErrors(list gqlerror.List) json.RawMessage {
	raw, err := json.Marshal(list)
	if err != nil {
		return json.RawMessage(`[{"message":"Something went wrong on our side","extensions":{"code":"` + string(models.Internal) + `"}}]`)
	}
	return raw
}
