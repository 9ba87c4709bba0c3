package bundle

import (
	"context"
	"slices"

	"onewindow/models"
	"onewindow/models/casework"
	"onewindow/models/catalogue"
	"onewindow/models/material"
	"onewindow/models/store"
)

// ByID shows one bundle case to whoever may act in it.
func (s *Service) ByID(ctx context.Context, actor models.Actor, id models.ID) (*Case, error) {
	if _, valid := models.ParseID(string(id)); !valid {
		return nil, models.NotFound()
	}
	rows, err := byIDs(s.Store.Reader(ctx), []models.ID{id})
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, models.NotFound()
	}
	if err := s.Cases.MayActIn(ctx, actor, rows[0].SubjectID, rows[0].ApplicantID); err != nil {
		return nil, err
	}
	cases, err := s.views(ctx, rows)
	if err != nil {
		return nil, err
	}
	return cases[0], nil
}

// Mine lists a person's bundle cases, newest first: a constant number of round trips.
func (s *Service) Mine(ctx context.Context, actor models.Actor, page models.PageRequest) (*models.Page[*Case], error) {
	after := models.ID("")
	if page.After != "" {
		if err := store.ReadCursor(page.After, &after); err != nil {
			return nil, err
		}
		if _, valid := models.ParseID(string(after)); !valid {
			return nil, models.BadInput(models.T("after 不是本列表给出的游标", "after is not a cursor of this list"))
		}
	}
	rows, total, err := ofPerson(s.Store.Reader(ctx), actor.PersonID(), after, page.First+1)
	if err != nil {
		return nil, err
	}
	cases, err := s.views(ctx, rows)
	if err != nil {
		return nil, err
	}
	return models.NewPage(cases, page, total, func(c *Case) string { return store.Cursor(c.ID) }), nil
}

// OfApplications gives for each application the bundle case that it belongs to, nil where it stands alone: for all at once.
// Staff are shown none: the others of a bundle are not their concern.
func (s *Service) OfApplications(ctx context.Context, actor models.Actor, applications []*casework.Application) ([]*Case, error) {
	shown := make([]*Case, len(applications))
	for i, a := range applications {
		if a.BundleCaseID() == "" || actor.PersonID() == "" {
			continue
		}
		found, err := models.OfLot(a.Lot(), "bundle cases", func(all []*casework.Application) (map[models.ID]*Case, error) {
			return s.ofAll(ctx, all)
		})
		if err != nil {
			return nil, err
		}
		shown[i] = found[a.BundleCaseID()]
	}
	return shown, nil
}

func (s *Service) ofAll(ctx context.Context, applications []*casework.Application) (map[models.ID]*Case, error) {
	var ids []models.ID
	for _, a := range applications {
		if id := a.BundleCaseID(); id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	rows, err := byIDs(s.Store.Reader(ctx), ids)
	if err != nil {
		return nil, err
	}
	cases, err := s.views(ctx, rows)
	if err != nil {
		return nil, err
	}
	found := make(map[models.ID]*Case, len(cases))
	for _, c := range cases {
		found[c.ID] = c
	}
	return found, nil
}

func (s *Service) views(ctx context.Context, rows []*record) ([]*Case, error) {
	ids := make([]models.ID, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	members, err := s.Cases.OfBundles(ctx, ids)
	if err != nil {
		return nil, err
	}
	cases := make([]*Case, len(rows))
	for i, row := range rows {
		cases[i] = s.view(row, members[row.ID])
	}
	return cases, nil
}

func (s *Service) view(row *record, members []*casework.Application) *Case {
	c := &Case{ID: row.ID, Bundle: s.bundleOf(row), row: row, Applications: []*casework.Application{}, FallenOut: []*FallenOut{}}
	for _, planned := range row.Plan.Members {
		index := slices.IndexFunc(members, func(a *casework.Application) bool { return a.Item.Code == planned.Item })
		if index < 0 {
			if item := s.item(planned.Item); item != nil && planned.Outside != nil {
				c.FallenOut = append(c.FallenOut, &FallenOut{Item: item, Reason: planned.Outside.Reason, Remedy: planned.Outside.Remedy})
			}
			continue
		}
		application := members[index]
		if why := application.Fallen(); why != nil && application.State == casework.Draft {
			c.FallenOut = append(c.FallenOut, &FallenOut{application.Item, why.Reason, why.Remedy, application})
			continue
		}
		c.Applications = append(c.Applications, application)
	}
	c.Missing = oneList(c.Applications)
	c.State = stateOf(c.Applications)
	c.Progress = progressOf(c.Applications)
	c.NextAction = nextOf(c.State, c.Applications, c.Missing)
	c.Days, c.SerialDays = row.Plan.days(func(code string) bool {
		return slices.ContainsFunc(c.Applications, func(a *casework.Application) bool { return a.Item.Code == code })
	})
	return c
}

// oneList puts together what the members miss, a document that several need once.
func oneList(applications []*casework.Application) []*material.RequirementView {
	whole := []*material.RequirementView{}
	seen := map[string]bool{}
	for _, a := range applications {
		here := map[string]int{}
		for _, row := range a.Missing {
			code := row.Material.Code
			here[code]++
			// An item that asks twice for one code wants two papers.
			if piece := code + "#" + string(rune('0'+here[code])); !seen[piece] {
				seen[piece] = true
				whole = append(whole, row)
			}
		}
	}
	return whole
}

// bundleOf is the bundle as the catalogue has it; one that it has no more goes by what it was called.
func (s *Service) bundleOf(row *record) *catalogue.Bundle {
	if offered, found := s.Catalogue.Current().Bundle(row.Code); found {
		return offered
	}
	gone := &catalogue.Bundle{Code: row.Code, Name: row.Plan.Name, Items: []*catalogue.Item{}, Order: []*catalogue.BundleOrder{}}
	for _, planned := range row.Plan.Members {
		if item := s.item(planned.Item); item != nil {
			gone.Items = append(gone.Items, item)
		}
	}
	return gone
}

func (s *Service) item(code string) *catalogue.Item {
	item, _ := s.Catalogue.Current().Item(code)
	return item
}

// FormOf is the one form of the matter: every question that a member asks, a shared one once. It asks the database nothing.
func (s *Service) FormOf(ctx context.Context, actor models.Actor, c *Case) ([]*casework.FormField, error) {
	forms := make([][]*casework.FormField, len(c.Applications))
	for i, application := range c.Applications {
		form, err := s.Cases.FormOf(ctx, actor, application)
		if err != nil {
			return nil, err
		}
		forms[i] = form
	}
	return c.row.Plan.oneForm(c.Applications, forms), nil
}
