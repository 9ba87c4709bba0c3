package catalogue

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"onewindow/models"
)

// The bounds of an answer that its field does not narrow itself.
const (
	longestText   = 500
	longestAnswer = 20_000
	mostDigits    = 15
	mostDecimals  = 6
	moneyDecimals = 2
)

// answer is a parsed answer: what rules see, and the one spelling in which it is kept.
type answer struct {
	value any
	text  string
}

// parse reads an answer. Nothing written gives nil without a problem; a problem never repeats what was written.
func (f *Field) parse(text string, today models.Date) (*answer, *models.Problem) {
	if len(text) > longestAnswer {
		return nil, f.problem("TOO_LONG", "内容过长", "Too long")
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, isForbidden) {
		return nil, f.problem("FORMAT", "含有不能使用的字符", "Contains characters that cannot be used")
	}
	text = strings.TrimSpace(norm.NFC.String(text))
	if text == "" {
		return nil, nil
	}
	parsed, problem := f.parseType(text, today)
	if problem != nil || parsed == nil {
		return nil, problem
	}
	if f.Pattern != nil && !f.Pattern.MatchString(parsed.text) {
		return nil, f.problem("FORMAT", "格式不符合要求", "Does not have the form that is asked for")
	}
	return parsed, nil
}

// isForbidden finds control characters and invisible ones that could make a text read otherwise than it is, such as
// bidirectional overrides. A line break is a plain part of a longer text.
func isForbidden(char rune) bool {
	return char != '\n' && (unicode.IsControl(char) || unicode.In(char, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp))
}

func (f *Field) problem(code, chinese, english string) *models.Problem {
	return models.NewProblem(code, f.Key, models.T(chinese, english))
}

func (f *Field) parseType(text string, today models.Date) (*answer, *models.Problem) {
	switch f.Type {
	case IntegerField:
		return f.parseInteger(text)
	case DecimalField:
		return f.parseDecimal(text, mostDecimals, "请填写数字，例如 12.5", "Give a number, such as 12.5")
	case MoneyField:
		return f.parseDecimal(text, moneyDecimals, "请填写金额（元），最多两位小数，例如 1200.00", "Give an amount in yuan with at most two decimals, such as 1200.00")
	case DateField:
		return f.parseDate(text)
	case BooleanField:
		if text != "true" && text != "false" {
			return nil, f.problem("FORMAT", "请选择是或者否", "Give true or false")
		}
		return &answer{text == "true", text}, nil
	case ChoiceField:
		if _, found := f.Choice(text); !found {
			return nil, f.problem("UNKNOWN_CHOICE", "请从给出的选项中选择", "Choose one of the given choices")
		}
		return &answer{text, text}, nil
	case RegionField:
		if !regionForm.MatchString(text) {
			return nil, f.problem("FORMAT", "请选择行政区划（六位代码）", "Give a division code of six digits")
		}
		return &answer{text, text}, nil
	case PhoneField:
		phone, err := models.ParsePhone(text)
		if err != nil {
			return nil, f.problem("FORMAT", "请填写正确的手机号码", "Give a valid phone number")
		}
		return &answer{phone.Reveal(), phone.Reveal()}, nil
	case NationalIDField:
		id, err := models.ParseNationalID(text, today)
		if err != nil {
			return nil, f.problem("FORMAT", "请填写正确的公民身份号码", "Give a valid identity number")
		}
		return &answer{id.Reveal(), id.Reveal()}, nil
	case BankAccountField:
		return f.parseBankAccount(text)
	case CreditCodeField:
		return f.parseCreditCode(text)
	case MultiChoiceField:
		return f.parseChoices(text)
	case GroupField:
		return f.parseGroup(text, today)
	}
	return f.parseText(text)
}

func (f *Field) parseText(text string) (*answer, *models.Problem) {
	length, most := float64(utf8.RuneCountInString(text)), float64(longestText)
	if f.Max != "" {
		most, _ = strconv.ParseFloat(f.Max, 64)
	}
	if length > most {
		return nil, f.problem("TOO_LONG", fmt.Sprintf("不能超过 %.0f 个字符", most), fmt.Sprintf("At most %.0f characters", most))
	}
	if least, err := strconv.ParseFloat(f.Min, 64); err == nil && length < least {
		return nil, f.problem("TOO_SHORT", "不能少于 "+f.Min+" 个字符", "At least "+f.Min+" characters")
	}
	return &answer{text, text}, nil
}

func (f *Field) parseInteger(text string) (*answer, *models.Problem) {
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil || len(text) > mostDigits || text[0] == '+' {
		return nil, f.problem("FORMAT", "请填写整数", "Give a whole number")
	}
	if problem := f.outOfRange(float64(number)); problem != nil {
		return nil, problem
	}
	return &answer{number, strconv.FormatInt(number, 10)}, nil
}

// parseDecimal takes digits with a point. The kept text comes from what was written, never from a binary fraction.
func (f *Field) parseDecimal(text string, decimals int, chinese, english string) (*answer, *models.Problem) {
	sign, digits := "", text
	if rest, isNegative := strings.CutPrefix(text, "-"); isNegative {
		sign, digits = "-", rest
	}
	whole, fraction, hasPoint := strings.Cut(digits, ".")
	if !isDigits(whole) || len(whole) > mostDigits || (hasPoint && !isDigits(fraction)) || len(fraction) > decimals {
		return nil, f.problem("FORMAT", chinese, english)
	}
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	if f.Type == MoneyField {
		fraction += strings.Repeat("0", moneyDecimals-len(fraction))
	} else {
		fraction = strings.TrimRight(fraction, "0")
	}
	kept := sign + whole
	if fraction != "" {
		kept += "." + fraction
	}
	number, err := strconv.ParseFloat(kept, 64)
	if err != nil {
		return nil, f.problem("FORMAT", chinese, english)
	}
	if f.Type == MoneyField && f.Min == "" && number < 0 {
		return nil, f.problem("OUT_OF_RANGE", "金额不能为负数", "An amount cannot be negative")
	}
	if problem := f.outOfRange(number); problem != nil {
		return nil, problem
	}
	return &answer{number, kept}, nil
}

func isDigits(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(char rune) bool { return char < '0' || char > '9' })
}

func (f *Field) outOfRange(number float64) *models.Problem {
	least, leastErr := strconv.ParseFloat(f.Min, 64)
	most, mostErr := strconv.ParseFloat(f.Max, 64)
	if leastErr == nil && number < least {
		return f.problem("OUT_OF_RANGE", "不能小于 "+f.Min, "At least "+f.Min)
	}
	if mostErr == nil && number > most {
		return f.problem("OUT_OF_RANGE", "不能大于 "+f.Max, "At most "+f.Max)
	}
	return nil
}

// earliestDate and latestDate bound dates whose field does not: nobody alive has to do with others.
var (
	earliestDate = models.NewDate(1900, 1, 1)
	latestDate   = models.NewDate(2200, 1, 1)
)

func (f *Field) parseDate(text string) (*answer, *models.Problem) {
	date, err := models.ParseDate(text)
	if err != nil {
		return nil, f.problem("FORMAT", "请填写日期，例如 2026-03-02", "Give a date, such as 2026-03-02")
	}
	least, most := earliestDate, latestDate
	if bound, err := models.ParseDate(f.Min); err == nil {
		least = bound
	}
	if bound, err := models.ParseDate(f.Max); err == nil {
		most = bound
	}
	if date < least || date > most {
		return nil, f.problem("OUT_OF_RANGE", fmt.Sprintf("日期应在 %s 到 %s 之间", least, most), fmt.Sprintf("The date must lie between %s and %s", least, most))
	}
	return &answer{date.Start(), date.String()}, nil
}

func (f *Field) parseBankAccount(text string) (*answer, *models.Problem) {
	account := strings.NewReplacer(" ", "", "-", "").Replace(text)
	if !isDigits(account) || len(account) < 8 || len(account) > 28 {
		return nil, f.problem("FORMAT", "请填写正确的银行账号", "Give a valid bank account number")
	}
	return &answer{account, account}, nil
}

// creditCodeSigns are the characters of a unified social credit code (GB 32100-2015), by value.
const creditCodeSigns = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// parseCreditCode checks form and check character; the weights are the powers of 3 modulo 31.
func (f *Field) parseCreditCode(text string) (*answer, *models.Problem) {
	wrong := f.problem("FORMAT", "请填写正确的统一社会信用代码", "Give a valid unified social credit code")
	creditCode := strings.ToUpper(text)
	if len(creditCode) != 18 {
		return nil, wrong
	}
	sum, weight := 0, 1
	for position := range 17 {
		value := strings.IndexByte(creditCodeSigns, creditCode[position])
		if value < 0 {
			return nil, wrong
		}
		sum, weight = sum+value*weight, weight*3%31
	}
	if creditCodeSigns[(31-sum%31)%31] != creditCode[17] {
		return nil, wrong
	}
	return &answer{creditCode, creditCode}, nil
}

func (f *Field) parseChoices(text string) (*answer, *models.Problem) {
	var values []string
	if err := json.Unmarshal([]byte(text), &values); err != nil {
		return nil, f.problem("FORMAT", `请以 JSON 数组给出所选的值，例如 ["a","b"]`, `Give the chosen values as a JSON array, such as ["a","b"]`)
	}
	for index, value := range values {
		if _, found := f.Choice(value); !found || slices.Index(values, value) != index {
			return nil, f.problem("UNKNOWN_CHOICE", "请从给出的选项中选择，每项一次", "Choose from the given choices, each once")
		}
	}
	if len(values) == 0 {
		return nil, nil
	}
	if problem := f.outOfRange(float64(len(values))); problem != nil {
		return nil, problem
	}
	kept, _ := json.Marshal(values) // a list of valid texts always has a JSON form
	return &answer{values, string(kept)}, nil
}
