package door

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"onewindow/models"
)

func doubling(levels int, leaf string) string {
	var text strings.Builder
	text.WriteString("{ ...f0 }")
	for level := range levels {
		fmt.Fprintf(&text, " fragment f%d on Query { ...f%d ...f%d }", level, level+1, level+1)
	}
	fmt.Fprintf(&text, " fragment f%d on Query { %s }", levels, leaf)
	return text.String()
}

func TestDocumentsWithinAndBeyondTheLimits(t *testing.T) {
	door, _ := testDoor(t)
	nested := func(levels int) string {
		return strings.Repeat("{ parent ", levels) + strings.Repeat("}", levels)
	}
	repeat := func(count int, format string) string {
		var text strings.Builder
		for i := range count {
			text.WriteString(strings.ReplaceAll(format, "#", fmt.Sprint(i)) + " ")
		}
		return text.String()
	}
	cases := []struct {
		name, document string
		code           models.FaultCode
	}{
		{"small", "{ hello }", ""},
		{"12 deep", nested(12), ""},
		{"13 deep", nested(13), models.TooComplex},
		{"a million brackets", strings.Repeat("{a", 15000), models.TooComplex},
		{"nested lists of values", "{ a(b: " + strings.Repeat("[", 10000), models.TooComplex},
		{"nested types", "query($a: " + strings.Repeat("[", 10000), models.TooComplex},
		{"nested inline fragments", strings.Repeat("{ ... ", 5000), models.TooComplex},
		{"300 fields", "{ " + repeat(300, "hello") + "}", ""},
		{"301 fields", "{ " + repeat(301, "hello") + "}", models.TooComplex},
		{"30 aliases", "{ " + repeat(30, "a#: hello") + "}", ""},
		{"31 aliases", "{ " + repeat(31, "a#: hello") + "}", models.TooComplex},
		{"20 directives", "{ hello " + repeat(20, "@skip(if: false)") + "}", ""},
		{"21 directives", "{ hello " + repeat(21, "@skip(if: false)") + "}", models.TooComplex},
		{"10 operations", repeat(10, "query q# { hello }"), ""},
		{"11 operations", repeat(11, "query q# { hello }"), models.TooComplex},
		{"31 fragments", "{ hello } " + repeat(31, "fragment f# on Query { hello }"), models.TooComplex},
		{"2,001 tokens", "{ a(b: [" + repeat(2000, "1") + "]) }", models.TooComplex},
		{"32 KB", "{ hello } #" + strings.Repeat("x", 32<<10), models.TooComplex},
		{"comments are no tokens", strings.Repeat("#\n", 3000) + "{ hello }", ""},
		{"fragments that double", doubling(25, "hello"), models.TooComplex},
		{"fragments that double to nothing", doubling(25, "...nowhere"), models.TooComplex},
		{"changes behind fragments", "mutation { ...a } fragment a on Mutation { x: rename ... { y: rename } }", models.TooComplex},
		{"changes behind fragments that double", "mutation " + doubling(25, "...nowhere"), models.TooComplex},
		{"a fragment in itself", "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }", models.BadUserInput},
		{"a fragment in itself, unused", "{ hello } fragment a on Query { ...a }", models.BadUserInput},
		{"a large fragment, unused", "{ hello } fragment a on Query { " + repeat(301, "hello") + " }", models.TooComplex},
		{"not GraphQL", "{ hello ", ""},
		{"a broken text", "{ hello(a: \"", ""},
		{"introspection", "{ __schema { types { fields { args { type { ofType { ofType { ofType { ofType { ofType { ofType { ofType { name } } } } } } } } } } } } }", ""},
		{"introspection as GraphiQL asks, in fragments", "{ __schema { types { ...a } } } fragment a on __Type { fields { args { type { ...b } } } } fragment b on __Type { " + around(10, "ofType", "name") + " }", ""},
		{"a fragment of introspection without end", "{ hello } fragment a on __Type { " + around(21, "ofType", "name") + " }", models.TooComplex},
		{"introspection without end", "{ __schema { types { fields { type { fields { type { fields { type { fields { type { fields { type { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } } } } } } } } } } } }", models.TooComplex},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			took := quickest(func() {
				fault := door.guardDocument(c.document)
				if got := codeOf(fault); got != c.code {
					t.Errorf("got %q, want %q", got, c.code)
				}
			})
			if took > 250*time.Millisecond {
				t.Errorf("took %v", took)
			}
		})
	}
}

// quickest is the shortest of several times: what is cheap is cheap once at least, however busy the machine is with something else.
func quickest(act func()) time.Duration {
	least := time.Hour
	for range 5 {
		begun := time.Now()
		act()
		least = min(least, time.Since(begun))
	}
	return least
}

func codeOf(fault *models.Fault) models.FaultCode {
	if fault == nil {
		return ""
	}
	return fault.Code
}

// What the guard lets through must be cheap to validate, whatever it is.
func TestTheWorstThatPassesIsCheap(t *testing.T) {
	door, _ := testDoor(t)
	var spread strings.Builder
	spread.WriteString("{")
	for i := range 29 {
		fmt.Fprintf(&spread, " ...f%d", i)
	}
	spread.WriteString(" }")
	for i := range 29 {
		fmt.Fprintf(&spread, " fragment f%d on Query { person { id name parent { id name } } hello }", i)
	}
	for name, document := range map[string]string{
		"the same field 300 times":   "{ " + strings.Repeat("hello ", 300) + "}",
		"the same object 60 times":   "{ " + strings.Repeat("person { parent { id name } } ", 60) + "}",
		"fragments beside fragments": spread.String(),
	} {
		if took := quickest(func() { serve(t, door, post(query(document))) }); took > 500*time.Millisecond {
			t.Errorf("%s: took %v", name, took)
		}
	}
}

// Every operation that the clients send, with the fragments that it uses, passes with room to spare.
func TestTheClientsOperationsPass(t *testing.T) {
	door, _ := testDoor(t)
	folder := filepath.Join("..", "testdata", "operations")
	shared, err := os.ReadFile(filepath.Join(folder, "fragments.graphql"))
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(folder, "*.graphql"))
	checked := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		document, err := parser.ParseQuery(&ast.Source{Input: string(text) + "\n" + string(shared)})
		if err != nil {
			t.Fatal(err)
		}
		measurer := measurer{fragments: map[string]*ast.FragmentDefinition{}, known: map[string]*measure{}}
		for _, fragment := range document.Fragments {
			measurer.fragments[fragment.Name] = fragment
		}
		for _, operation := range document.Operations {
			checked++
			found := measurer.selections(operation.SelectionSet)
			if fault := door.judge(found, &measurer); fault != nil || found.depth > 10 || found.fields > 250 {
				t.Errorf("%s: %+v %v", operation.Name, found, fault)
			}
		}
	}
	if checked < 50 {
		t.Errorf("only %d operations", checked)
	}
}

func FuzzDocument(f *testing.F) {
	for _, seed := range []string{"{ hello }", doubling(3, "hello"), "{ ...a } fragment a on Query { ...a }", `{ a(b: """x""") @c }`, "query($a: [Int!]! = [1]) { a }"} {
		f.Add(seed)
	}
	door := New(Config{Schema: tinySchema{}, Authenticate: authenticate})
	f.Fuzz(func(t *testing.T, document string) {
		begun := time.Now()
		door.guardDocument(document)
		if took := time.Since(begun); took > 30*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func FuzzEnvelope(f *testing.F) {
	for _, seed := range []string{`{"query":"{ hello }"}`, `{"query":"{ hello }","variables":{"a":[1,{"b":null}]}}`, `[]`, `{"query":1}`, `{"a":1,"a":2}`} {
		f.Add([]byte(seed))
	}
	door := New(Config{Schema: tinySchema{}, Authenticate: authenticate})
	f.Fuzz(func(t *testing.T, body []byte) {
		params, fault := door.readEnvelope(body)
		if (params == nil) == (fault == nil) {
			t.Error("neither or both")
		}
	})
}

// around puts a field so often around another.
func around(times int, outside, inside string) string {
	return strings.Repeat(outside+" { ", times) + inside + strings.Repeat(" }", times)
}
