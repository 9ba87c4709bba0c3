package config

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/goccy/go-yaml"

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
	// Index is the key of the blind indexes. It cannot be replaced without indexing anew.
	Index sealed.Key
}

// String, GoString and LogValue keep the keys out of every print.
func (*Keys) String() string       { return "keys" }
func (*Keys) GoString() string     { return "keys" }
func (*Keys) LogValue() slog.Value { return slog.StringValue("keys") }

// Keyring makes the ring that seals fields.
func (k *Keys) Keyring() (*sealed.Keyring, error) { return sealed.NewKeyring(k.Fields, k.Index) }

// keyFile is the file's form. Every secret is 32 bytes in base64.
type keyFile struct {
	Signing []string   `yaml:"signing"`
	Fields  []fieldKey `yaml:"fields"`
	Index   string     `yaml:"index"`
}

type fieldKey struct {
	Number uint32 `yaml:"number"`
	Key    string `yaml:"key"`
}

// keyFileHeader explains the file to whoever opens it.
const keyFileHeader = `# OneWindow's keys. Whoever has this file can read all personal data and sign tokens: keep it secret, and keep a copy.
# signing: Ed25519 seeds; the first signs, all are accepted. fields: the first encrypts, all decrypt; never remove one that
# is still in use. index: finds encrypted values; never change it. Each is 32 random bytes in base64.
`

// LoadKeys reads a key file. The error says what is wrong and never repeats the file.
func LoadKeys(path string) (*Keys, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%sKEYS: %w", prefix, err)
	}
	keys, err := parseKeys(raw)
	if err != nil {
		return nil, fmt.Errorf("%sKEYS: %w", prefix, err)
	}
	return keys, nil
}

// GenerateKeys writes a new key file that only its owner can read. It never replaces one.
func GenerateKeys(path string) error {
	secret := func() string {
		raw := make([]byte, sealed.KeySize)
		_, _ = rand.Read(raw) // never fails since Go 1.24
		return base64.StdEncoding.EncodeToString(raw)
	}
	content, err := yaml.Marshal(keyFile{
		Signing: []string{secret()}, Fields: []fieldKey{{Number: 1, Key: secret()}}, Index: secret(),
	})
	if err != nil {
		return fmt.Errorf("write keys: %w", err)
	}
	return writeOnce(path, append([]byte(keyFileHeader), content...))
}

// writeOnce makes the whole file appear at once, or leaves the one that is there: a crash in the middle would otherwise
// leave half a key file, and with it a server that cannot start.
func writeOnce(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("write keys: %w", err)
	}
	draft, err := os.CreateTemp(filepath.Dir(path), ".keys-*") // made with mode 0600
	if err != nil {
		return fmt.Errorf("write keys: %w", err)
	}
	defer os.Remove(draft.Name()) //nolint:errcheck // a draft that stays is its owner's alone and stops nothing
	_, err = draft.Write(content)
	if err = errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return fmt.Errorf("write keys: %w", err)
	}
	if err := os.Link(draft.Name(), path); err != nil {
		return fmt.Errorf("write keys: %w", err)
	}
	return nil
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

func parseKeys(raw []byte) (*Keys, error) {
	var file keyFile
	if yaml.UnmarshalWithOptions(raw, &file, yaml.Strict()) != nil {
		// The library's own words show the lines around the fault, and with them the keys.
		return nil, errors.New("not a key file: want signing, fields and index")
	}
	keys := &Keys{}
	for position, seed := range file.Signing {
		raw, err := secretBytes(seed)
		if err != nil {
			return nil, fmt.Errorf("signing[%d]: %w", position, err)
		}
		key := SigningKey{Private: ed25519.NewKeyFromSeed(raw)}
		hash := sha256.Sum256(key.Public())
		key.ID = base64.RawURLEncoding.EncodeToString(hash[:9])
		keys.Signing = append(keys.Signing, key)
	}
	if len(keys.Signing) == 0 {
		return nil, errors.New("signing: no key")
	}
	if err := keys.parseFieldKeys(file); err != nil {
		return nil, err
	}
	_, err := keys.Keyring()
	return keys, err
}

func (k *Keys) parseFieldKeys(file keyFile) error {
	for position, field := range file.Fields {
		raw, err := secretBytes(field.Key)
		if err != nil {
			return fmt.Errorf("fields[%d]: %w", position, err)
		}
		key, err := sealed.NewKey(field.Number, raw)
		if err != nil {
			return fmt.Errorf("fields[%d]: %w", position, err)
		}
		k.Fields = append(k.Fields, key)
	}
	raw, err := secretBytes(file.Index)
	if err != nil {
		return fmt.Errorf("index: %w", err)
	}
	k.Index, err = sealed.NewKey(1, raw)
	return err
}

func secretBytes(text string) ([]byte, error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != sealed.KeySize {
		return nil, fmt.Errorf("not %d bytes in base64", sealed.KeySize)
	}
	return raw, nil
}
