package casework

import (
	"context"
	"fmt"
	"log/slog"

	"onewindow/models"
	"onewindow/models/audit"
	"onewindow/models/calendar"
	"onewindow/models/catalogue"
	"onewindow/models/delegation"
	"onewindow/models/material"
	"onewindow/models/resident"
	"onewindow/models/sealed"
	"onewindow/models/signal"
	"onewindow/models/store"
)

// Dependencies are what the room stands on. server/app hands them over.
type Dependencies struct {
	Store     *store.Store
	Keyring   *sealed.Keyring
	Catalogue *catalogue.Service
	Residents *resident.Service
	Materials *material.Service
	Audit     *audit.Service
	Hub       *signal.Hub
	Logger    *slog.Logger
	// Delegations say who acts for whom; nil: nobody but guardians.
	Delegations *delegation.Service
	// Settings are the city's limits; the zero value: the defaults.
	Settings Settings
	// StaffByIDs names staff members.
	StaffByIDs func(ctx context.Context, ids []models.ID) (map[models.ID]*StaffMember, error)
	// StaffByUsername finds a staff member; nil where there is none.
	StaffByUsername func(ctx context.Context, username string) (*StaffMember, error)
	// FetchMaterial asks a department for a document of a resident; nil where the department has none. It may take as long
	// as the context allows and holds no database connection.
	FetchMaterial func(ctx context.Context, request FetchRequest) (*Fetched, error)
	// OnSetAside is told of each case that the sweep could not move, to be counted; may be nil.
	OnSetAside func()
}

// Service is the use cases of applications.
type Service struct {
	Dependencies
	records  records
	onChange []func(ctx context.Context, tx *store.Tx, change Change) error
}

// New makes the service.
func New(dependencies Dependencies) *Service {
	if dependencies.Settings.Lease == 0 {
		dependencies.Settings = DefaultSettings()
	}
	return &Service{Dependencies: dependencies, records: records{dependencies.Keyring}}
}

// OnChange has every change handed over inside its transaction: messages and reminders, hand-overs to departments. What the
// function returns as an error undoes the change. Called while the system is put together, never later.
func (s *Service) OnChange(act func(ctx context.Context, tx *store.Tx, change Change) error) {
	s.onChange = append(s.onChange, act)
}

// item finds the version of the item that a case was begun with.
func (s *Service) item(ctx context.Context, c *Case) (*catalogue.Item, error) {
	if item, found := s.Catalogue.Current().ItemVersion(c.ItemCode, c.ItemVersion); found {
		return item, nil
	}
	item, err := s.Catalogue.ItemVersion(ctx, c.ItemCode, c.ItemVersion)
	if err != nil {
		return nil, fmt.Errorf("item %s version %d: %w", c.ItemCode, c.ItemVersion, err)
	}
	return item, nil
}

// days gives the calendar that a case's dates are computed with: from submission on the one that it names.
func (s *Service) days(ctx context.Context, c *Case) (*calendar.Calendar, error) {
	if c.State == Draft {
		return s.Catalogue.Current().Calendar(), nil
	}
	days, err := s.Catalogue.Calendar(ctx, c.Calendar)
	if err != nil {
		return nil, fmt.Errorf("application %s: %w", c.ID, err)
	}
	return days, nil
}

// begin makes a move on a case as it stands.
func (s *Service) begin(ctx context.Context, tx *store.Tx, actor models.Actor, c *Case) (*move, error) {
	item, err := s.item(ctx, c)
	if err != nil {
		return nil, err
	}
	days, err := s.days(ctx, c)
	if err != nil {
		return nil, err
	}
	lead := item.Lead
	if c.Lead != lead.Code {
		lead, _ = s.Catalogue.Current().Department(c.Lead)
	}
	names, err := s.namesOf(ctx, actor, c)
	if err != nil {
		return nil, err
	}
	return &move{
		kase: c, item: item, calendar: days, actor: actor, names: names, now: tx.Now, settings: s.Settings, lead: lead,
		applies: func(*catalogue.StepDefinition) bool { return true },
	}, nil
}

// save stores what a move did, all in the transaction that it was made in, and tells those who must act on it.
func (s *Service) save(ctx context.Context, tx *store.Tx, before *Case, m *move) error {
	m.kase.WakeAt = m.kase.wakes(m.item, m.calendar)
	if before == nil {
		if err := s.records.insert(tx, m.kase); err != nil {
			return err
		}
	} else if err := s.records.update(tx, m.kase, m.quiet); err != nil {
		return err
	}
	s.records.insertEvents(tx, m.events)
	if m.handedIn != "" && m.kase.byVolunteer() {
		if err := s.coolOff(ctx, tx, m); err != nil {
			return err
		}
	}
	s.records.writeTasks(tx, m.taskChanges(before))
	change := Change{
		Before: before, After: m.kase, Events: m.events, Item: m.item, Actor: m.actor, Now: m.now, Started: m.started, Cancelled: m.cancelled,
		Moved: m.moved,
	}
	for _, act := range s.onChange {
		if err := act(ctx, tx, change); err != nil {
			return err
		}
	}
	tx.AfterCommit(func() { s.Hub.Publish(topic(m.kase.ID), nil) })
	return nil
}

// topic is where watchers of a case listen.
func topic(id models.ID) string { return "case:" + string(id) }

// change runs one action on one case: lock, look at who asks, move, save. Work may answer with problems: then nothing is
// stored. permitted says who may; what a caller may not see does not exist for it.
func (s *Service) change(
	ctx context.Context, actor models.Actor, id models.ID,
	permitted func(tx *store.Tx, c *Case) error, work func(tx *store.Tx, m *move) ([]*models.Problem, error),
) (*Case, []*models.Problem, error) {
	var changed *Case
	var problems []*models.Problem
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		var err error
		changed, problems, err = s.changeIn(ctx, tx, actor, id, permitted, work)
		return err
	})
	return changed, problems, err
}

func (s *Service) changeIn(
	ctx context.Context, tx *store.Tx, actor models.Actor, id models.ID,
	permitted func(tx *store.Tx, c *Case) error, work func(tx *store.Tx, m *move) ([]*models.Problem, error),
) (*Case, []*models.Problem, error) {
	if _, valid := models.ParseID(string(id)); !valid {
		return nil, nil, models.NotFound()
	}
	before, err := s.records.locked(tx, id)
	if err != nil {
		return nil, nil, err
	}
	return s.changeLocked(ctx, tx, actor, before, permitted, work)
}

// changeLocked is change for a case that the transaction holds; nil: there is none.
func (s *Service) changeLocked(
	ctx context.Context, tx *store.Tx, actor models.Actor, before *Case,
	permitted func(tx *store.Tx, c *Case) error, work func(tx *store.Tx, m *move) ([]*models.Problem, error),
) (*Case, []*models.Problem, error) {
	if before == nil {
		return nil, nil, models.NotFound()
	}
	if err := permitted(tx, before); err != nil {
		return nil, nil, err
	}
	m, err := s.begin(ctx, tx, actor, before.clone())
	if err != nil {
		return nil, nil, err
	}
	problems, err := work(tx, m)
	if err != nil {
		return nil, nil, err
	}
	if len(problems) > 0 {
		return before, problems, nil
	}
	return m.kase, nil, s.save(ctx, tx, before, m)
}

func (s *Service) checkOwner(ctx context.Context, actor models.Actor, c *Case) error {
	person := actor.PersonID()
	if person == "" {
		return models.NotFound()
	}
	if c.ApplicantID == person || c.SubjectID == person {
		return nil
	}
	allowed, err := s.Residents.MayActFor(ctx, person, c.SubjectID)
	if err != nil {
		return err
	}
	if !allowed {
		return models.NotFound()
	}
	return nil
}

// sees tells whether a staff member may look at a case: the lead department and unified intake from submission on, another
// department from the moment its step begins.
func sees(actor models.Actor, c *Case) bool {
	if actor.Kind != models.Staff || c.State == Draft || c.Number == "" {
		return false
	}
	if actor.Reaches(c.Lead) {
		return true
	}
	for _, step := range c.Progress.Steps {
		if step.StartedAt != nil && !step.Handing.Arbiter && actor.Reaches(step.Department) {
			return true
		}
	}
	return false
}

// checkReader lets those read who may act, and the staff who work it.
func (s *Service) checkReader(ctx context.Context, actor models.Actor, c *Case) error {
	_, err := s.readerOf(ctx, actor, c)
	return err
}

// readerOf is checkReader with the delegations by which somebody reads; nil: in their own right.
func (s *Service) readerOf(ctx context.Context, actor models.Actor, c *Case) (delegation.Standing, error) {
	if actor.Kind == models.Staff {
		if sees(actor, c) {
			return nil, nil
		}
		return nil, models.NotFound()
	}
	refused := s.checkOwner(ctx, actor, c)
	if refused == nil || s.Delegations == nil || !actor.MayBeDelegate() {
		return nil, refused
	}
	return s.delegated(ctx, actor, c)
}

// delegated are the delegations by which somebody sees a case; for whoever does not see it, it does not exist.
func (s *Service) delegated(ctx context.Context, actor models.Actor, c *Case) (delegation.Standing, error) {
	standing, err := s.Delegations.Acting(ctx, nil, actor.ID, c.SubjectID, c.ItemCode)
	if err != nil {
		return nil, err
	}
	if !showsTo(standing.Powers(), c.State) {
		return nil, models.NotFound()
	}
	c.acting = standing[0]
	return standing, nil
}

// stale refuses a change that was made from an older picture of the case.
func stale(c *Case, revision *int) error {
	if revision == nil || *revision == c.Revision {
		return nil
	}
	return models.Conflict(models.T("内容已被更新，请刷新后重试", "It was changed meanwhile; please look again and retry"), c.Revision)
}
