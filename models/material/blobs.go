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

// put gives the generation that the bytes were sealed by. What has arrived is measured: not every storage fails where an
// upload broke off.
func (v vault) put(ctx context.Context, key string, plain []byte) (generation uint32, err error) {
	box := v.keys.Seal(purpose(key), plain)
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
	if err := v.bucket.WriteAll(ctx, key, box, options); err != nil {
		return 0, notKept(err)
	}
	attributes, err := v.bucket.Attributes(ctx, key)
	if err != nil {
		return 0, notKept(err)
	}
	if attributes.Size != int64(len(box)) {
		return 0, notKept(fmt.Errorf("%d of %d bytes arrived", attributes.Size, len(box)))
	}
	return sealed.GenerationOf(box), nil
}

// notKept is what a person reads while the storage of files is full, away or read-only: nothing was taken.
func notKept(cause error) error {
	return fmt.Errorf("%w: write file: %w", models.Unavailable(models.T(
		"文件暂时无法保存，请稍后再试", "Files cannot be kept at the moment, please try again later")), cause)
}

// generation tells by its first bytes what sealed a blob; 0: it is gone, or none of ours.
func (v vault) generation(ctx context.Context, key string) (uint32, error) {
	reader, err := v.bucket.NewRangeReader(ctx, key, 0, sealed.HeaderSize, nil)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read file: %w", err)
	}
	defer func() { _ = reader.Close() }()
	header, err := io.ReadAll(reader)
	if err != nil {
		return 0, fmt.Errorf("read file: %w", err)
	}
	return sealed.GenerationOf(header), nil
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

// each names every blob.
func (v vault) each(ctx context.Context, take func(key string) error) error {
	list := v.bucket.List(nil)
	for {
		object, err := list.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("list files: %w", err)
		}
		if err := take(object.Key); err != nil {
			return err
		}
	}
}

func (v vault) now(ctx context.Context) (time.Time, error) {
	key := "now/" + string(models.NewID())
	if _, err := v.put(ctx, key, []byte("now")); err != nil {
		return time.Time{}, err
	}
	attributes, err := v.bucket.Attributes(ctx, key)
	if err != nil {
		return time.Time{}, fmt.Errorf("read the storage's time: %w", err)
	}
	return attributes.ModTime, v.remove(ctx, key)
}
