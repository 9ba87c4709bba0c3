package document

import (
	"encoding/json"
	"fmt"
	"strings"

	"onewindow/models"
)

// The bounds of a text before the parser sees it. The parser recurses, and its time grows with the square of the keys of
// one mapping, of anchors and tags in a row, and of quotes on one line: nothing that a city writes comes near.
const (
	deepestNesting = 64
	longestLine    = 16 << 10 // bytes
	mostKeys       = 200      // of one mapping
	mostMarks      = 1_000    // anchors, aliases and tags of a file
)

// shape is what is seen of a text, line by line.
type shape struct {
	line, open, marks, documents int
	// keys counts the keys of the block mappings that are open, by their column.
	keys map[int]int
}

// bounds complains about the first thing that is too much in a text.
func bounds(text []byte) *Fault {
	if len(text) > LargestFile {
		return TooLarge()
	}
	if fault := encoding(text); fault != nil {
		return fault
	}
	isJSON := json.Valid(text) // has neither anchors nor block mappings, and often one line
	s := &shape{keys: map[int]int{}}
	for line := range strings.Lines(string(text)) {
		s.line++
		if fault := s.add(strings.TrimRight(line, "\r\n"), isJSON); fault != nil {
			fault.Line = s.line
			return fault
		}
	}
	return nil
}

func (s *shape) add(line string, isJSON bool) *Fault {
	s.open = max(0, s.open+strings.Count(line, "[")+strings.Count(line, "{")-strings.Count(line, "]")-strings.Count(line, "}"))
	indent := len(line) - len(strings.TrimLeft(line, " -?:"))
	if s.open > deepestNesting || indent > 4*deepestNesting {
		return &Fault{Message: models.T("嵌套太深", "nested too deeply")}
	}
	if isJSON {
		return nil
	}
	if strings.HasPrefix(line, "---") {
		s.documents++
	}
	s.marks += marks(line)
	switch {
	case len(line) > longestLine:
		return tooMuch("一行最多 %d 字节", "a line has at most %d bytes", longestLine)
	case s.documents > 2:
		return &Fault{Message: models.T("一个文件只能有一个 YAML 文档", "a file holds one YAML document")}
	case s.marks > mostMarks:
		return tooMuch("锚点、别名和标签最多 %d 个", "a file has at most %d anchors, aliases and tags", mostMarks)
	case s.countKey(line) > mostKeys:
		return tooMuch("同一层最多 %d 个键", "a mapping has at most %d keys", mostKeys)
	}
	return nil
}

func tooMuch(chinese, english string, most int) *Fault {
	return &Fault{Message: models.T(fmt.Sprintf(chinese, most), fmt.Sprintf(english, most))}
}

// marks counts what may begin an anchor, an alias or a tag. The && of rules is none.
func marks(line string) int {
	count := 0
	for position := range len(line) {
		if char := line[position]; char != '&' && char != '*' && char != '!' {
			continue
		}
		isStart := position == 0 || strings.IndexByte(" \t[{,:-?&*!", line[position-1]) >= 0
		isEnd := position+1 == len(line) || strings.IndexByte(" \t&=", line[position+1]) >= 0
		if isStart && !isEnd {
			count++
		}
	}
	return count
}

// countKey counts a line that may hold a key of a block mapping, and gives how many that mapping has by now. A dash begins
// a mapping of its own; less indentation ends those further in.
func (s *shape) countKey(line string) int {
	content := strings.TrimLeft(line, " ")
	if content == "" || content[0] == '#' {
		return 0
	}
	column := len(line) - len(content)
	for open := range s.keys {
		if open > column {
			delete(s.keys, open)
		}
	}
	for strings.HasPrefix(content, "- ") {
		rest := strings.TrimLeft(content[2:], " ")
		column += len(content) - len(rest)
		content = rest
		delete(s.keys, column)
	}
	if !strings.Contains(content, ":") && !strings.HasPrefix(content, "?") {
		return 0
	}
	s.keys[column]++
	return s.keys[column]
}
