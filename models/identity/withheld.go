package identity

import "onewindow/models"

// Withheld is ErrNoConsent with the purpose that somebody did not agree to.
type Withheld struct {
	Purpose string
	// ForMinor: it is about a minor for whom the applicant, a guardian, decides.
	ForMinor bool
	// ByAnother: it is about somebody who decides alone, and is not the applicant.
	ByAnother bool
}

// Error names the purpose.
func (w *Withheld) Error() string { return ErrNoConsent.Error() + ": " + w.Purpose }

// Is makes it ErrNoConsent.
func (w *Withheld) Is(target error) bool { return target == ErrNoConsent }

// ToHelper tells somebody who acts for the person the same.
func ToHelper() models.Text {
	return models.T(
		"这些材料由本人决定是否调取，而本人没有同意。请自行上传材料，或由本人用自己的账号同意后再获取",
		"The person decides whether departments are asked for these papers, and has not agreed. Please upload them, or have the person agree with their own account and fetch them")
}

// Words tell the applicant what follows and what to do.
func (w *Withheld) Words() models.Text {
	switch {
	case w.ByAnother:
		return ToHelper()
	case w.Purpose == PurposeMinor:
		return models.T(
			"监护人已拒绝就该未成年人向部门查询。请自行上传材料，或由监护人重新同意“为被监护的未成年人查询”后再获取",
			"A guardian refused that departments are asked about this minor. Please upload the papers, or have a guardian agree to “asking about a minor in your care” again and fetch them")
	case w.Purpose == PurposeSensitive && w.ForMinor:
		return models.T(
			"监护人已拒绝向部门调取该未成年人的敏感材料。请自行上传这些材料，或由监护人重新同意“向部门调取敏感材料”后再获取",
			"A guardian refused that departments are asked for this minor's sensitive papers. Please upload them, or have a guardian agree to “asking departments for sensitive papers” again and fetch them")
	case w.Purpose == PurposeSensitive:
		return models.T(
			"您已拒绝向部门调取敏感材料。请自行上传这些材料，或重新同意“向部门调取敏感材料”后再获取",
			"You refused that departments are asked for sensitive papers. Please upload them yourself, or agree to “asking departments for sensitive papers” again and fetch them")
	case w.ForMinor:
		return models.T(
			"没有您对“身份核验与向部门查询”现行告知的同意，我们也不就您监护的未成年人向部门查询。请自行上传材料，或重新同意后再获取",
			"Without your consent to the present notice on “proving who you are, and asking departments”, departments are not asked about minors in your care either. Please upload the papers yourself, or agree again and fetch them")
	}
	return models.T(
		"没有您对“身份核验与向部门查询”现行告知的同意，我们不向部门查询。请自行上传材料，或重新同意后再获取",
		"Without your consent to the present notice on “proving who you are, and asking departments”, departments are not asked. Please upload the papers yourself, or agree again and fetch them")
}
