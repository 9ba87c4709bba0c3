package sealed

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"hash"

	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"
)

// KeySize is the length of every key, in bytes.
const KeySize = 32

// Suite says with which algorithms a generation works.
type Suite string

// The suites: the international one, and the one of GB/T 32905 and GB/T 32907 (商用密码).
const (
	AES Suite = "aes-256-gcm" // and HMAC-SHA-256
	SM  Suite = "sm4-gcm"     // and HMAC-SM3
)

// Suites lists them, the default first.
func Suites() []Suite { return []Suite{AES, SM} }

// Key is one secret of the ring: one generation of field keys or of index keys. It prints as its number alone.
type Key struct {
	// Number names the generation in what it sealed; 1 and up.
	Number uint32
	// Suite is what the key is used with.
	Suite  Suite
	secret [KeySize]byte
}

// NewKey takes a secret of 32 bytes for the default suite.
func NewKey(number uint32, secret []byte) (Key, error) { return NewSuiteKey(number, AES, secret) }

// NewSuiteKey takes a secret of 32 bytes for a suite.
func NewSuiteKey(number uint32, suite Suite, secret []byte) (Key, error) {
	if number == 0 || len(secret) != KeySize {
		return Key{}, fmt.Errorf("key %d: a key has a number from 1 and %d bytes", number, KeySize)
	}
	if suite != AES && suite != SM {
		return Key{}, fmt.Errorf("key %d: the suite must be %s or %s", number, AES, SM)
	}
	return Key{Number: number, Suite: suite, secret: [KeySize]byte(secret)}, nil
}

// String and GoString keep the secret out of every print.
func (k Key) String() string   { return fmt.Sprintf("key %d", k.Number) }
func (k Key) GoString() string { return k.String() }

// sealer makes the cipher of a field key. The key on file is never used as it is: what is derived for this use cannot meet
// another use of it.
func (k Key) sealer() (cipher.AEAD, error) {
	var block cipher.Block
	derived, err := k.derive()
	if err != nil {
		return nil, err
	}
	if k.Suite == SM {
		block, err = sm4.NewCipher(derived)
	} else {
		block, err = aes.NewCipher(derived)
	}
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func (k Key) derive() ([]byte, error) {
	if k.Suite == SM {
		return hkdf.Key(sm3.New, k.secret[:], nil, "onewindow field encryption sm4 v1", sm4.BlockSize)
	}
	return hkdf.Key(sha256.New, k.secret[:], nil, "onewindow field encryption v1", KeySize)
}

// hash is what the suite's blind indexes are made with.
func (k Key) hash() func() hash.Hash {
	if k.Suite == SM {
		return sm3.New
	}
	return sha256.New
}
