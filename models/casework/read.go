package casework

import (
	"context"
	"maps"
	"slices"

	"onewindow/models"
	"onewindow/models/audit"
	"onewindow/models/material"
	"onewindow/models/store"
)

// views derives what people read of cases; their documents are read in one go, if there are any.
func (s *Service) views(ctx context.Context, cases []*Case) ([]*Application, error) {
	return s.viewsOf(ctx, cases, true)
}

// viewsOf is views, with or without the documents of what is there already: only a checklist shows those.
func (s *Service) viewsOf(ctx context.Context, cases []*Case, withChecklist bool) ([]*Application, error) {
	var ids []models.ID
	for _, c := range cases {
		for _, requirement := range c.Progress.Requirements {
			if requirement.DocumentID != "" && (withChecklist || isMissing(requirement.Status)) {
				ids = append(ids, requirement.DocumentID)
			}
		}
	}
	var documents map[models.ID]*material.Document
	if len(ids) > 0 {
		var err error
		if documents, err = s.Materials.ByIDs(ctx, s.Store.Reader(ctx), ids); err != nil {
			return nil, err
		}
	}
	r := reading{snapshot: s.Catalogue.Current(), documents: documents, now: s.Store.Clock().Now(), settings: s.Settings}
	applications := make([]*Application, len(cases))
	for i, c := range cases {
		item, err := s.item(ctx, c)
		if err != nil {
			return nil, err
		}
		days, err := s.days(ctx, c)
		if err != nil {
			return nil, err
		}
		applications[i] = r.view(c, item, days)
	}
	inLot(applications)
	return applications, nil
}

func (s *Service) viewOf(ctx context.Context, c *Case) (*Application, error) {
	applications, err := s.views(ctx, []*Case{c})
	if err != nil {
		return nil, err
	}
	return applications[0], nil
}

// ByID shows one application to whoever may see it.
func (s *Service) ByID(ctx context.Context, actor models.Actor, id string) (*Application, error) {
	parsed, valid := models.ParseID(id)
	if !valid {
		return nil, models.NotFound()
	}
	found, err := s.show(ctx, actor, "WHERE id = ?", parsed)
	if err == nil {
		found.beforeSubmission = found.State == Draft
	}
	return found, err
}

// ByNumber shows one application by its number.
func (s *Service) ByNumber(ctx context.Context, actor models.Actor, number string) (*Application, error) {
	if number == "" || len(number) > 40 {
		return nil, models.NotFound()
	}
	return s.show(ctx, actor, "WHERE number = ?", number)
}

func (s *Service) show(ctx context.Context, actor models.Actor, condition string, argument any) (*Application, error) {
	found, err := s.records.cases(s.Store.Reader(ctx), condition, argument)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, models.NotFound()
	}
	standing, err := s.readerOf(ctx, actor, found[0])
	if err != nil {
		return nil, err
	}
	if standing != nil {
		if err := s.recordHelp(ctx, actor, standing, found[0]); err != nil {
			return nil, err
		}
	}
	if actor.Kind == models.Staff {
		if err := s.recordLook(ctx, actor, found[0]); err != nil {
			return nil, err
		}
	}
	offered, err := s.asOffered(ctx, found[0])
	if err != nil {
		return nil, err
	}
	application, err := s.viewOf(ctx, offered)
	if err != nil {
		return nil, err
	}
	withoutRating(actor, application)
	application.Item, err = s.item(ctx, found[0]) // its own until the next change
	return application, err
}

// recordLook tells the subject who of the staff opened the case.
func (s *Service) recordLook(ctx context.Context, actor models.Actor, c *Case) error {
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := s.records.renew(tx, c.ID, actor.ID, tx.Now.Add(s.Settings.Lease)); err != nil {
			return err
		}
		return s.recordIn(tx, actor, c, models.T("办理申请", "case work"))
	})
}

// recordIn leaves the access record of a look at an application; fields name what was looked at, none: all that staff see.
func (s *Service) recordIn(tx *store.Tx, actor models.Actor, c *Case, purpose models.Text, fields ...string) error {
	if len(fields) == 0 {
		fields = []string{"application", "form", "materials"}
	}
	role := string(actor.Kind)
	if len(actor.Roles) > 0 {
		role = string(actor.Roles[0])
	}
	return s.Audit.Record(tx, audit.Record{
		ID: models.NewID(), SubjectID: c.SubjectID, At: tx.Now, ActorID: actor.ID, Purpose: purpose, ApplicationID: c.ID,
		Actor:  audit.Actor{Role: role, DepartmentCode: actor.DepartmentCode},
		Fields: fields,
	})
}

// Mine lists a person's applications, newest first.
func (s *Service) Mine(
	ctx context.Context, actor models.Actor, states []State, page models.PageRequest, withTotal bool,
) (*models.Page[*Application], error) {
	if err := checkIDCursor(page.After); err != nil {
		return nil, err
	}
	found, total, err := s.records.applications(s.Store.Reader(ctx), actor.PersonID(), states, page, withTotal)
	if err != nil {
		return nil, err
	}
	applications, err := s.views(ctx, found)
	if err != nil {
		return nil, err
	}
	return models.NewPage(applications, page, total, func(a *Application) string { return store.Cursor(a.ID) }), nil
}

func checkIDCursor(cursor string) error {
	if cursor == "" {
		return nil
	}
	var id models.ID
	if err := store.ReadCursor(cursor, &id); err != nil {
		return err
	}
	return checkCursorID(id)
}

func checkCursorID(id models.ID) error {
	if _, valid := models.ParseID(string(id)); !valid {
		return models.BadInput(models.T("after 不是本列表给出的游标", "after is not a cursor of this list"))
	}
	return nil
}

// Timeline is what happened, oldest first. The applicant sees the public lines, staff see all.
func (s *Service) Timeline(
	ctx context.Context, actor models.Actor, a *Application, page models.PageRequest, withTotal bool,
) (*models.Page[*Event], error) {
	after := 0
	if page.After != "" {
		if err := store.ReadCursor(page.After, &after); err != nil {
			return nil, err
		}
	}
	publicOnly := actor.Kind != models.Staff
	events, err := s.eventsWith(ctx, a, after, page.First+1, publicOnly)
	if err != nil {
		return nil, err
	}
	total := map[models.ID]int{}
	if withTotal {
		if total, err = s.eventCountsWith(ctx, a, publicOnly); err != nil {
			return nil, err
		}
	}
	return models.NewPage(events[a.ID], page, total[a.ID], func(e *Event) string { return store.Cursor(e.Sequence) }), nil
}

func (s *Service) nameDepartments(events []*Event) {
	snapshot := s.Catalogue.Current()
	for _, event := range events {
		event.Department, _ = snapshot.Department(event.DepartmentCode)
	}
}

func actorView(kind models.ActorKind, name string) *EventActor {
	if name == "" {
		name = map[models.ActorKind]string{
			models.Resident: "申请人", models.Kiosk: "申请人（自助终端）", models.Volunteer: "志愿者", models.Department: "部门业务系统", models.System: "系统",
		}[kind]
	}
	return &EventActor{DisplayName: name}
}

// Results are the documents that approval issued.
func (s *Service) Results(ctx context.Context, a *Application) ([]*ApplicationResult, error) {
	stored := a.stored.Progress.Results
	if len(stored) == 0 {
		return []*ApplicationResult{}, nil
	}
	documents, err := s.resultsWith(ctx, a)
	if err != nil {
		return nil, err
	}
	return s.results(a.stored, documents), nil
}

// results shows what approval issued, with the documents that were read for it.
func (s *Service) results(c *Case, documents map[models.ID]*material.Document) []*ApplicationResult {
	results := make([]*ApplicationResult, 0, len(c.Progress.Results))
	snapshot := s.Catalogue.Current()
	for _, result := range c.Progress.Results {
		issued, _ := snapshot.Material(result.Material)
		shown := &ApplicationResult{
			ID: result.DocumentID, Material: issued, Delivery: &ResultDelivery{result.Method, result.State},
		}
		if document := documents[result.DocumentID]; document != nil {
			shown.Number, shown.IssuedOn, shown.ExpiresOn = document.ShownNumber(), document.IssuedOn, document.ExpiresOn
		}
		results = append(results, shown)
	}
	return results
}

// ReceiptOf is the proof of having handed in; nil before that.
func (s *Service) ReceiptOf(a *Application) *Receipt {
	c := a.stored
	if c.SubmittedAt == nil {
		return nil
	}
	at := c.SubmittedAt.In(models.Zone)
	return &Receipt{
		Number: c.Number, IssuedAt: *c.SubmittedAt, QRText: "onewindow:" + c.Number,
		Text: phrase(models.T(
			"{}已于{}收到您提交的“{}”申请，编号{}。受理机关将在规定期限内受理，或者一次性告知需要补正的全部内容；逾期不告知的，自收到之日起即为受理。",
			"{} received your application for “{}” ({}) on {}. It will be accepted, or everything missing will be told once; if no notice comes in time it counts as accepted from the day of receipt."),
			receiptParts(a, at.Format("2006年1月2日15:04"), at.Format("2 January 2006 15:04"))...),
	}
}

func receiptParts(a *Application, chinese, english string) []models.Text {
	moment, name, number := models.T(chinese, english), a.Item.Name, plain(*a.Number)
	// The two languages put moment, name and number in a different order.
	return []models.Text{
		a.Item.Lead.Name,
		{models.Chinese: moment.In(models.Chinese), models.English: name.In(models.English)},
		{models.Chinese: name.In(models.Chinese), models.English: number.In(models.English)},
		{models.Chinese: number.In(models.Chinese), models.English: moment.In(models.English)},
	}
}

// UsedBy finds for documents which of the owner's applications rest on them or issued them: in one go for all documents that were
// read together.
func (s *Service) UsedBy(ctx context.Context, actor models.Actor, documents []*material.Document) ([][]*Application, error) {
	used := make([][]*Application, len(documents))
	for i, document := range documents {
		found, err := models.OfLot(document.Lot(), "used by", func(all []*material.Document) (map[models.ID][]*Application, error) {
			return s.usedBy(ctx, actor, all)
		})
		if err != nil {
			return nil, err
		}
		if used[i] = found[document.ID]; used[i] == nil {
			used[i] = []*Application{}
		}
	}
	return used, nil
}

func (s *Service) usedBy(ctx context.Context, actor models.Actor, documents []*material.Document) (map[models.ID][]*Application, error) {
	found, err := s.records.byPerson(s.Store.Reader(ctx), actor.PersonID())
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(c *Case) bool {
		return !slices.ContainsFunc(documents, func(document *material.Document) bool { return restsOn(c, document.ID) })
	})
	views, err := s.views(ctx, found)
	if err != nil {
		return nil, err
	}
	used := map[models.ID][]*Application{}
	for _, document := range documents {
		for i, c := range found {
			if restsOn(c, document.ID) {
				used[document.ID] = append(used[document.ID], views[i])
			}
		}
	}
	return used, nil
}

func restsOn(c *Case, document models.ID) bool {
	return slices.ContainsFunc(c.Progress.Requirements, func(requirement material.Requirement) bool {
		return requirement.DocumentID == document && requirement.Status != material.NotNeeded
	}) || slices.ContainsFunc(c.Progress.Results, func(result Result) bool { return result.DocumentID == document })
}

// ByIDs shows several applications of a person at once, for lists that point to them; those that the actor may not see are
// left out.
func (s *Service) ByIDs(ctx context.Context, actor models.Actor, ids []models.ID) (map[models.ID]*Application, error) {
	found, err := s.records.byIDs(ctx, s.Store.Reader(ctx), ids)
	if err != nil {
		return nil, err
	}
	visible := slices.DeleteFunc(slices.Collect(maps.Values(found)), func(c *Case) bool {
		return actor.PersonID() == "" || (c.ApplicantID != actor.PersonID() && c.SubjectID != actor.PersonID())
	})
	views, err := s.views(ctx, visible)
	if err != nil {
		return nil, err
	}
	shown := make(map[models.ID]*Application, len(views))
	for _, view := range views {
		shown[view.ID] = view
	}
	return shown, nil
}
