package catalogue

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"slices"
)

// contents are the files of a catalogue as they were read, by their path.
type contents map[string][]byte

// hash is the fingerprint of a folder: the same files with the same content have the same, on every system.
func (f contents) hash() string {
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(f)) {
		for _, part := range [][]byte{[]byte(name), f[name]} {
			_ = binary.Write(sum, binary.BigEndian, uint64(len(part))) // a hash takes everything
			_, _ = sum.Write(part)
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// pack makes one archive of a folder, the same for the same files.
func (f contents) pack() ([]byte, error) {
	var packed bytes.Buffer
	archive := zip.NewWriter(&packed)
	for _, name := range slices.Sorted(maps.Keys(f)) {
		file, err := archive.Create(name)
		if err == nil {
			_, err = file.Write(f[name])
		}
		if err != nil {
			return nil, fmt.Errorf("pack %s: %w", name, err)
		}
	}
	if err := archive.Close(); err != nil {
		return nil, fmt.Errorf("pack catalogue: %w", err)
	}
	return packed.Bytes(), nil
}

// unpack opens an archive to be loaded from.
func unpack(packed []byte) (fs.FS, error) {
	archive, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		return nil, fmt.Errorf("unpack catalogue: %w", err)
	}
	return archive, nil
}
