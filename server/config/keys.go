package config

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"

	"onewindow/models/sealed"
)

// SigningKey signs tokens (Ed25519).
type SigningKey struct {
	// ID names the key in tokens and in the published set (kid): a short hash of the public key.
	ID      string
	Private ed25519.PrivateKey
}

// Public is the half that may be published.
func (k SigningKey) Public() ed25519.PublicKey {
	return k.Private.Public().(ed25519.PublicKey) //nolint:errcheck // crypto/ed25519 promises this type
}

// Keys is what the key file holds. It prints as nothing but its name.
type Keys struct {
	// Signing: the first signs, all are accepted.
	Signing []SigningKey
	// Fields: the first seals, all open.
	Fields []sealed.Key
	// Indexes: the first is wanted, values are looked for by all.
	Indexes []sealed.Key
}

// String, GoString and LogValue keep the keys out of every print.
func (*Keys) String() string       { return "keys" }
func (*Keys) GoString() string     { return "keys" }
func (*Keys) LogValue() slog.Value { return slog.StringValue("keys") }

// Keyring makes the ring that seals fields.
func (k *Keys) Keyring() (*sealed.Keyring, error) { return sealed.NewKeyring(k.Fields, k.Indexes...) }

// LoadKeys reads a key file whose keys stand in it as they are. The error says what is wrong and never repeats the file.
func LoadKeys(path string) (*Keys, error) { return LoadWrappedKeys(context.Background(), path, nil) }

// LoadWrappedKeys reads a key file and has its wrapped keys unwrapped; kms is nil where there is none.
func LoadWrappedKeys(ctx context.Context, path string, kms *KMS) (*Keys, error) {
	file, err := readKeyFile(path)
	if err == nil {
		var keys *Keys
		if keys, err = file.keys(ctx, kms); err == nil {
			return keys, nil
		}
	}
	return nil, fmt.Errorf("%sKEYS: %w", prefix, err)
}

// LoadOrGenerateKeys is for demo mode: it makes the key file at the first start.
func LoadOrGenerateKeys(path string) (*Keys, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := GenerateKeys(path); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
	}
	return LoadKeys(path)
}

// keys unwraps and checks what the file holds.
func (f *keyFile) keys(ctx context.Context, kms *KMS) (*Keys, error) {
	keys := &Keys{}
	for position, entry := range f.Signing {
		seed, err := entry.secret(ctx, kms)
		if err != nil {
			return nil, fmt.Errorf("signing[%d]: %w", position, err)
		}
		key := SigningKey{Private: ed25519.NewKeyFromSeed(seed)}
		hash := sha256.Sum256(key.Public())
		key.ID = base64.RawURLEncoding.EncodeToString(hash[:9])
		keys.Signing = append(keys.Signing, key)
	}
	if len(keys.Signing) == 0 {
		return nil, errors.New("signing: no key")
	}
	var err error
	if keys.Fields, err = generations(ctx, kms, "fields", f.Fields); err != nil {
		return nil, err
	}
	if keys.Indexes, err = generations(ctx, kms, "index", f.Index); err != nil {
		return nil, err
	}
	_, err = keys.Keyring()
	return keys, err
}

func generations(ctx context.Context, kms *KMS, list string, entries []keyEntry) ([]sealed.Key, error) {
	var all []sealed.Key
	for position, entry := range entries {
		secret, err := entry.secret(ctx, kms)
		if err != nil {
			return nil, fmt.Errorf("%s[%d]: %w", list, position, err)
		}
		key, err := sealed.NewSuiteKey(entry.Number, entry.suite(), secret)
		if err != nil {
			return nil, fmt.Errorf("%s[%d]: %w", list, position, err)
		}
		all = append(all, key)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: no key", list)
	}
	return all, nil
}

// secret gives the entry's 32 bytes.
func (e keyEntry) secret(ctx context.Context, kms *KMS) ([]byte, error) {
	if e.Wrapped == "" {
		return secretBytes(e.Key)
	}
	if e.Key != "" {
		return nil, errors.New("either key or wrapped, not both")
	}
	if kms == nil {
		return nil, fmt.Errorf("a wrapped key: %sKMS_URL says who unwraps it", prefix)
	}
	secret, err := kms.Unwrap(ctx, e.Wrapped)
	if err == nil && len(secret) != sealed.KeySize {
		err = fmt.Errorf("not %d bytes after unwrapping", sealed.KeySize)
	}
	return secret, err
}

func secretBytes(text string) ([]byte, error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != sealed.KeySize {
		return nil, fmt.Errorf("not %d bytes in base64", sealed.KeySize)
	}
	return raw, nil
}
