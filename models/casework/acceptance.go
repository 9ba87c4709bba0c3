package casework

import (
	"slices"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/catalogue"
	"onewindow/models/material"
)

// stageAcceptance names the stage before acceptance in supplement notices.
const stageAcceptance = "acceptance"

// submit hands the draft in. That everything is fine has been looked at before; a deferrable piece that is not there is put
// off to after acceptance.
func (m *move) submit(number string) error {
	row, err := permit(m.kase.State, ActionSubmit)
	if err != nil {
		return err
	}
	m.kase.enter(row, Submitted)
	m.kase.Number, m.kase.Calendar = number, m.calendar.Fingerprint()
	m.kase.SubmittedAt, m.kase.ReceivedAt = &m.now, &m.now
	for i := range m.kase.Progress.Requirements {
		requirement := &m.kase.Progress.Requirements[i]
		requirement.Undecided = false
		if requirement.Status.Open() && m.deferrable(requirement.Key) {
			requirement.Status = material.Deferred
		}
	}
	m.kase.Progress.Steps = initialSteps(m.item)
	m.happened(EventSubmitted, models.T("申请已提交", "Application handed in"),
		phrase(models.T("受理编号 {}，承办部门：{}", "Number {}; lead department: {}"), plain(number), departmentName(m.item.Lead)))
	m.waitForAcceptance()
	if m.asksForAnything() && material.FromAuthoritiesAlone(m.kase.Progress.Requirements) {
		house := *m
		house.actor = models.SystemActor()
		if err := house.accept(nil); err != nil {
			return err
		}
		m.events, m.started, m.cancelled = house.events, house.started, house.cancelled
	}
	return nil
}

func initialSteps(item *catalogue.Item) []StepProgress {
	steps := make([]StepProgress, len(item.Steps))
	for i, definition := range item.Steps {
		steps[i] = StepProgress{ID: definition.ID, Department: definition.Department.Code, State: StepWaiting}
	}
	return steps
}

func (m *move) waitForAcceptance() {
	due := m.kase.acceptanceDue(m.item, m.calendar)
	m.kase.WakeAt = &due
}

func (m *move) deferrable(key string) bool {
	definition, found := m.item.Material(key)
	return found && definition.Deferrable
}

// asksForAnything: an application without papers rests on what was declared; somebody looks at it first.
func (m *move) asksForAnything() bool {
	return slices.ContainsFunc(m.kase.Progress.Requirements, func(requirement material.Requirement) bool {
		return requirement.Status != material.NotNeeded
	})
}

// accept takes the application on: the promise clock starts, and with it the steps that wait for nobody. Deferred names the
// requirements that may come later.
func (m *move) accept(deferred []string) error {
	row, err := permit(m.kase.State, ActionAccept)
	if err != nil {
		return err
	}
	if err := m.takeOver(""); err != nil {
		return err
	}
	m.kase.AcceptedAt = &m.now
	m.happened(EventAccepted, models.T("申请已受理", "Application accepted"), nil, of(m.kase.Lead))
	return m.begin(row, deferred)
}

// deemAccept accepts as of the day of receipt, because the office let its days pass without a notice
// (Administrative Licensing Law, Article 32 (4)).
func (m *move) deemAccept() error {
	row, err := permit(m.kase.State, ActionDeemAccept)
	if err != nil {
		return err
	}
	m.kase.AcceptedAt = m.kase.ReceivedAt
	m.kase.Progress.Deemed = true
	m.happened(EventDeemedAccepted, models.T("逾期未通知，视为受理", "Deemed accepted: no notice came in time"),
		phrase(models.T("受理机关未在规定期限内一次性告知，自收到申请材料之日（{}）起即为受理", "No complete notice came within the time allowed; accepted as of the day of receipt, {}"),
			day(models.DateOf(*m.kase.ReceivedAt))), of(m.kase.Lead))
	return m.begin(row, nil)
}

func (m *move) begin(row Transition, deferred []string) error {
	if err := m.putOff(deferred); err != nil {
		return err
	}
	m.kase.WakeAt = nil
	m.kase.Progress.Acceptance = Handing{}
	m.kase.enter(row, InReview)
	m.advance(row)
	return nil
}

// putOff puts off what was named, and what the applicant left for later; each with a deadline inside the promise.
func (m *move) putOff(deferred []string) error {
	for _, key := range deferred {
		requirement := m.kase.Requirement(key)
		if requirement == nil {
			return models.NotFound()
		}
		if !m.deferrable(key) || (!requirement.Status.Open() && requirement.Status != material.Deferred) {
			return models.Conflict(models.T("这份材料不能容缺后补", "This document cannot be handed in later"), string(m.kase.State))
		}
		requirement.Status = material.Deferred
	}
	due := m.kase.deferredDue(m.item, m.calendar)
	for i := range m.kase.Progress.Requirements {
		requirement := &m.kase.Progress.Requirements[i]
		if requirement.Status == material.Deferred {
			requirement.DueAt = &due
		}
	}
	return nil
}

// requestSupplement tells everything that is missing, once for each stage. The acceptance days, or the promise, stand still.
func (m *move) requestSupplement(stage string, reasons map[string]models.Text, note string) error {
	row, err := permit(m.kase.State, ActionRequestSupplement)
	if err != nil {
		return err
	}
	for _, noticed := range m.kase.Progress.Noticed {
		if noticed == stage {
			return models.Conflict(models.T(
				"本环节已经一次性告知过补正内容，不能再次要求补正", "This stage has given its one supplement notice already"), string(m.kase.State))
		}
	}
	if err := m.takeOver(workOf(stage)); err != nil {
		return err
	}
	due := (m.today() + models.Date(m.item.SupplementCalendarDays)).End()
	supplement := &Supplement{Stage: stage, RequestedAt: m.now, DueAt: due, Note: note}
	for i := range m.kase.Progress.Requirements {
		requirement := &m.kase.Progress.Requirements[i]
		reason, asked := reasons[requirement.Key]
		if !asked {
			continue
		}
		requirement.Reason, requirement.DueAt = reason, &due
		requirement.Status = material.Missing
		if requirement.DocumentID != "" {
			requirement.Status = material.Rejected
		}
		supplement.Keys = append(supplement.Keys, requirement.Key)
	}
	if len(supplement.Keys) != len(reasons) || len(reasons) == 0 {
		return models.NotFound()
	}
	m.kase.Progress.Supplement = supplement
	m.kase.Progress.Noticed = append(m.kase.Progress.Noticed, stage)
	m.kase.WakeAt = &due
	m.kase.enter(row, SupplementRequired)
	m.waitForApplicant(stage)
	names := make([]models.Text, len(supplement.Keys))
	for i, key := range supplement.Keys {
		names[i] = m.materialName(key)
	}
	m.happened(EventSupplementRequested, models.T("需要补正材料", "More documents are needed"),
		phrase(models.T("请在{}前补交：{}", "Please hand in by {}: {}"), day(models.DateOf(due)), list(names)))
	return nil
}

// workOf is the piece of work that a stage of notices belongs to.
func workOf(stage string) string {
	if stage == stageAcceptance {
		return ""
	}
	return stage
}

// waitForApplicant lets the clocks stand still: before acceptance the acceptance days begin anew later; in review the promise
// and the asking step wait, with the reason, while the other steps go on.
func (m *move) waitForApplicant(stage string) {
	if stage == stageAcceptance {
		return
	}
	wait := calendar.Segment{
		Kind: calendar.WaitingForApplicant, From: m.today(), Reason: models.T("等待申请人补正材料", "Waiting for documents from the applicant"),
	}
	m.kase.Progress.Stops = append(m.kase.Progress.Stops, wait)
	step := m.kase.Step(stage)
	step.Stops = append(step.Stops, wait)
	step.State = StepSuspended
}

// supplement says that all that was asked for is there: back to where it was.
func (m *move) supplement() error {
	row, err := permit(m.kase.State, ActionSupplement)
	if err != nil {
		return err
	}
	stage := m.kase.Progress.Supplement.Stage
	for _, key := range m.kase.Progress.Supplement.Keys {
		requirement := m.kase.Requirement(key)
		requirement.DueAt, requirement.Reason = nil, nil
	}
	m.kase.Progress.Supplement = nil
	m.happened(EventSupplemented, models.T("补正材料已交齐", "The documents asked for are all in"), nil)
	if stage == stageAcceptance {
		m.kase.enter(row, Submitted)
		m.kase.ReceivedAt = &m.now
		m.waitForAcceptance()
		return nil
	}
	m.kase.enter(row, InReview)
	m.kase.WakeAt = nil
	closeKind(m.kase.Progress.Stops, calendar.WaitingForApplicant, m.today())
	step := m.kase.Step(stage)
	closeKind(step.Stops, calendar.WaitingForApplicant, m.today())
	step.State = StepActive
	return nil
}

// lapse ends an application whose supplement did not come in time. Everything stays readable.
func (m *move) lapse() error {
	row, err := permit(m.kase.State, ActionLapse)
	if err != nil {
		return err
	}
	m.kase.enter(row, Lapsed)
	m.happened(EventLapsed, models.T("逾期未补正，申请终止", "Ended: the documents did not come in time"),
		models.T("您可以用已填写的内容和材料重新申请。", "You can apply again from what you have filled in and handed in."))
	m.finish()
	return nil
}

// withdraw takes the application back.
func (m *move) withdraw(reason string) error {
	row, err := permit(m.kase.State, ActionWithdraw)
	if err != nil {
		return err
	}
	m.kase.enter(row, Withdrawn)
	m.happened(EventWithdrawn, models.T("申请人已撤回申请", "Withdrawn by the applicant"), plain(reason))
	m.finish()
	return nil
}
