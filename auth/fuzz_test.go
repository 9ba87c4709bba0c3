package auth

import (
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// No text but our own token, letter for letter, is one: not with another alphabet, padding, header or signature.
func FuzzToken(f *testing.F) {
	key, err := NewSigningKey([]byte(strings.Repeat("k", 32)))
	if err != nil {
		f.Fatal(err)
	}
	keys, err := NewKeys(key)
	if err != nil {
		f.Fatal(err)
	}
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	// Signed by hand, so that it is the same one in every process of the fuzzer.
	id := "01a2036f-62e4-7951-9ca9-3ab7995f522c"
	unsigned := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.MapClaims{
		"iss": issuer, "aud": audience, "sub": id, "jti": id, "sid": id, "knd": kindResident, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	})
	unsigned.Header["kid"] = key.ID
	token, err := unsigned.SignedString(key.private)
	if err != nil {
		f.Fatal(err)
	}
	parts := strings.Split(token, ".")
	for _, seed := range []string{
		token, token + "=", token + "\n", token[:len(token)-9] + "\r\n" + token[len(token)-9:], token + ".", " " + token, parts[0] + "." + parts[1] + ".", "eyJhbGciOiJub25lIn0." + parts[1] + ".",
		"eyJhbGciOiJIUzI1NiJ9." + parts[1] + "." + parts[2], parts[0] + "." + parts[1] + "\n." + parts[2], token[:len(token)-1] + "-",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		said, err := keys.parse(text, now)
		if err == nil && text != token {
			t.Fatalf("%q was taken for %q", text, said.Subject)
		}
		if err != nil && said != nil {
			t.Fatal("claims of a token that does not hold were given out")
		}
	})
}
