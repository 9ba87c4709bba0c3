package connector

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of a body, whatever it says.
const (
	deepestBody   = 32
	longestNumber = 40
	// mostValues bounds what a body becomes in memory: many small values take far more there than in the text.
	mostValues = 20_000
)

// flaw says what is wrong with a body before anybody looks at what it means; empty where nothing is. A key that stands
// twice is read one way by one program and another way by the next, and deep nesting and endless numbers are for nothing but
// to break whoever keeps them.
func flaw(body []byte) string {
	if !utf8.Valid(body) {
		return "JSON in UTF-8"
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	levels := &nesting{}
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) && levels.ended {
			return ""
		}
		if err != nil || levels.ended {
			return "one JSON value"
		}
		if wrong := levels.take(token); wrong != "" {
			return wrong
		}
	}
}

// nesting is where in a body the reading stands: for each open object the keys that it had.
type nesting struct {
	open   []level
	values int
	ended  bool
}

type level struct {
	keys  map[string]bool // nil in a list
	isKey bool            // the next text is a key
}

func (n *nesting) take(token json.Token) string {
	if n.values++; n.values > mostValues {
		return "at most 20,000 values"
	}
	switch value := token.(type) {
	case json.Delim:
		return n.bracket(value)
	case json.Number:
		if len(value) > longestNumber {
			return "numbers of at most 40 characters"
		}
		if _, err := strconv.ParseFloat(string(value), 64); err != nil { // kept, it could never be read again
			return "numbers of at most 308 digits"
		}
	case string:
		if top := n.top(); top != nil && top.isKey {
			folded := foldKey(value)
			if top.keys[folded] {
				return "each key once"
			}
			top.keys[folded], top.isKey = true, false
			return ""
		}
	}
	n.valueEnded()
	return ""
}

// foldKey writes a key as the decoder compares it with a field's name: "NUMBER" is "number" to it, whatever was read first.
func foldKey(key string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for folded := unicode.SimpleFold(r); folded != r; folded = unicode.SimpleFold(folded) {
			least = min(least, folded)
		}
		return least
	}, key)
}

func (n *nesting) bracket(delim json.Delim) string {
	switch delim {
	case '{':
		n.open = append(n.open, level{keys: map[string]bool{}, isKey: true})
	case '[':
		n.open = append(n.open, level{})
	default:
		n.open = n.open[:len(n.open)-1]
		n.valueEnded()
	}
	if len(n.open) > deepestBody {
		return "at most 32 levels"
	}
	return ""
}

func (n *nesting) top() *level {
	if len(n.open) == 0 {
		return nil
	}
	return &n.open[len(n.open)-1]
}

func (n *nesting) valueEnded() {
	if top := n.top(); top == nil {
		n.ended = true
	} else if top.keys != nil {
		top.isKey = true
	}
}

// storable tells whether all texts of a value are free of NUL, which PostgreSQL cannot keep.
func storable(value any) bool {
	switch value := value.(type) {
	case string:
		return strings.IndexByte(value, 0) < 0
	case []any:
		for _, one := range value {
			if !storable(one) {
				return false
			}
		}
	case map[string]any:
		for key, one := range value {
			if !storable(key) || !storable(one) {
				return false
			}
		}
	}
	return true
}
