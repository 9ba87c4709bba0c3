package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// documents are the four documents of the README that are pasted into GraphiQL.
func documents(t *testing.T) []string {
	t.Helper()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, block := range regexp.MustCompile("(?s)```graphql\n(.*?)```").FindAllSubmatch(readme, -1) {
		found = append(found, string(block[1]))
	}
	if len(found) != 4 {
		t.Fatalf("the README shows %d documents", len(found))
	}
	return found
}

// reader is somebody who follows the README: they paste a document, pick an operation, and carry values over by hand.
type reader struct {
	*testing.T
	url, data, token string
	documents        []string
	variables        map[string]any
}

// runs picks an operation of a document, with all variables of the form, and fails on every error and problem.
func (r *reader) runs(document int, operation string) map[string]any {
	r.Helper()
	return r.pastes(r.documents[document-1], operation)
}

func (r *reader) pastes(text, operation string) map[string]any {
	r.Helper()
	body, err := json.Marshal(map[string]any{"query": text, "operationName": operation, "variables": r.variables})
	if err != nil {
		r.Fatal(err)
	}
	request, err := http.NewRequestWithContext(r.Context(), http.MethodPost, r.url+"/graphql", bytes.NewReader(body))
	if err != nil {
		r.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+r.token)
	if r.token == "" {
		request.Header.Del("Authorization")
	}
	var answer struct {
		Data   map[string]any
		Errors json.RawMessage
	}
	if err := send(request, &answer); err != nil {
		r.Fatal(err)
	}
	if answer.Errors != nil {
		r.Fatalf("%s: %s", operation, answer.Errors)
	}
	for _, payload := range answer.Data {
		if fields, isObject := payload.(map[string]any); isObject {
			if said, _ := fields["problems"].([]any); len(said) > 0 {
				r.Fatalf("%s: %v", operation, said)
			}
		}
	}
	return answer.Data
}

// at reads along a path such as "login.session.accessToken"; a number picks from a list.
func (r *reader) at(data map[string]any, path string) string {
	r.Helper()
	var here any = data
	for part := range strings.SplitSeq(path, ".") {
		switch value := here.(type) {
		case map[string]any:
			here = value[part]
		case []any:
			var position int
			if _, err := fmt.Sscan(part, &position); err != nil || position >= len(value) {
				r.Fatalf("nothing at %s of %v", path, data)
			}
			here = value[position]
		}
	}
	if here == nil {
		r.Fatalf("nothing at %s of %v", path, data)
	}
	return fmt.Sprint(here)
}

// uploads does what the README's curl does.
func (r *reader) uploads() {
	r.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "birth-certificate.pdf")
	if err != nil {
		r.Fatal(err)
	}
	_, _ = part.Write(birthCertificate(firstScan))
	_ = form.Close()
	request, err := http.NewRequestWithContext(r.Context(), http.MethodPost, r.url+"/files", &body)
	if err != nil {
		r.Fatal(err)
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	request.Header.Set("Authorization", "Bearer "+r.token)
	var answer map[string]any
	if err := send(request, &answer); err != nil {
		r.Fatal(err)
	}
	r.variables["fileId"] = r.at(answer, "id")
}

// signsIn changes the username as the README says.
func (r *reader) signsIn(username string) {
	r.Helper()
	text := strings.Replace(r.documents[2], `"zhang-desk"`, `"`+username+`"`, 1)
	r.token = r.at(r.pastes(text, "StaffSignIn"), "staffSignIn.session.accessToken")
}

func TestWhoFollowsTheReadmeByHandComesToTheResult(t *testing.T) {
	url, data := serve(t, map[string]string{"ONEWINDOW_CLOCK": "2026-03-02T09:00:00+08:00"})
	r := &reader{T: t, url: url, data: data, documents: documents(t), variables: map[string]any{}}
	for _, name := range []string{"code", "id", "requirementId", "fileId", "number", "taskId"} {
		r.variables[name] = ""
	}
	resident := r.residentApplies()
	r.staffAsk()
	r.token = resident
	r.residentSupplements()
	r.staffDecide()
	r.token = resident
	if state := r.at(r.runs(4, "Progress"), "applicationByNumber.stateLabel"); state != "已办结" {
		t.Errorf("in the end it is %s", state)
	}
	r.at(r.runs(4, "Results"), "application.results.0.number")
	r.at(r.runs(4, "Rate"), "rateApplication.rating.stars")
}

func (r *reader) residentApplies() (token string) {
	r.runs(1, "RequestLoginCode")
	var code string
	err := settings{wait: time.Minute}.waitFor(r.Context(), "a code", func() (bool, error) {
		sent := (&tour{settings: settings{data: r.data}}).outbox()
		if len(sent) > 0 {
			code = sent[len(sent)-1].Data["code"]
		}
		return code != "", nil
	})
	if err != nil {
		r.Fatal(err)
	}
	r.variables["code"] = code
	r.token = r.at(r.runs(1, "Login"), "login.session.accessToken")
	r.runs(1, "BindIdentity")
	r.at(r.runs(1, "ServiceGuide"), "serviceItem.dueIfSubmittedNow.promisedDueAt")
	r.variables["id"] = r.at(r.runs(2, "StartApplication"), "startApplication.application.id")
	r.runs(2, "SaveAnswers")
	fetched := r.runs(2, "FetchMaterials")
	if name := r.at(fetched, "fetchMaterials.application.missing.0.material.name"); name != "出生医学证明" {
		r.Fatalf("missing is %s", name)
	}
	r.variables["requirementId"] = r.at(fetched, "fetchMaterials.application.missing.0.id")
	r.uploads()
	r.runs(2, "AttachMaterial")
	if r.at(r.runs(2, "PreCheck"), "application.ready") != "true" {
		r.Fatal("not ready")
	}
	r.variables["number"] = r.at(r.runs(2, "Submit"), "submitApplication.application.number")
	return r.token
}

func (r *reader) staffAsk() {
	r.signsIn("zhang-desk")
	r.runs(3, "Accept")
	r.signsIn("li-police")
	r.runs(3, "StaffCase")
	r.at(r.runs(3, "RequestSupplement"), "requestSupplement.application.supplement.dueAt")
}

func (r *reader) residentSupplements() {
	if _, err := (&client{base: r.url}).moveClock(r.Context(), 120*time.Hour); err != nil {
		r.Fatal(err)
	}
	const reminder = "提醒：材料还没有补齐"
	if inbox := fmt.Sprint(r.runs(4, "Inbox")); !strings.Contains(inbox, reminder) { // a digest of the morning may stand above it
		r.Errorf("there is no %s in the inbox: %s", reminder, inbox)
	}
	r.uploads()
	r.runs(2, "AttachMaterial")
	r.runs(4, "Supplement")
}

func (r *reader) staffDecide() {
	for _, username := range []string{"li-police", "wang-police"} {
		r.signsIn(username)
		r.variables["taskId"] = r.at(r.runs(3, "Worklist"), "worklist.edges.0.node.id")
		r.runs(3, "Decide")
	}
}
