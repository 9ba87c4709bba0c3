package casework

import (
	"slices"
	"time"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/material"
)

// Notice is one supplement notice that was given, kept after it was answered.
type Notice struct {
	// Stage is "acceptance" or the id of the step that asked.
	Stage string    `json:"stage"`
	At    time.Time `json:"at"`
	Keys  []string  `json:"keys"`
	// Override is what a second notice rests on; nil for the first.
	Override *Override `json:"override,omitempty"`
}

// Override is a supervisor's word for a second notice: by what authority, and why.
type Override struct{ Authority, Reason string }

// firstNotice finds the one notice that a stage has given; nil if there was none.
func (c *Case) firstNotice(stage string) *Notice {
	for i := range c.Progress.Notices {
		if c.Progress.Notices[i].Stage == stage {
			return &c.Progress.Notices[i]
		}
	}
	if slices.Contains(c.Progress.Noticed, stage) { // given before notices were kept
		return &Notice{Stage: stage}
	}
	return nil
}

// onlyOnce refuses a second notice of a stage, naming the first, unless a supervisor's word stands behind it. An override
// without a first notice is refused too: the first is for those who work the case.
func (m *move) onlyOnce(stage string, override *Override) error {
	first := m.kase.firstNotice(stage)
	switch {
	case first == nil && override == nil, first != nil && override != nil:
		return nil
	case first == nil:
		return models.Conflict(models.T("本环节还没有发出补正通知，不需要督导批准", "This stage has given no notice yet; no override is needed"), string(m.kase.State))
	case first.At.IsZero():
		return models.Conflict(models.T(
			"本环节已经一次性告知过补正内容，不能再次要求补正", "This stage has given its one supplement notice already"), string(m.kase.State))
	}
	return models.Conflict(phrase(models.T(
		"本环节已于{}一次性告知过补正内容（{}），不能再次要求补正；确有必要的，须由督导人员批准并说明依据和理由",
		"This stage gave its one supplement notice on {} ({}); a second needs a supervisor's recorded override"),
		day(models.DateOf(first.At)), list(m.materialsOf(first.Keys))), string(m.kase.State))
}

func (m *move) materialsOf(keys []string) []models.Text {
	names := make([]models.Text, len(keys))
	for i, key := range keys {
		names[i] = m.materialName(key)
	}
	return names
}

// beyondFirst are problems for what a second notice names and the first did not: only what was asked for then is looked at
// again.
func (m *move) beyondFirst(stage string, reasons map[string]models.Text) []*models.Problem {
	first := m.kase.firstNotice(stage)
	if first == nil || first.At.IsZero() {
		return nil
	}
	var problems []*models.Problem
	for _, requirement := range m.kase.Progress.Requirements {
		if _, asked := reasons[requirement.Key]; asked && !slices.Contains(first.Keys, requirement.Key) {
			problems = append(problems, models.NewProblem("NOT_IN_FIRST_NOTICE", "items", phrase(models.T(
				"“{}”不在首次一次性告知的范围内，不能再要求补正", "“{}” was not in the first notice and cannot be asked for any more"), m.materialName(requirement.Key))))
		}
	}
	return problems
}

// requestSupplement tells everything that is missing, once for each stage. The acceptance days, or the promise, stand still.
func (m *move) requestSupplement(stage string, reasons map[string]models.Text, note string) error {
	return m.requestSupplementBy(stage, reasons, note, nil)
}

// requestSupplementBy is the same with a supervisor's override, without which no stage asks twice.
func (m *move) requestSupplementBy(stage string, reasons map[string]models.Text, note string, override *Override) error {
	row, err := permit(m.kase.State, ActionRequestSupplement)
	if err != nil {
		return err
	}
	if err := m.onlyOnce(stage, override); err != nil {
		return err
	}
	if override == nil { // a supervisor takes the work from nobody
		if err := m.takeOver(workOf(stage)); err != nil {
			return err
		}
	}
	due := (m.today() + models.Date(m.item.SupplementCalendarDays)).End()
	supplement := &Supplement{Stage: stage, RequestedAt: m.now, DueAt: due, Note: note, Keys: m.ask(reasons, due)}
	if len(supplement.Keys) != len(reasons) || len(reasons) == 0 {
		return models.NotFound()
	}
	m.kase.Progress.Supplement = supplement
	m.kase.Progress.Noticed = append(m.kase.Progress.Noticed, stage)
	m.kase.Progress.Notices = append(m.kase.Progress.Notices, Notice{stage, m.now, supplement.Keys, override})
	m.kase.enter(row, SupplementRequired)
	m.waitForApplicant(stage)
	m.tellSupplement(supplement, override)
	return nil
}

// ask opens the requirements that are asked for and gives their keys.
func (m *move) ask(reasons map[string]models.Text, due time.Time) (keys []string) {
	for i := range m.kase.Progress.Requirements {
		requirement := &m.kase.Progress.Requirements[i]
		reason, asked := reasons[requirement.Key]
		if !asked {
			continue
		}
		requirement.Reason, requirement.DueAt = reason, &due
		requirement.Status, requirement.Commitment = material.Missing, nil
		if requirement.DocumentID != "" {
			requirement.Status = material.Rejected
		}
		keys = append(keys, requirement.Key)
	}
	return keys
}

func (m *move) tellSupplement(supplement *Supplement, override *Override) {
	title := models.T("需要补正材料", "More documents are needed")
	detail := phrase(models.T("请在{}前补交：{}", "Please hand in by {}: {}"), day(models.DateOf(supplement.DueAt)), list(m.materialsOf(supplement.Keys)))
	if override != nil {
		title = models.T("经督导批准，再次要求补正材料", "More documents are needed again, by a supervisor’s decision")
		detail = phrase(models.T("{}。依据：{}；理由：{}", "{}. Authority: {}; reason: {}"), detail, plain(override.Authority), plain(override.Reason))
	}
	m.happened(EventSupplementRequested, title, detail)
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

func (o *Override) problems() (problems []*models.Problem) {
	if o == nil {
		return nil
	}
	for field, text := range map[string]string{"override.authority": o.Authority, "override.reason": o.Reason} {
		if text == "" {
			problems = append(problems, models.NewProblem("REQUIRED", field, models.T("再次要求补正须写明依据和理由", "A second notice needs its authority and its reason")))
		} else if problem := tooLong(field, text); problem != nil {
			problems = append(problems, problem)
		}
	}
	return problems
}

// overridingStage finds the stage for which a supervisor asks again: acceptance, or the active step that has asked before.
func overridingStage(actor models.Actor, c *Case, stepID string) (string, error) {
	if _, err := permit(c.State, ActionRequestSupplement); err != nil {
		return "", err
	}
	if !actor.Has(models.Supervisor) {
		return "", models.NotAllowed()
	}
	if c.State == Submitted {
		if !actor.Reaches(c.Lead) {
			return "", models.NotAllowed()
		}
		return stageAcceptance, nil
	}
	stage := ""
	for _, step := range c.Progress.Steps {
		named := stepID == "" || stepID == string(c.ID)+"."+step.ID
		if step.State != StepActive || !named || !actor.Reaches(step.Department) || (stepID == "" && c.firstNotice(step.ID) == nil) {
			continue
		}
		if stage != "" {
			return "", models.BadInput(models.T("有多个环节，请用 stepId 指明", "Several steps have asked: name one with stepId"))
		}
		stage = step.ID
	}
	if stage == "" {
		return "", models.Conflict(models.T("没有可以再次要求补正的环节", "There is no step that could ask again"), string(c.State))
	}
	return stage, nil
}
