package config

import (
	"errors"
	"log/slog"
	"time"
)

// Moment is a setting that is a moment, RFC 3339 with offset.
type Moment struct{ time.Time }

// UnmarshalText reads it.
func (m *Moment) UnmarshalText(text []byte) error {
	parsed, err := time.Parse(time.RFC3339, string(text))
	if err != nil {
		return errors.New("not a moment")
	}
	m.Time = parsed
	return nil
}

// LogLevel is what is logged.
type LogLevel struct{ slog.Level }

// UnmarshalText reads debug, info, warn or error.
func (l *LogLevel) UnmarshalText(text []byte) error { return l.Level.UnmarshalText(text) }
