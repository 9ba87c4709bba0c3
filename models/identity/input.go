package identity

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"onewindow/models"
	"onewindow/models/resident"
)

// Ages that decide who binds an identity.
const (
	ageOfMajority = resident.Majority
	// AgeOfOwnAccount is the age from which a person binds the own identity; personal information of younger children
	// is handled with a guardian only (Personal Information Protection Law, Article 31).
	AgeOfOwnAccount = 14
)

// longestName is the length of the longest name that is asked about, in characters.
const longestName = 60

// longestToken bounds the token of a proof, in bytes.
const longestToken = 4096

// Input is what a person states to have the identity bound.
type Input struct {
	Name       string
	NationalID string
	Proof      *Proof
	Consents   []ConsentInput
}

// Proof is a second proof of being the person.
type Proof struct {
	Kind  ProofKind
	Token string
}

// ConsentInput is what a person agrees to, in the version that was shown.
type ConsentInput struct {
	Purpose string
	Version string
}

// claim is a checked input: who somebody says to be.
type claim struct {
	name  models.PersonName
	id    models.NationalID
	proof *Proof
	// channel is what the caller's device runs, kept with the consent.
	channel string
}

// check reads an input. With problems nobody is asked.
func check(input Input, consent *Purpose, today models.Date) (claim, []*models.Problem) {
	var problems []*models.Problem
	if current := consent.Current().Version; !consent.agreed(input.Consents) {
		problems = append(problems, models.NewProblem("CONSENT_REQUIRED", "consents", models.T(
			"请先阅读并同意身份核验的告知内容（版本 "+current+"）", "Please read and agree to the notice on identity verification (version "+current+") first")))
	}
	name, fits := parseName(input.Name)
	switch {
	case strings.TrimSpace(input.Name) == "":
		problems = append(problems, models.NewProblem("REQUIRED", "name", models.T("请填写姓名", "Please give your name")))
	case !fits:
		problems = append(problems, models.NewProblem("FORMAT", "name", models.T(
			"姓名应为 1 到 60 个字，不含特殊字符", "A name has 1 to 60 characters and no special ones")))
	}
	id, err := models.ParseNationalID(input.NationalID, today)
	switch {
	case strings.TrimSpace(input.NationalID) == "":
		problems = append(problems, models.NewProblem("REQUIRED", "nationalId", models.T("请填写公民身份号码", "Please give your identity number")))
	case err != nil:
		problems = append(problems, models.NewProblem("FORMAT", "nationalId", models.T(
			"公民身份号码有误，请核对 18 位号码", "The identity number is not right, please check its 18 characters")))
	}
	if input.Proof != nil && (input.Proof.Token == "" || len(input.Proof.Token) > longestToken || !utf8.ValidString(input.Proof.Token)) {
		problems = append(problems, models.NewProblem("FORMAT", "proof", models.T("核验凭证有误，请重新核验", "The proof is not valid, please do it again")))
	}
	if len(problems) == 0 {
		problems = checkAge(id, today)
	}
	return claim{name: name, id: id, proof: input.Proof}, problems
}

func checkAge(id models.NationalID, today models.Date) []*models.Problem {
	birth, known := id.BirthDate()
	if !known || models.AgeOn(birth, today) >= AgeOfOwnAccount {
		return nil
	}
	return []*models.Problem{models.NewProblem("GUARDIAN_REQUIRED", "nationalId", models.T(
		"未满 14 周岁的未成年人由监护人代为办理，请监护人用自己的账号登录并绑定身份",
		"A guardian acts for children under 14: please have the guardian sign in and bind their own identity"))}
}

// dots are the ways in which people and keyboards write the dot of a name such as 阿凡提·买买提.
var dots = strings.NewReplacer("•", "·", "．", "·", "・", "·", "‧", "·", "∙", "·", "⋅", "·", "･", "·", ".", "·")

// parseName brings a name into the register's form: composed (NFC), common forms of fullwidth ones, one
// kind of dot and no spaces in a Chinese name.
func parseName(text string) (models.PersonName, bool) {
	if !utf8.ValidString(text) || len(text) > 10*longestName {
		return models.PersonName{}, false
	}
	name := strings.TrimSpace(models.Halfwidth(norm.NFC.String(text)))
	if strings.ContainsFunc(name, func(char rune) bool { return unicode.Is(unicode.Han, char) }) {
		name = strings.ReplaceAll(dots.Replace(name), " ", "")
	}
	count := utf8.RuneCountInString(name)
	return models.NewPersonName(name), count >= 1 && count <= longestName && !strings.ContainsFunc(name, unfit)
}

// unfit are characters that no name has: controls, invisible and direction marks, private ones, the replacement character.
func unfit(char rune) bool {
	return char == unicode.ReplacementChar || unicode.In(char, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp)
}
