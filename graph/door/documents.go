package door

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/lexer"
)

// Documents are the documents that the clients were built with. Each has two names: the SHA-256 of its text as it stands in
// the clients' files (the operation, then each fragment that it uses in the order of first use, an empty line between them, a
// line's end behind the last), and that of the same text without what has no meaning (stripIgnoredCharacters of GraphQL.js).
type Documents struct {
	// byName, byText and byMeaning lead to the text that is run.
	byName, byText, byMeaning map[string]string

	// otherwise holds texts that were found by their meaning, so that clients that write a document in their own way need not
	// have it taken apart each time.
	mu        sync.RWMutex
	otherwise map[string]string
	held      int
}

// mostHeld bounds the texts in otherwise, in bytes.
const mostHeld = 1 << 20

// ReadDocuments takes the operations and fragments out of all .graphql files of a file system.
func ReadDocuments(files fs.FS) (*Documents, error) {
	var all []definition
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) != ".graphql" {
			return err
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		found, err := definitionsOf(string(text), len(text))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, found...)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("clients' documents: %w", err)
	}
	documents := &Documents{byName: map[string]string{}, byText: map[string]string{}, byMeaning: map[string]string{}, otherwise: map[string]string{}}
	for _, one := range all {
		if one.isFragment {
			continue
		}
		if err := documents.add(one, all); err != nil {
			return nil, fmt.Errorf("clients' documents: %w", err)
		}
	}
	return documents, nil
}

func (d *Documents) add(operation definition, all []definition) error {
	parts, err := withFragments([]definition{operation}, operation, all)
	if err != nil {
		return err
	}
	var written, stripped []string
	for _, part := range parts {
		written, stripped = append(written, part.written), append(stripped, part.stripped)
	}
	asWritten, text := strings.Join(written, "\n\n")+"\n", strings.Join(stripped, "")
	for _, form := range []string{asWritten, text} {
		d.byName[nameOf(form)], d.byText[form] = text, text
	}
	// Clients differ in the empty lines between and behind: those names are taken as well.
	closer := strings.Join(written, "\n")
	for _, form := range []string{strings.TrimSuffix(asWritten, "\n"), closer, closer + "\n"} {
		d.byName[nameOf(form)] = text
	}
	d.byMeaning[meaningOf(parts)] = text
	return nil
}

// withFragments adds the fragments that a definition uses to those that are used already, in the order of first use.
func withFragments(used []definition, by definition, all []definition) ([]definition, error) {
	for _, name := range by.spreads {
		isWanted := func(one definition) bool { return one.isFragment && one.name == name }
		if slices.ContainsFunc(used, isWanted) {
			continue
		}
		position := slices.IndexFunc(all, isWanted)
		if position < 0 {
			return nil, fmt.Errorf("%s uses the fragment %s, which is in none of the files", by.name, name)
		}
		var err error
		if used, err = withFragments(append(used, all[position]), all[position], all); err != nil {
			return nil, err
		}
	}
	return used, nil
}

// named gives the document of a name.
func (d *Documents) named(name string) (string, bool) {
	if d == nil {
		return "", false
	}
	text, found := d.byName[name]
	return text, found
}

// find gives the document that a text is: the same one, however it is written and in whatever order its parts come.
func (d *Documents) find(text string, mostTokens int) (string, bool) {
	if d == nil {
		return "", false
	}
	if known, found := d.recall(text); found {
		return known, true
	}
	parts, err := definitionsOf(text, mostTokens)
	if err != nil {
		return "", false
	}
	known, found := d.byMeaning[meaningOf(parts)]
	if found {
		d.remember(text, known)
	}
	return known, found
}

// recall gives the document of a text that needs not be taken apart.
func (d *Documents) recall(text string) (string, bool) {
	if d == nil {
		return "", false
	}
	if known, found := d.byText[text]; found {
		return known, true
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	known, found := d.otherwise[text]
	return known, found
}

func (d *Documents) remember(text, known string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.held+len(text) > mostHeld {
		clear(d.otherwise)
		d.held = 0
	}
	if _, found := d.otherwise[text]; !found {
		d.otherwise[text] = known
		d.held += len(text)
	}
}

// nameOf is the name of a text: its SHA-256 in hexadecimal digits.
func nameOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// meaningOf is the same for documents that differ in order, spaces and comments alone.
func meaningOf(parts []definition) string {
	stripped := make([]string, len(parts))
	for i, part := range parts {
		stripped[i] = part.stripped
	}
	slices.Sort(stripped)
	return strings.Join(stripped, "")
}

// definition is one operation or fragment: as it was written, and without what has no meaning.
type definition struct {
	written, stripped, name string
	isFragment              bool
	spreads                 []string
}

var errDocument = errors.New("not a GraphQL document")

// definitionsOf takes a document apart without parsing it: one pass over its tokens, no recursion.
func definitionsOf(text string, mostTokens int) ([]definition, error) {
	var found []definition
	reader, runes := lexer.New(&ast.Source{Input: text}), []rune(text)
	current, depth := definitionWriter{runes: runes}, 0
	for tokens := 0; ; tokens++ {
		token, err := reader.ReadToken()
		if err != nil || tokens > mostTokens {
			return nil, errDocument
		}
		switch token.Kind {
		case lexer.Comment:
			continue
		case lexer.EOF:
			if current.begun || len(found) == 0 {
				return nil, errDocument
			}
			return found, nil
		case lexer.BraceL, lexer.ParenL, lexer.BracketL:
			depth++
		case lexer.BraceR, lexer.ParenR, lexer.BracketR:
			depth--
		}
		if !current.take(token) {
			return nil, errDocument
		}
		if token.Kind == lexer.BraceR && depth == 0 {
			found = append(found, current.end(token))
			current = definitionWriter{runes: runes}
		}
	}
}

// definitionWriter puts one definition together.
type definitionWriter struct {
	runes    []rune
	begun    bool
	start    int
	count    int
	wasWord  bool
	spreads  bool // the token before was "..."
	stripped strings.Builder
	made     definition
}

// take adds a token; false where the lexer's place for it is not one of the text.
func (w *definitionWriter) take(token lexer.Token) bool {
	if token.Pos.Start < 0 || token.Pos.End < token.Pos.Start || token.Pos.End > len(w.runes) {
		return false
	}
	if !w.begun {
		w.begun, w.start = true, token.Pos.Start
		w.made.isFragment = token.Kind == lexer.Name && token.Value == "fragment"
	}
	if w.count == 1 && token.Kind == lexer.Name {
		w.made.name = token.Value
	}
	if w.spreads && token.Kind == lexer.Name && token.Value != "on" {
		w.made.spreads = append(w.made.spreads, token.Value)
	}
	isWord := token.Kind >= lexer.Name && token.Kind <= lexer.BlockString
	if w.wasWord && (isWord || token.Kind == lexer.Spread) {
		w.stripped.WriteByte(' ')
	}
	w.stripped.WriteString(string(w.runes[token.Pos.Start:token.Pos.End]))
	w.count, w.wasWord, w.spreads = w.count+1, isWord, token.Kind == lexer.Spread
	return true
}

func (w *definitionWriter) end(last lexer.Token) definition {
	w.made.written, w.made.stripped = string(w.runes[w.start:last.Pos.End]), w.stripped.String()
	return w.made
}

// All gives the text of every document under each of its names.
func (d *Documents) All() map[string]string { return maps.Clone(d.byName) }
