package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"
)

// pushProvider stands in for the push provider on this machine: it speaks its wire, takes every message at once, and remembers
// which came when.
type pushProvider struct {
	address string
	server  *http.Server

	mutex   sync.Mutex
	begun   time.Time
	arrived map[uuid.UUID]arrival
	again   int
	// mark stands before the name that messages are told apart by.
	mark []byte
	// seconds counts the messages that came for the first time, by the second.
	seconds []int
}

// arrival is when a message came first, and how often it has come.
type arrival struct {
	at    time.Duration
	times int
}

func startProvider(ctx context.Context, expected int) (*pushProvider, error) {
	var network net.ListenConfig
	listener, err := network.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &pushProvider{address: listener.Addr().String(), begun: time.Now(), mark: []byte(`"messageId":"`), arrived: make(map[uuid.UUID]arrival, expected)}
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = p.server.Serve(listener) }()
	return p, nil
}

func (p *pushProvider) stop() { _ = p.server.Close() }

// ServeHTTP takes one message. It reads no more of it than which message it is.
func (p *pushProvider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 64<<10))
	_, rest, found := bytes.Cut(body, p.mark)
	if err != nil || !found || len(rest) < len(uuid.Nil.String()) {
		http.Error(w, "no message", http.StatusBadRequest)
		return
	}
	id, err := uuid.ParseBytes(rest[:len(uuid.Nil.String())])
	if err != nil {
		http.Error(w, "no message", http.StatusBadRequest)
		return
	}
	p.take(id)
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(w, `{"name":"projects/bench/messages/%s"}`, id)
}

func (p *pushProvider) take(id uuid.UUID) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	known, before := p.arrived[id]
	known.times++
	if before {
		p.again++
	} else {
		known.at = time.Since(p.begun)
		second := int(known.at / time.Second)
		for len(p.seconds) <= second {
			p.seconds = append(p.seconds, 0)
		}
		p.seconds[second]++
	}
	p.arrived[id] = known
}

// count gives how many different messages have come, and how many came once more.
func (p *pushProvider) count() (different, again int) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return len(p.arrived), p.again
}

// start sets the clock to zero.
func (p *pushProvider) start() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.begun, p.seconds = time.Now(), nil
}
