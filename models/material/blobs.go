package material

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/gcerrors"

	"onewindow/models"
	"onewindow/models/sealed"
)

// OpenFolder opens a folder as the place of the files, and makes it for this user alone where there is none.
func OpenFolder(folder string) (*blob.Bucket, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("files folder: %w", err)
	}
	bucket, err := fileblob.OpenBucket(folder, &fileblob.Options{
		DirFileMode: 0o700,
		// The system's folder for temporary files may lie on another disk, from which nothing can be renamed to here.
		NoTempDir: true,
		Metadata:  fileblob.MetadataDontWrite,
	})
	if err != nil {
		return nil, fmt.Errorf("files folder: %w", err)
	}
	return bucket, nil
}

// vault keeps the bytes of the files, encrypted, under names of its own. Each is sealed for its own name, so that one
// cannot be put in another's place.
type vault struct {
	bucket *blob.Bucket
	keys   *sealed.Keyring
}

var errLost = errors.New("the bytes of a file are gone")

// newKey names a blob by chance alone. The first characters spread the blobs over folders; they are taken from the end
// of the identifier, which is random where its beginning is the time.
func newKey() string {
	id := string(models.NewID())
	tail := id[len(id)-4:]
	return tail[:2] + "/" + tail[2:] + "/" + id
}

func purpose(key string) string { return "material.file/" + key }

func (v vault) put(ctx context.Context, key string, plain []byte) error {
	options := &blob.WriterOptions{
		ContentType: "application/octet-stream",
		BeforeWrite: func(as func(any) bool) error {
			var file *os.File
			if as(&file) {
				return file.Chmod(0o600)
			}
			return nil
		},
	}
	if err := v.bucket.WriteAll(ctx, key, v.keys.Seal(purpose(key), plain), options); err != nil {
		return fmt.Errorf("write file: %w", err)
	}
	return nil
}

func (v vault) get(ctx context.Context, key string) ([]byte, error) {
	box, err := v.bucket.ReadAll(ctx, key)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil, fmt.Errorf("read file: %w", errLost)
	}
	if err != nil {
		return nil, fmt.Errorf("read file: %w", err)
	}
	plain, err := v.keys.Open(purpose(key), box)
	if err != nil {
		return nil, fmt.Errorf("read file: %w", err)
	}
	return plain, nil
}

func (v vault) has(ctx context.Context, key string) (bool, error) {
	found, err := v.bucket.Exists(ctx, key)
	if err != nil {
		return false, fmt.Errorf("look for file: %w", err)
	}
	return found, nil
}

func (v vault) remove(ctx context.Context, key string) error {
	if err := v.bucket.Delete(ctx, key); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
		return fmt.Errorf("remove file: %w", err)
	}
	return nil
}

// olderThan gives the names of the blobs that were written longer ago than age, in lots. Their age is told by the storage's
// own clock, read from a blob written for the purpose: the house's clock can be moved in demo mode, and another machine's
// may be off.
func (v vault) olderThan(ctx context.Context, age time.Duration, lot int, take func(keys []string) error) error {
	now, err := v.now(ctx)
	if err != nil {
		return err
	}
	var keys []string
	list := v.bucket.List(nil)
	for {
		object, err := list.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("list files: %w", err)
		}
		if now.Sub(object.ModTime) > age {
			keys = append(keys, object.Key)
		}
		if len(keys) == lot {
			if err := take(keys); err != nil {
				return err
			}
			keys = nil
		}
	}
	if len(keys) == 0 {
		return nil
	}
	return take(keys)
}

func (v vault) now(ctx context.Context) (time.Time, error) {
	key := "now/" + string(models.NewID())
	if err := v.put(ctx, key, []byte("now")); err != nil {
		return time.Time{}, err
	}
	attributes, err := v.bucket.Attributes(ctx, key)
	if err != nil {
		return time.Time{}, fmt.Errorf("read the storage's time: %w", err)
	}
	return attributes.ModTime, v.remove(ctx, key)
}
