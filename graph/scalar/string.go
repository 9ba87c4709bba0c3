package scalar

import (
	"context"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"golang.org/x/text/unicode/norm"

	"onewindow/graph/caller"
	"onewindow/models"
)

// LongestString is the length of the longest text that is taken, in bytes after normalisation.
const LongestString = 10_000

// MarshalString writes a text.
func MarshalString(text string) graphql.Marshaler { return graphql.MarshalString(text) }

// UnmarshalString takes a text: a string and nothing else, normalised to NFC, without control characters other than
// tab and line breaks, without bidirectional overrides and without the character that stands for broken text.
func UnmarshalString(value any) (string, error) {
	if value == nil {
		return "", nil // null where it may be null: nothing was said
	}
	text, isString := value.(string)
	if !isString {
		return "", refused("应为文本", "Expected a string")
	}
	if len(text) > LongestString {
		return "", refused("文本过长", "The text is too long")
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, forbidden) {
		return "", refused("文本含有不允许的字符", "The text contains characters that are not allowed")
	}
	text = norm.NFC.String(text)
	if len(text) > LongestString {
		return "", refused("文本过长", "The text is too long")
	}
	return text, nil
}

// forbidden are characters that nobody types into a form: they change how the text around them is shown or stored.
func forbidden(char rune) bool {
	switch {
	case char == '\t' || char == '\n' || char == '\r':
		return false
	case unicode.IsControl(char), char == utf8.RuneError, char == '\uFEFF':
		return true
	}
	return char >= 0x202A && char <= 0x202E || char >= 0x2066 && char <= 0x2069 // embeddings, overrides and isolates
}

// MarshalText writes a text in the language of the request, which only the context knows.
func MarshalText(text models.Text) graphql.ContextMarshaler {
	return graphql.ContextWriterFunc(func(ctx context.Context, w io.Writer) error {
		graphql.MarshalString(text.In(caller.LocaleFrom(ctx))).MarshalGQL(w)
		return nil
	})
}

// UnmarshalText takes a text in the language of the request. It stands under Chinese as well, because Chinese is always there.
func UnmarshalText(ctx context.Context, value any) (models.Text, error) {
	text, err := UnmarshalString(value)
	if err != nil {
		return nil, err
	}
	return models.Text{models.Chinese: text, caller.LocaleFrom(ctx): text}, nil
}
