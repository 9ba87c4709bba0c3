package config

import (
	"fmt"
	"log/slog"
)

// Secret is a setting that must not be read by anybody: a URL with a password, a key. It prints as stars; Reveal gives it out.
type Secret string

// String, GoString, Format, LogValue, MarshalText and MarshalJSON all print stars, or nothing where there is nothing.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "***"
}
func (s Secret) GoString() string               { return s.String() }
func (s Secret) Format(state fmt.State, _ rune) { _, _ = state.Write([]byte(s.String())) }
func (s Secret) LogValue() slog.Value           { return slog.StringValue(s.String()) }
func (s Secret) MarshalText() ([]byte, error)   { return []byte(s.String()), nil }
func (s Secret) MarshalJSON() ([]byte, error)   { return []byte(`"` + s.String() + `"`), nil }

// Reveal gives the value to the one who connects with it.
func (s Secret) Reveal() string { return string(s) }
