package sealed

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
)

// KeySize is the length of every key, in bytes.
const KeySize = 32

// Key is one secret of the ring. It prints as its number alone.
type Key struct {
	// Number names the key in what it sealed; 1 and up.
	Number uint32
	secret [KeySize]byte
}

// NewKey takes a secret of 32 bytes.
func NewKey(number uint32, secret []byte) (Key, error) {
	if number == 0 || len(secret) != KeySize {
		return Key{}, fmt.Errorf("key %d: a key has a number from 1 and %d bytes", number, KeySize)
	}
	return Key{Number: number, secret: [KeySize]byte(secret)}, nil
}

// String and GoString keep the secret out of every print.
func (k Key) String() string   { return fmt.Sprintf("key %d", k.Number) }
func (k Key) GoString() string { return k.String() }

// Keyring seals with its first key and opens with any. It is safe for concurrent use.
type Keyring struct {
	current uint32
	sealers map[uint32]cipher.AEAD
	index   [KeySize]byte
}

// NewKeyring takes the field keys, the current one first, and the key of the blind indexes, which stands apart.
func NewKeyring(fields []Key, index Key) (*Keyring, error) {
	if len(fields) == 0 {
		return nil, errors.New("keyring: no field key")
	}
	ring := &Keyring{current: fields[0].Number, sealers: map[uint32]cipher.AEAD{}, index: index.secret}
	for _, key := range fields {
		if ring.sealers[key.Number] != nil {
			return nil, fmt.Errorf("keyring: %v twice", key)
		}
		// The key on file is never used as it is: what is derived for this use cannot meet another use of it.
		derived, err := hkdf.Key(sha256.New, key.secret[:], nil, "onewindow field encryption v1", KeySize)
		if err != nil {
			return nil, fmt.Errorf("keyring: %w", err)
		}
		block, err := aes.NewCipher(derived)
		if err != nil {
			return nil, fmt.Errorf("keyring: %w", err)
		}
		if ring.sealers[key.Number], err = cipher.NewGCM(block); err != nil {
			return nil, fmt.Errorf("keyring: %w", err)
		}
	}
	return ring, nil
}

// A sealed value: one byte of version, four of key number, twelve of nonce, then the ciphertext with its tag.
const (
	version    = 1
	headerSize = 1 + 4
	nonceSize  = 12
)

// Seal encrypts a value for one purpose, e.g. "resident.phone". Empty stays empty (nil).
func (r *Keyring) Seal(purpose string, plain []byte) []byte {
	if len(plain) == 0 {
		return nil
	}
	sealer := r.sealers[r.current]
	out := make([]byte, headerSize+nonceSize, headerSize+nonceSize+len(plain)+sealer.Overhead())
	out[0] = version
	binary.BigEndian.PutUint32(out[1:], r.current)
	_, _ = rand.Read(out[headerSize:]) // never fails since Go 1.24
	return sealer.Seal(out, out[headerSize:headerSize+nonceSize], plain, []byte(purpose))
}

// Open gives back what was sealed for the same purpose.
func (r *Keyring) Open(purpose string, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 {
		return nil, nil
	}
	if len(sealed) < headerSize+nonceSize || sealed[0] != version {
		return nil, fmt.Errorf("open %s: not a sealed value", purpose)
	}
	sealer := r.sealers[binary.BigEndian.Uint32(sealed[1:])]
	if sealer == nil {
		return nil, fmt.Errorf("open %s: key %d is not in the ring", purpose, binary.BigEndian.Uint32(sealed[1:]))
	}
	plain, err := sealer.Open(nil, sealed[headerSize:headerSize+nonceSize], sealed[headerSize+nonceSize:], []byte(purpose))
	if err != nil {
		return nil, fmt.Errorf("open %s: the value was changed or belongs elsewhere", purpose)
	}
	return plain, nil
}

// SealText and OpenText are Seal and Open for text.
func (r *Keyring) SealText(purpose, plain string) []byte { return r.Seal(purpose, []byte(plain)) }

// OpenText gives back a sealed text.
func (r *Keyring) OpenText(purpose string, sealed []byte) (string, error) {
	plain, err := r.Open(purpose, sealed)
	return string(plain), err
}

// SealJSON and OpenJSON are Seal and Open for a value as JSON. Sensitive types print as stars in JSON: reveal them first.
func (r *Keyring) SealJSON(purpose string, value any) ([]byte, error) {
	raw, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", purpose, err)
	}
	return r.Seal(purpose, raw), nil
}

// OpenJSON reads a sealed JSON value into a pointer; nothing sealed leaves it as it is.
func (r *Keyring) OpenJSON(purpose string, sealed []byte, into any) error {
	raw, err := r.Open(purpose, sealed)
	if err != nil || len(raw) == 0 {
		return err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("open %s: not the JSON that was expected", purpose)
	}
	return nil
}

// Index gives the blind index of a value: the same value and purpose give the same index, and nothing can be read from it.
// 32 characters, 192 bits.
func (r *Keyring) Index(purpose, value string) string {
	mac := hmac.New(sha256.New, r.index[:])
	mac.Write([]byte(purpose))
	mac.Write([]byte{0})
	mac.Write([]byte(value))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:24])
}
