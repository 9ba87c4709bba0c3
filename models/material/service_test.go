package material

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onewindow/models"
	"onewindow/models/catalogue"
	"onewindow/models/sealed"
	"onewindow/models/store"
	"onewindow/models/store/storetest"
)

var (
	idCard = &catalogue.Material{Code: "id-card", Name: models.T("居民身份证", "Resident identity card"), Kind: catalogue.Certificate,
		ValidForMonths: 240, Formats: []string{"jpg", "png", "pdf"}, MaxBytes: MaxBytes}
	photo = &catalogue.Material{Code: "photo-id", Name: models.T("证件照片", "Photograph"), Kind: catalogue.Photo,
		ValidForMonths: 6, Formats: []string{"jpg"}, MaxBytes: 2 << 20}
	letter = &catalogue.Material{Code: "application-form", Name: models.T("申请表", "Form"), Kind: catalogue.Form, Formats: []string{"pdf"}}
)

type office struct {
	*Service
	store  *store.Store
	clock  *storetest.Clock
	folder string
}

func testKeys(t testing.TB) *sealed.Keyring {
	t.Helper()
	key := func(number uint32) sealed.Key {
		made, err := sealed.NewKey(number, bytes.Repeat([]byte{byte(number)}, sealed.KeySize))
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	ring, err := sealed.NewKeyring([]sealed.Key{key(1)}, key(2))
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// each runs a test on every database, with the files in a folder.
func each(t *testing.T, run func(t *testing.T, office office)) {
	storetest.Each(t, func(t *testing.T, open func(t *testing.T, clock *storetest.Clock) *store.Store) {
		clock := storetest.NewClock("2026-03-02T09:00:00+08:00")
		folder := filepath.Join(t.TempDir(), "files")
		bucket, err := OpenFolder(folder)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = bucket.Close() })
		opened := open(t, clock)
		dictionary := map[string]*catalogue.Material{idCard.Code: idCard, photo.Code: photo, letter.Code: letter}
		run(t, office{New(Config{
			Store: opened, Bucket: bucket, Keys: testKeys(t), Materials: func(code string) *catalogue.Material { return dictionary[code] },
		}), opened, clock, folder})
	})
}

func residentActor(id models.ID) models.Actor { return models.Actor{Kind: models.Resident, ID: id} }

func (o office) upload(t *testing.T, owner models.ID, name string, content []byte) *File {
	t.Helper()
	file, problems, err := o.Upload(t.Context(), residentActor(owner), owner, name, bytes.NewReader(content))
	if err != nil || len(problems) > 0 {
		t.Fatalf("upload: %v, %v", codes(problems), err)
	}
	return file
}

func (o office) attach(t *testing.T, owner models.ID, material *catalogue.Material, attachment Attachment) (document *Document, problems []*models.Problem, err error) {
	t.Helper()
	err = o.store.InTx(t.Context(), func(tx *store.Tx) (err error) {
		document, problems, err = o.AddUploaded(t.Context(), tx, owner, material, attachment)
		return err
	})
	return document, problems, err
}

func (o office) fetched(t *testing.T, owner models.ID, fetched FetchedDocument) *Document {
	t.Helper()
	var document *Document
	err := o.store.InTx(t.Context(), func(tx *store.Tx) (err error) {
		document, err = o.AddFetched(t.Context(), tx, owner, idCard, fetched)
		return err
	})
	if err != nil {
		t.Fatalf("add fetched: %v", err)
	}
	return document
}

func codes(problems []*models.Problem) string {
	all := make([]string, len(problems))
	for i, problem := range problems {
		all[i] = problem.Code + " " + *problem.Field
	}
	return strings.Join(all, ", ")
}

func isNotFound(err error) bool {
	var fault *models.Fault
	return errors.As(err, &fault) && cmp.Equal(fault, models.NotFound())
}

// blobs gives the bytes of every file on disk.
func (o office) blobs(t *testing.T) map[string][]byte {
	t.Helper()
	found := map[string][]byte{}
	err := filepath.WalkDir(o.folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		found[path], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestAnUploadIsReadBackByteForByteAndNothingOnDiskIsReadable(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		owner := models.NewID()
		content := samplePDF("SECRET-330102199001011234")
		file := o.upload(t, owner, "../王小明的户口簿.pdf", content)
		if file.Name != "王小明的户口簿.pdf" || file.ContentType != "application/pdf" || file.Size != len(content)-1 || file.Format() != "pdf" {
			t.Errorf("file %+v", file)
		}
		document, _, err := o.attach(t, owner, idCard, Attachment{FileID: file.ID, Number: "330102199001011234"})
		if err != nil {
			t.Fatal(err)
		}
		got, plain, err := o.Content(t.Context(), document.ID)
		if err != nil || !bytes.Equal(plain, bytes.TrimSpace(content)) {
			t.Fatalf("read back %d bytes, %v", len(plain), err)
		}
		if got.Name != file.Name || got.SHA256 != file.SHA256 || got.ContentType != file.ContentType || got.Size != file.Size {
			t.Errorf("file behind the document %+v, want %+v", got, file)
		}
		blobs := o.blobs(t)
		if len(blobs) != 1 {
			t.Errorf("%d blobs on disk", len(blobs))
		}
		for path, raw := range blobs {
			if bytes.Contains(raw, []byte("SECRET")) || bytes.Contains(raw, []byte("%PDF")) || strings.Contains(path, "户口簿") || strings.Contains(path, string(file.ID)) {
				t.Errorf("%s can be read", path)
			}
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s has mode %v, %v", path, info.Mode(), err)
			}
		}
		o.refuseReadable(t, "户口簿", "330102199001011234", file.SHA256)
	})
}

// refuseReadable looks for texts in everything that the room's tables hold.
func (o office) refuseReadable(t *testing.T, texts ...string) {
	t.Helper()
	for _, table := range []string{"material_files", "material_documents"} {
		var rows []map[string]any
		if err := o.store.Reader(t.Context()).Table(table).Find(&rows).Error; err != nil || len(rows) == 0 {
			t.Fatalf("%s: %d rows, %v", table, len(rows), err)
		}
		for _, row := range rows {
			for column, value := range row {
				for _, text := range texts {
					raw, isBytes := value.([]byte)
					if strings.Contains(fmt.Sprint(value), text) || (isBytes && bytes.Contains(raw, []byte(text))) {
						t.Errorf("%s.%s can be read", table, column)
					}
				}
			}
		}
	}
}

// endless gives a true JPEG head and then more and more.
type endless struct{ given int }

func (e *endless) Read(into []byte) (int, error) {
	clear(into)
	e.given += len(into)
	return len(into), nil
}

func TestWhatIsNotTaken(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		owner := models.NewID()
		endless := &endless{}
		for name, c := range map[string]struct {
			content io.Reader
			want    string
		}{
			"empty":                    {strings.NewReader(""), "REQUIRED file"},
			"html named pdf":           {strings.NewReader("<script>alert(1)</script>"), "FORMAT file"},
			"svg":                      {strings.NewReader(`<svg xmlns="http://www.w3.org/2000/svg"/>`), "FORMAT file"},
			"exe named jpg":            {strings.NewReader("MZ\x90\x00 and so on"), "FORMAT file"},
			"zip named pdf":            {bytes.NewReader(zipWith(t, 100)), "FORMAT file"},
			"a byte more than 10 MiB":  {io.MultiReader(bytes.NewReader(sampleJPEG(t)), bytes.NewReader(make([]byte, MaxBytes+1-len(sampleJPEG(t))))), "TOO_LARGE file"},
			"a stream that never ends": {endless, "TOO_LARGE file"},
		} {
			file, problems, err := o.Upload(t.Context(), residentActor(owner), owner, name+".pdf", c.content)
			if file != nil || err != nil || codes(problems) != c.want {
				t.Errorf("%s: %v, %s, %v", name, file, codes(problems), err)
			}
		}
		if endless.given > 3*MaxBytes {
			t.Errorf("%d bytes were read of the endless stream", endless.given)
		}
		if left := o.blobs(t); len(left) != 0 {
			t.Errorf("%d blobs were written", len(left))
		}
		if _, _, err := o.Upload(t.Context(), models.Actor{Kind: models.Anonymous}, owner, "a.pdf", bytes.NewReader(samplePDF("a"))); !errors.As(err, new(*models.Fault)) {
			t.Errorf("a stranger: %v", err)
		}
		if _, _, err := o.Upload(t.Context(), residentActor(owner), owner, "a.pdf", io.MultiReader(bytes.NewReader(samplePDF("a")), &broken{})); !errors.Is(err, errBroken) {
			t.Errorf("a connection that broke: %v", err)
		}
	})
}

var errBroken = errors.New("connection lost")

type broken struct{}

func (*broken) Read([]byte) (int, error) { return 0, errBroken }

func TestTheLargestFileIsTaken(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		content := append(samplePDF("x")[:len(samplePDF("x"))-len("startxref\n400\n%%EOF\n")], bytes.Repeat([]byte(" "), MaxBytes)...)[:MaxBytes]
		copy(content[MaxBytes-len("startxref\n9\n%%EOF"):], "startxref\n9\n%%EOF")
		file := o.upload(t, models.NewID(), "large.pdf", content)
		if file.Size != MaxBytes {
			t.Errorf("size %d", file.Size)
		}
	})
}

func TestTheSameFileTwiceIsKeptOnceForEachPerson(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		mother, neighbour := models.NewID(), models.NewID()
		first := o.upload(t, mother, "a.pdf", samplePDF("x"))
		again := o.upload(t, mother, "b.pdf", samplePDF("x"))
		if again.ID != first.ID || again.Name != "b.pdf" {
			t.Errorf("first %+v, again %+v", first, again)
		}
		other := o.upload(t, neighbour, "a.pdf", samplePDF("x"))
		if other.ID == first.ID {
			t.Error("two people share a file")
		}
		if left := o.blobs(t); len(left) != 2 {
			t.Errorf("%d blobs", len(left))
		}
		var indexes []string
		if err := o.store.Reader(t.Context()).Table("material_files").Distinct().Pluck("content_index", &indexes).Error; err != nil || len(indexes) != 2 {
			t.Errorf("the database tells that two people have the same file: %v, %v", indexes, err)
		}
	})
}

func TestTheSameFileManyTimesAtOnce(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		owner := models.NewID()
		var group sync.WaitGroup
		ids := make([]models.ID, 8)
		for i := range ids {
			group.Go(func() {
				file, _, err := o.StoreFile(context.Background(), owner, "a.pdf", samplePDF("x"))
				if err != nil {
					t.Errorf("store: %v", err)
					return
				}
				ids[i] = file.ID
			})
		}
		group.Wait()
		for _, id := range ids {
			if id != ids[0] {
				t.Errorf("files %v", ids)
			}
		}
		if left := o.blobs(t); len(left) != 1 {
			t.Errorf("%d blobs", len(left))
		}
	})
}

func TestBytesThatWereLostComeBackWithTheNextUpload(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		owner := models.NewID()
		file := o.upload(t, owner, "a.pdf", samplePDF("x"))
		document, _, err := o.attach(t, owner, letter, Attachment{FileID: file.ID})
		if err != nil {
			t.Fatal(err)
		}
		for path := range o.blobs(t) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, err := o.Content(t.Context(), document.ID); !errors.Is(err, errLost) {
			t.Errorf("lost bytes: %v", err)
		}
		o.upload(t, owner, "a.pdf", samplePDF("x"))
		if _, plain, err := o.Content(t.Context(), document.ID); err != nil || !bytes.HasPrefix(plain, pdfHead) {
			t.Errorf("after the upload: %d bytes, %v", len(plain), err)
		}
	})
}

func TestABlobInAnothersPlaceDoesNotOpen(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		owner := models.NewID()
		file := o.upload(t, owner, "a.pdf", samplePDF("x"))
		stored, err := o.vault.bucket.ReadAll(t.Context(), file.blobKey)
		if err != nil {
			t.Fatal(err)
		}
		other := o.upload(t, owner, "b.pdf", samplePDF("y"))
		if err := o.vault.bucket.WriteAll(t.Context(), other.blobKey, stored, nil); err != nil {
			t.Fatal(err)
		}
		if plain, err := o.vault.get(t.Context(), other.blobKey); err == nil {
			t.Errorf("%d bytes were read", len(plain))
		}
	})
}

func TestBytesWithoutARowAreRemovedAfterADay(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		owner := models.NewID()
		kept := o.upload(t, owner, "a.pdf", samplePDF("x"))
		for _, key := range []string{"aa/bb/old", "aa/bb/young"} {
			if _, err := o.vault.put(t.Context(), key, []byte("left over")); err != nil {
				t.Fatal(err)
			}
		}
		past := time.Now().Add(-25 * time.Hour)
		for _, key := range []string{"aa/bb/old", kept.blobKey} {
			if err := os.Chtimes(filepath.Join(o.folder, filepath.FromSlash(key)), past, past); err != nil {
				t.Fatal(err)
			}
		}
		// A clock that was moved on is no reason to remove what was written a moment ago.
		o.clock.Advance(1000 * time.Hour)
		removed, err := o.RemoveOrphans(t.Context())
		if err != nil || removed != 1 {
			t.Errorf("removed %d, %v", removed, err)
		}
		left := o.blobs(t)
		if len(left) != 2 || left[filepath.Join(o.folder, "aa/bb/old")] != nil {
			t.Errorf("%d blobs left", len(left))
		}
	})
}
