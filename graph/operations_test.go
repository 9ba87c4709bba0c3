package graph

import (
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/vektah/gqlparser/v2/ast"

	"onewindow/graph/generated"
)

// What the clients were built with has to fit the schema, or production would refuse its own clients.
func TestClientOperationsAreKnownAndFitTheSchema(t *testing.T) {
	documents, err := ClientDocuments()
	if err != nil {
		t.Fatal(err)
	}
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	operations := 0
	for name, text := range documents.All() {
		document, err := parser.ParseQuery(&ast.Source{Input: text})
		if err != nil || len(document.Operations) != 1 {
			t.Errorf("%s: %v in %s", name, err, text)
			continue
		}
		operations++
		if list := validator.ValidateWithRules(schema, document, nil); len(list) > 0 {
			t.Errorf("%s: %v", document.Operations[0].Name, list)
		}
	}
	if operations < 2*50 {
		t.Errorf("only %d names of documents", operations)
	}
	for name := range documents.All() {
		if len(name) != 64 || strings.ToLower(name) != name {
			t.Errorf("%q is no SHA-256 in hexadecimal digits", name)
		}
	}
}
