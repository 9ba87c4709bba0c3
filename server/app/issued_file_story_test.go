package app_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"onewindow/server/connector/webhook"
)

// issuing is a decision that brings a document with a file.
func issuing(number string, file []byte) map[string]any {
	return map[string]any{"decision": "approve", "opinion": "同意", "document": map[string]any{
		"number": number, "issuedOn": "2026-03-02", "file": map[string]any{"name": "回执.pdf", "contentType": "application/pdf", "base64": base64.StdEncoding.EncodeToString(file)},
	}}
}

// pdfOf is a PDF of so many bytes.
func pdfOf(size int) []byte {
	return append([]byte("%PDF-1.4\n"), bytes.Repeat([]byte(" "), size-len("%PDF-1.4\n"))...)
}

// A result's file is in the wallet whole, also where it is larger than what people may upload; one that cannot be kept is refused with
// the decision, so that its department can mend it, and nobody is told about other departments' applications by it.
func TestAResultsFileIsKeptOrItsDepartmentIsTold(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		o := newOffice(t)
		o.holds = map[string]string{"social-security-card": "SB-1"}
		c := o.open(t, on, map[string]bool{"public-security": true, "human-resources": true, "medical-insurance": true})
		a := remoteMedical(t, c, knownToTheOffice(t, c))
		subject := a.Number + "/file"
		page := []byte("<!DOCTYPE html><html>系统维护中</html>")
		const decided = "onewindow.case.decided"
		c.unchanged(t, func() {
			if status, answer := o.event(t, c, decided, subject, "r1", issuing("R-1", page), nil); status != 400 || !strings.Contains(answer, `"data.document.file.base64"`) {
				t.Errorf("a page as a file: %d %s", status, answer)
			}
			status, foreign := o.eventOf(t, c, "public-security", decided, subject, "r2", issuing("R-1", pdfOf(1000)), nil)
			unknown, words := o.eventOf(t, c, "public-security", decided, "20260302/file", "r3", issuing("R-1", pdfOf(1000)), nil)
			if status != 404 || unknown != 404 || foreign != words {
				t.Errorf("another department's step: %d %s; none at all: %d %s", status, foreign, unknown, words)
			}
		})
		if kept := c.sizes(t); kept[1000] {
			t.Error("another department's file was kept")
		}
		large := 11 << 20
		if status, answer := o.event(t, c, decided, subject, "r1", issuing("R-1", pdfOf(large)), nil); status != 202 {
			t.Fatalf("eleven megabytes: %d %s", status, answer)
		}
		if !c.sizes(t)[large] {
			t.Error("the result's file was not kept")
		}
	})
}

// signedAs signs a request again under another message id.
func (o *office) signedAs(id string) func(*http.Request) {
	return func(r *http.Request) {
		body, _ := r.GetBody()
		content, _ := io.ReadAll(body)
		webhook.Stamp(r.Header, o.theirs, id, time.Now(), content)
	}
}

// sizes are those of all files that are kept.
func (c *city) sizes(t *testing.T) map[int]bool {
	t.Helper()
	var sizes []int
	if err := c.store.Reader(t.Context()).Raw("SELECT size FROM material_files").Scan(&sizes).Error; err != nil {
		t.Fatal(err)
	}
	known := map[int]bool{}
	for _, size := range sizes {
		known[size] = true
	}
	return known
}

// An event's id is taken as it stands: never cut to another's, never over several lines; and a wrong method is refused in JSON like all else.
func TestAnEventsIDIsTakenAsItStands(t *testing.T) {
	c, o := withOffice(t, ground{folder: t.TempDir()})
	for _, id := range []string{"e1 ", " e1", "e1\ne2", "e1\x1b[2J", "\u3000e1"} {
		if status, answer := o.event(t, c, "onewindow.case.received", "20260302/medical", id, map[string]any{}, o.signedAs("m1")); status != 400 || !strings.Contains(answer, `"path":"id"`) {
			t.Errorf("%q: %d %s", id, status, answer)
		}
	}
	response, err := http.Get(c.url + "/departments/medical-insurance/events")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, _ := io.ReadAll(response.Body)
	if response.StatusCode != http.StatusMethodNotAllowed || response.Header.Get("Allow") != "POST" || !json.Valid(body) {
		t.Errorf("read: %d %s", response.StatusCode, body)
	}
}
