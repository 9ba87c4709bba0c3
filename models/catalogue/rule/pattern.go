package rule

import (
	"regexp"
	"regexp/syntax"

	"onewindow/models"
)

// The bounds of one pattern: repetitions of repetitions would take memory that nobody has.
const (
	longestPattern = 1_000
	mostPatternOps = 20_000
)

// CompilePattern compiles a regular expression (RE2) that must match a whole text. One that takes too much room is refused
// before room is taken for it. The error is a *Refusal.
func CompilePattern(source string) (*regexp.Regexp, error) {
	if len(source) > longestPattern {
		return nil, refuse("正则表达式过长，最多 1000 字节", "a regular expression has at most 1000 bytes")
	}
	parsed, err := syntax.Parse(source, syntax.Perl)
	if err != nil {
		return nil, refuse("不是有效的正则表达式："+err.Error(), "not a regular expression: "+err.Error())
	}
	if operations(parsed) > mostPatternOps {
		return nil, refuse("正则表达式展开后过大，请减少重复次数", "the regular expression unfolds to too much: repeat less")
	}
	compiled, err := regexp.Compile(`^(?:` + source + `)$`)
	if err != nil {
		return nil, refuse("不是有效的正则表达式："+err.Error(), "not a regular expression: "+err.Error())
	}
	return compiled, nil
}

// operations estimates how much a pattern unfolds to.
func operations(r *syntax.Regexp) int {
	sum := 1 + len(r.Rune)
	for _, inside := range r.Sub {
		sum += operations(inside)
	}
	if r.Op == syntax.OpRepeat {
		sum *= max(r.Min, r.Max, 1)
	}
	return sum
}

// Refusal is why an expression cannot be taken, in both languages of the house.
type Refusal struct{ Message models.Text }

// Error gives the reason in English.
func (r *Refusal) Error() string { return r.Message.In(models.English) }

func refuse(chinese, english string) *Refusal { return &Refusal{models.T(chinese, english)} }
