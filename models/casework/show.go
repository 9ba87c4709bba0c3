package casework

import (
	"context"

	"onewindow/models"
	"onewindow/models/material"
	"onewindow/models/store"
)

// Wanted is what a reader wants of a case beside itself. What is not wanted is not read.
type Wanted struct {
	// Timeline is the page of events; nil: none.
	Timeline  *models.PageRequest
	Results   bool
	Checklist bool
}

// Shown is an application with what was wanted beside it.
type Shown struct {
	Application *Application
	Timeline    *models.Page[*Event]
	Results     []*ApplicationResult
}

// Show is ByNumber with Timeline and Results for those whose case it is, in one round trip: what everybody looks at most. The
// documents of handed-in materials cost another, where they are wanted and there are any.
func (s *Service) Show(ctx context.Context, actor models.Actor, number string, wanted Wanted) (*Shown, error) {
	if number == "" || len(number) > 40 || actor.PersonID() == "" {
		return nil, models.NotFound()
	}
	var found *Case
	issued := map[models.ID]*material.Document{}
	statements := []store.Statement{s.records.caseByNumber(number, &found)}
	var events []*Event
	if wanted.Timeline != nil {
		after := 0
		if wanted.Timeline.After != "" {
			if err := store.ReadCursor(wanted.Timeline.After, &after); err != nil {
				return nil, err
			}
		}
		statements = append(statements, s.records.publicEvents(number, after, wanted.Timeline.First+1, &events))
	}
	if wanted.Results {
		statements = append(statements, s.Materials.IssuedStatement(idByNumber, number, issued))
	}
	if err := s.Store.ReadTogether(ctx, statements...); err != nil {
		return nil, err
	}
	if found == nil {
		return nil, models.NotFound()
	}
	standing, err := s.readerOf(ctx, actor, found)
	if err != nil {
		return nil, err
	}
	if standing != nil {
		if err := s.recordHelp(ctx, actor, standing, found); err != nil {
			return nil, err
		}
	}
	applications, err := s.viewsOf(ctx, []*Case{found}, wanted.Checklist)
	if err != nil {
		return nil, err
	}
	shown := &Shown{Application: applications[0]}
	if wanted.Timeline != nil {
		s.nameDepartments(events)
		shown.Timeline = models.NewPage(events, *wanted.Timeline, 0, func(e *Event) string { return store.Cursor(e.Sequence) })
	}
	if wanted.Results {
		shown.Results = s.results(found, issued)
	}
	return shown, nil
}

// MineTogether is Mine in one round trip, without the checklists of the applications.
func (s *Service) MineTogether(ctx context.Context, actor models.Actor, page models.PageRequest, withTotal bool) (*models.Page[*Application], error) {
	if err := checkIDCursor(page.After); err != nil {
		return nil, err
	}
	var found []*Case
	total := 0
	listed, counted, err := s.records.pageOf(actor.PersonID(), page, &found, &total)
	if err != nil {
		return nil, err
	}
	statements := []store.Statement{listed}
	if withTotal {
		statements = append(statements, counted)
	}
	if err := s.Store.ReadTogether(ctx, statements...); err != nil {
		return nil, err
	}
	applications, err := s.viewsOf(ctx, found, false)
	if err != nil {
		return nil, err
	}
	return models.NewPage(applications, page, total, func(a *Application) string { return store.Cursor(a.ID) }), nil
}
