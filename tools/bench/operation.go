package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

var (
	definitionStart = regexp.MustCompile(`(?m)^(?:query|mutation|subscription|fragment) (\w+)`)
	spread          = regexp.MustCompile(`\.\.\.\s*(\w+)`)
	comment         = regexp.MustCompile(`#[^\n]*`)
)

// operation reads one of the clients' operations with the fragments that it uses, in the order of first use, and the name by
// which production knows it: the SHA-256 of that text.
func operation(folder, name string) (text, documentID string, err error) {
	definitions := map[string]string{}
	for _, file := range []string{"fragments.graphql", "resident.graphql", "staff.graphql"} {
		raw, err := os.ReadFile(filepath.Join(folder, file)) // #nosec G304 -- a folder given on the command line
		if err != nil {
			return "", "", fmt.Errorf("-operations: %w", err)
		}
		starts := definitionStart.FindAllStringSubmatchIndex(string(raw), -1)
		for index, start := range starts {
			end := len(raw)
			if index+1 < len(starts) {
				end = starts[index+1][0]
			}
			definitions[string(raw[start[2]:start[3]])] = upToLastBrace(string(raw[start[0]:end]))
		}
	}
	if definitions[name] == "" {
		return "", "", fmt.Errorf("-operations: no operation %s", name)
	}
	order := []string{name}
	collect(definitions, name, &order)
	parts := make([]string, len(order))
	for index, one := range order {
		parts[index] = definitions[one]
	}
	text = strings.Join(parts, "\n\n") + "\n"
	sum := sha256.Sum256([]byte(text))
	return text, hex.EncodeToString(sum[:]), nil
}

// upToLastBrace cuts what follows a definition: comments and empty lines.
func upToLastBrace(text string) string {
	depth, inComment := 0, false
	for index, char := range text {
		switch {
		case char == '\n':
			inComment = false
		case inComment:
		case char == '#':
			inComment = true
		case char == '{':
			depth++
		case char == '}':
			if depth--; depth == 0 {
				return text[:index+1]
			}
		}
	}
	return text
}

func collect(definitions map[string]string, name string, order *[]string) {
	for _, found := range spread.FindAllStringSubmatch(comment.ReplaceAllString(definitions[name], ""), -1) {
		known := false
		for _, one := range *order {
			known = known || one == found[1]
		}
		if !known {
			*order = append(*order, found[1])
			collect(definitions, found[1], order)
		}
	}
}
