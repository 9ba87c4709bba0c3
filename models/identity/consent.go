package identity

import (
	"slices"

	"onewindow/models"
)

// PurposeBinding is the consent without which no identity is bound.
const PurposeBinding = "IDENTITY_BINDING"

// currentConsent is the version of the text that is shown now; an older one is not enough.
const currentConsent = "1"

// consentText gives what a person agreed to in one version. Versions are never removed: people may read what they agreed to.
func consentText(purpose, version string) models.Text {
	if purpose == PurposeBinding && version == "1" {
		return models.T(
			"为核验您的身份并办理您申请的事项，我们将您的姓名和公民身份号码提交给公安机关核验，并向您办事所涉及的部门查询您在该部门的登记标识和办事所需的基本信息（出生日期、性别、户籍地、居住地、家庭成员、优待类别）。信息加密保存，仅用于办理您的事项；您可以查看谁在何时因何查看过您的信息，并可随时撤回同意。",
			"To verify who you are and to handle what you apply for, we submit your name and identity number to the public security authority and ask the departments concerned for your registration with them and for the basic data that your matters need (date of birth, gender, place of registration, place of living, household, entitlements). The data is encrypted and used for your matters only; you can see who looked at it, when and why, and you can withdraw this consent at any time.")
	}
	return nil
}

func agreed(consents []ConsentInput) bool {
	return slices.Contains(consents, ConsentInput{Purpose: PurposeBinding, Version: currentConsent})
}
