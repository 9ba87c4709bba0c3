package casework

import (
	"context"
	"time"

	"onewindow/models"
	"onewindow/models/delegation"
)

// lookAnyway is how often a watcher looks for itself, in case a signal was lost.
const lookAnyway = 10 * time.Second

// actingAnyway is how often it is looked whether somebody who watches by a delegation still may.
const actingAnyway = 2 * time.Second

// eventsAtOnce bounds one look of a watcher.
const eventsAtOnce = 100

// Watch sends each new event of an application with the application as it then stands, until the context ends. Who may watch
// is looked at when it begins and again at each event; a signal that is lost delays an event and never loses it.
func (s *Service) Watch(ctx context.Context, actor models.Actor, number string) (<-chan *ProgressUpdate, error) {
	application, err := s.ByNumber(ctx, actor, number)
	if err != nil {
		return nil, err
	}
	acting, err := s.readsAsDelegate(ctx, actor, application)
	if err != nil {
		return nil, err
	}
	signals, stop := s.Hub.Subscribe(topic(application.ID))
	updates := make(chan *ProgressUpdate)
	watch := watching{actor: actor, application: application, signals: signals}
	if acting {
		var stopActing func()
		watch.ended, stopActing = s.Hub.Subscribe(delegation.Topic(actor.ID))
		looks := time.NewTicker(actingAnyway)
		watch.looks = looks.C
		stopSignals := stop
		stop = func() { stopSignals(); stopActing(); looks.Stop() }
	}
	go func() {
		defer close(updates)
		defer stop()
		s.follow(ctx, watch, updates)
	}()
	return updates, nil
}

// watching is one watcher. ended and looks are for those who watch by a delegation, nil for all others.
type watching struct {
	actor       models.Actor
	application *Application
	signals     <-chan []byte
	ended       <-chan []byte
	looks       <-chan time.Time
}

// mayStill tells whether a watcher by a delegation still may.
func (s *Service) mayStill(ctx context.Context, watch watching) bool {
	found, err := s.records.cases(s.Store.Reader(ctx), "WHERE id = ?", watch.application.ID)
	return err == nil && len(found) == 1 && s.checkReader(ctx, watch.actor, found[0]) == nil
}

func (s *Service) follow(ctx context.Context, watch watching, updates chan<- *ProgressUpdate) {
	actor, application := watch.actor, watch.application
	seen := application.stored.Progress.EventCount
	ticker := time.NewTicker(lookAnyway)
	defer ticker.Stop()
	// The first look is at once: what came between the reading of the application and the subscription has no signal.
	begun := make(chan struct{})
	close(begun)
	for {
		select {
		case <-begun:
			begun = nil
		case <-ctx.Done():
			return
		case <-watch.signals:
		case <-ticker.C:
		case <-watch.ended:
			if !s.mayStill(ctx, watch) {
				return
			}
			continue
		case <-watch.looks:
			if !s.mayStill(ctx, watch) {
				return
			}
			continue
		}
		fresh, err := s.newEvents(ctx, actor, application.ID, seen)
		if err != nil {
			if ctx.Err() == nil {
				s.Logger.WarnContext(ctx, "watch ended", "application", application.ID, "error", err)
			}
			return
		}
		for _, update := range fresh {
			seen = update.Event.Sequence
			select {
			case updates <- update:
			case <-ctx.Done():
				return
			}
		}
	}
}

func (s *Service) newEvents(ctx context.Context, actor models.Actor, id models.ID, seen int) ([]*ProgressUpdate, error) {
	db := s.Store.Reader(ctx)
	events, err := s.records.events(db, id, seen, eventsAtOnce, actor.Kind != models.Staff)
	if err != nil || len(events) == 0 {
		return nil, err
	}
	found, err := s.records.cases(db, "WHERE id = ?", id)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	if err := s.checkReader(ctx, actor, found[0]); err != nil {
		return nil, err
	}
	application, err := s.viewOf(ctx, found[0])
	if err != nil {
		return nil, err
	}
	withoutRating(actor, application)
	s.nameDepartments(events)
	updates := make([]*ProgressUpdate, len(events))
	for i, event := range events {
		updates[i] = &ProgressUpdate{Event: event, Application: application}
	}
	return updates, nil
}
