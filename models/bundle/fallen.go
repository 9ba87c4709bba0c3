package bundle

import (
	"slices"

	"onewindow/models"
	"onewindow/models/casework"
	"onewindow/models/catalogue"
)

// fallen tells why a draft does not take part as things stand; nil: it does. blocked: because of what became of another.
func (p *pass) fallen(member *casework.Member, awaits map[string]string) (why *casework.Fallen, blocked bool) {
	state := member.State()
	if p.offered != nil && p.offered.Takes(member.Item().Code, p.sharedAnswers(), member.Facts()) == catalogue.False {
		return doesNotApply(), false
	}
	if unmet := state.UnmetConditions(); len(unmet) > 0 {
		return unmetReason(unmet[0].Condition), false
	}
	return p.pathBlocked(member, awaits)
}

func doesNotApply() *casework.Fallen {
	return &casework.Fallen{
		Reason: models.T("按已知情况，这一项不适用于您", "By what is known, this one does not apply to you"),
		Remedy: models.T("如情况有变，修改相应的回答后会自动恢复", "If that changes, correct the answer and it comes back by itself"),
	}
}

func unmetReason(condition *catalogue.Condition) *casework.Fallen {
	return &casework.Fallen{Reason: both(models.T("不符合条件：", "Not met: "), condition.Text), Remedy: condition.Remedy}
}

// pathBlocked: something that it cannot do without would have come from a member that issues nothing any more.
func (p *pass) pathBlocked(member *casework.Member, awaits map[string]string) (*casework.Fallen, bool) {
	for _, before := range p.row.Plan.before(member.Item().Code) {
		if p.standing(before.Item) != gone {
			continue
		}
		for _, requirement := range member.Case().Progress.Requirements {
			definition, found := member.Item().Material(requirement.Key)
			if !found || definition.Deferrable || !requirement.Status.Open() || awaits[requirement.Key] != "" ||
				!slices.Contains(before.Issues, requirement.Material) {
				continue
			}
			paper := quoted(definition.Material.Name)
			return &casework.Fallen{
				Reason: both(quoted(before.Name), p.whyGone(before), models.T("，没有它出具的", ", so there is no "), paper),
				Remedy: both(models.T("如果您已有", "If you have "), paper, models.T("，上传后就可以提交这一项；否则请先另行办理", ", hand it in here and go on; otherwise apply first for "), quoted(before.Name)),
			}, true
		}
	}
	return nil, false
}

func (p *pass) whyGone(before *plannedMember) models.Text {
	if member := p.members[before.Item]; member != nil {
		switch member.Case().State {
		case casework.Rejected:
			return models.T("没有获得批准", " was not approved")
		case casework.Withdrawn:
			return models.T("已撤回", " was withdrawn")
		case casework.Lapsed:
			return models.T("逾期未补正，已终止", " ended because documents did not come in time")
		}
	}
	return models.T("不在本次办理之列", " is not part of this")
}

// sharedAnswers are the answers that the bundle's own rules see.
func (p *pass) sharedAnswers() map[string]string {
	answers := map[string]string{}
	for _, member := range p.ordered() {
		for _, key := range p.row.Plan.Shared {
			if answer, given := member.Case().Answers[key]; given && answers[key] == "" {
				answers[key] = answer.Value
			}
		}
	}
	return answers
}

// lacking names what is still to come from the applicant before a draft can be handed in: not what results will bring.
func (p *pass) lacking(member *casework.Member, part casework.Part) []models.Text {
	coming := map[string]bool{}
	for _, before := range p.row.Plan.before(member.Item().Code) {
		if p.standing(before.Item) == pending {
			for _, code := range before.Issues {
				coming[numberKey(code)] = true
			}
		}
	}
	var names []models.Text
	for _, problem := range member.Problems() {
		name := p.nameOf(member, problem)
		if name == nil || (problem.Field != nil && (coming[*problem.Field] || part.Awaits[*problem.Field] != "")) {
			continue
		}
		if !slices.ContainsFunc(names, func(known models.Text) bool { return sameText(known, name) }) {
			names = append(names, name)
		}
	}
	return names
}

// nameOf names the question or the paper that a problem is about; nil where it is neither.
func (p *pass) nameOf(member *casework.Member, problem *models.Problem) models.Text {
	if problem.Field == nil {
		switch problem.Code {
		case "IDENTITY_REQUIRED":
			return models.T("实名认证", "proof of identity")
		case casework.CodeItemChanged:
			return models.T("核对更新后的要求", "a look at what has changed in the service")
		}
		return nil
	}
	if field, found := member.Item().Field(*problem.Field); found {
		return field.Label
	}
	if definition, found := member.Item().Material(*problem.Field); found {
		return definition.Material.Name
	}
	return nil
}

// handIns hands in by the house what the applicant wished to and what is at its turn and complete.
func (p *pass) handIns() error {
	for _, member := range p.ordered() {
		code := member.Item().Code
		part := member.Part()
		released := p.released[code]
		delete(p.released, code)
		if member.Case().State != casework.Draft || part.Wish == casework.NoWish || part.Fallen != nil || len(part.Waits) > 0 {
			continue
		}
		if part.Wish != casework.WishExplicit && !released && p.actor.Kind != models.System {
			continue // the applicant is at it: whoever goes on filling in says when it is finished
		}
		if len(member.Problems()) == 0 {
			if err := member.Submit(models.SystemActor()); err != nil {
				return err
			}
			continue
		}
		if released {
			member.Tell(casework.EventStillLacking, models.T("轮到这一项了，还差一点就能提交", "Its turn has come, but something is still missing"),
				join("还需补充：", "Still needed: ", part.Lacking), true)
		}
	}
	return nil
}

// outside tells why no application is begun for a member: it cannot be applied for now, or the person is known not to meet it
// whatever the answers; nil: one is.
func outside(b *catalogue.Bundle, item *catalogue.Item, facts catalogue.Facts, channel casework.Channel) *casework.Fallen {
	if closed := item.Closed(facts.Today); closed != nil {
		return &casework.Fallen{Reason: closed.Message}
	}
	if !item.Offers(string(channel)) {
		return &casework.Fallen{
			Reason: models.T("这一项不能通过这个渠道办理", "This one is not offered on this channel"),
			Remedy: models.T("请改用手机应用、小程序或到窗口办理", "Please use the app, the mini-program or a service window for it"),
		}
	}
	if b.Takes(item.Code, nil, facts) == catalogue.False {
		return doesNotApply()
	}
	if unmet := item.Evaluate(nil, facts).UnmetConditions(); len(unmet) > 0 {
		return unmetReason(unmet[0].Condition)
	}
	return nil
}
