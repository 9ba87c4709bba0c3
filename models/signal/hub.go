package signal

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// channel is the one Redis channel that carries all topics. Plain PUBLISH crosses the nodes of a cluster.
const channel = "onewindow:signals"

// publishTimeout bounds a publication: a Redis that hangs costs a watcher its immediacy and nobody anything else.
const publishTimeout = 250 * time.Millisecond

// mostTopics bounds how many topics one message of Redis signals.
const mostTopics = 500

type envelope struct {
	Topic   string `json:"t,omitempty"`
	Payload []byte `json:"p,omitempty"`
	// Topics are several that are signalled together, without a payload.
	Topics []string `json:"ts,omitempty"`
}

// Hub is one replica's end. It is safe for concurrent use.
type Hub struct {
	redis  redis.UniversalClient
	logger *slog.Logger

	mutex     sync.RWMutex
	listeners map[string]map[*listener]struct{}
	listening int
}

type listener struct{ signals chan []byte }

// New makes a hub; Run receives.
func New(client redis.UniversalClient, logger *slog.Logger) *Hub {
	return &Hub{redis: client, logger: logger, listeners: map[string]map[*listener]struct{}{}}
}

// Run receives signals from all replicas until the context ends.
func (h *Hub) Run(ctx context.Context) {
	subscription := h.redis.Subscribe(ctx, channel)
	defer func() { _ = subscription.Close() }()
	messages := subscription.Channel(redis.WithChannelSize(4096))
	for {
		select {
		case <-ctx.Done():
			return
		case message, open := <-messages:
			if !open {
				return
			}
			if h.nobodyListens() {
				continue
			}
			var received envelope
			if json.Unmarshal([]byte(message.Payload), &received) == nil {
				h.deliver(received)
			}
		}
	}
}

func (h *Hub) nobodyListens() bool {
	h.mutex.RLock()
	defer h.mutex.RUnlock()
	return len(h.listeners) == 0
}

func (h *Hub) deliver(received envelope) {
	h.mutex.RLock()
	defer h.mutex.RUnlock()
	for _, topic := range append(received.Topics, received.Topic) {
		for to := range h.listeners[topic] {
			select {
			case to.signals <- received.Payload:
			default: // a listener that is behind is told already that there is something to read
			}
		}
	}
}

// Publish signals a topic on every replica. It does not wait for Redis.
func (h *Hub) Publish(topic string, payload []byte) {
	h.publish(envelope{Topic: topic, Payload: payload})
}

// PublishAll is Publish for many topics, without a payload.
func (h *Hub) PublishAll(topics []string) {
	if len(topics) == 1 {
		h.Publish(topics[0], nil)
		return
	}
	for some := range slices.Chunk(topics, mostTopics) {
		h.publish(envelope{Topics: some})
	}
}

func (h *Hub) publish(message envelope) {
	raw, err := json.Marshal(message)
	if err != nil {
		return
	}
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), publishTimeout)
		defer cancel()
		if err := h.redis.Publish(ctx, channel, raw).Err(); err != nil {
			h.logger.Warn("signal not published", "error", err)
		}
	}()
}

// Subscribe listens to a topic until the returned function is called. Signals that come faster than they are read fall
// together: whoever gets one reads everything that is new.
func (h *Hub) Subscribe(topic string) (signals <-chan []byte, stop func()) {
	to := &listener{signals: make(chan []byte, 16)}
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if h.listeners[topic] == nil {
		h.listeners[topic] = map[*listener]struct{}{}
	}
	h.listeners[topic][to] = struct{}{}
	h.listening++
	return to.signals, func() {
		h.mutex.Lock()
		defer h.mutex.Unlock()
		if _, listens := h.listeners[topic][to]; !listens {
			return
		}
		h.listening--
		delete(h.listeners[topic], to)
		if len(h.listeners[topic]) == 0 {
			delete(h.listeners, topic)
		}
	}
}

// Listening is how many subscriptions there are on this replica.
func (h *Hub) Listening() int {
	h.mutex.RLock()
	defer h.mutex.RUnlock()
	return h.listening
}
