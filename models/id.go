package models

import "github.com/google/uuid"

// ID is a record's identifier: a UUID version 7 (RFC 9562) as text, so that ids sort by time of making.
type ID string

// NewID makes an identifier.
func NewID() ID { return ID(uuid.Must(uuid.NewV7()).String()) }

// ParseID reads an identifier that came from outside. Anything but the canonical form is refused, so that one
// record has one spelling and the database never sees text that is no identifier.
func ParseID(text string) (ID, bool) {
	parsed, err := uuid.Parse(text)
	if err != nil || parsed.String() != text {
		return "", false
	}
	return ID(text), true
}

// OptionalID is an identifier as a column that may be empty: nil for none.
func OptionalID(id ID) *ID {
	if id == "" {
		return nil
	}
	return &id
}

// IDOrNone reads such a column: "" for none.
func IDOrNone(id *ID) ID {
	if id == nil {
		return ""
	}
	return *id
}
