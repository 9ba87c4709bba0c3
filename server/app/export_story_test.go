package app_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// fetched is what came of opening a link.
func opened(t *testing.T, url string) (status int, body []byte) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if body, err = io.ReadAll(response.Body); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, body
}

// unpacked reads a ZIP file.
func unpacked(t *testing.T, body []byte) map[string][]byte {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatalf("%v in %.200s", err, body)
	}
	files := map[string][]byte{}
	for _, file := range archive.File {
		opened, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[file.Name], err = io.ReadAll(opened); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

type dataExport struct{ URL, ExpiresAt string }

// A person gets a copy of everything that is theirs, by a link that works for ten minutes and a few times, and is told of it.
func TestAPersonTakesTheirDataAlong(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		other := c.resident(t, "r01")
		change(t, other, "StartApplication", vars{"itemCode": c.anyItem(t), "channel": "APP"})
		mother, handedIn := birthRegistration(t, c)
		link := ask[dataExport](t, mother, "ExportMyData", nil)
		status, body := opened(t, link.URL)
		if status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
		files := unpacked(t, body)
		person := c.people.Resident("r06")
		for name, words := range map[string][]string{
			"particulars.json":  {person.Name.Reveal(), person.NationalID.Reveal(), person.Phone.Reveal()},
			"profile.json":      {"IDENTITY_BINDING", "quietHours"},
			"applications.json": {handedIn.Number, `"timeline"`, `"SUBMITTED"`},
			"documents.json":    {"household-register"},
			"messages.json":     {"DATA_EXPORTED", handedIn.Number},
			"looks.json":        {"["}, "bundles.json": {"["}, "README.txt": {"particulars.json"},
		} {
			for _, word := range words {
				if !bytes.Contains(files[name], []byte(word)) {
					t.Errorf("%s lacks %q: %.300s", name, word, files[name])
				}
			}
		}
		if stranger := c.people.Resident("r01"); bytes.Contains(bytes.Join(values(files), nil), []byte(stranger.NationalID.Reveal())) {
			t.Error("another person's number is in the copy")
		}
		holdsEveryFile(t, files)
		if toldOf(t, mother, "DATA_EXPORTED") != 1 {
			t.Error("she was not told")
		}

		for range 2 {
			opened(t, link.URL)
		}
		used, usedBody := opened(t, link.URL)
		never, neverBody := opened(t, c.url+"/files/"+strings.Repeat("A", 22))
		if used != http.StatusNotFound || never != http.StatusNotFound || withoutID(usedBody) != withoutID(neverBody) {
			t.Errorf("opened four times: %d %s, unknown: %d %s", used, usedBody, never, neverBody)
		}
		late := ask[dataExport](t, mother, "ExportMyData", nil)
		c.advance(t, "11m")
		if status, _ := opened(t, late.URL); status != http.StatusNotFound {
			t.Errorf("after eleven minutes: %d", status)
		}
		for range 3 {
			ask[dataExport](t, mother, "ExportMyData", nil)
		}
		if code, _ := refusalOf(mother.send(t, "ExportMyData", nil)); code != "RATE_LIMITED" {
			t.Errorf("the sixth of a day: %s", code)
		}
		ask[dataExport](t, other, "ExportMyData", nil)
		for who, v := range map[string]*visitor{"a clerk": c.staff(t, "zhang-desk"), "a stranger": c.guest()} {
			if code, _ := refusalOf(v.send(t, "ExportMyData", nil)); code != "FORBIDDEN" && code != "UNAUTHENTICATED" {
				t.Errorf("%s: %s", who, code)
			}
		}
	})
}

// holdsEveryFile: each document of the wallet that has a file has it in the copy, whole.
func holdsEveryFile(t *testing.T, files map[string][]byte) {
	t.Helper()
	var documents []struct {
		ID   string
		Size *int
	}
	if err := json.Unmarshal(files["documents.json"], &documents); err != nil {
		t.Fatal(err)
	}
	with := 0
	for _, document := range documents {
		if document.Size == nil {
			continue
		}
		with++
		for name, content := range files {
			if strings.HasPrefix(name, "files/"+document.ID) && len(content) == *document.Size {
				with--
			}
		}
	}
	if len(documents) == 0 || with != 0 {
		t.Errorf("%d of %d documents lack their file", with, len(documents))
	}
}

func values(files map[string][]byte) (all [][]byte) {
	for _, content := range files {
		all = append(all, content)
	}
	return all
}

var requestID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)

func withoutID(body []byte) string { return requestID.ReplaceAllString(string(body), "") }

// leftOut are fields of the viewer that are no data of theirs: what is worked out anew at each look, or points to others' records.
var leftOut = map[string]string{"suggestions": "worked out anew", "helpedApplications": "others' applications", "bindingRequests": "questions that are open for a day; told in messages"}

// A field that the window gains is in the copy, or left out with a reason.
func TestTheCopyHoldsAllThatTheWindowShows(t *testing.T) {
	c := open(t, ground{folder: t.TempDir()})
	status, published := opened(t, c.url+"/schema.graphql")
	if status != http.StatusOK {
		t.Fatal(status)
	}
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: string(published)})
	if err != nil {
		t.Fatal(err)
	}
	document, err := os.ReadFile("export.graphql")
	if err != nil {
		t.Fatal(err)
	}
	if _, failed := gqlparser.LoadQueryWithRules(schema, string(document), rules.NewDefaultRules()); failed != nil {
		t.Fatal(failed)
	}
	for _, field := range schema.Types["Viewer"].Fields {
		if !regexp.MustCompile(`\b`+field.Name+`\b`).Match(document) && leftOut[field.Name] == "" {
			t.Errorf("viewer { %s } is not in the copy of a person's data", field.Name)
		}
	}
}

// Who takes a copy as slowly as can be keeps nobody else from theirs, and has one at a time; a copy that could not be begun was not
// opened.
func TestASlowReaderHoldsNobodyUp(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		var slow string
		for _, id := range []string{"r01", "r34", "r06"} {
			v := c.resident(t, id)
			c.keepsAFile(t, v, 9<<20)
			slow = ask[dataExport](t, v, "ExportMyData", nil).URL
			startTaking(t, slow)
		}
		if status, body := opened(t, slow); status != http.StatusServiceUnavailable || !bytes.Contains(body, []byte("UNAVAILABLE")) {
			t.Errorf("a second copy at the same time: %d, %d bytes", status, len(body))
		}
		other := c.resident(t, "r10")
		status, body := opened(t, ask[dataExport](t, other, "ExportMyData", nil).URL)
		if status != http.StatusOK || len(unpacked(t, body)) == 0 {
			t.Errorf("beside slow readers: %d", status)
		}
	})
}

// keepsAFile uploads a paper of so many bytes that pack badly.
func (c *city) keepsAFile(t *testing.T, v *visitor, size int) {
	t.Helper()
	draft := change(t, v, "StartApplication", vars{"itemCode": "id-card-replacement"}).Application
	saved := change(t, v, "SaveAnswers", vars{"applicationId": draft.ID, "answers": []vars{{"key": "reason", "value": "expired"}}}).Application
	random := rand.NewChaCha8([32]byte{})
	filling := make([]byte, size*3/4)
	_, _ = random.Read(filling)
	paper := samplePDF("large")
	content := slices.Concat(paper[:9], []byte("%"), base64.StdEncoding.AppendEncode(nil, filling), []byte("\n"), paper[9:])
	got := read[payload](t, "AttachMaterial", v.attach(t, vars{"applicationId": draft.ID, "requirementId": saved.required("id-card").ID}, "card.pdf", content))
	if len(got.Problems) > 0 {
		t.Fatalf("%+v", got.Problems)
	}
}

// startTaking begins a download and reads no more than its first byte until the test ends.
func startTaking(t *testing.T, link string) {
	t.Helper()
	parsed, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", parsed.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.(*net.TCPConn).SetReadBuffer(4 << 10)
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", parsed.Path, parsed.Host); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
}
