package material

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"onewindow/models"
)

const longestNumber = 64 // characters; the longest certificate numbers in use have about 40

// oldestIssue is the first day from which a paper can be: identity papers of people who live today.
var oldestIssue = models.NewDate(1900, 1, 1)

// ExpiryOf gives the last day of validity: the one that was named, else the issue day plus the dictionary's months, as the
// Civil Code (Article 202) counts them: the same day of the last month, or that month's last day; nil: it does not expire
// or nobody knows.
func ExpiryOf(issuedOn, expiresOn *models.Date, validForMonths int) *models.Date {
	if expiresOn != nil || issuedOn == nil || validForMonths <= 0 {
		return expiresOn
	}
	last := issuedOn.AddMonths(validForMonths)
	return &last
}

// checkDates tells what is implausible about the dates that a person typed; expiresOn is the last day of validity, and
// named tells that the person gave it.
func checkDates(issuedOn, expiresOn *models.Date, named bool, today models.Date) []*models.Problem {
	var problems []*models.Problem
	if issuedOn != nil && (*issuedOn > today || *issuedOn < oldestIssue) {
		problems = append(problems, models.NewProblem("FORMAT", "issuedOn",
			models.T("签发日期应在1900年至今天之间", "The issue date must lie between 1900 and today")))
	}
	if issuedOn != nil && expiresOn != nil && *expiresOn < *issuedOn {
		return append(problems, models.NewProblem("FORMAT", "expiresOn",
			models.T("有效期截止日应晚于签发日期", "The expiry date must be after the issue date")))
	}
	if expiresOn != nil && *expiresOn < today {
		field := "issuedOn"
		if named {
			field = "expiresOn"
		}
		problems = append(problems, expired(field, *expiresOn))
	}
	return problems
}

// cleanNumber gives a document's number in its normal form: trimmed, NFC, nothing that does not print.
func cleanNumber(number string) (string, *models.Problem) {
	number = strings.TrimSpace(norm.NFC.String(number))
	printable := utf8.ValidString(number) && !strings.ContainsFunc(number, func(r rune) bool { return !unicode.IsPrint(r) })
	if !printable || utf8.RuneCountInString(number) > longestNumber {
		return "", models.NewProblem("FORMAT", "number",
			models.T("证照编号格式不正确，最多64个字符", "The document number is not well-formed; at most 64 characters"))
	}
	return number, nil
}
