package auth

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
)

// SigningKey is an Ed25519 key that signs access tokens. It prints as its name alone.
type SigningKey struct {
	// ID is the key's name (kid): its thumbprint by RFC 7638 and RFC 8037.
	ID      string
	private ed25519.PrivateKey
}

// NewSigningKey makes a key from its seed of 32 bytes.
func NewSigningKey(seed []byte) (SigningKey, error) {
	if len(seed) != ed25519.SeedSize {
		return SigningKey{}, fmt.Errorf("signing key: a seed has %d bytes", ed25519.SeedSize)
	}
	private := ed25519.NewKeyFromSeed(seed)
	key := SigningKey{private: private}
	// The members of the thumbprint in the order and form that RFC 8037, appendix A.3, asks for.
	sum := sha256.Sum256([]byte(`{"crv":"Ed25519","kty":"OKP","x":"` + key.x() + `"}`))
	key.ID = base64.RawURLEncoding.EncodeToString(sum[:])
	return key, nil
}

func (k SigningKey) public() ed25519.PublicKey {
	public, _ := k.private.Public().(ed25519.PublicKey)
	return public
}

func (k SigningKey) x() string { return base64.RawURLEncoding.EncodeToString(k.public()) }

// String and GoString keep the secret out of every print.
func (k SigningKey) String() string   { return "signing key " + k.ID }
func (k SigningKey) GoString() string { return k.String() }

// Keys are the keys of access tokens: the current one signs, and the previous ones are still believed, so that keys can
// be replaced while people are signed in.
type Keys struct {
	current SigningKey
	public  map[string]ed25519.PublicKey
	jwks    []byte
}

// NewKeys takes the current key and the previous ones.
func NewKeys(current SigningKey, previous ...SigningKey) (*Keys, error) {
	type jwk struct {
		KeyType   string `json:"kty"`
		Curve     string `json:"crv"`
		X         string `json:"x"`
		ID        string `json:"kid"`
		Use       string `json:"use"`
		Algorithm string `json:"alg"`
	}
	keys := &Keys{current: current, public: map[string]ed25519.PublicKey{}}
	var set struct {
		Keys []jwk `json:"keys"`
	}
	for _, key := range append([]SigningKey{current}, previous...) {
		if key.private == nil {
			return nil, errors.New("signing keys: a key without a secret")
		}
		if keys.public[key.ID] != nil {
			return nil, fmt.Errorf("signing keys: %v twice", key)
		}
		keys.public[key.ID] = key.public()
		set.Keys = append(set.Keys, jwk{"OKP", "Ed25519", key.x(), key.ID, "sig", "EdDSA"})
	}
	var err error
	if keys.jwks, err = json.Marshal(set); err != nil {
		return nil, fmt.Errorf("signing keys: %w", err)
	}
	return keys, nil
}

// JWKS is the public part as a JSON Web Key Set (RFC 7517, RFC 8037).
func (k *Keys) JWKS() []byte { return append([]byte(nil), k.jwks...) }
