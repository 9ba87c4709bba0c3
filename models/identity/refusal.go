package identity

import "onewindow/models"

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
