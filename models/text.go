package models

import "strings"

// Locale is the BCP 47 tag of a language that people read here.
type Locale string

// The languages of the house: Chinese first, English beside it.
const (
	Chinese Locale = "zh"
	English Locale = "en"
)

// ParseLocale takes the first language of an Accept-Language header (RFC 9110, 12.5.4) that the house speaks.
func ParseLocale(header string) Locale {
	best, bestQ := Chinese, -1.0
	for part := range strings.SplitSeq(header, ",") {
		tag, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		primary, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		locale := Locale(primary)
		if locale != Chinese && locale != English {
			continue
		}
		if q := quality(params); q > bestQ && q > 0 {
			best, bestQ = locale, q
		}
	}
	return best
}

func quality(params string) float64 {
	_, value, found := strings.Cut(strings.ReplaceAll(params, " ", ""), "q=")
	if !found {
		return 1
	}
	whole, fraction, _ := strings.Cut(value, ".")
	if whole == "1" {
		return 1
	}
	if whole != "0" {
		return 0
	}
	q, scale := 0.0, 0.1
	for _, digit := range fraction {
		if digit < '0' || digit > '9' {
			return 0
		}
		q += float64(digit-'0') * scale
		scale /= 10
	}
	return q
}

// Text is what people read, by locale. Chinese ("zh") is always there.
type Text map[Locale]string

// T makes a text of both languages of the house.
func T(chinese, english string) Text { return Text{Chinese: chinese, English: english} }

// In gives the text in a language, in Chinese where it has no such translation.
func (t Text) In(locale Locale) string {
	if text, found := t[locale]; found && text != "" {
		return text
	}
	return t[Chinese]
}

// Halfwidth turns the fullwidth forms of ASCII that Chinese keyboards write (０-９, Ａ-Ｚ, ＋, －) and the ideographic space into
// the common ones: two spellings of a number are one number.
func Halfwidth(text string) string {
	return strings.Map(func(char rune) rune {
		switch {
		case char >= '！' && char <= '～':
			return char - '！' + '!'
		case char == '\u3000':
			return ' '
		}
		return char
	}, text)
}
