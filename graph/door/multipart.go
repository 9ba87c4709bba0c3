package door

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"onewindow/graph/caller"
	"onewindow/models"
)

// inMemory is the size up to which an uploaded file is held in memory, in bytes; a larger one waits in a temporary file.
const inMemory = 1 << 20

var (
	noPreflight = &models.Fault{
		Code: models.Forbidden,
		Text: models.T("上传请求需要 GraphQL-Require-Preflight 头", "An upload needs the header GraphQL-Require-Preflight"),
	}
	wrongMultipart = models.BadInput(models.T("上传请求的组成部分不正确", "The parts of the upload are not as they should be"))
	tooManyFiles   = models.BadInput(models.T("一次上传的文件过多", "Too many files in one request"))
)

// serveMultipart takes a request with files (GraphQL multipart request specification). A page of another site can send
// such a form without asking first, so a header is required that it cannot set; and only who is known may upload.
func (d *Door) serveMultipart(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("GraphQL-Require-Preflight") == "" && r.Header.Get("Apollo-Require-Preflight") == "" {
		refuse(w, r, noPreflight)
		return
	}
	if caller.ActorFrom(r.Context()).Kind == models.Anonymous {
		refuse(w, r, models.NotSignedIn())
		return
	}
	if r.ContentLength > d.limits.Upload {
		Refuse(w, r, http.StatusRequestEntityTooLarge, tooLarge)
		return
	}
	done := d.hurry(w, d.limits.UploadTime)
	r.Body = http.MaxBytesReader(w, r.Body, d.limits.Upload)
	form := &uploadForm{door: d, files: map[string]graphql.Upload{}}
	defer form.close()
	fault, err := form.read(r)
	if err != nil {
		refuseBody(w, r, err)
		return
	}
	done()
	var params *graphql.RawParams
	if fault == nil {
		params, fault = form.params()
	}
	if fault != nil {
		refuse(w, r, fault)
		return
	}
	d.run(w, r, params, "")
}

// uploadForm is a multipart request as it comes in. The parts may come in any order: not every client can choose it.
type uploadForm struct {
	door              *Door
	operations, paths []byte
	files             map[string]graphql.Upload
	temporary         []*os.File
}

// read takes all parts. The error is one of reading, the fault one of what was read.
func (f *uploadForm) read(r *http.Request) (*models.Fault, error) {
	reader, err := r.MultipartReader()
	if err != nil {
		return wrongMultipart, nil // the content type lacks its boundary: that is the client's fault
	}
	for {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		if err != nil {
			return partFault(err)
		}
		fault, err := f.take(part)
		if fault != nil || err != nil {
			return fault, err
		}
	}
}

// partFault tells a malformed form from a body that could not be read.
func partFault(err error) (*models.Fault, error) {
	var tooLong *http.MaxBytesError
	if errors.As(err, &tooLong) || errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, err
	}
	return wrongMultipart, nil
}

func (f *uploadForm) take(part *multipart.Part) (*models.Fault, error) {
	name := part.FormName()
	switch name {
	case "operations":
		return f.takeText(part, &f.operations)
	case "map":
		return f.takeText(part, &f.paths)
	case "":
		return wrongMultipart, nil
	}
	if _, known := f.files[name]; known {
		return wrongMultipart, nil
	}
	if len(f.files) >= f.door.limits.UploadFiles {
		return tooManyFiles, nil
	}
	upload, err := f.takeFile(part)
	if err != nil {
		return partFault(err)
	}
	f.files[name] = upload
	return nil, nil
}

// takeText reads one of the two parts that are JSON.
func (f *uploadForm) takeText(part io.Reader, into *[]byte) (*models.Fault, error) {
	if *into != nil {
		return wrongMultipart, nil
	}
	raw, err := io.ReadAll(io.LimitReader(part, f.door.limits.Body+1))
	if err != nil {
		return partFault(err)
	}
	if int64(len(raw)) > f.door.limits.Body {
		return tooLarge, nil
	}
	*into = raw
	return nil, nil
}

// takeFile reads a file: a small one into memory, a large one into a temporary file. What it contains and whether it is
// too large is for the room to say, in words for the person.
func (f *uploadForm) takeFile(part *multipart.Part) (graphql.Upload, error) {
	upload := graphql.Upload{Filename: filepath.Base(part.FileName()), ContentType: part.Header.Get("Content-Type")}
	head, err := io.ReadAll(io.LimitReader(part, inMemory))
	if err != nil {
		return upload, err
	}
	if len(head) < inMemory {
		upload.File, upload.Size = bytes.NewReader(head), int64(len(head))
		return upload, nil
	}
	spool, err := os.CreateTemp("", "upload-*")
	if err != nil {
		return upload, err
	}
	f.temporary = append(f.temporary, spool)
	if upload.Size, err = io.Copy(spool, io.MultiReader(bytes.NewReader(head), part)); err != nil {
		return upload, err
	}
	upload.File = spool
	_, err = spool.Seek(0, io.SeekStart)
	return upload, err
}

// params puts the files where the map says that they belong.
func (f *uploadForm) params() (*graphql.RawParams, *models.Fault) {
	params, fault := f.door.readEnvelope(f.operations)
	if fault != nil {
		return nil, fault
	}
	value, fault := f.door.readJSON(f.paths)
	if fault != nil {
		return nil, fault
	}
	places, isObject := value.(map[string]any)
	if !isObject || len(places) != len(f.files) {
		return nil, wrongMultipart
	}
	for name, upload := range f.files {
		paths, isList := places[name].([]any)
		// One place for one file: the reader of a file in two places would find it at its end the second time.
		if !isList || len(paths) != 1 {
			return nil, wrongMultipart
		}
		path, isText := paths[0].(string)
		inside, isVariable := strings.CutPrefix(path, "variables.")
		if !isText || !isVariable || !place(params.Variables, strings.Split(inside, "."), upload) {
			return nil, wrongMultipart
		}
	}
	return params, nil
}

// place puts a file where a null stands for it.
func place(within any, path []string, upload graphql.Upload) bool {
	last := len(path) == 1
	switch parent := within.(type) {
	case map[string]any:
		child, found := parent[path[0]]
		if found && last && child == nil {
			parent[path[0]] = upload
			return true
		}
		return found && !last && place(child, path[1:], upload)
	case []any:
		index, err := strconv.Atoi(path[0])
		if err != nil || index < 0 || index >= len(parent) {
			return false
		}
		if last && parent[index] == nil {
			parent[index] = upload
			return true
		}
		return !last && place(parent[index], path[1:], upload)
	}
	return false
}

// close removes what waited on disk.
func (f *uploadForm) close() {
	for _, file := range f.temporary {
		_ = file.Close()
		_ = os.Remove(file.Name())
	}
}
