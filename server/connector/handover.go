package connector

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/riverqueue/river"

	"onewindow/models"
	"onewindow/models/casework"
	"onewindow/models/identity"
	"onewindow/models/material"
	"onewindow/models/store"
)

// Patience is how long a department is asked again before what was kept for it is put aside for its operators.
const Patience = 72 * time.Hour

// HandoverArgs is the job that gives a department its step of an application.
type HandoverArgs struct {
	ApplicationID models.ID `json:"applicationId"`
	Step          string    `json:"step"`
	// Department is whose step it was when the job was written; who is asked is read when it is done.
	Department string `json:"department,omitempty"`
}

// Kind names the job.
func (HandoverArgs) Kind() string { return "connector.handover" }

// ToDepartment is whom the job asks.
func (a HandoverArgs) ToDepartment() string { return a.Department }

// WithdrawArgs is the job that takes it back.
type WithdrawArgs struct {
	ApplicationID models.ID `json:"applicationId"`
	Number        string    `json:"number"`
	Step          string    `json:"step"`
	Department    string    `json:"department"`
	Reason        string    `json:"reason"`
}

// Kind names the job.
func (WithdrawArgs) Kind() string { return "connector.withdraw" }

// ToDepartment is whom the job asks.
func (a WithdrawArgs) ToDepartment() string { return a.Department }

// UnparkArgs is the job that applies what a department said before its step's turn had come.
type UnparkArgs struct {
	Number string `json:"number"`
	Step   string `json:"step"`
}

// Kind names the job.
func (UnparkArgs) Kind() string { return "connector.unpark" }

// Desk joins cases and departments' systems: hand-overs out, events in.
type Desk struct {
	Directory *Directory
	Store     *store.Store
	Cases     *casework.Service
	Identity  *identity.Service
	Materials *material.Service
	// WardSubject asks a department what it calls a minor, for the guardian who applies: "" where it does not know the child; ward is
	// false where the person is nobody's ward or nobody has agreed.
	WardSubject func(ctx context.Context, guardian, minor models.ID, department string) (subject string, ward bool, err error)
	// PublicURL is where departments reach this server, for links to files.
	PublicURL string
	Logger    *slog.Logger
	// Now is wall-clock time, for signatures.
	Now func() time.Time
	// SealEvent and OpenEvent keep a department's event in the database.
	SealEvent func(body []byte) []byte
	OpenEvent func(box []byte) ([]byte, error)
}

// Changed enqueues, inside the transaction of a change, what departments' systems have to be told of it.
func (d *Desk) Changed(_ context.Context, tx *store.Tx, change casework.Change) error {
	var jobs []river.InsertManyParams
	for _, step := range change.Started {
		jobs = append(jobs, d.give(tx, change.After, step, change.After.Step(step).Department)...)
	}
	for _, step := range change.Cancelled {
		jobs = append(jobs, d.takeBack(change.After, step, change.After.Step(step).Department, string(change.After.State))...)
	}
	for _, moved := range change.Moved {
		jobs = append(jobs, d.takeBack(change.After, moved.Step, moved.From, "handed to another department")...)
		jobs = append(jobs, d.give(tx, change.After, moved.Step, moved.To)...)
	}
	for _, step := range resumed(change) {
		if asked := change.Before.Progress.Supplement; asked != nil && asked.Stage == step.ID {
			jobs = append(jobs, d.give(tx, change.After, step.ID, step.Department)...) // with the papers that have come
			continue
		}
		jobs = append(jobs, d.unpark(change.After, step.ID, step.Department)...)
	}
	for _, step := range completed(change) {
		jobs = append(jobs, d.give(tx, change.After, step.ID, step.Department)...)
	}
	for _, step := range d.workedByStaff(change) {
		jobs = append(jobs, d.takeBack(change.After, step.ID, step.Department, "decided by the department's staff")...)
	}
	return tx.EnqueueMany(jobs)
}

// give gives a department's system a step that is its now.
func (d *Desk) give(tx *store.Tx, kase *casework.Case, step, department string) []river.InsertManyParams {
	jobs := d.unpark(kase, step, department)
	if !d.Directory.HandlesCases(department) {
		return jobs
	}
	jobs = append(jobs, river.InsertManyParams{Args: HandoverArgs{kase.ID, step, department}, InsertOpts: patient()})
	keepHandover(tx, kase.ID, step, department)
	return jobs
}

// unpark applies what a department's system said before it was its turn.
func (d *Desk) unpark(kase *casework.Case, step, department string) []river.InsertManyParams {
	if len(d.Directory.InboundSecrets(department)) == 0 {
		return nil
	}
	return []river.InsertManyParams{{Args: UnparkArgs{kase.Number, step}}}
}

// takeBack tells a department's system that a step is not its any more.
func (d *Desk) takeBack(kase *casework.Case, step, department, reason string) []river.InsertManyParams {
	if !d.Directory.HandlesCases(department) {
		return nil
	}
	args := WithdrawArgs{kase.ID, kase.Number, step, department, reason}
	return []river.InsertManyParams{{Args: args, InsertOpts: patient()}}
}

// resumed are the steps that stood still and go on with the same department.
func resumed(change casework.Change) []casework.StepProgress {
	if change.Before == nil {
		return nil
	}
	var again []casework.StepProgress
	for _, step := range change.After.Progress.Steps {
		before := change.Before.Step(step.ID)
		if before != nil && before.State == casework.StepSuspended && step.State == casework.StepActive && before.Department == step.Department {
			again = append(again, step)
		}
	}
	return again
}

// completed are the steps at work to whose papers one has come that was deferred when they were handed over.
func completed(change casework.Change) []casework.StepProgress {
	if change.Before == nil {
		return nil
	}
	var followed []string
	for _, requirement := range change.Before.Progress.Requirements {
		now := change.After.Requirement(requirement.Key)
		if requirement.Status == material.Deferred && now != nil && now.Status.Met() {
			followed = append(followed, requirement.Key)
		}
	}
	var again []casework.StepProgress
	for _, step := range change.After.Progress.Steps {
		before := change.Before.Step(step.ID)
		if before == nil || before.State != step.State || before.Department != step.Department || step.State != casework.StepActive && step.State != casework.StepSuspended {
			continue
		}
		if definition, _ := change.Item.Step(step.ID); slices.ContainsFunc(followed, definition.SeesMaterial) {
			again = append(again, step)
		}
	}
	return again
}

// workedByStaff are the steps that staff decided while a department's system had them: it need not go on.
func (d *Desk) workedByStaff(change casework.Change) []casework.StepProgress {
	if change.Before == nil || change.Actor.Kind != models.Staff {
		return nil
	}
	var decided []casework.StepProgress
	for _, step := range change.After.Progress.Steps {
		before := change.Before.Step(step.ID)
		if before != nil && before.State == casework.StepActive && step.State == casework.StepDone && d.Directory.HandlesCases(step.Department) {
			decided = append(decided, step)
		}
	}
	return decided
}

// patient lets a job try for 72 hours: NextTry decides when, the attempts only bound it.
func patient() *river.InsertOpts {
	return &river.InsertOpts{MaxAttempts: 400, Queue: store.DepartmentQueue}
}

// Handover gives a department its step, if it still is to be worked on: only what the step needs, with links to the files.
func (d *Desk) Handover(ctx context.Context, args HandoverArgs, since time.Time) error {
	handed, err := d.Cases.HandoverOf(ctx, args.ApplicationID, args.Step)
	if err != nil {
		return err
	}
	if handed == nil {
		return d.Store.InTx(ctx, func(tx *store.Tx) error { return endHandover(tx, args.ApplicationID, args.Step) })
	}
	client, err := d.Directory.Client(handed.Department)
	if errors.Is(err, ErrNotConnected) {
		return d.giveUp(ctx, args, handed, "not connected")
	}
	if err != nil {
		return err
	}
	message, err := d.message(ctx, handed)
	if err == nil {
		err = client.OpenCase(ctx, d.Identity.HandlingGrounds(), *message)
	}
	switch {
	case err == nil:
		return d.markHandover(ctx, args.ApplicationID, args.Step, handed.Department, "sent", "")
	case !IsTemporary(err) || d.Store.Clock().Now().Sub(since) > Patience:
		d.Logger.ErrorContext(ctx, "hand-over put aside", "department", handed.Department, "application", args.ApplicationID, "step", args.Step, "error", err)
		return d.giveUp(ctx, args, handed, err.Error())
	}
	return fmt.Errorf("hand over to %s: %w", handed.Department, err)
}

// giveUp puts a hand-over aside for the department's operators; its staff can work the step meanwhile.
func (d *Desk) giveUp(ctx context.Context, args HandoverArgs, handed *casework.Handover, reason string) error {
	return d.putAside(ctx, Letter{
		Department: handed.Department, Operation: operationOpen, ApplicationID: args.ApplicationID, Number: handed.Number, Step: args.Step, Reason: reason,
	}, "failed")
}

// putAside keeps what is given up as a dead letter, and notes how the hand-over stands.
func (d *Desk) putAside(ctx context.Context, letter Letter, state string) error {
	d.Directory.metrics.givenUp(letter.Department, letter.Operation)
	return d.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := setHandover(tx, letter.ApplicationID, letter.Step, letter.Department, state, letter.Reason); err != nil {
			return err
		}
		return keepLetter(tx, letter)
	})
}

// subjectOf is what the department calls the person whom the application is about. A child has no links of its own: the department
// is asked about it, and where it does not know the child, who may be days old, it is given the guardian who applies.
func (d *Desk) subjectOf(ctx context.Context, handed *casework.Handover) (string, error) {
	subject, found, err := d.Identity.Subject(ctx, handed.SubjectID, handed.Department)
	if err != nil || found || handed.ApplicantID == handed.SubjectID || d.WardSubject == nil {
		return subject, err
	}
	subject, ward, err := d.WardSubject(ctx, handed.ApplicantID, handed.SubjectID, handed.Department)
	if err != nil {
		return "", &Failure{Department: handed.Department, Operation: operationResolve, Temporary: true, Reason: "the department was not able to say whom the application is about", Cause: err}
	}
	if subject != "" || !ward {
		return subject, nil
	}
	subject, _, err = d.Identity.Subject(ctx, handed.ApplicantID, handed.Department)
	return subject, err
}

// message builds what is sent, with fresh links and the record of who is given the data.
func (d *Desk) message(ctx context.Context, handed *casework.Handover) (*Case, error) {
	subject, err := d.subjectOf(ctx, handed)
	if err != nil {
		return nil, err
	}
	if subject == "" {
		return nil, &Failure{Department: handed.Department, Temporary: true, Reason: "the resident is not linked there yet"}
	}
	message := &Case{
		Number: handed.Number, Step: handed.Step, ItemCode: handed.ItemCode, ItemVersion: handed.ItemVersion, Subject: subject,
		Form: handed.Form, DueAt: handed.DueAt, Priority: handed.Priority,
	}
	err = d.Store.InTx(ctx, func(tx *store.Tx) error {
		message.Materials = nil
		for _, document := range handed.Documents {
			entry := CaseMaterial{Code: document.Code, IssuedOn: document.Document.IssuedOn, ExpiresOn: document.Document.ExpiresOn}
			if document.Document.Number != nil {
				entry.Number = *document.Document.Number
			}
			if document.Document.FileID != "" {
				if err := d.Materials.MayLeave(document.Document); errors.Is(err, material.ErrScanDue) {
					return &Failure{Department: handed.Department, Temporary: true, Reason: "a paper is still being checked for viruses"}
				} else if err != nil { // it turned out infected and is gone; the department sees that the paper is missing
					message.Materials = append(message.Materials, entry)
					continue
				}
				token, _, err := d.Materials.NewLink(ctx, tx, material.LinkTo{
					DocumentID: document.Document.ID, Reader: handed.Department, ApplicationID: handed.ApplicationID, Step: handed.Step,
				})
				if err != nil {
					return err
				}
				entry.SHA256, entry.URL = document.Document.SHA256, d.PublicURL+"/files/"+token
			}
			message.Materials = append(message.Materials, entry)
		}
		return d.Cases.RecordHandover(tx, handed)
	})
	return message, err
}

// Withdraw tells a department that a step has been called off.
func (d *Desk) Withdraw(ctx context.Context, args WithdrawArgs, since time.Time) error {
	client, err := d.Directory.Client(args.Department)
	if err != nil {
		return nil //nolint:nilerr // no system, nobody to tell
	}
	err = client.WithdrawCase(ctx, d.Identity.HandlingGrounds(), args.Number, args.Step, args.Reason)
	if err != nil && IsTemporary(err) && d.Store.Clock().Now().Sub(since) <= Patience {
		return fmt.Errorf("withdraw from %s: %w", args.Department, err)
	}
	if err != nil {
		d.Logger.ErrorContext(ctx, "withdrawal put aside", "department", args.Department, "application", args.ApplicationID, "error", err)
		return d.putAside(ctx, Letter{
			Department: args.Department, Operation: operationWithdraw, ApplicationID: args.ApplicationID, Number: args.Number, Step: args.Step,
			Note: args.Reason, Reason: err.Error(),
		}, "withdrawn")
	}
	return d.markHandover(ctx, args.ApplicationID, args.Step, args.Department, "withdrawn", "")
}

// NextTry spreads the attempts: quickly at first, then every half hour.
func NextTry(attempt int) time.Duration {
	wait := 2 * time.Second
	for range min(attempt, 20) {
		wait *= 2
	}
	return min(wait, 30*time.Minute)
}
