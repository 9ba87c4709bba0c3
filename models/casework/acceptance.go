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
	if m.asksForAnything() && material.FromAuthoritiesAlone(m.kase.Progress.Requirements) && m.papersLast() {
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

// papersLast: nothing of what was handed in ends before the decision is due; otherwise somebody looks at it first.
func (m *move) papersLast() bool {
	due := calendar.Summarise(m.calendar, m.today(), m.item.Limits(), nil, m.today(), nil).PromisedDueAt
	return material.LastThrough(m.kase.Progress.Requirements, models.DateOf(due))
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
// (Administrative Licensing Law, Article 32 (4)). The official who had it in hand is named, nil: nobody had, and the office is;
// the supervisor is told.
func (m *move) deemAccept(official models.Text) error {
	row, err := permit(m.kase.State, ActionDeemAccept)
	if err != nil {
		return err
	}
	m.kase.AcceptedAt = m.kase.ReceivedAt
	m.kase.Progress.Deemed = true
	m.happened(EventDeemedAccepted, models.T("逾期未通知，视为受理", "Deemed accepted: no notice came in time"),
		phrase(models.T("受理机关未在规定期限内一次性告知，自收到申请材料之日（{}）起即为受理。责任人：{}", "No complete notice came within the time allowed; accepted as of the day of receipt, {}. Responsible: {}"),
			day(models.DateOf(*m.kase.ReceivedAt)), m.responsible(official)), of(m.kase.Lead))
	m.oversee(OversightDeemed)
	return m.begin(row, nil)
}

func (m *move) responsible(official models.Text) models.Text {
	if official == nil {
		return phrase(models.T("{}受理窗口", "the front desk of {}"), departmentName(m.office()))
	}
	return phrase(models.T("{}（{}）", "{} ({})"), official, departmentName(m.office()))
}

func (m *move) begin(row Transition, deferred []string) error {
	if err := m.putOff(deferred); err != nil {
		return err
	}
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
	var names []models.Text
	for i := range m.kase.Progress.Requirements {
		requirement := &m.kase.Progress.Requirements[i]
		if requirement.Status == material.Deferred {
			requirement.DueAt = &due
			names = append(names, m.materialName(requirement.Key))
		}
	}
	if len(names) > 0 {
		m.happened(EventDeferred, models.T("容缺受理：部分材料可以后补", "Taken in with documents to follow"),
			phrase(models.T("请在{}前补交：{}。补交之前不能办结，办理期限照常计算。", "Please hand in by {}: {}. The application cannot be completed before; its time limit runs on."),
				day(models.DateOf(due)), list(names)), of(m.kase.Lead))
	}
	return nil
}

// workOf is the piece of work that a stage of notices belongs to.
func workOf(stage string) string {
	if stage == stageAcceptance {
		return ""
	}
	return stage
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
		return nil
	}
	m.kase.enter(row, InReview)
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
