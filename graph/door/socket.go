package door

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"onewindow/graph/caller"
	"onewindow/models"
)

// subprotocol is the one that is spoken: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
const subprotocol = "graphql-transport-ws"

// The close codes of the protocol.
const (
	closeBadMessage    websocket.StatusCode = 4400
	closeUnauthorized  websocket.StatusCode = 4401
	closeForbidden     websocket.StatusCode = 4403
	closeNoProtocol    websocket.StatusCode = 4406
	closeInitTimeout   websocket.StatusCode = 4408
	closeTwice         websocket.StatusCode = 4409
	closeTooMany       websocket.StatusCode = 4429
	closeInternalError websocket.StatusCode = 4500
)

var wrongHandshake = models.BadInput(models.T("这不是 WebSocket 握手请求", "This is not a WebSocket handshake"))

// socket is one connection. Its messages are read by one goroutine; operations run in their own and write through send.
type socket struct {
	door    *Door
	conn    *websocket.Conn
	address string
	// life ends with the connection. ctx is life with the caller in it: set by initialise, before any operation.
	life   context.Context
	cancel context.CancelFunc
	ctx    context.Context

	writing sync.Mutex
	ending  sync.Once

	mu           sync.Mutex
	initialised  bool
	acknowledged bool
	key          string // whom it counts for, once acknowledged
	token        string // set with key
	running      map[string]*runningOperation
	operations   sync.WaitGroup
}

// serveSocket opens a connection and hands it over to a goroutine of its own: an idle socket then holds nothing of the
// request that opened it.
func (d *Door) serveSocket(w http.ResponseWriter, r *http.Request) {
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") || r.Method != http.MethodGet {
		Refuse(w, r, http.StatusBadRequest, wrongHandshake)
		return
	}
	if !d.sameOrigin(r) {
		refuse(w, r, foreignOrigin)
		return
	}
	stranger := models.Actor{Kind: models.Anonymous, Address: addressOf(r)}
	if fault := d.admitted(r.Context(), stranger); fault != nil {
		refuse(w, r, fault)
		return
	}
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols: []string{subprotocol},
		// The origin was checked above, against the list that the rest of the house uses.
		InsecureSkipVerify: true,
		CompressionMode:    websocket.CompressionDisabled,
	})
	if err != nil {
		return // the handshake was answered
	}
	conn.SetReadLimit(d.limits.Message)
	locale, request := caller.LocaleFrom(r.Context()), strings.Clone(caller.RequestID(r.Context()))
	ctx, cancel := context.WithCancel(caller.WithLocale(caller.WithRequestID(context.Background(), request), locale))
	s := &socket{
		door: d, conn: conn, life: ctx, ctx: ctx, cancel: cancel, address: strings.Clone(stranger.Address), running: map[string]*runningOperation{},
	}
	if conn.Subprotocol() != subprotocol {
		s.end(closeNoProtocol, "Subprotocol not acceptable")
		cancel()
		return
	}
	go s.live(strings.Clone(r.Header.Get("Authorization")))
}

// live stays with a connection until its end.
func (s *socket) live(authorization string) {
	defer s.cancel()
	defer context.AfterFunc(s.door.closing, func() { s.end(websocket.StatusGoingAway, "Going away") })()
	defer func() {
		if value := recover(); value != nil {
			_ = s.door.asFault(s.life, s.door.recovered(s.life, value)) // for the log: the client learns no more than the code
			s.end(closeInternalError, "Internal server error")
		}
	}()
	s.serve(authorization)
}

// serve reads messages until the connection ends, then ends what it began.
func (s *socket) serve(authorization string) {
	late := time.AfterFunc(s.door.limits.InitTime, s.endUninitialised)
	defer late.Stop()
	s.keepAlive()
	messages := messageBudget{most: s.door.limits.MessageRate}
	for {
		kind, raw, err := s.conn.Read(s.life)
		if err != nil {
			break
		}
		if !messages.take(time.Now()) {
			s.end(closeTooMany, "Too many messages")
			break
		}
		if kind != websocket.MessageText || !s.handle(raw, authorization) {
			s.end(closeBadMessage, "Invalid message received")
			break
		}
	}
	s.cancel()
	s.operations.Wait()
	if s.key != "" {
		s.door.streams.remove(s.key, 1, 0)
	}
	_ = s.conn.CloseNow()
}

// handle acts on one message; false means that it was none.
func (s *socket) handle(raw []byte, authorization string) bool {
	value, fault := s.door.readJSON(raw)
	message, isObject := value.(map[string]any)
	if fault != nil || !isObject {
		return false
	}
	kind, id := "", ""
	if !take(message, "type", &kind) || !take(message, "id", &id) {
		return false
	}
	switch kind {
	case "connection_init":
		return s.initialise(message["payload"], authorization)
	case "subscribe":
		return s.subscribe(id, message["payload"])
	case "complete":
		s.forget(id, nil)
		return id != ""
	case "ping":
		s.send(outgoing{Type: "pong"})
		return true
	case "pong":
		return true
	}
	return false
}

// initialise finds out who is there. The token comes in the payload, because browsers cannot set a header here; a header
// counts where there is none.
func (s *socket) initialise(payload any, authorization string) bool {
	if s.initialised {
		s.end(closeTooMany, "Too many initialisation requests")
		return true
	}
	s.mu.Lock()
	s.initialised = true
	s.mu.Unlock()
	parameters, isObject := payload.(map[string]any)
	if payload != nil && !isObject {
		return false
	}
	for _, name := range []string{"Authorization", "authorization"} {
		if given, isText := parameters[name].(string); isText && given != "" {
			authorization = given
		}
	}
	if locale, isText := parameters["Accept-Language"].(string); isText && len(locale) < 200 {
		s.ctx = caller.WithLocale(s.ctx, models.ParseLocale(locale))
	}
	actor, token, err := s.door.identify(s.ctx, authorization, s.address)
	if err != nil {
		s.refuseInit(err)
		return true
	}
	key := personKey(actor)
	if !s.door.streams.add(key, 1, 0) {
		s.end(closeTooMany, "Too many connections")
		return true
	}
	s.key, s.token = key, token
	s.ctx = caller.WithActor(s.ctx, actor)
	s.mu.Lock()
	s.acknowledged = true
	s.mu.Unlock()
	s.send(outgoing{Type: "connection_ack"})
	s.door.watchToken(s.ctx, token, s.tokenLost)
	return true
}

// refuseInit closes the connection of somebody whose token does not hold.
func (s *socket) refuseInit(err error) {
	if isFault(err) {
		s.end(closeForbidden, "Forbidden")
		return
	}
	_ = s.door.asFault(s.ctx, err) // for the log: the client learns no more than the code
	s.end(closeInternalError, "Internal server error")
}

func (s *socket) tokenLost(roleLost bool) {
	if roleLost {
		s.end(closeForbidden, "Forbidden")
		return
	}
	s.end(closeUnauthorized, "Unauthorized")
}

func (s *socket) endUninitialised() {
	s.mu.Lock()
	initialised := s.initialised
	s.mu.Unlock()
	if !initialised {
		s.end(closeInitTimeout, "Connection initialisation timeout")
	}
}

// end closes the connection with a code, once. The reader's answer is waited for in the background.
func (s *socket) end(code websocket.StatusCode, reason string) {
	s.ending.Do(func() {
		if err := s.conn.Close(code, reason); err != nil && !errors.Is(err, context.Canceled) {
			s.door.logger.DebugContext(s.life, "socket did not close cleanly", "code", int(code))
		}
	})
}

// keepAlive pings, so that a connection whose other end is gone is noticed.
func (s *socket) keepAlive() {
	interval := s.door.limits.KeepAlive
	repeatedly(s.life, func() time.Duration { return interval }, func() (again bool) {
		ctx, cancel := context.WithTimeout(s.life, interval)
		defer cancel()
		if s.conn.Ping(ctx) != nil {
			_ = s.conn.CloseNow()
			return false
		}
		return true
	})
}

// messageBudget is how many messages may come in one second.
type messageBudget struct {
	most   int
	second int64
	taken  int
}

func (b *messageBudget) take(now time.Time) bool {
	if second := now.Unix(); second != b.second {
		b.second, b.taken = second, 0
	}
	b.taken++
	return b.taken <= b.most
}

func isFault(err error) bool {
	var fault *models.Fault
	return errors.As(err, &fault)
}
