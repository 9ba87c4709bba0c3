package sealed

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

// Keyring seals with its first field key and opens with any. It is safe for concurrent use, and its keys can be replaced
// while it is in use.
type Keyring struct {
	held atomic.Pointer[keys]

	refreshing sync.Mutex
	refresh    func() (*Keyring, error)
}

// keys is what a ring holds at a time; it never changes.
type keys struct {
	current uint32
	sealers map[uint32]cipher.AEAD
	indexes []Key
}

// NewKeyring takes the field keys, the one that seals first, and the keys of the blind indexes, the one that is wanted first.
// There may be any number of each.
func NewKeyring(fields []Key, indexes ...Key) (*Keyring, error) {
	if len(fields) == 0 {
		return nil, errors.New("keyring: no field key")
	}
	if len(indexes) == 0 {
		return nil, errors.New("keyring: no index key")
	}
	held := &keys{current: fields[0].Number, sealers: map[uint32]cipher.AEAD{}, indexes: indexes}
	for _, key := range fields {
		if held.sealers[key.Number] != nil {
			return nil, fmt.Errorf("keyring: field %v twice", key)
		}
		var err error
		if held.sealers[key.Number], err = key.sealer(); err != nil {
			return nil, fmt.Errorf("keyring: %w", err)
		}
	}
	seen := map[uint32]bool{}
	for _, key := range indexes {
		if seen[key.Number] {
			return nil, fmt.Errorf("keyring: index %v twice", key)
		}
		seen[key.Number] = true
	}
	ring := &Keyring{}
	ring.held.Store(held)
	return ring, nil
}

// Follow says where the ring learns of other generations: refresh gives the ring as it should be now, or nil where nothing
// has changed. It is asked by Refresh, and when a value turns up whose generation is not known here.
func (r *Keyring) Follow(refresh func() (*Keyring, error)) {
	r.refreshing.Lock()
	defer r.refreshing.Unlock()
	r.refresh = refresh
}

// Refresh takes over what Follow's function gives, and tells whether that was anything new.
func (r *Keyring) Refresh() (changed bool, err error) {
	r.refreshing.Lock()
	defer r.refreshing.Unlock()
	if r.refresh == nil {
		return false, nil
	}
	fresh, err := r.refresh()
	if err != nil || fresh == nil {
		return false, err
	}
	r.held.Store(fresh.held.Load())
	return true, nil
}

// Generation is the number of the field key that seals.
func (r *Keyring) Generation() uint32 { return r.held.Load().current }

// A sealed value: one byte of version, four of key number, twelve of nonce, then the ciphertext with its tag.
const (
	version    = 1
	headerSize = 1 + 4
	nonceSize  = 12
)

// HeaderSize is how many bytes of a sealed value GenerationOf needs.
const HeaderSize = headerSize

// GenerationOf tells by its beginning which generation sealed a value; 0: it is no sealed value.
func GenerationOf(sealed []byte) uint32 {
	if len(sealed) < headerSize || sealed[0] != version {
		return 0
	}
	return binary.BigEndian.Uint32(sealed[1:])
}

// Seal encrypts a value for one purpose, e.g. "resident.phone". Empty stays empty (nil).
func (r *Keyring) Seal(purpose string, plain []byte) []byte {
	if len(plain) == 0 {
		return nil
	}
	held := r.held.Load()
	sealer := held.sealers[held.current]
	out := make([]byte, headerSize+nonceSize, headerSize+nonceSize+len(plain)+sealer.Overhead())
	out[0] = version
	binary.BigEndian.PutUint32(out[1:], held.current)
	_, _ = rand.Read(out[headerSize:]) // never fails since Go 1.24
	return sealer.Seal(out, out[headerSize:headerSize+nonceSize], plain, []byte(purpose))
}

// Open gives back what was sealed for the same purpose. Where its key is not in the ring, the ring is refreshed first: another
// replica may have had the new key file a moment earlier.
func (r *Keyring) Open(purpose string, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 {
		return nil, nil
	}
	if len(sealed) < headerSize+nonceSize || sealed[0] != version {
		return nil, fmt.Errorf("open %s: not a sealed value", purpose)
	}
	generation := GenerationOf(sealed)
	sealer := r.held.Load().sealers[generation]
	if sealer == nil {
		if _, err := r.Refresh(); err != nil {
			return nil, fmt.Errorf("open %s: key %d is not in the ring: %w", purpose, generation, err)
		}
		if sealer = r.held.Load().sealers[generation]; sealer == nil {
			return nil, fmt.Errorf("open %s: key %d is not in the ring", purpose, generation)
		}
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
