package door

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

// Whatever comes as a form: the answer is JSON with a code or data, never a fault of ours, and no file stays.
func FuzzMultipart(f *testing.F) {
	whole := "--x\r\nContent-Disposition: form-data; name=\"operations\"\r\n\r\n" +
		`{"query":"mutation($f: Upload!) { upload(file: $f) }","variables":{"f":null}}` +
		"\r\n--x\r\nContent-Disposition: form-data; name=\"map\"\r\n\r\n{\"0\":[\"variables.f\"]}\r\n--x\r\n" +
		"Content-Disposition: form-data; name=\"0\"; filename=\"a.pdf\"\r\n\r\n%PDF\r\n--x--\r\n"
	for _, seed := range []string{whole, whole[:len(whole)/2], strings.ReplaceAll(whole, "variables.f", "variables.g.0"), "--x--", strings.ReplaceAll(whole, "\"0\"", "\"\"")} {
		f.Add(seed)
	}
	temporary := f.TempDir()
	f.Setenv("TMPDIR", temporary)
	door := New(Config{Schema: tinySchema{}, Authenticate: authenticate})
	f.Cleanup(door.Close)
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(body))
		r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		r.Header.Set("GraphQL-Require-Preflight", "1")
		r.Header.Set("Authorization", "Bearer resident")
		w := httptest.NewRecorder()
		door.ServeHTTP(w, r)
		var said struct {
			Data   json.RawMessage
			Errors []struct{ Extensions struct{ Code string } }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &said); err != nil || w.Code >= 500 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		if len(said.Errors) > 0 && said.Errors[0].Extensions.Code == "" {
			t.Fatalf("no code: %s", w.Body)
		}
		if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
			t.Fatalf("%d files left, %v", len(left), err)
		}
	})
}
