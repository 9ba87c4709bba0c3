package casework

import (
	"context"

	"onewindow/models"
	"onewindow/models/catalogue"
	"onewindow/models/delegation"
	"onewindow/models/material"
	"onewindow/models/store"
)

// Notice-and-commitment: a promise stands for a paper, with the text that was agreed to. It counts as met at submission and is
// checked afterwards.

// Commit promises in place of papers. All of the requirements are taken, or none.
func (s *Service) Commit(
	ctx context.Context, actor models.Actor, id models.ID, requirementIDs []string, version string,
) (*Application, []*models.Problem, error) {
	keys, err := requirementKeys(id, requirementIDs)
	if err != nil {
		return nil, nil, err
	}
	if len(keys) == 0 {
		return nil, []*models.Problem{models.NewProblem("REQUIRED", "requirementIds", models.T("请选择要承诺的材料", "Please choose what you commit to"))}, nil
	}
	c, problems, err := s.change(ctx, actor, id, s.mine(ctx, actor, delegation.Submit), func(tx *store.Tx, m *move) ([]*models.Problem, error) {
		if err := s.bringForwardIn(tx, m); err != nil {
			return nil, err
		}
		problems, err := m.commit(keys, version, func() (bool, error) { return s.records.hasBrokenPromise(tx, m.kase.ApplicantID) })
		if err != nil || len(problems) > 0 {
			return problems, err
		}
		return nil, s.afterMeeting(tx, m)
	})
	return s.answer(ctx, c, problems, err)
}

func requirementKeys(application models.ID, requirementIDs []string) ([]string, error) {
	keys := make([]string, len(requirementIDs))
	for i, requirement := range requirementIDs {
		key, found := requirementKey(application, requirement)
		if !found {
			return nil, models.NotFound()
		}
		keys[i] = key
	}
	return keys, nil
}

// commit keeps who agreed to which text, and when. Whoever broke a promise makes no further ones until it is repaired.
func (m *move) commit(keys []string, version string, broke func() (bool, error)) ([]*models.Problem, error) {
	if _, err := permit(m.kase.State, ActionEdit); err != nil {
		return nil, err
	}
	var problems []*models.Problem
	var names []models.Text
	for _, key := range keys {
		requirement := m.kase.Requirement(key)
		definition, defined := m.item.Material(key)
		if requirement == nil || !defined {
			return nil, models.NotFound()
		}
		names = append(names, definition.Material.Name)
		if problem := notPromisable(requirement, definition, version); problem != nil {
			problems = append(problems, problem)
		}
	}
	if len(problems) > 0 {
		return problems, nil
	}
	if untrusted, err := broke(); err != nil || untrusted {
		return []*models.Problem{models.NewProblem("COMMITMENT_BARRED", "", models.T(
			"您此前有未履行的承诺，修复之前不能再适用告知承诺，请提交材料", "An earlier promise was not kept; until that is repaired please hand in the documents"))}, err
	}
	for _, key := range keys {
		requirement := m.kase.Requirement(key)
		requirement.Status, requirement.Way, requirement.Reason = material.Committed, material.Committed, nil
		requirement.DocumentID, requirement.Trust = "", ""
		requirement.Commitment = &material.Commitment{Version: version, At: m.now, ByID: m.actor.PersonID()}
	}
	m.happened(EventCommitted, phrase(models.T("承诺代替材料：{}", "Committed instead of handing in: {}"), list(names)),
		phrase(models.T("承诺书版本：{}", "Version of the text: {}"), plain(version)))
	return nil, nil
}

// notPromisable says why a promise cannot stand for a requirement; nil: it can.
func notPromisable(requirement *material.Requirement, definition *catalogue.ItemMaterial, version string) *models.Problem {
	promise := definition.Promise()
	switch {
	case promise == nil:
		return models.NewProblem("NOT_OFFERED", "requirementIds", phrase(models.T(
			"“{}”不适用告知承诺，请提交材料", "“{}” cannot be replaced by a commitment; please hand it in"), definition.Material.Name))
	case requirement.Status == material.NotNeeded:
		return models.NewProblem("NOT_NEEDED", "requirementIds", phrase(models.T("现在不需要“{}”", "“{}” is not needed"), definition.Material.Name))
	case promise.Version != version:
		return models.NewProblem("TEXT_CHANGED", "textVersion", phrase(models.T(
			"承诺书内容与您看到的不一致，请阅读现行文本（版本{}）后重新确认：{}", "The text differs from the one you saw; please read the present one (version {}) and agree again: {}"),
			plain(promise.Version), promise.Text))
	}
	return nil
}

// CommitmentOutcome is what a check of a promise found.
type CommitmentOutcome string

// KEPT; BROKEN: what was promised is not so; REPAIRED: it was broken and has been put right.
const (
	CommitmentKept     CommitmentOutcome = "KEPT"
	CommitmentBroken   CommitmentOutcome = "BROKEN"
	CommitmentRepaired CommitmentOutcome = "REPAIRED"
)

// CheckInput is the check of one promise.
type CheckInput struct {
	ApplicationID  models.ID
	RequirementID  string
	Outcome        CommitmentOutcome
	Note           string
	IdempotencyKey string
}

// CheckCommitment records what a check of a promise found. The lead department's staff check.
func (s *Service) CheckCommitment(ctx context.Context, actor models.Actor, input CheckInput) (*Application, []*models.Problem, error) {
	key, found := requirementKey(input.ApplicationID, input.RequirementID)
	if !found {
		return nil, nil, models.NotFound()
	}
	if problem := tooLong("note", input.Note); problem != nil {
		return nil, []*models.Problem{problem}, nil
	}
	if input.Note == "" && input.Outcome != CommitmentKept {
		return nil, []*models.Problem{models.NewProblem("REQUIRED", "note", models.T("请写明核查情况", "Please say what the check found"))}, nil
	}
	request := store.Request{ActorID: actor.ID, Operation: "checkCommitment", Key: input.IdempotencyKey, Input: input}
	return s.once(ctx, actor, request, input.ApplicationID, s.checker(actor), func(tx *store.Tx, m *move) ([]*models.Problem, error) {
		if err := m.checkCommitment(key, input.Outcome, input.Note); err != nil {
			return nil, err
		}
		return nil, s.records.keepPromise(tx, m.kase.ID, key, m.kase.Requirement(key).Commitment.ByID, input.Outcome)
	})
}

// checker lets the lead department's reviewers and approvers act.
func (s *Service) checker(actor models.Actor) func(*store.Tx, *Case) error {
	return func(_ *store.Tx, c *Case) error {
		if !sees(actor, c) {
			return models.NotFound()
		}
		if !actor.Has(models.Reviewer, models.Approver) || actor.DepartmentCode != c.Lead {
			return models.NotAllowed()
		}
		return nil
	}
}

// checkCommitment keeps the outcome and its consequence: a broken promise calls for the paper itself while the case is open,
// and bars its giver from further ones until it is repaired.
func (m *move) checkCommitment(key string, outcome CommitmentOutcome, note string) error {
	row, err := permit(m.kase.State, ActionCheckCommitment)
	if err != nil {
		return err
	}
	requirement := m.kase.Requirement(key)
	if requirement == nil || requirement.Commitment == nil {
		return models.NotFound()
	}
	commitment := *requirement.Commitment
	known := CommitmentOutcome(commitment.Outcome)
	if (known != "" || outcome == CommitmentRepaired) && (known != CommitmentBroken || outcome != CommitmentRepaired) {
		return models.Conflict(models.T("这项承诺已经核查过", "This commitment has been checked already"), string(known))
	}
	commitment.Outcome, commitment.CheckedAt = string(outcome), &m.now
	requirement.Commitment = &commitment
	m.kase.enter(row, m.kase.State)
	name := m.materialName(key)
	switch outcome {
	case CommitmentKept:
		m.happened(EventCommitmentChecked, phrase(models.T("承诺已核查：{}，情况属实", "Commitment checked: {}; it holds"), name), plain(note))
	case CommitmentRepaired:
		m.happened(EventCommitmentChecked, phrase(models.T("承诺已补正：{}", "Commitment repaired: {}"), name),
			phrase(models.T("{}。您可以再次适用告知承诺。", "{}. You may commit again."), plain(note)))
	default:
		m.brokenPromise(requirement, name, note)
	}
	return nil
}

func (m *move) brokenPromise(requirement *material.Requirement, name models.Text, note string) {
	consequence := models.T("修复之前不能再适用告知承诺，请尽快联系承办部门改正。", "Until it is repaired you cannot commit again; please put it right with the department soon.")
	if !m.kase.State.Final() && m.kase.State != Approved {
		due := (m.today() + models.Date(m.item.SupplementCalendarDays)).End()
		requirement.Status, requirement.DueAt, requirement.Reason = material.Deferred, &due, plain(note)
		consequence = phrase(models.T("请在{}前补交该材料，补交之前不能办结；修复之前不能再适用告知承诺。",
			"Please hand the document in by {}; the application cannot be completed before. Until it is repaired you cannot commit again."), day(models.DateOf(due)))
	}
	m.happened(EventCommitmentBroken, phrase(models.T("承诺与实际不符：{}", "A commitment does not hold: {}"), name),
		phrase(models.T("{}。{}", "{}. {}"), plain(note), consequence))
}

// commitmentTask is the check that follows acceptance, one for all promises of a case.
func (m *move) commitmentTask(c *Case) (task plannedTask, promised bool) {
	open := false
	for _, requirement := range c.Progress.Requirements {
		if requirement.Commitment != nil {
			promised = true
			open = open || requirement.Commitment.Outcome == ""
		}
	}
	if !promised || c.AcceptedAt == nil {
		return task, false
	}
	task = m.laterTask(c, TaskCommitment, "", models.Reviewer, *c.AcceptedAt, m.settings.CommitmentDays)
	if !open {
		task.state = TaskDone
	}
	return task, true
}
