package rule

import (
	"fmt"
	"regexp"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
)

// wordings give the compiler's most frequent complaints in Chinese; what has none is shown as it is.
var wordings = []struct {
	form    *regexp.Regexp
	chinese string
}{
	{regexp.MustCompile(`^undefined field '(.*)'$`), "没有名为 $1 的字段"},
	{regexp.MustCompile(`^undeclared reference to '(.*)' \(in container '.*'\)$`), "没有名为 $1 的变量或者函数"},
	{regexp.MustCompile(`^found no matching overload for '(.*)' applied to '(.*)'$`), "运算 $1 不能用于类型 $2"},
	{regexp.MustCompile(`^Syntax error: (.*)$`), "语法错误：$1"},
	{regexp.MustCompile(`(?:recursion|lookahead) .*exceeded|recursion depth exceeded`), "表达式嵌套太深"},
	{regexp.MustCompile(`^invalid duration argument.*`), "时长写法不对，例如 duration(\"24h\")"},
	{regexp.MustCompile(`^invalid timestamp argument.*`), "时刻写法不对，例如 timestamp(\"2026-03-02T00:00:00+08:00\")"},
}

// refusalOf gives the first complaint with its column, without the picture of the source: the reader has file and line.
func refusalOf(issues *cel.Issues) *Refusal {
	first := issues.Errors()[0]
	english := strings.TrimSpace(first.Message)
	chinese := english
	for _, wording := range wordings {
		if match := wording.form.FindStringSubmatchIndex(english); match != nil {
			chinese = string(wording.form.ExpandString(nil, wording.chinese, english, match))
			break
		}
	}
	if column := first.Location.Column() + 1; column > 0 {
		chinese += fmt.Sprintf("（第 %d 个字符）", column)
		english += fmt.Sprintf(" (character %d)", column)
	}
	return refuse(chinese, english)
}

func refuseType(got, want *types.Type) *Refusal {
	return refuse(fmt.Sprintf("规则的结果应为 %s，现在是 %s", want, got), fmt.Sprintf("the rule gives %s, not %s", got, want))
}

// refusePatterns looks at the regular expressions of a rule. They must be written out: one that comes from an answer is
// not a rule of the catalogue but of whoever fills the form in.
func refusePatterns(expression ast.Expr) error {
	var refusal error
	ast.PostOrderVisit(expression, ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != "matches" || refusal != nil {
			return
		}
		arguments := e.AsCall().Args()
		pattern := arguments[len(arguments)-1]
		source, isText := "", false
		if pattern.Kind() == ast.LiteralKind {
			source, isText = pattern.AsLiteral().Value().(string)
		}
		if !isText {
			refusal = refuse("matches 的正则表达式必须直接写出", "the regular expression of matches must be written out")
			return
		}
		_, refusal = CompilePattern(source)
	}))
	return refusal
}
