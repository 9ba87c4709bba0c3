package catalogue

import "onewindow/models"

// CheckAnswer looks at one answer by itself, whether its question is asked at present or not: its one spelling, to be
// stored, or what is wrong with it.
func (i *Item) CheckAnswer(key, text string, today models.Date) (string, *models.Problem) {
	field, found := i.Field(key)
	if !found {
		return "", models.NewProblem("UNKNOWN_FIELD", key, models.T("表单中没有这一项", "The form has no such question"))
	}
	parsed, problem := field.parse(text, today)
	if problem != nil || parsed == nil {
		return "", problem
	}
	return parsed.text, nil
}
