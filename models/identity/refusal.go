package identity

import (
	"onewindow/models"
	"onewindow/models/resident"
)

// The refusals of a binding. PROOF_REQUIRED is one wording for an unknown number, a name that does not fit, another
// phone and a number that is bound already, so that nothing can be learned by asking.

func proofRequired() []*models.Problem {
	return []*models.Problem{models.NewProblem("PROOF_REQUIRED", "", models.T(
		"仅凭这些信息还不能确认是您本人。请核对姓名和号码，并通过人脸核验或到服务窗口确认身份后再试",
		"This is not enough yet to confirm that it is you. Please check the name and number, and confirm your identity by a face check or at a service window"))}
}

func authorityUnavailable() []*models.Problem {
	return []*models.Problem{models.NewProblem("AUTHORITY_UNAVAILABLE", "", models.T(
		"身份核验系统暂时没有响应，您的信息没有变动，请稍后再试", "The identity register does not answer at the moment; nothing was changed, please try again later"))}
}

// boundAsAnother: this account already belongs to another person.
func boundAsAnother() []*models.Problem {
	return []*models.Problem{models.NewProblem("ALREADY_BOUND", "", models.T(
		"此账号已绑定另一身份，如有疑问请到服务窗口咨询", "This account is bound to another identity; please ask at a service window if that is wrong"))}
}

// mayDecide tells what keeps somebody from saying yes or no to a purpose.
func mayDecide(purpose *Purpose, person *resident.Resident, byGuardian bool, today models.Date) []*models.Problem {
	problem := func(code, field, chinese, english string) []*models.Problem {
		return []*models.Problem{models.NewProblem(code, field, models.T(chinese, english))}
	}
	switch {
	case purpose == nil:
		return problem("UNKNOWN", "purpose", "没有这项用途", "There is no such purpose")
	case purpose.Giver == NobodyHasToAgree:
		return lawBased(purpose)
	case byGuardian && purpose.Giver == OnlySelf:
		return problem("NOT_ELIGIBLE", "onBehalfOf", "这项同意只能由本人作出", "Only the person can agree to this or withdraw it")
	case byGuardian && !purpose.guardianCounts(person, today):
		return problem("NOT_ELIGIBLE", "onBehalfOf", "这项同意由未成年人本人用自己的账号决定", "The young person decides about this with an account of their own")
	case byGuardian:
		return nil
	case purpose.Giver == OnlyGuardian:
		return problem("REQUIRED", "onBehalfOf", "请说明是哪个孩子", "Please say for which child")
	case !person.Bound():
		return problem("IDENTITY_REQUIRED", "", "请先完成实名认证", "Please prove your identity first")
	}
	return nil
}

// lawBased: the purpose rests on the law, which is named.
func lawBased(purpose *Purpose) []*models.Problem {
	return []*models.Problem{models.NewProblem("LAW_BASED", "purpose", models.T(
		purpose.Effect[models.Chinese]+"依据："+purpose.Citation[models.Chinese],
		purpose.Effect[models.English]+" Basis: "+purpose.Citation[models.English]))}
}

// otherVersion: the person saw a text that is not the present one.
func otherVersion(purpose *Purpose) []*models.Problem {
	current := purpose.Current()
	return []*models.Problem{models.NewProblem("CONSENT_REQUIRED", "version", models.T(
		"请阅读并同意“"+purpose.Name[models.Chinese]+"”的现行告知内容（版本 "+current.Version+"）",
		"Please read and agree to the present notice on “"+purpose.Name[models.English]+"” (version "+current.Version+")"))}
}

func tooOften() []*models.Problem {
	return []*models.Problem{models.NewProblem("TOO_MANY", "purpose", models.T(
		"您今天已多次更改这项同意，请明天再试", "You changed your mind about this many times today; please go on tomorrow"))}
}

func neverGiven() []*models.Problem {
	return []*models.Problem{models.NewProblem("UNKNOWN", "purpose", models.T("您没有给过这项同意", "You have not given this consent"))}
}
