package casework

import (
	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/catalogue"
	"onewindow/models/material"
)

// advance lets every step begin whose predecessors are done: it becomes ACTIVE, or SKIPPED where its `when` does not hold (a
// skipped step counts as done). After the last one the application is approved.
func (m *move) advance(row Transition) {
	for moved := true; moved; {
		moved = false
		for _, definition := range m.item.Steps {
			step := m.kase.Step(definition.ID)
			if step.State != StepWaiting || !m.ready(definition) {
				continue
			}
			moved = true
			if !m.applies(definition) {
				step.State, step.FinishedAt = StepSkipped, &m.now
				m.happened(EventStepSkipped, phrase(models.T("“{}”环节不适用，已跳过", "Step “{}” does not apply"), definition.Name), nil,
					of(definition.Department.Code), internal)
				continue
			}
			step.State, step.StartedAt = StepActive, &m.now
			m.started = append(m.started, step.ID)
			m.happened(EventStepStarted, phrase(models.T("{}开始办理“{}”", "{} has begun “{}”"), definition.Department.Name, definition.Name), nil,
				of(definition.Department.Code))
			if !definition.Counts {
				m.happened(EventSpecialStarted, phrase(models.T("“{}”进行期间不计入办理期限", "The clock stands still during “{}”"), definition.Name),
					specialLength(definition), of(definition.Department.Code))
			}
		}
	}
	if m.allDone() {
		m.approve(row)
	}
}

func (m *move) ready(definition *catalogue.StepDefinition) bool {
	for _, predecessor := range definition.DependsOn {
		switch m.kase.Step(predecessor).State {
		case StepDone, StepSkipped:
		default:
			return false
		}
	}
	return true
}

func (m *move) allDone() bool {
	for _, step := range m.kase.Progress.Steps {
		if step.State != StepDone && step.State != StepSkipped {
			return false
		}
	}
	return true
}

func (m *move) approve(row Transition) {
	m.kase.enter(row, Approved)
	m.happened(EventApproved, models.T("申请已批准", "Application approved"), nil, of(m.item.Lead.Code))
}

// deciding finds the row of a decision and the step, which must be being worked on.
func (m *move) deciding(id string, action Action) (Transition, *StepProgress, error) {
	row, err := permit(m.kase.State, action)
	if err != nil {
		return row, nil, err
	}
	step := m.kase.Step(id)
	if step == nil {
		return row, nil, models.NotFound()
	}
	if step.State != StepActive {
		return row, nil, stepRefused(step.State)
	}
	return row, step, m.takeOver(id)
}

// approveStep ends a step well. What a department's opinion says is shown to the applicant.
func (m *move) approveStep(id, opinion string) error {
	row, step, err := m.deciding(id, ActionApproveStep)
	if err != nil {
		return err
	}
	if m.isLast(step) {
		if err := m.nothingDeferred(); err != nil {
			return err
		}
	}
	step.State, step.FinishedAt, step.Decision = StepDone, &m.now, Approve
	m.happened(EventStepDecided, phrase(models.T("“{}”已通过", "“{}” passed"), m.stepName(id)), plain(opinion), of(step.Department))
	m.advance(row)
	return nil
}

func (m *move) isLast(step *StepProgress) bool {
	for _, other := range m.kase.Progress.Steps {
		if other.ID != step.ID && other.State != StepDone && other.State != StepSkipped {
			return false
		}
	}
	return true
}

// nothingDeferred holds the last approval back while a deferred material has not come: a result must not rest on it.
func (m *move) nothingDeferred() error {
	for _, requirement := range m.kase.Progress.Requirements {
		if requirement.Status == material.Deferred {
			name := m.materialName(requirement.Key)
			return models.Conflict(phrase(models.T("容缺材料“{}”尚未补齐，不能办结", "“{}” was deferred and has not come yet"), name), string(m.kase.State))
		}
	}
	return nil
}

// stepRefused is the answer where a step is not being worked on.
func stepRefused(state StepState) *models.Fault {
	return models.Conflict(models.T("该环节当前不在办理中", "This step is not being worked on now"), string(state))
}

// rejectStep refuses the application: the other steps are cancelled, and reason and way of appeal are shown.
func (m *move) rejectStep(id, opinion string) error {
	row, step, err := m.deciding(id, ActionRejectStep)
	if err != nil {
		return err
	}
	step.State, step.FinishedAt, step.Decision = StepDone, &m.now, Reject
	m.happened(EventStepDecided, phrase(models.T("“{}”未通过", "“{}” did not pass"), m.stepName(id)), plain(opinion), of(step.Department))
	m.kase.enter(row, Rejected)
	m.happened(EventRejected, models.T("申请不予批准", "Application rejected"),
		phrase(models.T("理由：{}。{}", "Reason: {}. {}"), plain(opinion), m.settings.appeal(m.office())), of(step.Department))
	m.finish()
	return nil
}

// issue puts the results into the applicant's hands and ends the case. The documents have been entered into the wallet.
func (m *move) issue(results []Result) error {
	row, err := permit(m.kase.State, ActionIssue)
	if err != nil {
		return err
	}
	m.kase.enter(row, Completed)
	m.kase.Progress.Results = results
	m.happened(EventCompleted, models.T("事项已办结", "Completed"), m.resultWords(results), of(m.item.Lead.Code))
	m.finish()
	return nil
}

func (m *move) resultWords(results []Result) models.Text {
	if len(results) == 0 {
		return nil
	}
	names := make([]models.Text, len(results))
	for i, result := range results {
		names[i] = m.resultName(result.Material)
	}
	return phrase(models.T("办理结果：{}，已存入您的电子卡包", "Result: {}; it is in your wallet"), list(names))
}

func (m *move) resultName(material string) models.Text {
	for _, result := range m.item.Results {
		if result.Material.Code == material {
			return result.Material.Name
		}
	}
	return plain(material)
}

// report adds a department's line to the timeline.
func (m *move) report(stepID string, kind EventKind, title, detail models.Text, public bool) error {
	if _, err := permit(m.kase.State, ActionReport); err != nil {
		return err
	}
	if m.kase.Step(stepID).State == StepActive {
		if err := m.takeOver(stepID); err != nil {
			return err
		}
	}
	options := []func(*Event){of(m.kase.Step(stepID).Department)}
	if !public {
		options = append(options, internal)
	}
	m.happened(kind, title, detail, options...)
	return nil
}

// suspendStep begins a special step that the law does not count (hearing, inspection, appraisal …): only with the number of
// the written notice that tells the applicant for how long.
func (m *move) suspendStep(id string, reason, notice string, until *models.Date) error {
	row, err := permit(m.kase.State, ActionSuspend)
	if err != nil {
		return err
	}
	step := m.kase.Step(id)
	if step.State != StepActive {
		return stepRefused(step.State)
	}
	if err := m.takeOver(id); err != nil {
		return err
	}
	wait := calendar.Segment{Kind: calendar.SpecialStep, From: m.today(), Reason: plain(reason), Notice: notice}
	m.kase.Progress.Stops = append(m.kase.Progress.Stops, wait)
	step.Stops = append(step.Stops, wait)
	step.State = StepSuspended
	m.kase.enter(row, m.kase.State)
	detail := phrase(models.T("原因：{}，通知书编号：{}", "Reason: {}; notice number: {}"), plain(reason), plain(notice))
	if until != nil {
		detail = phrase(models.T("{}，预计至{}", "{}; expected until {}"), detail, day(*until))
	}
	m.happened(EventStepSuspended, phrase(models.T("“{}”进入特别程序，期间不计入办理期限", "“{}” is in a special procedure that does not count"),
		m.stepName(id)), detail, of(step.Department))
	return nil
}

// untilProblem finds what is wrong with the day on which a special step is expected to end: it lies before today, or further
// away than the item allows the step to take.
func (m *move) untilProblem(id string, until *models.Date) *models.Problem {
	if until == nil {
		return nil
	}
	if *until < m.today() {
		return models.NewProblem("FORMAT", "until", models.T("预计结束日期不能早于今天", "The expected end cannot lie before today"))
	}
	definition, found := m.item.Step(id)
	if !found || definition.MaxDays == 0 {
		return nil
	}
	if last := m.calendar.AddDays(m.today(), definition.MaxDays, calendar.WorkingDays); *until > last {
		return models.NewProblem("LIMIT", "until", phrase(models.T("最长{}个工作日，即不晚于{}", "At most {} working days: no later than {}"), number(definition.MaxDays), day(last)))
	}
	return nil
}

// resumeStep ends the special step; the day of resumption counts.
func (m *move) resumeStep(id string) error {
	row, err := permit(m.kase.State, ActionResume)
	if err != nil {
		return err
	}
	step := m.kase.Step(id)
	open := openSpecial(step.Stops)
	if step.State != StepSuspended || open < 0 {
		return stepRefused(step.State)
	}
	today := m.today()
	ended := step.Stops[open]
	step.Stops[open].To = &today
	for i := range m.kase.Progress.Stops {
		stop := &m.kase.Progress.Stops[i]
		if stop.Kind == calendar.SpecialStep && stop.To == nil && stop.From == ended.From && stop.Notice == ended.Notice {
			stop.To = &today
			break
		}
	}
	step.State = StepActive
	m.kase.enter(row, m.kase.State)
	m.happened(EventStepResumed, phrase(models.T("“{}”特别程序结束，继续办理", "“{}” goes on after the special procedure"),
		m.stepName(id)), nil, of(step.Department))
	return nil
}

func openSpecial(stops []calendar.Segment) int {
	for i, stop := range stops {
		if stop.Kind == calendar.SpecialStep && stop.To == nil {
			return i
		}
	}
	return -1
}
