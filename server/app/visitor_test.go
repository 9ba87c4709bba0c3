package app_test

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"
)

// vars are an operation's variables, or a part of them.
type vars = map[string]any

func input(fields vars) vars { return vars{"input": fields} }

// visitor is somebody at the window with a client in hand.
type visitor struct {
	url, token string
	// locale is what the client says in Accept-Language.
	locale string
	// phone is a resident's own.
	phone string
}

// in gives the same visitor with a client in another language.
func (v *visitor) in(locale string) *visitor {
	other := *v
	other.locale = locale
	return &other
}

// answer is what came back, whatever it was.
type answer struct {
	Status int
	Raw    string
	Data   map[string]json.RawMessage
	Errors []struct {
		Message    string
		Extensions map[string]any
	}
}

// send sends one of the clients' operations.
func (v *visitor) send(t testing.TB, operation string, variables vars) answer {
	t.Helper()
	got, err := v.try(operation, variables)
	if err != nil {
		t.Fatalf("%s: %v", operation, err)
	}
	return got
}

// try is send for goroutines and for servers that may be gone.
func (v *visitor) try(operation string, variables vars) (answer, error) {
	body, err := json.Marshal(vars{"query": document(operation), "operationName": operation, "variables": variables})
	if err != nil {
		return answer{}, err
	}
	return v.post("/graphql", "application/json", bytes.NewReader(body))
}

func (v *visitor) post(path, contentType string, body io.Reader) (answer, error) {
	request, err := http.NewRequest(http.MethodPost, v.url+path, body)
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("GraphQL-Require-Preflight", "1")
	request.Header.Set("Accept-Language", v.locale)
	if v.token != "" {
		request.Header.Set("Authorization", "Bearer "+v.token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{}, err
	}
	got := answer{Status: response.StatusCode, Raw: string(raw)}
	return got, json.Unmarshal(raw, &got)
}

// attach hands a file in with the operation AttachMaterial, as a multipart request.
func (v *visitor) attach(t testing.TB, fields vars, name string, content []byte) answer {
	t.Helper()
	fields["file"] = nil
	operations, err := json.Marshal(vars{"query": document("AttachMaterial"), "operationName": "AttachMaterial", "variables": input(fields)})
	if err != nil {
		t.Fatal(err)
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("operations", string(operations))
	_ = form.WriteField("map", `{"0":["variables.input.file"]}`)
	part, err := form.CreateFormFile("0", name)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write(content)
	_ = form.Close()
	got, err := v.post("/graphql", form.FormDataContentType(), &body)
	if err != nil {
		t.Fatalf("AttachMaterial: %v", err)
	}
	return got
}

// ask sends an operation that must be served, and reads its one field.
func ask[T any](t testing.TB, v *visitor, operation string, variables vars) T {
	t.Helper()
	return read[T](t, operation, v.send(t, operation, variables))
}

// read reads the one field of an answer without errors.
func read[T any](t testing.TB, operation string, got answer) (value T) {
	t.Helper()
	if got.Status != http.StatusOK || len(got.Errors) > 0 || len(got.Data) != 1 {
		t.Fatalf("%s was answered %d: %s", operation, got.Status, got.Raw)
	}
	for _, raw := range got.Data {
		if err := json.Unmarshal(raw, &value); err != nil {
			t.Fatalf("%s: %v in %s", operation, err, raw)
		}
	}
	return value
}

// change sends a mutation that must be done without problems.
func change(t testing.TB, v *visitor, operation string, fields vars) payload {
	t.Helper()
	got := ask[payload](t, v, operation, input(fields))
	if len(got.Problems) > 0 {
		t.Fatalf("%s has problems: %+v", operation, got.Problems)
	}
	return got
}

// operations are the clients' own, each with the fragments that it uses.
var operations = sync.OnceValues(func() (map[string]string, error) {
	folder := filepath.Join("..", "..", "graph", "testdata", "operations")
	files, err := filepath.Glob(filepath.Join(folder, "*.graphql"))
	if err != nil {
		return nil, err
	}
	whole := &ast.QueryDocument{}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		parsed, err := parser.ParseQuery(&ast.Source{Name: filepath.Base(file), Input: string(source)})
		if err != nil {
			return nil, err
		}
		whole.Operations = append(whole.Operations, parsed.Operations...)
		whole.Fragments = append(whole.Fragments, parsed.Fragments...)
	}
	documents := map[string]string{}
	for _, operation := range whole.Operations {
		var written strings.Builder
		used := fragmentsOf(operation.SelectionSet, whole.Fragments, nil)
		formatter.NewFormatter(&written).FormatQueryDocument(&ast.QueryDocument{Operations: ast.OperationList{operation}, Fragments: used})
		documents[operation.Name] = written.String()
	}
	return documents, nil
})

// document is one operation as a client sends it.
func document(operation string) string {
	all, err := operations()
	if err != nil {
		panic(err)
	}
	text, found := all[operation]
	if own, isOwn := ownOperations[operation]; isOwn {
		text, found = own, true
	}
	if !found {
		panic("the clients have no operation " + operation)
	}
	return text
}

// ownOperations are mutations beyond those that the contract's clients send.
var ownOperations = map[string]string{
	"ReleaseTask":        `mutation ReleaseTask($input: ReleaseTaskInput!) { releaseTask(input: $input) { task { id state } problems { code message field } } }`,
	"RefuseNotCompetent": `mutation RefuseNotCompetent($input: RefuseNotCompetentInput!) { refuseNotCompetent(input: $input) { application { id state } problems { code message field } } }`,
	"VerifyDocument":     `mutation VerifyDocument($input: VerifyDocumentInput!) { verifyDocument(input: $input) { requirement { id status document { trust verifiedAt } } problems { code message field } } }`,
	"CancelHelped":       `mutation CancelHelped($input: CancelHelpedInput!) { cancelHelped(input: $input) { application { id state } problems { code message field } } }`,
	"CheckCommitment":    `mutation CheckCommitment($input: CheckCommitmentInput!) { checkCommitment(input: $input) { application { id state } problems { code message field } } }`,
}

// fragmentsOf adds the fragments that a selection uses, also by way of others, to those that are used already.
func fragmentsOf(selection ast.SelectionSet, known, used ast.FragmentDefinitionList) ast.FragmentDefinitionList {
	for _, one := range selection {
		switch one := one.(type) {
		case *ast.Field:
			used = fragmentsOf(one.SelectionSet, known, used)
		case *ast.InlineFragment:
			used = fragmentsOf(one.SelectionSet, known, used)
		case *ast.FragmentSpread:
			if definition := known.ForName(one.Name); definition != nil && !slices.Contains(used, definition) {
				used = fragmentsOf(definition.SelectionSet, known, append(used, definition))
			}
		}
	}
	return used
}
