package casework

import (
	"context"
	"fmt"

	"onewindow/models"
	"onewindow/models/delegation"
	"onewindow/models/material"
	"onewindow/models/resident"
)

// Applications that were read together are a lot: what the window asks of one of them is read for all of them in one statement.

// Lot are the applications that were read together with this one.
func (a *Application) Lot() *models.Lot[*Application] { return models.LotOf(a.lot, a) }

// inLot makes a lot of applications and another of all their requirements.
func inLot(applications []*Application) {
	lot, rows := &models.Lot[*Application]{All: applications}, &models.Lot[*material.RequirementView]{}
	for _, a := range applications {
		a.lot = lot
		rows.All = append(rows.All, a.Checklist...)
	}
	for _, row := range rows.All {
		row.Together(rows)
	}
}

func idsOf(all []*Application) []models.ID {
	ids := make([]models.ID, len(all))
	for i, a := range all {
		ids[i] = a.ID
	}
	return ids
}

// peopleWith reads those whom the applications of a lot are about and who act in them.
func (s *Service) peopleWith(ctx context.Context, a *Application) (map[models.ID]*resident.Resident, error) {
	return models.OfLot(a.Lot(), "people", func(all []*Application) (map[models.ID]*resident.Resident, error) {
		cases := make([]*Case, len(all))
		for i, one := range all {
			cases[i] = one.stored
		}
		return s.Residents.ByIDs(ctx, distinct(peopleOf(cases)))
	})
}

// answersWith reads the answers of a lot's applications that were read without.
func (s *Service) answersWith(ctx context.Context, a *Application) (map[models.ID]map[string]Answer, error) {
	return models.OfLot(a.Lot(), "answers", func(all []*Application) (map[models.ID]map[string]Answer, error) {
		return s.records.answers(s.Store.Reader(ctx), idsOf(all))
	})
}

// eventsWith reads one page of the events of each application of a lot.
func (s *Service) eventsWith(ctx context.Context, a *Application, after, limit int, publicOnly bool) (map[models.ID][]*Event, error) {
	return models.OfLot(a.Lot(), fmt.Sprint("events ", after, limit, publicOnly), func(all []*Application) (map[models.ID][]*Event, error) {
		found, err := s.records.eventsOf(s.Store.Reader(ctx), idsOf(all), after, limit, publicOnly)
		for _, events := range found {
			s.nameDepartments(events)
		}
		return found, err
	})
}

func (s *Service) eventCountsWith(ctx context.Context, a *Application, publicOnly bool) (map[models.ID]int, error) {
	return models.OfLot(a.Lot(), fmt.Sprint("event counts ", publicOnly), func(all []*Application) (map[models.ID]int, error) {
		return s.records.countEvents(s.Store.Reader(ctx), idsOf(all), publicOnly)
	})
}

// resultsWith reads the documents that the approvals of a lot issued.
func (s *Service) resultsWith(ctx context.Context, a *Application) (map[models.ID]*material.Document, error) {
	return models.OfLot(a.Lot(), "results", func(all []*Application) (map[models.ID]*material.Document, error) {
		var ids []models.ID
		for _, one := range all {
			for _, result := range one.stored.Progress.Results {
				ids = append(ids, result.DocumentID)
			}
		}
		return s.Materials.ByIDs(ctx, s.Store.Reader(ctx), ids)
	})
}

// handInsWith reads what volunteers handed in for the applications of a lot.
func (s *Service) handInsWith(ctx context.Context, a *Application) (map[models.ID][]*delegation.HandIn, error) {
	return models.OfLot(a.Lot(), "hand-ins", func(all []*Application) (map[models.ID][]*delegation.HandIn, error) {
		return s.Delegations.HandInsOf(ctx, idsOf(all))
	})
}

// interventionsWith reads the interventions in the applications of a lot, as an actor sees them.
func (s *Service) interventionsWith(ctx context.Context, actor models.Actor, a *Application) (map[models.ID][]*Intervention, error) {
	return models.OfLot(a.Lot(), "interventions", func(all []*Application) (map[models.ID][]*Intervention, error) {
		made, err := s.records.interventionsOf(ctx, s.Store, idsOf(all))
		if err != nil {
			return nil, err
		}
		if err := s.fillInterventions(ctx, made); err != nil {
			return nil, err
		}
		byApplication := map[models.ID][]*Intervention{}
		for _, one := range made {
			if actor.Kind != models.Staff {
				s.hideNames(one)
			}
			byApplication[one.ApplicationID] = append(byApplication[one.ApplicationID], one)
		}
		return byApplication, nil
	})
}
