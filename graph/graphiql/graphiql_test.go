package graphiql_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"onewindow/graph/graphiql"
)

func get(t *testing.T, handler http.Handler, path string, header http.Header) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequest(http.MethodGet, path, nil)
	for name, values := range header {
		request.Header[name] = values
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	return answer
}

func TestPageLoadsOnlyWhatTheBinaryHolds(t *testing.T) {
	handler := graphiql.Handler("/graphql", "/graphql")
	for _, path := range []string{"/graphiql", "/graphiql/"} {
		page := get(t, handler, path, nil)
		if page.Code != http.StatusOK || !strings.HasPrefix(page.Header().Get("Content-Type"), "text/html") {
			t.Fatalf("%s: %d %s", path, page.Code, page.Header().Get("Content-Type"))
		}
		policy := page.Header().Get("Content-Security-Policy")
		if !strings.Contains(policy, "script-src 'self';") || strings.Contains(policy, "http") {
			t.Errorf("%s: policy %q", path, policy)
		}
		references := regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(page.Body.String(), -1)
		if len(references) < 6 {
			t.Fatalf("%s: only %d references", path, len(references))
		}
		for _, reference := range references {
			if reference[1] == "data:," {
				continue
			}
			file := get(t, handler, reference[1], nil)
			if file.Code != http.StatusOK || file.Body.Len() == 0 || file.Header().Get("Content-Type") == "" {
				t.Errorf("%s: %d, %d bytes, %q", reference[1], file.Code, file.Body.Len(), file.Header().Get("Content-Type"))
			}
		}
	}
}

func TestPageCarriesItsSettings(t *testing.T) {
	page := get(t, graphiql.Handler("/graphql", "/live"), "/graphiql", nil).Body.String()
	match := regexp.MustCompile(`(?s)<script type="application/json" id="settings">(.*?)</script>`).FindStringSubmatch(page)
	if match == nil {
		t.Fatal("no settings in the page")
	}
	var settings struct {
		Endpoint, SubscriptionPath string
		Tabs                       []graphiql.Tab
	}
	if err := json.Unmarshal([]byte(match[1]), &settings); err != nil {
		t.Fatal(err)
	}
	if settings.Endpoint != "/graphql" || settings.SubscriptionPath != "/live" || len(settings.Tabs) != 4 {
		t.Errorf("settings: %+v", settings)
	}
	if !strings.Contains(settings.Tabs[0].Query, "requestLoginCode") {
		t.Errorf("the first tab does not begin with sign-in:\n%s", settings.Tabs[0].Query)
	}
}

func TestRefusals(t *testing.T) {
	handler := graphiql.Handler("/graphql", "/graphql")
	for _, path := range []string{"/graphiql/nothing.js", "/graphiql/../graphiql.go", "/graphiql/index.html", "/graphiqlreact.js", "/react.js"} {
		if answer := get(t, handler, path, nil); answer.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, answer.Code)
		}
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/graphiql", nil))
	if answer.Code != http.StatusMethodNotAllowed || answer.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d, Allow %q", answer.Code, answer.Header().Get("Allow"))
	}
}

func TestAssetsAreSentOnce(t *testing.T) {
	handler := graphiql.Handler("/graphql", "/graphql")
	first := get(t, handler, "/graphiql/graphiql.js", nil)
	again := get(t, handler, "/graphiql/graphiql.js", http.Header{"If-None-Match": {first.Header().Get("ETag")}})
	if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
		t.Errorf("again: %d with %d bytes", again.Code, again.Body.Len())
	}
}

// The queries that a newcomer is invited to run must fit the schema, and so must their variables.
func TestTabsFitTheSchema(t *testing.T) {
	schema := loadSchema(t)
	tabs, err := graphiql.Tabs()
	if err != nil {
		t.Fatal(err)
	}
	for _, tab := range tabs {
		document, problems := gqlparser.LoadQueryWithRules(schema, tab.Query, rules.NewDefaultRules())
		if len(problems) > 0 {
			t.Errorf("%v\n%s", problems, tab.Query)
			continue
		}
		var variables map[string]any
		if err := json.Unmarshal([]byte(tab.Variables), &variables); err != nil {
			t.Fatal(err)
		}
		for _, operation := range document.Operations {
			if _, err := validator.VariableValues(schema, operation, variables); err != nil {
				t.Errorf("%s: %v", operation.Name, err)
			}
		}
	}
}

func loadSchema(t *testing.T) *ast.Schema {
	t.Helper()
	names, err := filepath.Glob("../schema/*.graphqls")
	if err != nil || len(names) == 0 {
		t.Fatalf("no schema files: %v", err)
	}
	var sources []*ast.Source
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, &ast.Source{Name: filepath.Base(name), Input: string(content)})
	}
	schema, err := gqlparser.LoadSchema(sources...)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}
