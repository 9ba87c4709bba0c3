package sealed

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// TokenDigest is what is kept of a token: nobody can read a working one out of the database.
type TokenDigest = [sha256.Size]byte

// NewToken makes an unguessable text of so many random bytes, for a link or a session.
func NewToken(size int) (token string, digest TokenDigest) {
	raw := make([]byte, size)
	_, _ = rand.Read(raw) // never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(raw), sha256.Sum256(raw)
}

// DigestOf gives the digest by which a token is found; false where it cannot be one of that size.
func DigestOf(token string, size int) (digest TokenDigest, valid bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != size {
		return digest, false
	}
	return sha256.Sum256(raw), true
}
