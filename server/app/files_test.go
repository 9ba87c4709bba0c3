package app_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"onewindow/models"
	"onewindow/models/material"
	"onewindow/models/sealed"
	"onewindow/models/store/storetest"
	"onewindow/server/app"
	"onewindow/server/config"
)

// objects is a server that speaks as much of S3's wire as files need: put, get, head, delete, list.
type objects struct {
	mutex sync.Mutex
	held  map[string][]byte
}

func (o *objects) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if bucket != "files" || !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=KEYID/") {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	content, found := o.held[key]
	switch {
	case r.Method == http.MethodPut:
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		o.held[key] = unframed(r, body)
	case r.Method == http.MethodGet && key == "":
		o.list(w)
	case !found:
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `<Error><Code>NoSuchKey</Code></Error>`)
	case r.Method == http.MethodDelete:
		delete(o.held, key)
		w.WriteHeader(http.StatusNoContent)
	default:
		http.ServeContent(w, r, "", time.Now(), bytes.NewReader(content))
	}
}

// unframed undoes the client's aws-chunked framing, which carries a checksum behind the content.
func unframed(r *http.Request, body []byte) []byte {
	if !strings.Contains(r.Header.Get("Content-Encoding"), "aws-chunked") {
		return body
	}
	var content []byte
	for {
		line, rest, _ := bytes.Cut(body, []byte("\r\n"))
		var size int
		if _, err := fmt.Sscanf(string(line), "%x", &size); err != nil || size == 0 {
			return content
		}
		content = append(content, rest[:size]...)
		body = rest[size+2:]
	}
}

func (o *objects) list(w http.ResponseWriter) {
	type object struct{ Key, LastModified string }
	listed := struct {
		XMLName  xml.Name `xml:"ListBucketResult"`
		Contents []object
	}{}
	for _, key := range slices.Sorted(maps.Keys(o.held)) {
		listed.Contents = append(listed.Contents, object{key, time.Now().UTC().Format(time.RFC3339)})
	}
	_ = xml.NewEncoder(w).Encode(listed)
}

// Files lie in S3 as they lie in a folder: encrypted, found again, sealed anew, and gone when they are removed.
func TestFilesInS3(t *testing.T) {
	held := &objects{held: map[string][]byte{}}
	server := httptest.NewServer(held)
	defer server.Close()
	t.Setenv("AWS_ACCESS_KEY_ID", "KEYID")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	settings, err := config.Load([]string{"-demo"}, map[string]string{
		"ONEWINDOW_FILES": "s3://files?region=cn-east-1&use_path_style=true&endpoint=" + server.URL,
	})
	if err != nil {
		t.Fatal(err)
	}
	bucket, err := app.OpenFiles(t.Context(), settings)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = bucket.Close() }()
	key := func(number uint32) sealed.Key {
		made, err := sealed.NewKey(number, bytes.Repeat([]byte{byte(number)}, sealed.KeySize))
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	ring := func(keys ...sealed.Key) *sealed.Keyring {
		made, err := sealed.NewKeyring(keys, key(1))
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	house := storetest.Open(t, "", storetest.NewClock(opening))
	room := func(keys *sealed.Keyring) *material.Service {
		return material.New(material.Config{Store: house, Bucket: bucket, Keys: keys})
	}
	owner := models.NewID()
	paper := samplePDF("in S3")
	file, problems, err := room(ring(key(1))).StoreFile(t.Context(), owner, "a.pdf", paper)
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	if len(held.held) != 1 {
		t.Fatalf("%d objects", len(held.held))
	}
	for _, content := range held.held {
		if bytes.Contains(content, []byte("PDF")) || sealed.GenerationOf(content) != 1 {
			t.Error("a file lies there readable")
		}
	}
	newer := room(ring(key(2), key(1)))
	if _, done, err := newer.ResealFiles(t.Context(), ""); err != nil || !done {
		t.Fatal(done, err)
	}
	counts, err := newer.CountFiles(t.Context())
	if err != nil || len(counts) != 1 || counts[2] != 1 {
		t.Fatal(counts, err)
	}
	again, _, err := room(ring(key(2), key(1))).StoreFile(t.Context(), owner, "a.pdf", paper)
	if err != nil || again.ID != file.ID {
		t.Errorf("the same paper lies there twice: %v", err)
	}
	other, _, err := newer.StoreFile(t.Context(), models.NewID(), "a.pdf", paper)
	if err != nil || other.ID == file.ID || len(held.held) != 2 {
		t.Errorf("two people share a file: %v", err)
	}
}
