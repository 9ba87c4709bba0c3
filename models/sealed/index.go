package sealed

import (
	"crypto/hmac"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// index makes a blind index: 192 bits as 32 characters. Of generations after the first it begins with the number and a dot,
// so that it says by which key it was made; the first has none, as from before there were generations.
func (k Key) index(purpose, value string) string {
	mac := hmac.New(k.hash(), k.secret[:])
	mac.Write([]byte(purpose))
	mac.Write([]byte{0})
	mac.Write([]byte(value))
	made := base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:24])
	if k.Number == 1 {
		return made
	}
	return strconv.FormatUint(uint64(k.Number), 10) + "." + made
}

// IndexGenerationOf tells by which generation a blind index was made; 0: it is none.
func IndexGenerationOf(index string) uint32 {
	number, _, marked := strings.Cut(index, ".")
	if !marked {
		if index == "" {
			return 0
		}
		return 1
	}
	generation, err := strconv.ParseUint(number, 10, 32)
	if err != nil {
		return 0
	}
	return uint32(generation)
}

// Index gives a blind index by the ring's oldest generation: for what is kept for minutes alone (codes, counters in Redis),
// and must come out the same on a replica that has not seen the newest key file. What the database keeps takes IndexAt.
func (r *Keyring) Index(purpose, value string) string {
	indexes := r.held.Load().indexes
	return indexes[len(indexes)-1].index(purpose, value)
}

// IndexGeneration is the generation by which the ring wants indexes to be made; the database says which is in use
// (store.Tx.IndexGeneration).
func (r *Keyring) IndexGeneration() uint32 { return r.held.Load().indexes[0].Number }

// indexKey finds the key of the generation in use; 0 means that none was ever replaced. Where it is not in the ring, the ring
// is refreshed first.
func (r *Keyring) indexKey(generation uint32) (Key, error) {
	find := func() (Key, bool) {
		indexes := r.held.Load().indexes
		if generation == 0 {
			return indexes[len(indexes)-1], true
		}
		at := slices.IndexFunc(indexes, func(key Key) bool { return key.Number == generation })
		if at < 0 {
			return Key{}, false
		}
		return indexes[at], true
	}
	key, found := find()
	if found {
		return key, nil
	}
	if _, err := r.Refresh(); err != nil {
		return Key{}, fmt.Errorf("index key %d is not in the ring: %w", generation, err)
	}
	if key, found = find(); !found {
		return Key{}, fmt.Errorf("index key %d is not in the ring", generation)
	}
	return key, nil
}

// IndexAt gives the blind index by which a value is to be stored while a generation is in use: the same value, purpose and
// generation give the same index, and nothing can be read from it.
func (r *Keyring) IndexAt(generation uint32, purpose, value string) (string, error) {
	key, err := r.indexKey(generation)
	if err != nil {
		return "", err
	}
	return key.index(purpose, value), nil
}

// Indexes gives every index under which a value may stand while a generation is in use, that one's first: rows are moved from
// an older generation to it one by one. It fails where that generation is not known, because a row would then seem not to be there.
func (r *Keyring) Indexes(generation uint32, purpose, value string) ([]string, error) {
	used, err := r.indexKey(generation)
	if err != nil {
		return nil, err
	}
	all := []string{used.index(purpose, value)}
	for _, key := range r.held.Load().indexes {
		if key.Number != used.Number {
			all = append(all, key.index(purpose, value))
		}
	}
	return all, nil
}
