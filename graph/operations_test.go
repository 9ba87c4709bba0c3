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

// What residents, kiosks and strangers may do they can do in production too: each door that is open to them stands in a document
// that their clients know.
func TestEveryDoorOfResidentsIsInADocument(t *testing.T) {
	documents, err := ClientDocuments()
	if err != nil {
		t.Fatal(err)
	}
	asked := map[string]bool{}
	for _, text := range documents.All() {
		document, err := parser.ParseQuery(&ast.Source{Input: text})
		if err != nil {
			t.Fatal(err)
		}
		for _, operation := range document.Operations {
			for _, selection := range operation.SelectionSet {
				asked[selection.(*ast.Field).Name] = true
			}
		}
	}
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation, schema.Subscription} {
		for _, field := range root.Fields {
			if !strings.HasPrefix(field.Name, "__") && openToResidents(field) && !asked[field.Name] {
				t.Errorf("%s { %s } is in no document of the clients: production would refuse it", root.Name, field.Name)
			}
		}
	}
}

func openToResidents(field *ast.FieldDefinition) bool {
	access := field.Directives.ForName("access")
	if access == nil {
		return true
	}
	for _, role := range access.Arguments.ForName("to").Value.Children {
		if role.Value.Raw == "RESIDENT" || role.Value.Raw == "KIOSK" {
			return true
		}
	}
	return false
}
