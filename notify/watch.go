package notify

import (
	"context"
	"time"

	"onewindow/models"
)

// watchMargin is how far back a watcher looks each time: a message carries the instant at which its transaction began, and
// becomes readable when that ends.
const watchMargin = 2 * time.Minute

// Watch gives the caller's messages as they are written, from now on, each once. A signal makes the watcher look, and it
// looks for itself from time to time, so that a lost signal delays a message and does not lose it. The channel closes when
// the context ends.
func (s *Service) Watch(ctx context.Context, actor models.Actor) (<-chan *Message, error) {
	residentID := actor.PersonID()
	if residentID == "" {
		return nil, models.NotSignedIn()
	}
	signals, stop := s.hub.Subscribe(topic(residentID))
	watcher := &watcher{service: s, residentID: residentID, since: s.store.Clock().Now().UTC().Add(-watchMargin), seen: map[models.ID]time.Time{}}
	if _, err := watcher.look(ctx); err != nil { // what is there already is in the inbox and no news
		stop()
		return nil, err
	}
	messages := make(chan *Message)
	go func() {
		defer close(messages)
		defer stop()
		watcher.run(ctx, signals, messages)
	}()
	return messages, nil
}

type watcher struct {
	service    *Service
	residentID models.ID
	since      time.Time
	seen       map[models.ID]time.Time
}

func (w *watcher) run(ctx context.Context, signals <-chan []byte, messages chan<- *Message) {
	ticker := time.NewTicker(w.service.watchEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-signals:
		case <-ticker.C:
		}
		news, err := w.look(ctx)
		if err != nil {
			if ctx.Err() == nil {
				w.service.logger.Warn("inbox watcher could not look", "error", err)
			}
			continue
		}
		for _, message := range news {
			select {
			case messages <- message:
			case <-ctx.Done():
				return
			}
		}
	}
}

// look reads what has come since the last look, and moves the window on.
func (w *watcher) look(ctx context.Context) ([]*Message, error) {
	rows, err := selectSince(w.service.store.Reader(ctx), w.residentID, w.since)
	if err != nil {
		return nil, err
	}
	fresh := rows[:0:0]
	for _, row := range rows {
		if _, known := w.seen[row.ID]; !known {
			w.seen[row.ID] = row.At
			fresh = append(fresh, row)
		}
	}
	if len(rows) > 0 {
		w.forgetBefore(rows[len(rows)-1].At.Add(-watchMargin))
	}
	if len(fresh) == 0 {
		return nil, nil
	}
	chosen, err := w.service.preferences(w.service.store.Reader(ctx), []models.ID{w.residentID})
	if err != nil {
		return nil, err
	}
	return w.service.messages(fresh, chosen[w.residentID].variant()), nil
}

// forgetBefore moves the start of the window forward, never back.
func (w *watcher) forgetBefore(start time.Time) {
	if !start.After(w.since) {
		return
	}
	w.since = start
	for id, at := range w.seen {
		if at.Before(start) {
			delete(w.seen, id)
		}
	}
}
