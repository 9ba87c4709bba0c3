package document

import (
	"bytes"
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"onewindow/models"
)

// LargestFile bounds one file, in bytes.
const LargestFile = 512 << 10

// Parse reads one file. What cannot be read at all is one fault, and the value is absent.
func Parse(file string, text []byte, c *Collector) Value {
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // editors of Windows put it there; YAML allows it
	source := &source{file: file, collector: c, anchors: map[string]ast.Node{}}
	root, fault := parse(text)
	if fault != nil {
		fault.File = file
		c.Add(*fault)
		return Value{source: source}
	}
	ast.Walk(anchorFinder{source}, root)
	return Value{source: source, node: root, line: lineOf(root)}
}

func parse(text []byte) (root ast.Node, fault *Fault) {
	defer func() {
		// The parser is not ours and reads what anybody may have written: a panic in it is the file's fault.
		if recovered := recover(); recovered != nil {
			root, fault = nil, &Fault{Message: models.T("不是有效的 YAML", "not valid YAML")}
		}
	}()
	if fault := bounds(text); fault != nil {
		return nil, fault
	}
	file, err := parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, syntaxFault(err)
	}
	for _, document := range file.Docs {
		if document.Body == nil || document.Body.Type() == ast.DirectiveType {
			continue
		}
		if root != nil {
			return nil, &Fault{Line: lineOf(document.Body), Message: models.T("一个文件只能有一个 YAML 文档", "a file holds one YAML document")}
		}
		root = document.Body
	}
	if root == nil {
		return nil, &Fault{Message: models.T("文件是空的", "the file is empty")}
	}
	return root, nil
}

// TooLarge is the fault of a file that is not even read; it names no file.
func TooLarge() *Fault {
	return &Fault{Message: models.T(fmt.Sprintf("文件不能超过 %d 字节", LargestFile), fmt.Sprintf("a file has at most %d bytes", LargestFile))}
}

// encoding complains about text that is not plain UTF-8, and says what it seems to be.
func encoding(text []byte) *Fault {
	if bytes.HasPrefix(text, []byte{0xff, 0xfe}) || bytes.HasPrefix(text, []byte{0xfe, 0xff}) {
		return &Fault{Line: 1, Message: models.T("文件是 UTF-16 编码，不是 UTF-8 文本：请另存为 UTF-8", "the file is UTF-16, not UTF-8 text: save it as UTF-8")}
	}
	line := 1
	for rest := text; len(rest) > 0; {
		char, size := utf8.DecodeRune(rest)
		switch {
		case char == '\n':
			line++
		case char == utf8.RuneError && size == 1:
			return &Fault{Line: line, Message: models.T("不是 UTF-8 文本（可能是 GBK 编码）：请另存为 UTF-8", "not UTF-8 text (perhaps GBK): save the file as UTF-8")}
		case unicode.IsControl(char) && char != '\t' && char != '\r' && char != '\u0085':
			return &Fault{Line: line, Message: models.T(fmt.Sprintf("含有控制字符 U+%04X", char), fmt.Sprintf("holds the control character U+%04X", char))}
		}
		rest = rest[size:]
	}
	return nil
}

func syntaxFault(err error) *Fault {
	fault := &Fault{Message: models.T("不是有效的 YAML："+err.Error(), "not valid YAML: "+err.Error())}
	if wrong, isSyntax := errors.AsType[yaml.Error](err); isSyntax {
		fault.Message = models.T("不是有效的 YAML："+wrong.GetMessage(), "not valid YAML: "+wrong.GetMessage())
		if token := wrong.GetToken(); token != nil && token.Position != nil {
			fault.Line = token.Position.Line
		}
	}
	return fault
}

func lineOf(node ast.Node) int {
	if node == nil || node.GetToken() == nil || node.GetToken().Position == nil {
		return 0
	}
	return node.GetToken().Position.Line
}

// anchorFinder notes the anchors of a file, so that aliases can be followed.
type anchorFinder struct{ source *source }

// Visit notes one anchor.
func (f anchorFinder) Visit(node ast.Node) ast.Visitor {
	if anchor, isAnchor := node.(*ast.AnchorNode); isAnchor {
		f.source.anchors[anchor.Name.String()] = anchor.Value
	}
	return f
}
