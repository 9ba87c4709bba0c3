package casework

import (
	"context"
	"errors"
	"slices"

	"onewindow/models"
	"onewindow/models/material"
	"onewindow/models/store"
)

// Signal is what a department's own system says about its step.
type Signal struct {
	Number, StepID string
	Kind           SignalKind
	// Title, Detail and Public are a line for the timeline.
	Title, Detail string
	Public        bool
	// Missing and Note ask for a supplement: dictionary codes and why.
	Missing map[string]string
	Note    string
	// Decision, Opinion and Document end the step.
	Decision Decision
	Opinion  string
	Document *material.IssuedDocument
}

// SignalKind is what kind of thing a department says.
type SignalKind string

// What a department can say.
const (
	SignalReceived   SignalKind = "received"
	SignalProgress   SignalKind = "progress"
	SignalSupplement SignalKind = "supplement-required"
	SignalDecided    SignalKind = "decided"
)

// Outcome is what became of a department's signal.
type Outcome string

// APPLIED; PARKED until the step's turn comes; CONFLICT with what is final.
const (
	Applied    Outcome = "applied"
	Parked     Outcome = "parked"
	Conflicted Outcome = "conflict"
)

// ErrUnknownMaterial says that a department asks for a material that is none of the application's.
var ErrUnknownMaterial = errors.New("a material that the application does not ask for")

// TakeSignal applies what a department's system says, inside the transaction in which its event is kept. An unknown
// application or step and another department's step are models.NotFound, and cannot be told apart. ErrUnknownMaterial is a fault in what it says.
func (s *Service) TakeSignal(ctx context.Context, tx *store.Tx, actor models.Actor, signal Signal) (Outcome, error) {
	c, err := s.records.one(tx.DB, tx.IsPostgres(), "number = ?", signal.Number)
	if err != nil {
		return "", err
	}
	if c == nil {
		return "", models.NotFound()
	}
	step := c.Step(signal.StepID)
	if step == nil || step.Department != actor.DepartmentCode || step.Handing.Arbiter {
		return "", models.NotFound()
	}
	if signal.Kind == SignalSupplement && !c.asksFor(signal.Missing) {
		return "", ErrUnknownMaterial
	}
	switch {
	case signal.Kind == SignalSupplement && c.firstNotice(step.ID) != nil: // it can ask once, whatever turn comes
		return Conflicted, nil
	case step.State == StepWaiting && !c.State.Final():
		return Parked, nil
	case step.State == StepSuspended && signal.Kind != SignalReceived && signal.Kind != SignalProgress:
		return Parked, nil
	case step.State != StepActive && step.State != StepSuspended:
		return Conflicted, nil
	}
	return s.applySignal(ctx, tx, actor, c, signal)
}

// asksFor tells whether the application has a requirement for each of the materials.
func (c *Case) asksFor(missing map[string]string) bool {
	for code := range missing {
		if !slices.ContainsFunc(c.Progress.Requirements, func(r material.Requirement) bool { return r.Material == code }) {
			return false
		}
	}
	return true
}

func (s *Service) applySignal(ctx context.Context, tx *store.Tx, actor models.Actor, before *Case, signal Signal) (Outcome, error) {
	m, err := s.begin(ctx, tx, actor, before.clone())
	if err != nil {
		return "", err
	}
	err = s.signalMove(ctx, tx, m, signal)
	if isConflict(err) {
		return Conflicted, nil
	}
	if err != nil {
		return "", err
	}
	return Applied, s.save(ctx, tx, before, m)
}

func (s *Service) signalMove(ctx context.Context, tx *store.Tx, m *move, signal Signal) error {
	switch signal.Kind {
	case SignalReceived:
		step, _ := m.item.Step(signal.StepID)
		title := phrase(models.T("{}已收到“{}”的办理任务", "{} has received “{}”"), step.Department.Name, step.Name)
		return m.report(signal.StepID, EventDepartmentReceived, title, nil, true)
	case SignalProgress:
		return m.report(signal.StepID, EventDepartmentProgress, plain(signal.Title), plain(signal.Detail), signal.Public)
	case SignalSupplement:
		return m.departmentSupplement(signal)
	}
	if signal.Decision == Reject {
		return m.rejectStep(signal.StepID, signal.Opinion)
	}
	if err := s.preparedSteps(tx, m); err != nil {
		return err
	}
	if err := m.approveStep(signal.StepID, signal.Opinion); err != nil {
		return err
	}
	return s.concludeWith(ctx, tx, m, signal.StepID, signal.Document)
}

// departmentSupplement asks by dictionary codes: every requirement of the code that the application has.
func (m *move) departmentSupplement(signal Signal) error {
	reasons := map[string]models.Text{}
	for _, requirement := range m.kase.Progress.Requirements {
		if reason, asked := signal.Missing[requirement.Material]; asked {
			reasons[requirement.Key] = plain(reason)
		}
	}
	return m.requestSupplement(signal.StepID, reasons, signal.Note)
}
