package door

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// clientFiles are two files of a client's build.
var clientFiles = fstest.MapFS{
	"pages.graphql": {Data: []byte("# What the app sends.\n\nquery Hello {   # a greeting\n  hello\n  ...Self\n}\n\nquery Who { ...Self }\n\n" +
		"mutation Rename($name: String! = \"a \\\"b\\\"\") { rename(name: $name) }\n")},
	"fragments.graphql": {Data: []byte("fragment Self on Query {\n  whoami, again: hello\n}\n\nfragment Unused on Query { hello }\n")},
}

func readClientFiles(t *testing.T) *Documents {
	t.Helper()
	documents, err := ReadDocuments(clientFiles)
	if err != nil {
		t.Fatal(err)
	}
	return documents
}

const (
	helloAsWritten = "query Hello {   # a greeting\n  hello\n  ...Self\n}\n\nfragment Self on Query {\n  whoami, again: hello\n}\n"
	helloStripped  = "query Hello{hello ...Self}fragment Self on Query{whoami again:hello}"
	renameStripped = `mutation Rename($name:String!="a \"b\""){rename(name:$name)}`
)

func TestADocumentGoesByItsTextAndByItsMeaning(t *testing.T) {
	documents := readClientFiles(t)
	// Three operations: written five ways where there are fragments, four where there are none (some fall together).
	if count := len(documents.byName); count < 6 || count > 15 {
		t.Errorf("%d names of three operations", count)
	}
	closer := strings.ReplaceAll(helloAsWritten, "}\n\nfragment", "}\nfragment")
	for _, text := range []string{
		helloAsWritten, helloStripped, strings.TrimSuffix(helloAsWritten, "\n"), closer, strings.TrimSuffix(closer, "\n"),
	} {
		got, _ := documents.named(nameOf(text))
		if diff := cmp.Diff(helloStripped, got); diff != "" {
			t.Error(diff)
		}
	}
	if _, known := documents.named(nameOf(renameStripped)); !known {
		t.Error("the mutation is not known")
	}
}

func TestFilesThatDoNotFitAreNamed(t *testing.T) {
	for _, text := range []string{"query A { ...Nowhere }", "query A {", "query A { hello } \x00"} {
		_, err := ReadDocuments(fstest.MapFS{"a.graphql": {Data: []byte(text)}})
		if err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

func TestInProductionClientsSendWhatTheyWereBuiltWith(t *testing.T) {
	production, _ := testDoor(t, func(config *Config) {
		config.Production, config.Documents = true, readClientFiles(t)
	})
	printed := "# another client\nfragment Self on Query { whoami again: hello }\nquery Hello {\n\thello\n\t...Self\n}"
	cases := []struct {
		name    string
		request *http.Request
		status  int
		code    string
	}{
		{"by its name", post(`{"documentId":"sha256:` + nameOf(helloAsWritten) + `"}`), 200, ""},
		{"by its other name", post(`{"documentId":"` + nameOf(helloStripped) + `"}`), 200, ""},
		{"by its name in a URL", httptest.NewRequest(http.MethodGet, "/graphql?documentId=sha256:"+nameOf(helloStripped), nil), 200, ""},
		{"as a persisted query", post(`{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"` + nameOf(helloStripped) + `"}}}`), 200, ""},
		{"in full", post(query(helloAsWritten)), 200, ""},
		{"in full, written otherwise", post(query(printed)), 200, ""},
		{"with variables", post(`{"documentId":"` + nameOf(renameStripped) + `","variables":{"name":"x"}}`), 200, ""},
		{"a mutation by GET", httptest.NewRequest(http.MethodGet, "/graphql?documentId="+nameOf(renameStripped), nil), 405, "BAD_USER_INPUT"},
		{"another document", post(query("{ hello }")), 422, "PERSISTED_QUERY_NOT_FOUND"},
		{"another document of a resident", post(query("{ hello }"), "Authorization", "Bearer resident"), 422, "PERSISTED_QUERY_NOT_FOUND"},
		{"half a document", post(query("query Hello { hello ...Self }")), 422, "PERSISTED_QUERY_NOT_FOUND"},
		{"a document twice", post(query(helloStripped + helloStripped)), 422, "PERSISTED_QUERY_NOT_FOUND"},
		{"no GraphQL at all", post(query("\"")), 422, "PERSISTED_QUERY_NOT_FOUND"},
		{"far too long", post(query("{ hello } #" + strings.Repeat("x", 40<<10))), 422, "TOO_COMPLEX"},
		{"another document of staff", post(query("{ hello }"), "Authorization", "Bearer staff"), 200, ""},
		{"a name and a query", post(`{"documentId":"` + nameOf(helloStripped) + `","query":"{ hello }"}`), 400, "BAD_USER_INPUT"},
		{"an unknown name", post(`{"documentId":"sha256:` + nameOf("x") + `"}`), 422, "PERSISTED_QUERY_NOT_FOUND"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := serve(t, production, c.request)
			if got.status != c.status || got.code() != c.code {
				t.Errorf("got %d %s, want %d %s: %s", got.status, got.code(), c.status, c.code, got.raw)
			}
		})
	}
	if _, kept := production.documents.named(nameOf("{ hello }")); kept {
		t.Error("what staff sent got a name by itself")
	}
}

func persisted(document, hash string) string {
	body := query(document)
	return body[:len(body)-1] + `,"extensions":{"persistedQuery":{"version":1,"sha256Hash":"` + hash + `"}}}`
}

func TestAPersistedQueryIsRegisteredOnceItValidated(t *testing.T) {
	door, _ := testDoor(t)
	ask := func(hash string) *http.Request {
		return httptest.NewRequest(http.MethodGet, "/graphql?extensions="+
			url.QueryEscape(`{"persistedQuery":{"version":1,"sha256Hash":"`+hash+`"}}`), nil)
	}
	expect := func(r *http.Request, status int, code string) {
		t.Helper()
		if got := serve(t, door, r); got.status != status || got.code() != code {
			t.Errorf("got %d %s, want %d %s", got.status, got.raw, status, code)
		}
	}
	const good, wrong = "{ hello }", "{ nothing }"
	expect(ask(nameOf(good)), 422, "PERSISTED_QUERY_NOT_FOUND")
	expect(post(persisted(good, nameOf(wrong))), 400, "BAD_USER_INPUT")
	expect(ask(nameOf(wrong)), 422, "PERSISTED_QUERY_NOT_FOUND")
	expect(post(persisted(good, nameOf(good))), 200, "")
	expect(ask(nameOf(good)), 200, "")
	expect(ask(strings.ToUpper(nameOf(good))), 200, "")
	expect(post(persisted(wrong, nameOf(wrong))), 200, "BAD_USER_INPUT")
	expect(ask(nameOf(wrong)), 422, "PERSISTED_QUERY_NOT_FOUND")
	for _, extension := range []string{`1`, `{}`, `{"version":2,"sha256Hash":"aa"}`, `{"version":1,"sha256Hash":5}`, `{"version":1,"sha256Hash":""}`} {
		expect(post(`{"query":"{ hello }","extensions":{"persistedQuery":`+extension+`}}`), 400, "BAD_USER_INPUT")
	}
}

// In production a name that staff registered serves staff alone.
func TestAPersistedQueryOfStaffIsNoWayIn(t *testing.T) {
	production, _ := testDoor(t, func(config *Config) { config.Production, config.Documents = true, readClientFiles(t) })
	if got := serve(t, production, post(persisted("{ hello }", nameOf("{ hello }")), "Authorization", "Bearer staff")); got.status != 200 {
		t.Fatal(got.raw)
	}
	byName := `{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"` + nameOf("{ hello }") + `"}}}`
	if got := serve(t, production, post(byName, "Authorization", "Bearer staff")); got.status != 200 {
		t.Error(got.raw)
	}
	if got := serve(t, production, post(byName)); got.code() != "PERSISTED_QUERY_NOT_FOUND" {
		t.Error(got.raw)
	}
}

func TestNamesAreBoundedAndLeaveWithTheirDocument(t *testing.T) {
	cache := newDocumentCache(3 * weigh("aaaa"))
	cache.Add(t.Context(), "aaaa", nil)
	for _, name := range []string{"1", "2", "3", "4", "5"} {
		cache.name("aaaa", name)
	}
	cache.name("not kept", "6")
	if _, found := cache.named("1"); found || len(cache.byName) != mostNames {
		t.Errorf("%v", cache.byName)
	}
	for _, text := range []string{"bbbb", "cccc", "dddd"} {
		cache.Add(t.Context(), text, nil)
	}
	if len(cache.byName) != 0 {
		t.Errorf("names of a document that has left: %v", cache.byName)
	}
}

// A text that is taken apart must give itself again, however it is written.
func FuzzDocumentsAreTakenApart(f *testing.F) {
	for _, seed := range []string{helloAsWritten, helloStripped, renameStripped, "{a(b:\"\"\"x\"\"\")}", "{ é }", "{a}#é\n{b}", "\ufeff{a}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parts, err := definitionsOf(text, 2000)
		if err != nil {
			return
		}
		again := ""
		for _, part := range parts {
			again += part.stripped
		}
		twice, err := definitionsOf(again, 2000)
		if err != nil {
			t.Fatalf("%q became %q, which cannot be read", text, again)
		}
		if meaningOf(parts) != meaningOf(twice) {
			t.Fatalf("%q became %q and %q", text, meaningOf(parts), meaningOf(twice))
		}
	})
}

func TestTextsWrittenOtherwiseAreHeldWithinBounds(t *testing.T) {
	documents := readClientFiles(t)
	for i := range 100 {
		text := helloStripped + "#" + strings.Repeat("x", 20_000+i)
		if known, found := documents.find(text, 2000); !found || known != helloStripped {
			t.Fatal("not found")
		}
		if _, held := documents.recall(text); !held || documents.held > mostHeld {
			t.Fatalf("held: %v, %d bytes", held, documents.held)
		}
	}
}

// However many dear requests come at once, half of the processors stay free of them.
func TestDearWorkIsNarrow(t *testing.T) {
	gate := make(narrow, 2)
	var inside, most atomic.Int32
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			gate.pass(t.Context(), func() {
				if now := inside.Add(1); now > most.Load() {
					most.Store(now)
				}
				time.Sleep(time.Millisecond)
				inside.Add(-1)
			})
		})
	}
	all.Wait()
	if most.Load() > 2 {
		t.Errorf("%d at once", most.Load())
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	gate <- struct{}{}
	gate <- struct{}{}
	if gate.pass(gone, func() { t.Error("worked for nobody") }) {
		t.Error("passed")
	}
}
