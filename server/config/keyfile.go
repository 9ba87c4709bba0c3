package config

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/goccy/go-yaml"

	"onewindow/models/sealed"
)

// keyFile is the file's form.
type keyFile struct {
	Signing []keyEntry `yaml:"signing"`
	Fields  []keyEntry `yaml:"fields"`
	Index   entries    `yaml:"index"`
}

// keyEntry is one key: 32 bytes in base64, or what a KMS made of them.
type keyEntry struct {
	Number  uint32 `yaml:"number,omitempty"`
	Suite   string `yaml:"suite,omitempty"`
	Key     string `yaml:"key,omitempty"`
	Wrapped string `yaml:"wrapped,omitempty"`
}

// entries is a list of keys, or as in older files a single one without a number, which is number 1.
type entries []keyEntry

// UnmarshalYAML reads both forms of index.
func (e *entries) UnmarshalYAML(raw []byte) error {
	var single string
	if yaml.Unmarshal(raw, &single) == nil {
		*e = entries{{Number: 1, Key: single}}
		return nil
	}
	var list []keyEntry
	if err := yaml.UnmarshalWithOptions(raw, &list, yaml.Strict()); err != nil {
		return err
	}
	*e = list
	return nil
}

// UnmarshalYAML reads a key that is its base64 alone, as signing keys are, or a mapping.
func (e *keyEntry) UnmarshalYAML(raw []byte) error {
	if yaml.Unmarshal(raw, &e.Key) == nil {
		return nil
	}
	type plain keyEntry
	return yaml.UnmarshalWithOptions(raw, (*plain)(e), yaml.Strict())
}

func (e keyEntry) suite() sealed.Suite {
	if e.Suite == "" {
		return sealed.AES
	}
	return sealed.Suite(e.Suite)
}

// keyFileHeader explains the file to whoever opens it.
const keyFileHeader = `# OneWindow's keys. Whoever has this file can read all personal data and sign tokens: keep it secret, and keep a copy.
# signing: Ed25519 seeds; the first signs, all are accepted. fields: the first encrypts, all decrypt. index: finds encrypted
# values; the first is wanted, values are moved to it. Each is 32 random bytes in base64, or "wrapped" by a KMS. Change it by
# "go run ./tools/keys rotate | stage | promote | retire", never by hand: one that is still in use must not be taken out.
`

func readKeyFile(path string) (*keyFile, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	kept, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	file := &keyFile{}
	if yaml.UnmarshalWithOptions(raw, file, yaml.Strict()) != nil {
		// The library's own words show the lines around the fault, and with them the keys.
		return nil, errors.New("not a key file: want signing, fields and index")
	}
	if mode := kept.Mode().Perm(); mode&open != 0 && runtime.GOOS != "windows" && file.holdsKeys() {
		return nil, fmt.Errorf("%s: mode %04o lets others read or change the keys: chmod 600, or 640 for a group of its own", path, mode)
	}
	return file, nil
}

// open are the permissions that a file with keys must not give: writing for its group, anything for all others.
const open = 0o027

// holdsKeys tells whether a key stands in the file as it is; wrapped ones are worth nothing without the KMS.
func (f *keyFile) holdsKeys() bool {
	held := func(entry keyEntry) bool { return entry.Key != "" }
	return slices.ContainsFunc(f.Signing, held) || slices.ContainsFunc(f.Fields, held) || slices.ContainsFunc(f.Index, held)
}

func (f *keyFile) encode() ([]byte, error) {
	content, err := yaml.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("write keys: %w", err)
	}
	return append([]byte(keyFileHeader), content...), nil
}

// newEntry makes a key, wrapped where there is a KMS.
func newEntry(ctx context.Context, kms *KMS, number uint32, suite sealed.Suite) (keyEntry, error) {
	entry := keyEntry{Number: number, Suite: string(suite)}
	raw := make([]byte, sealed.KeySize)
	_, _ = rand.Read(raw) // never fails since Go 1.24
	if kms == nil {
		entry.Key = base64.StdEncoding.EncodeToString(raw)
		return entry, nil
	}
	var err error
	entry.Wrapped, err = kms.Wrap(ctx, raw)
	return entry, err
}

// GenerateKeys writes a new key file that only its owner can read. It never replaces one.
func GenerateKeys(path string) error {
	return GenerateWrappedKeys(context.Background(), path, nil, sealed.AES)
}

// GenerateWrappedKeys is GenerateKeys with keys of a suite, wrapped where there is a KMS.
func GenerateWrappedKeys(ctx context.Context, path string, kms *KMS, suite sealed.Suite) error {
	var made [3]keyEntry
	for position := range made {
		var err error
		if made[position], err = newEntry(ctx, kms, 1, suite); err != nil {
			return fmt.Errorf("write keys: %w", err)
		}
	}
	made[0].Number, made[0].Suite = 0, ""
	content, err := (&keyFile{Signing: made[:1], Fields: made[1:2], Index: made[2:]}).encode()
	if err != nil {
		return err
	}
	return writeOnce(path, content)
}

// draftBeside writes the content to a file of its own in the same folder, safe on the disk and its owner's alone.
func draftBeside(path string, content []byte) (string, error) {
	draft, err := os.CreateTemp(filepath.Dir(path), ".keys-*") // made with mode 0600
	if err != nil {
		return "", fmt.Errorf("write keys: %w", err)
	}
	_, err = draft.Write(content)
	if err = errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		_ = os.Remove(draft.Name())
		return "", fmt.Errorf("write keys: %w", err)
	}
	return draft.Name(), nil
}

// writeOnce makes the whole file appear at once, or leaves the one that is there: a crash in the middle would otherwise
// leave half a key file, and with it a server that cannot start.
func writeOnce(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("write keys: %w", err)
	}
	draft, err := draftBeside(path, content)
	if err != nil {
		return err
	}
	defer os.Remove(draft) //nolint:errcheck // a draft that stays is its owner's alone and stops nothing
	if err := os.Link(draft, path); err != nil {
		return fmt.Errorf("write keys: %w", err)
	}
	return nil
}

// previousSuffix names the file as it was before the last change, which is kept: a key that was taken out can be put back.
const previousSuffix = ".previous"

// change replaces the key file as a whole, after its new form has been read like a server reads it, and keeps the former one
// beside it. A crash at any point leaves one of the two in place.
func change(ctx context.Context, path string, kms *KMS, alter func(file *keyFile) error) error {
	file, err := readKeyFile(path)
	if err != nil {
		return fmt.Errorf("%sKEYS: %w", prefix, err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%sKEYS: %w", prefix, err)
	}
	if err := alter(file); err != nil {
		return err
	}
	if _, err := file.keys(ctx, kms); err != nil {
		return fmt.Errorf("the key file is left as it was: %w", err)
	}
	content, err := file.encode()
	if err != nil {
		return err
	}
	for _, step := range []struct {
		path    string
		content []byte
	}{{path + previousSuffix, before}, {path, content}} {
		draft, err := draftBeside(path, step.content)
		if err != nil {
			return err
		}
		if err := os.Rename(draft, step.path); err != nil {
			_ = os.Remove(draft)
			return fmt.Errorf("write keys: %w", err)
		}
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes the renaming itself safe on the disk.
func syncFolder(folder string) error {
	opened, err := os.Open(folder)
	if err != nil {
		return fmt.Errorf("write keys: %w", err)
	}
	_ = opened.Sync() // some file systems have none for folders, and need none
	return opened.Close()
}

// list gives one of the file's two lists of generations.
func (f *keyFile) list(which KeyList) *[]keyEntry {
	if which == IndexKeys {
		return (*[]keyEntry)(&f.Index)
	}
	return &f.Fields
}

// KeyList is one of the key file's lists of generations.
type KeyList string

// The lists, as the file names them.
const (
	FieldKeys KeyList = "fields"
	IndexKeys KeyList = "index"
)

// AddGeneration puts a new key into a list: first, where it is used from the moment that servers read it, or staged behind
// the others, where it is known and not used yet. It gives its number.
func AddGeneration(ctx context.Context, path string, kms *KMS, which KeyList, suite sealed.Suite, staged bool) (uint32, error) {
	var number uint32
	err := change(ctx, path, kms, func(file *keyFile) error {
		list := file.list(which)
		for _, entry := range *list {
			number = max(number, entry.Number)
		}
		number++
		entry, err := newEntry(ctx, kms, number, suite)
		if err != nil {
			return err
		}
		position := 0
		if staged {
			position = min(1, len(*list))
		}
		*list = slices.Insert(*list, position, entry)
		return nil
	})
	return number, err
}

// Promote puts a staged key first.
func Promote(ctx context.Context, path string, kms *KMS, which KeyList, number uint32) error {
	return change(ctx, path, kms, func(file *keyFile) error {
		list := file.list(which)
		at, err := find(*list, which, number)
		if err != nil {
			return err
		}
		entry := (*list)[at]
		*list = slices.Insert(slices.Delete(*list, at, at+1), 0, entry)
		return nil
	})
}

// Retire takes a key out of the file. That nothing uses it any more, the caller has made sure.
func Retire(ctx context.Context, path string, kms *KMS, which KeyList, number uint32) error {
	return change(ctx, path, kms, func(file *keyFile) error {
		list := file.list(which)
		at, err := find(*list, which, number)
		if err != nil {
			return err
		}
		if at == 0 {
			return fmt.Errorf("%s %d is the one in use: rotate first", which, number)
		}
		*list = slices.Delete(*list, at, at+1)
		return nil
	})
}

func find(list []keyEntry, which KeyList, number uint32) (int, error) {
	at := slices.IndexFunc(list, func(entry keyEntry) bool { return entry.Number == number })
	if at < 0 {
		return 0, fmt.Errorf("%s: no key has the number %d", which, number)
	}
	return at, nil
}
