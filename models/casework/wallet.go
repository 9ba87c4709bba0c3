package casework

import (
	"context"
	"maps"
	"slices"
	"time"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/catalogue"
	"onewindow/models/material"
	"onewindow/models/resident"
	"onewindow/models/store"
)

// decisionDay is the day on which a case is decided at the latest as it stands: what is promised, or before acceptance what
// would be promised if it were handed in today and accepted on the last day; false once nothing is to be decided any more.
func (c *Case) decisionDay(item *catalogue.Item, days *calendar.Calendar, now time.Time) (models.Date, bool) {
	if c.State.Final() || c.State == Approved {
		return 0, false
	}
	if c.AcceptedAt != nil {
		summary := calendar.Summarise(days, models.DateOf(*c.AcceptedAt), item.Limits(), c.stops(item, days, now), models.DateOf(now), nil)
		return models.DateOf(summary.PromisedDueAt), true
	}
	received := models.DateOf(now)
	if c.State == Submitted {
		received = models.DateOf(*c.ReceivedAt)
	}
	accepted := days.AddDays(received, item.AcceptanceDays, calendar.WorkingDays)
	return models.DateOf(calendar.Summarise(days, accepted, item.Limits(), nil, models.DateOf(now), nil).PromisedDueAt), true
}

// fromWallet meets what a draft lacks with documents of the subject's wallet that can be relied on as they are: nobody is asked
// for the same paper twice. Of a one-of group one is taken; where an item asks for a code more than once, which of the pieces a
// document is cannot be told. Wanting are the materials that are not taken, because one was found wanting before.
func (s *Service) fromWallet(ctx context.Context, tx *store.Tx, m *move, people people, wanting map[string]bool) error {
	if m.kase.State != Draft {
		return nil
	}
	lacking := m.lacking(wanting)
	if len(lacking) == 0 {
		return nil
	}
	due, _ := m.kase.decisionDay(m.item, m.calendar, m.now)
	held, err := s.Materials.Usable(ctx, tx.DB, m.kase.SubjectID, slices.Sorted(maps.Keys(lacking)), m.today(), due)
	if err != nil {
		return err
	}
	var names []models.Text
	settled := map[string]bool{}
	for i := range m.kase.Progress.Requirements {
		requirement := &m.kase.Progress.Requirements[i]
		document, definition := held[requirement.Material], lacking[requirement.Material]
		if document == nil || definition == nil || definition.Key != requirement.Key || document.FitOn(m.today(), due) != material.Direct {
			continue
		}
		if definition.OneOf != "" && settled[definition.OneOf] {
			continue
		}
		settled[definition.OneOf] = true
		met(requirement, material.Reused, document)
		names = append(names, definition.Material.Name)
	}
	if len(names) == 0 {
		return nil
	}
	m.happened(EventMaterialReused, phrase(models.T("卡包中已有，无需再次提交：{}", "Already in the wallet, not asked for again: {}"), list(names)), nil)
	m.refresh(people)
	return nil
}

// lacking are the materials that a draft misses and of which there is one place only, by code.
func (m *move) lacking(wanting map[string]bool) map[string]*catalogue.ItemMaterial {
	lacking, places := map[string]*catalogue.ItemMaterial{}, map[string]int{}
	for _, definition := range m.item.Materials {
		places[definition.Material.Code]++
	}
	for _, requirement := range m.kase.Progress.Requirements {
		definition, defined := m.item.Material(requirement.Key)
		if !defined || requirement.Status != material.Missing || places[requirement.Material] > 1 || wanting[requirement.Material] ||
			definition.Material.Kind == catalogue.Form || m.kase.awaits(&requirement) != "" {
			continue
		}
		lacking[requirement.Material] = definition
	}
	return lacking
}

// foundWanting are the materials of which an application that another begins from had a piece that was refused.
func foundWanting(from *Case) map[string]bool {
	wanting := map[string]bool{}
	if from == nil {
		return wanting
	}
	for _, requirement := range from.Progress.Requirements {
		if requirement.Status == material.Rejected {
			wanting[requirement.Material] = true
		}
	}
	return wanting
}

// renewDates looks again at the documents of a draft that seem to have ended: a department may have renewed them since.
func (s *Service) renewDates(ctx context.Context, tx *store.Tx, m *move) error {
	var ids []models.ID
	for _, requirement := range m.kase.Progress.Requirements {
		if requirement.EndsBefore(m.today()) {
			ids = append(ids, requirement.DocumentID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	held, err := s.Materials.ByIDs(ctx, tx.DB, ids)
	if err != nil {
		return err
	}
	for i := range m.kase.Progress.Requirements {
		requirement := &m.kase.Progress.Requirements[i]
		if document := held[requirement.DocumentID]; document != nil {
			requirement.ExpiresOn = document.ExpiresOn
		}
	}
	return nil
}

// Offers gives, for requirements that something has still to come for, the document of the wallet that the applicant may choose:
// the best one that is not used by itself. Only the person and the guardian see what lies in a wallet.
func (s *Service) Offers(ctx context.Context, actor models.Actor, rows []*material.RequirementView) ([]*material.Document, error) {
	offers := make([]*material.Document, len(rows))
	for i, row := range rows {
		if !isMissing(row.Status) {
			continue
		}
		held, err := models.OfLot(row.Lot(), "offers", func(all []*material.RequirementView) (map[models.ID]map[string]*material.Document, error) {
			return s.heldFor(ctx, actor, all)
		})
		if err != nil {
			return nil, err
		}
		if document := held[row.SubjectID][row.Material.Code]; document != nil && (row.Document == nil || row.Document.ID != document.ID) {
			offers[i] = document
		}
	}
	return offers, nil
}

// heldFor gives, by person and material, what the wallets that are open to an actor hold for what is still to come.
func (s *Service) heldFor(ctx context.Context, actor models.Actor, rows []*material.RequirementView) (map[models.ID]map[string]*material.Document, error) {
	owners, err := s.walletsOpenTo(ctx, actor, rows)
	if err != nil || len(owners) == 0 {
		return nil, err
	}
	codes := map[string]bool{}
	for _, row := range rows {
		if isMissing(row.Status) && owners[row.SubjectID] {
			codes[row.Material.Code] = true
		}
	}
	today := models.DateOf(s.Store.Clock().Now())
	return s.Materials.UsableOf(ctx, s.Store.Reader(ctx), slices.Sorted(maps.Keys(owners)), slices.Sorted(maps.Keys(codes)), today)
}

func (s *Service) walletsOpenTo(ctx context.Context, actor models.Actor, rows []*material.RequirementView) (map[models.ID]bool, error) {
	person, owners := actor.PersonID(), map[models.ID]bool{}
	if person == "" {
		return owners, nil
	}
	others := false
	for _, row := range rows {
		if isMissing(row.Status) && row.SubjectID == person {
			owners[person] = true
		}
		others = others || isMissing(row.Status) && row.SubjectID != person
	}
	if !others {
		return owners, nil
	}
	children, err := s.Residents.Dependants(ctx, person)
	for _, child := range children {
		owners[child.ID] = true
	}
	return owners, err
}

// WalletsOf lists the wallets of people in the actor's care, in their order. Of somebody who is not, or not any more, nothing
// exists.
func (s *Service) WalletsOf(
	ctx context.Context, actor models.Actor, children []*resident.Dependant, page models.PageRequest,
) ([]*models.Page[*material.Document], error) {
	cared, err := s.Residents.Dependants(ctx, actor.PersonID())
	if err != nil {
		return nil, err
	}
	ids := make([]models.ID, len(children))
	for i, child := range children {
		if !slices.ContainsFunc(cared, func(known *resident.Dependant) bool { return known.ID == child.ID }) {
			return nil, models.NotFound()
		}
		ids[i] = child.ID
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return s.Materials.Wallets(ctx, ids, page)
}
