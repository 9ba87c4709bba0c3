package casework

import (
	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/material"
)

// nextAction says who has to do what by when, from what the reader sees anyway.
func nextAction(a *Application, days *calendar.Calendar) *NextAction {
	switch a.State {
	case Draft:
		return nextForDraft(a)
	case Submitted:
		due := a.stored.acceptanceDue(a.Item, days)
		return &NextAction{
			Who: NextDepartment, Title: models.T("等待受理", "Waiting for acceptance"), Department: a.lead, DueAt: &due,
			Detail: phrase(models.T("{}将在{}前受理，或者一次性告知需要补正的全部内容", "{} will accept it by {}, or say once everything that is missing"),
				departmentName(a.lead), day(models.DateOf(due))),
		}
	case SupplementRequired:
		return nextForSupplement(a)
	case InReview:
		return nextInReview(a)
	case Approved:
		return &NextAction{
			Who: NextDepartment, Title: models.T("等待出证", "The result is being issued"), Department: a.Item.Lead, DueAt: a.DueAt,
			Detail: models.T("申请已批准，正在制作办理结果", "Approved; the result is being made"),
		}
	}
	return nextAfterTheEnd(a)
}

func nextForDraft(a *Application) *NextAction {
	if next := a.stored.Progress.Bundle.nextInBundle(); next != nil {
		return next
	}
	next := &NextAction{Who: NextApplicant, Title: models.T("请填写并提交申请", "Please fill in and hand in the application")}
	if len(a.Missing) > 0 {
		next.Detail = phrase(models.T("还需准备：{}", "Still needed: {}"), materialNames(a.Missing))
	} else if ending := a.ending(); len(ending) > 0 {
		next.Detail = phrase(models.T("办结前将到期，请换成新的：{}", "It ends before the decision is due; please replace it: {}"), materialNames(ending))
	}
	if a.ItemChange != nil {
		next.Detail = a.ItemChange.Message
	}
	return next
}

func nextForSupplement(a *Application) *NextAction {
	asked := []*material.RequirementView{}
	for _, row := range a.Missing {
		if row.Status.Open() {
			asked = append(asked, row)
		}
	}
	due := a.Supplement.DueAt
	if len(asked) == 0 {
		return &NextAction{
			Who: NextApplicant, Title: models.T("请确认补正已交齐", "Please confirm that everything is in"), DueAt: &due,
			Detail: phrase(models.T("要求补正的材料都已上传，请在{}前确认提交补正", "All that was asked for is there; confirm by {}"), day(models.DateOf(due))),
		}
	}
	return &NextAction{
		Who: NextApplicant, Title: models.T("请补交材料", "Please hand in what is missing"), DueAt: &due,
		Detail: phrase(models.T("请在{}前补交：{}", "By {}: {}"), day(models.DateOf(due)), materialNames(asked)),
	}
}

// nextInReview names the step that is due first; the applicant only where nobody else is at work.
func nextInReview(a *Application) *NextAction {
	var first *Step
	for _, step := range a.Steps {
		if step.State != StepActive && step.State != StepSuspended {
			continue
		}
		if first == nil || (first.State == StepSuspended && step.State == StepActive) ||
			(first.State == step.State && step.DueAt != nil && first.DueAt != nil && step.DueAt.Before(*first.DueAt)) {
			first = step
		}
	}
	if first == nil {
		return &NextAction{Who: NextDepartment, Title: models.T("审核办理中", "In review"), Department: a.Item.Lead, DueAt: a.DueAt}
	}
	next := &NextAction{
		Who: NextDepartment, Department: first.Department, DueAt: first.DueAt,
		Title: phrase(models.T("{}正在办理“{}”", "{} is working on “{}”"), departmentName(first.Department), first.Name),
	}
	if first.withArbiter {
		next.Title = phrase(models.T("正在裁定由哪个部门办理“{}”", "It is being decided which department handles “{}”"), first.Name)
	}
	if first.State == StepSuspended {
		next.Title = phrase(models.T("{}的“{}”处于特别程序", "{}: “{}” is in a special procedure"), departmentName(first.Department), first.Name)
		next.DueAt = nil
	}
	if late := a.lateDeferred(); len(late) > 0 {
		return &NextAction{
			Who: NextApplicant, Title: models.T("请补交逾期的容缺材料", "Please hand in the deferred documents: they are late"), DueAt: late[0].DueAt,
			Detail: phrase(models.T("{}尚未补交，补交之前不能办结。{}", "{} has not come; the application cannot be completed before. {}"), materialNames(late), next.Title),
		}
	}
	if len(a.Missing) > 0 {
		next.Detail = phrase(models.T("另请及时补齐容缺材料：{}", "Please also hand in what was deferred: {}"), materialNames(a.Missing))
	}
	return next
}

func nextAfterTheEnd(a *Application) *NextAction {
	next := &NextAction{Who: NextNobody, Title: StateLabel(a.State)}
	switch a.State {
	case Completed:
		next.Detail = models.T("办理结果已存入您的电子卡包", "The result is in your wallet")
		if a.Rating == nil {
			next.Detail = models.T("办理结果已存入您的电子卡包，欢迎对本次服务评价", "The result is in your wallet; you are welcome to rate this service")
		}
	case Rejected:
		next.Detail = a.appeal
		if a.RightOffice != nil {
			next.Title = models.T("本部门无权办理", "Another department is competent")
			next.Detail = phrase(models.T("{}{}", "{} {}"), rightOffice(a.RightOffice, a.cityItems), a.appeal)
			next.Department = a.RightOffice
		}
	case Lapsed, Withdrawn:
		next.Detail = models.T("您可以用已填写的内容和材料重新申请", "You can apply again from what you have filled in and handed in")
	}
	return next
}

// ending are the papers that end before the decision is due.
func (a *Application) ending() (ending []*material.RequirementView) {
	for _, row := range a.Checklist {
		if row.RenewBy != nil {
			ending = append(ending, row)
		}
	}
	return ending
}

// lateDeferred are the deferred materials whose date has passed.
func (a *Application) lateDeferred() (late []*material.RequirementView) {
	for _, row := range a.Missing {
		if row.Status == material.Deferred && row.DueAt != nil && row.DueAt.Before(a.seenAt) {
			late = append(late, row)
		}
	}
	return late
}
