package webhook

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

const (
	secretPrefix = "whsec_"
	// shortestSecret is the least length that the specification allows, in bytes.
	shortestSecret = 24
	stars          = "***"
)

// ErrSecret says that a text is no signing secret. It never repeats the text.
var ErrSecret = errors.New("a signing secret: whsec_ and the Base64 form of at least 24 bytes")

// Secret is a signing key. It prints as stars in every way; Reveal gives it out.
type Secret struct{ key string }

// ParseSecret reads whsec_ followed by Base64; the error is ErrSecret.
func ParseSecret(text string) (Secret, error) {
	encoded, found := strings.CutPrefix(text, secretPrefix)
	if !found {
		return Secret{}, ErrSecret
	}
	key, err := base64.RawStdEncoding.Strict().DecodeString(strings.TrimRight(encoded, "="))
	if err != nil || len(key) < shortestSecret {
		return Secret{}, ErrSecret
	}
	return Secret{key: string(key)}, nil
}

// NewSecret makes a random secret of 32 bytes.
func NewSecret() Secret {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // crypto/rand.Read never fails: it ends the process rather than return weak bytes
	return Secret{key: string(key)}
}

// Reveal gives the secret as it stands in a connections file.
func (s Secret) Reveal() string {
	return secretPrefix + base64.StdEncoding.EncodeToString([]byte(s.key))
}

// IsZero tells that there is no secret.
func (s Secret) IsZero() bool { return s.key == "" }

// String, GoString, Format, LogValue, MarshalJSON and MarshalText all give stars.
func (Secret) String() string                 { return stars }
func (Secret) GoString() string               { return stars }
func (Secret) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, stars) }
func (Secret) LogValue() slog.Value           { return slog.StringValue(stars) }
func (Secret) MarshalJSON() ([]byte, error)   { return []byte(`"` + stars + `"`), nil }
func (Secret) MarshalText() ([]byte, error)   { return []byte(stars), nil }
