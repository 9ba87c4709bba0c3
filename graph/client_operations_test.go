package graph_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"onewindow/graph/generated"
)

// sources reads the files that a pattern names.
func sources(t *testing.T, pattern string) (files []*ast.Source) {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: %v, %d files", pattern, err, len(names))
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, &ast.Source{Name: filepath.Base(name), Input: string(text)})
	}
	return files
}

func publishedSchema(t *testing.T) *ast.Schema {
	t.Helper()
	schema, err := gqlparser.LoadSchema(sources(t, "schema/*.graphqls")...)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// Every file of the clients' operations, together with the shared fragments, fits the schema as it is written.
func TestClientOperationsValidate(t *testing.T) {
	schema := publishedSchema(t)
	files := sources(t, "testdata/operations/*.graphql")
	fragments := ""
	for _, file := range files {
		if file.Name == "fragments.graphql" {
			fragments = file.Input
		}
	}
	counts := map[string]int{}
	for _, file := range files {
		if file.Name == "fragments.graphql" {
			continue
		}
		t.Run(file.Name, func(t *testing.T) {
			document, err := parser.ParseQuery(&ast.Source{Name: file.Name, Input: file.Input + fragments})
			if err != nil {
				t.Fatal(err)
			}
			counts[file.Name] = len(document.Operations)
			for _, fault := range validator.ValidateWithRules(schema, document, nil) {
				if fault.Rule != "NoUnusedFragments" { // each file uses its part of the shared ones
					t.Error(fault)
				}
			}
		})
	}
	for file, least := range map[string]int{"resident.graphql": 38, "staff.graphql": 11, "kiosk.graphql": 7, "call-centre.graphql": 8} {
		if counts[file] < least {
			t.Errorf("%s has %d operations, it had %d", file, counts[file], least)
		}
	}
}

// A field with arguments on a bound type that has no method of that shape would get no resolver, and its arguments would
// silently be ignored. So each has one that takes all of them.
func TestEveryFieldWithArgumentsHasAResolver(t *testing.T) {
	schema := publishedSchema(t)
	roots := reflect.TypeFor[generated.ResolverRoot]()
	checked := 0
	for name, definition := range schema.Types {
		if definition.Kind != ast.Object || definition.BuiltIn {
			continue
		}
		for _, field := range definition.Fields {
			if len(field.Arguments) == 0 || strings.HasPrefix(field.Name, "__") {
				continue
			}
			checked++
			maker, found := roots.MethodByName(name)
			if !found {
				t.Errorf("%s has no resolvers, and %s takes arguments", name, field.Name)
				continue
			}
			resolver, found := maker.Type.Out(0).MethodByName(strings.ToUpper(field.Name[:1]) + field.Name[1:])
			if !found {
				t.Errorf("%s.%s has no resolver", name, field.Name)
				continue
			}
			given := resolver.Type.NumIn() - 1 // the context
			if definition != schema.Query && definition != schema.Mutation && definition != schema.Subscription {
				given-- // the object
			}
			if given != len(field.Arguments) {
				t.Errorf("%s.%s takes %d arguments, its resolver %d", name, field.Name, len(field.Arguments), given)
			}
		}
	}
	if checked < 55 {
		t.Errorf("only %d fields with arguments were found", checked)
	}
}
