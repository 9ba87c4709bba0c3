package document

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/ast"
	"golang.org/x/text/language"

	"onewindow/models"
)

// source is the file that values come from.
type source struct {
	file      string
	collector *Collector
	anchors   map[string]ast.Node
	// read counts the values that were looked at: aliases of aliases must not multiply without end.
	read int
}

const mostValues = 200_000

// Value is one place of a file. The zero value of every kind is given for an absent one, without a complaint.
type Value struct {
	source *source
	node   ast.Node
	path   string
	line   int
	// depth counts the values around this one: a list that holds an alias of itself has no end.
	depth int
	// isRefused says that what stands there cannot be read, which has been complained about.
	isRefused bool
}

// IsPresent tells whether something was written there.
func (v Value) IsPresent() bool { return v.node != nil }

// Line is where the value stands.
func (v Value) Line() int { return v.line }

// Fail notes what is wrong with the value.
func (v Value) Fail(chinese, english string) {
	v.source.collector.Add(Fault{File: v.source.file, Line: v.line, Path: v.path, Message: models.T(chinese, english)})
}

// refused complains about a value that cannot be read, and gives it without content.
func (v Value) refused(chinese, english string) Value {
	v.Fail(chinese, english)
	v.isRefused = true
	return v
}

// Warn notes what is no fault but worth a second look.
func (v Value) Warn(chinese, english string) {
	v.source.collector.Warn(Fault{File: v.source.file, Line: v.line, Path: v.path, Message: models.T(chinese, english)})
}

// File is the file that the value stands in.
func (v Value) File() string { return v.source.file }

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// child makes the value of a node below this one, following anchors and aliases; null is as good as absent.
func (v Value) child(node ast.Node, path string) Value {
	child := Value{source: v.source, path: path, line: lineOf(node), depth: v.depth + 1}
	v.source.read++
	for range deepestNesting {
		switch found := node.(type) {
		case *ast.AnchorNode:
			node = found.Value
			continue
		case *ast.AliasNode:
			anchored, isKnown := v.source.anchors[found.Value.String()]
			if !isKnown {
				return child.refused("没有名为 "+found.Value.String()+" 的锚点", "there is no anchor "+found.Value.String())
			}
			node = anchored
			continue
		case *ast.NullNode, nil:
			return child
		}
		break
	}
	switch node.(type) {
	case *ast.TagNode, *ast.MergeKeyNode, *ast.AnchorNode, *ast.AliasNode:
		return child.refused("不支持 YAML 标签和合并键", "tags and merge keys are not supported")
	case nil:
		return child
	}
	if child.depth > deepestNesting && v.source.read <= mostValues {
		child.Fail("嵌套太深", "nested too deeply")
		v.source.read = mostValues + 1 // one complaint is enough: the file is read no further
		return child
	}
	if v.source.read > mostValues {
		if v.source.read == mostValues+1 {
			child.Fail("文件内容太多", "the file holds too much")
		}
		return child
	}
	child.node = node
	return child
}

// scalar gives the text of a scalar as it was meant, and whether it is one.
func (v Value) scalar() (string, bool) {
	switch node := v.node.(type) {
	case *ast.StringNode:
		return node.Value, true
	case *ast.LiteralNode:
		return node.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return node.GetToken().Value, true
	}
	return "", false
}

// String reads a text. A number or a truth value that stands without quotes is not one.
func (v Value) String() string {
	if !v.IsPresent() {
		return ""
	}
	switch v.node.(type) {
	case *ast.StringNode, *ast.LiteralNode:
		text, _ := v.scalar()
		if strings.ContainsFunc(text, func(char rune) bool { return unicode.IsControl(char) && char != '\n' && char != '\t' }) {
			v.Fail("含有控制字符", "holds control characters")
			return ""
		}
		return text
	}
	v.Fail("应为文本", "expected text")
	return ""
}

// Source reads an expression: a text, or true and false without quotes.
func (v Value) Source() string {
	if _, isBool := v.node.(*ast.BoolNode); isBool {
		text, _ := v.scalar()
		return text
	}
	return v.String()
}

// Matching reads a text of a form.
func (v Value) Matching(form *regexp.Regexp, chinese, english string) string {
	text := v.String()
	if v.IsPresent() && v.isString() && !form.MatchString(text) {
		v.Fail(chinese, english)
		return ""
	}
	return text
}

func (v Value) isString() bool {
	switch v.node.(type) {
	case *ast.StringNode, *ast.LiteralNode:
		return true
	}
	return false
}

// OneOf reads one of several words and gives what it stands for.
func OneOf[T any](v Value, words []string, meanings []T) T {
	var none T
	text := v.String()
	if !v.IsPresent() || !v.isString() {
		return none
	}
	if index := slices.Index(words, text); index >= 0 {
		return meanings[index]
	}
	v.Fail(fmt.Sprintf("应为其中之一：%v", words), fmt.Sprintf("expected one of %v", words))
	return none
}

// Int reads a whole number within bounds.
func (v Value) Int(least, most int) int {
	if !v.IsPresent() {
		return 0
	}
	text, _ := v.scalar()
	number, err := strconv.Atoi(text)
	if _, isInteger := v.node.(*ast.IntegerNode); !isInteger || err != nil || number < least || number > most {
		v.Fail(fmt.Sprintf("应为 %d 到 %d 的整数", least, most), fmt.Sprintf("expected a whole number from %d to %d", least, most))
		return 0
	}
	return number
}

// Number reads a number, or the text of one, and gives it as written.
func (v Value) Number() string {
	text, isScalar := v.scalar()
	if !v.IsPresent() {
		return ""
	}
	if number, err := strconv.ParseFloat(text, 64); !isScalar || err != nil || math.IsNaN(number) || math.IsInf(number, 0) {
		v.Fail("应为数字", "expected a number")
		return ""
	}
	return text
}

// Bool reads true or false.
func (v Value) Bool() bool {
	if !v.IsPresent() {
		return false
	}
	node, isBool := v.node.(*ast.BoolNode)
	if !isBool {
		v.Fail("应为 true 或 false", "expected true or false")
		return false
	}
	return node.Value
}

// Date reads a day.
func (v Value) Date() *models.Date {
	if !v.IsPresent() {
		return nil
	}
	text, _ := v.scalar()
	date, err := models.ParseDate(text)
	if err != nil {
		v.Fail("应为日期，例如 2026-03-02", "expected a date such as 2026-03-02")
		return nil
	}
	return &date
}

// List reads a list's members.
func (v Value) List() []Value {
	if !v.IsPresent() {
		return nil
	}
	sequence, isSequence := v.node.(*ast.SequenceNode)
	if !isSequence {
		v.Fail("应为列表", "expected a list")
		return nil
	}
	members := make([]Value, 0, len(sequence.Values))
	for index, node := range sequence.Values {
		member := v.child(node, fmt.Sprintf("%s[%d]", v.path, index))
		if !member.IsPresent() && !member.isRefused {
			member.Fail("不能为空", "must not be empty")
		}
		if !member.IsPresent() {
			continue
		}
		members = append(members, member)
	}
	return members
}

// IsObject tells whether the value is a mapping.
func (v Value) IsObject() bool {
	switch v.node.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return true
	}
	return false
}

// IsEmptyList tells whether the value is a list of nothing.
func (v Value) IsEmptyList() bool {
	sequence, isSequence := v.node.(*ast.SequenceNode)
	return isSequence && len(sequence.Values) == 0
}

// IsList tells whether the value is a list.
func (v Value) IsList() bool {
	_, isSequence := v.node.(*ast.SequenceNode)
	return isSequence
}

// isLocale tells whether a text is a language tag of BCP 47. The library also takes underscores, which that does not.
func isLocale(tag string) bool {
	_, err := language.Parse(tag)
	return err == nil && !strings.Contains(tag, "_")
}

// Words reads a text that people read: a map of locales with at least zh.
func (v Value) Words() models.Text {
	if !v.IsPresent() {
		return nil
	}
	object := v.Object()
	if object == nil {
		return nil
	}
	words := models.Text{}
	for _, tag := range object.order {
		member := object.Optional(tag)
		if !isLocale(tag) {
			member.Fail("应为语言标签（BCP 47）", "expected a language tag (BCP 47)")
			continue
		}
		if text := member.String(); strings.TrimSpace(text) != "" {
			words[models.Locale(tag)] = text
		}
	}
	if words[models.Chinese] == "" {
		v.Fail("缺少中文（zh）", "the Chinese text (zh) is missing")
		return nil
	}
	return words
}
