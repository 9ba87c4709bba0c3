package casework

import (
	"context"
	"slices"

	"onewindow/models"
	"onewindow/models/audit"
	"onewindow/models/catalogue"
	"onewindow/models/delegation"
	"onewindow/models/store"
)

// mine lets the applicant, the subject and the subject's guardian act, and of those who hold a delegation whoever was given the
// power that the act takes; without one named, nobody by a delegation.
func (s *Service) mine(ctx context.Context, actor models.Actor, power ...delegation.Power) func(*store.Tx, *Case) error {
	return func(tx *store.Tx, c *Case) error {
		refused := s.checkOwner(ctx, actor, c)
		if refused == nil || s.Delegations == nil || !actor.MayBeDelegate() {
			return refused
		}
		standing, err := s.Delegations.Acting(ctx, tx, actor.ID, c.SubjectID, c.ItemCode)
		if err != nil {
			return err
		}
		for _, wanted := range power {
			if c.acting = standing.By(wanted); c.acting != nil {
				return nil
			}
		}
		if showsTo(standing.Powers(), c.State) {
			return models.NotAllowed()
		}
		return refused
	}
}

// byVolunteer tells whether a case is acted on with a volunteer's power.
func (c *Case) byVolunteer() bool { return c.acting != nil && c.acting.Kind == delegation.Helper }

// showsTo tells whether a delegate sees an application: whoever may follow it always, whoever fills in or hands in while there
// is something to fill in or hand in.
func showsTo(powers []delegation.Power, state State) bool {
	if slices.Contains(powers, delegation.Track) {
		return true
	}
	return len(powers) > 0 && (state == Draft || state == SupplementRequired)
}

// The words between and before the names of those who act for somebody.
const (
	actingFor   = " 代 "
	byVolunteer = "（志愿者）"
)

// namesOf are both names where a resident acts in what is neither about nor by that resident: masked, as the timeline shows
// them, and of a volunteer that it is one.
func (s *Service) namesOf(ctx context.Context, actor models.Actor, c *Case) (string, error) {
	if !actor.MayBeDelegate() || actor.ID == c.SubjectID || actor.ID == c.ApplicantID {
		return "", nil
	}
	people, err := s.Residents.ByIDs(ctx, []models.ID{actor.ID, c.SubjectID})
	if err != nil || people[actor.ID] == nil || people[c.SubjectID] == nil {
		return "", err
	}
	helper := people[actor.ID].DisplayName()
	if c.byVolunteer() {
		helper = volunteerAt(helper, c.acting.ServicePoint)
	}
	return helper + actingFor + people[c.SubjectID].DisplayName(), nil
}

// volunteerAt names a volunteer with the service point.
func volunteerAt(name string, point *delegation.ServicePoint) string {
	if point == nil {
		return byVolunteer + name
	}
	return byVolunteer + name + "（" + point.Name + "）"
}

// recordHelp tells the subject in the access log that somebody looked at a case by a delegation.
func (s *Service) recordHelp(ctx context.Context, actor models.Actor, standing delegation.Standing, cases ...*Case) error {
	if len(cases) == 0 {
		return nil
	}
	purposes, err := s.lookPurposes(ctx, actor, standing, cases)
	if err != nil {
		return err
	}
	records := make([]audit.Record, len(cases))
	for i, c := range cases {
		records[i] = helpRecord(actor, standing.Help(), c, purposes[i], "application")
	}
	return s.Store.InTx(ctx, func(tx *store.Tx) error { return s.Audit.RecordAll(tx, records) })
}

// lookPurposes say of each case why somebody looks at it; of a volunteer who it is, and for which service point.
func (s *Service) lookPurposes(ctx context.Context, actor models.Actor, standing delegation.Standing, cases []*Case) ([]models.Text, error) {
	purposes := slices.Repeat([]models.Text{models.T("查看代办的申请", "looking at an application as a delegate")}, len(cases))
	if !standing.Help() {
		return purposes, nil
	}
	helper, err := s.Residents.ByID(ctx, actor.ID)
	if err != nil {
		return nil, err
	}
	for i, c := range cases {
		var point *delegation.ServicePoint
		if by := slices.IndexFunc(standing, func(one *delegation.Delegation) bool { return one.GrantorID == c.SubjectID }); by >= 0 {
			point = standing[by].ServicePoint
		}
		who := volunteerAt(helper.DisplayName(), point)
		purposes[i] = models.T(who+"查看代办的申请", asEnglish(who)+" looking at an application as a volunteer")
	}
	return purposes, nil
}

func helpRecord(actor models.Actor, volunteer bool, c *Case, purpose models.Text, fields ...string) audit.Record {
	record := audit.Record{
		SubjectID: c.SubjectID, ActorID: actor.ID, Actor: audit.Actor{Role: audit.Delegate}, Purpose: purpose, Fields: fields, ApplicationID: c.ID,
	}
	if volunteer {
		record.Actor.Role = audit.Volunteer
	}
	return record
}

// ownKey tells which answers are the person's own to give: where money is paid or taken from, and the phone on which a
// department calls back. Nobody by a delegation changes them.
func ownKey(field *catalogue.Field) bool {
	return field.Type == catalogue.BankAccountField || field.Key == "bank_account" || field.Key == "pay_to" || field.Prefill == prefillPhone
}

// prefillPhone is how an item asks for the phone of the account.
const prefillPhone = "phone"

// guarded are the keys of an item that the actor of this move may not answer; nil: none.
func (m *move) guarded() map[string]*catalogue.Field {
	if m.kase.acting == nil {
		return nil
	}
	keys := map[string]*catalogue.Field{}
	for _, field := range m.item.Form {
		if ownKey(field) {
			keys[field.Key] = field
		}
	}
	return keys
}

// ownOnly says that an answer is the person's own to give.
func ownOnly(field *catalogue.Field) *models.Problem {
	return models.NewProblem("PERSON_ONLY", field.Key, phrase(models.T(
		"“{}”只能由本人或监护人填写，代办人不能填写或修改", "“{}” can be answered by the person or a guardian alone, not by who acts for them"), field.Label))
}

// withoutOwn takes out of what a delegate saves the answers that are not theirs to give. One that says what stands there already,
// also masked as a delegate sees it, is no change.
func (m *move) withoutOwn(answers []*AnswerInput) (kept []*AnswerInput, problems []*models.Problem) {
	guarded := m.guarded()
	for _, answer := range answers {
		field := guarded[answer.Key]
		given := ""
		if answer.Value != nil {
			given = *answer.Value
		}
		stands := m.kase.Answers[answer.Key].Value
		switch {
		case m.kase.acting != nil && stands != "" && given == m.shownToDelegate(answer.Key, stands):
		case field == nil:
			kept = append(kept, answer)
		case given != stands:
			problems = append(problems, ownOnly(field))
		}
	}
	return kept, problems
}

// shownToDelegate is an answer as a delegate sees it.
func (m *move) shownToDelegate(key, value string) string {
	for _, field := range m.item.Form {
		if field.Key == key {
			return maskedForDelegate(field, value)
		}
	}
	return value
}

func maskedForDelegate(field *catalogue.Field, value string) string {
	if field.Type == catalogue.BankAccountField || field.Key == "bank_account" {
		return masked(catalogue.BankAccountField, value)
	}
	return masked(field.Type, value)
}

// forDelegate says of the problems of a submission which ones the person alone can mend.
func (m *move) forDelegate(problems []*models.Problem) []*models.Problem {
	guarded := m.guarded()
	for i, problem := range problems {
		if problem.Field != nil && guarded[*problem.Field] != nil {
			problems[i] = ownOnly(guarded[*problem.Field])
		}
	}
	return problems
}
