package casework

import (
	"encoding/base64"
	"encoding/binary"
	"slices"
	"time"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/catalogue"
	"onewindow/models/material"
)

// InterventionKind is what a supervisor or approver changes outside the ordinary course.
type InterventionKind string

// The kinds of intervention.
const (
	Expedite      InterventionKind = "EXPEDITE"
	Reassign      InterventionKind = "REASSIGN"
	Extend        InterventionKind = "EXTEND"
	WaiveMaterial InterventionKind = "WAIVE_MATERIAL"
)

// Intervention is one recorded use of discretion, or an attempt that was refused.
type Intervention struct {
	ID            models.ID
	ApplicationID models.ID
	Kind          InterventionKind
	// StepID is the step that it was about, as clients know it; nil: the whole application.
	StepID *string
	// RequirementID is the material that was waived; nil for the other kinds.
	RequirementID *string
	// Days were given by an extension; nil for the other kinds.
	Days      *int
	Authority string
	Reason    string
	By        *StaffMember
	At        time.Time
	// Refusal tells why an attempt was refused; nil where it was done.
	Refusal models.Text
	Refused bool
	// UnderReview: the sample has drawn it, and nobody has evaluated it yet.
	UnderReview bool
	Evaluation  *InterventionEvaluation

	// Number is the application's; filled for reading.
	Number string
	byID   models.ID
	// department is the official's own.
	department string
}

// InterventionEvaluation is what was later thought of it.
type InterventionEvaluation struct {
	Outcome string
	Note    *string
	At      time.Time
	By      *StaffMember
	byID    models.ID
}

// InterventionSettings are how far discretion goes. The months are the city's calendar months, the numbers are for each official.
type InterventionSettings struct {
	// ExtensionDays: by the Administrative Licensing Law, Article 42, ten days.
	ExtensionDays int      `env:"EXTENSION_DAYS" help:"longest extension of an item that names none, in the item's days" example:"10"`
	Expedite      int      `env:"EXPEDITE_MONTHLY" help:"applications that an official may expedite in a month" example:"60"`
	Reassign      int      `env:"REASSIGN_MONTHLY" help:"tasks that an official may reassign in a month" example:"200"`
	Extend        int      `env:"EXTEND_MONTHLY" help:"extensions that an official may give in a month" example:"30"`
	Waive         int      `env:"WAIVE_MONTHLY" help:"materials that an official may waive in a month" example:"20"`
	NeverWaived   []string `env:"NEVER_WAIVED" kind:"material codes joined by commas" help:"materials that nobody can waive" example:"id-card,household-register"`
	SamplePercent int      `env:"SAMPLE_PERCENT" help:"how many of a hundred interventions are drawn for review" example:"20"`
	ReviewDays    int      `env:"REVIEW_DAYS" help:"working days that a review may take" example:"10"`
}

func defaultInterventions() InterventionSettings {
	return InterventionSettings{
		ExtensionDays: 10, Expedite: 60, Reassign: 200, Extend: 30, Waive: 20, NeverWaived: []string{"id-card"}, SamplePercent: 20, ReviewDays: 10,
	}
}

// monthly is how often in a month an official may use a kind.
func (l InterventionSettings) monthly(kind InterventionKind) int {
	switch kind {
	case Expedite:
		return l.Expedite
	case Reassign:
		return l.Reassign
	case Extend:
		return l.Extend
	}
	return l.Waive
}

// sampled draws from the hash of an intervention's id, which nobody can choose or foresee without the key.
func (l InterventionSettings) sampled(hash string) bool {
	raw, err := base64.RawURLEncoding.DecodeString(hash)
	return err == nil && int(binary.BigEndian.Uint32(raw)%100) < l.SamplePercent
}

// extensionDays is the longest extension of an item.
func (l InterventionSettings) extensionDays(item *catalogue.Item) int {
	if item.ExtensionDays > 0 {
		return item.ExtensionDays
	}
	return l.ExtensionDays
}

// InterveneInput is what an official asks for.
type InterveneInput struct {
	ApplicationID models.ID
	Kind          InterventionKind
	Authority     string
	Reason        string
	Days          *int
	StepID        *string
	// RequirementID names the material to be waived, where more than one is open.
	RequirementID *string
	// ToUsername names the colleague who is to do it; nil: back to the queue.
	ToUsername *string
}

func (i InterveneInput) problems() []*models.Problem {
	var problems []*models.Problem
	if i.Authority == "" {
		problems = append(problems, models.NewProblem("REQUIRED", "authority", models.T("请引用作出干预的依据", "Please cite the authority for it")))
	}
	if i.Reason == "" {
		problems = append(problems, models.NewProblem("REQUIRED", "reason", models.T("请说明理由", "Please give the reason")))
	}
	for field, text := range map[string]string{"authority": i.Authority, "reason": i.Reason} {
		if problem := tooLong(field, text); problem != nil {
			problems = append(problems, problem)
		}
	}
	if i.Kind == Extend && (i.Days == nil || *i.Days < 1) {
		problems = append(problems, models.NewProblem("REQUIRED", "days", models.T("请填写延长的天数", "Please say by how many days")))
	}
	return problems
}

// grounds are the words under an intervention on the timeline.
func (i InterveneInput) grounds() models.Text {
	return phrase(models.T("理由：{}。依据：{}", "Reason: {}. Authority: {}"), plain(i.Reason), plain(i.Authority))
}

// expedite puts the application before all others, in every queue that it comes to.
func (m *move) expedite(input InterveneInput) error {
	row, err := permit(m.kase.State, ActionExpedite)
	if err != nil {
		return err
	}
	if m.kase.Progress.Expedited {
		return models.Conflict(models.T("该申请已经加急", "The application has been expedited already"), string(m.kase.State))
	}
	m.kase.Progress.Expedited = true
	m.kase.enter(row, m.kase.State)
	m.happened(EventExpedited, models.T("申请已加急办理", "The application has been put first"), input.grounds())
	return nil
}

// reassign takes a piece of work from whoever holds it. The timeline names no clerk.
func (m *move) reassign(stepID string, input InterveneInput) error {
	row, err := permit(m.kase.State, ActionReassign)
	if err != nil {
		return err
	}
	handing, department, err := m.handing(stepID)
	if err != nil {
		return err
	}
	if handing.Arbiter {
		return waitsForArbiter(m.kase.State)
	}
	m.kase.enter(row, m.kase.State)
	m.happened(EventReassigned, phrase(models.T("“{}”已调整经办人员", "“{}” has been given to other staff"), m.workName(stepID)), input.grounds(), of(*department))
	return nil
}

// extend gives the one extension: the promised and the legal end move, with them the deadlines of what was deferred and of
// the named step, or of all that are at work.
func (m *move) extend(stepID string, input InterveneInput) error {
	row, err := permit(m.kase.State, ActionExtend)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(m.kase.Progress.Stops, func(stop calendar.Segment) bool { return stop.Kind == calendar.Extension }) {
		return models.Conflict(models.T("办理期限已经延长过一次，不能再次延长", "It has been extended once; it cannot be extended again"), string(m.kase.State))
	}
	if deadline := m.kase.deadline(m.item, m.calendar, m.now); m.now.After(deadline.LegalDueAt) {
		return models.Conflict(models.T("法定办理期限已过，不能延长", "The time allowed by law has passed; it cannot be extended"), string(m.kase.State))
	}
	if stepID != "" {
		if _, _, err := m.handing(stepID); err != nil {
			return err
		}
	}
	longer := calendar.Segment{Kind: calendar.Extension, From: m.today(), Days: *input.Days, Reason: plain(input.Reason)}
	m.kase.Progress.Stops = append(m.kase.Progress.Stops, longer)
	for i := range m.kase.Progress.Steps {
		step := &m.kase.Progress.Steps[i]
		if step.ID == stepID || stepID == "" && (step.State == StepActive || step.State == StepSuspended) {
			step.Stops = append(step.Stops, longer)
		}
	}
	due := m.kase.deferredDue(m.item, m.calendar)
	for i := range m.kase.Progress.Requirements {
		if requirement := &m.kase.Progress.Requirements[i]; requirement.Status == material.Deferred {
			requirement.DueAt = &due
		}
	}
	m.kase.enter(row, m.kase.State)
	end := m.kase.deadline(m.item, m.calendar, m.now).PromisedDueAt
	m.happened(EventExtended, phrase(models.T("办理期限延长{}天，至{}", "The time allowed is extended by {} days, to {}"), number(*input.Days), day(models.DateOf(end))), input.grounds())
	return nil
}

// waive asks for a material no longer. Where it was the last that a supplement notice asked for, the application goes on.
func (m *move) waive(key string, input InterveneInput) error {
	row, err := permit(m.kase.State, ActionWaive)
	if err != nil {
		return err
	}
	requirement := m.kase.Requirement(key)
	requirement.Status, requirement.Way, requirement.DueAt = material.NotNeeded, "", nil
	requirement.Reason = phrase(models.T("经批准免交：{}", "Waived: {}"), plain(input.Reason))
	m.kase.enter(row, m.kase.State)
	m.happened(EventMaterialWaived, phrase(models.T("免交材料：{}", "No longer needed: {}"), m.materialName(key)), input.grounds())
	if m.kase.Progress.Supplement == nil || len(m.stillAskedFor()) > 0 {
		return nil
	}
	keys := m.kase.Progress.Supplement.Keys
	if err := m.supplement(); err != nil {
		return err
	}
	if slices.Contains(keys, key) { // what was waived keeps its reason
		requirement.Reason = phrase(models.T("经批准免交：{}", "Waived: {}"), plain(input.Reason))
	}
	return nil
}

// waivable finds the material that can be waived: the named one, or the only one that is open.
func (m *move) waivable(requirementID *string, never []string) (string, *models.Problem) {
	var open []string
	for _, requirement := range m.kase.Progress.Requirements {
		if isMissing(requirement.Status) {
			open = append(open, requirement.Key)
		}
	}
	key := ""
	switch {
	case requirementID != nil:
		key, _ = requirementKey(m.kase.ID, *requirementID)
	case len(open) == 1:
		key = open[0]
	case len(open) > 1:
		return "", models.NewProblem("REQUIRED", "requirementId", models.T("请指明免交哪一份材料", "Please say which material is waived"))
	}
	if !slices.Contains(open, key) {
		return "", models.NewProblem("NOTHING_TO_WAIVE", "requirementId", models.T("没有尚未交齐、可以免交的材料", "No material is open that could be waived"))
	}
	if slices.Contains(never, m.kase.Requirement(key).Material) {
		return "", models.NewProblem("LIMIT", "requirementId", models.T("身份证明等法定必要材料不能免交", "Proof of identity and the like cannot be waived"))
	}
	return key, nil
}

// workToReassign finds the piece of work: the named step, the acceptance, or the only step that is at work.
func (m *move) workToReassign(stepID *string) (string, *models.Problem) {
	if stepID != nil {
		key, _ := requirementKey(m.kase.ID, *stepID)
		if m.kase.Step(key) == nil {
			return "", models.NewProblem("UNKNOWN_STEP", "stepId", models.T("没有这个环节", "There is no such step"))
		}
		return key, nil
	}
	var active []string
	for _, step := range m.kase.Progress.Steps {
		if step.State == StepActive {
			active = append(active, step.ID)
		}
	}
	if m.kase.State == Submitted || len(active) == 0 {
		return "", nil
	}
	if len(active) > 1 {
		return "", models.NewProblem("REQUIRED", "stepId", models.T("请指明是哪一个环节", "Please say which step"))
	}
	return active[0], nil
}
