// Package graphiql is the page on which a developer writes queries by hand: GraphiQL, served from the binary itself.
//
// What must always hold: the page loads nothing from any other host, runs no inline script, and keeps nothing in the browser
// beyond its tab. dist/ is taken from pinned packages by rebuild.sh and never edited. server/httpapi mounts the handler outside
// production only.
package graphiql

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

//go:embed dist page tabs
var files embed.FS

// root is where the page lives.
const root = "/graphiql"

// policy lets the page load from its own server alone. Styles may be inline, because GraphiQL's dialogs write
// style elements while they run; scripts may not.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Tab is one editor that is open when the page is first shown.
type Tab struct {
	Query     string `json:"query"`
	Variables string `json:"variables"`
	Headers   string `json:"headers"`
}

// asset is one file as it is sent.
type asset struct {
	body        []byte
	contentType string
	etag        string
}

// contentTypes names the kinds of file that are served; the system's own table may differ from machine to machine.
var contentTypes = map[string]string{
	".js":  "text/javascript; charset=utf-8",
	".css": "text/css; charset=utf-8",
	".txt": "text/plain; charset=utf-8",
}

// Handler serves the page at /graphiql and its assets below it: mount it at both "/graphiql" and "/graphiql/". The endpoint answers queries and mutations over POST; the subscription path speaks graphql-transport-ws. Both are
// paths of the same origin, e.g. "/graphql".
func Handler(endpoint, subscriptionPath string) http.Handler {
	assets := must(loadAssets())
	page := must(renderPage(endpoint, subscriptionPath))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
			return
		}
		name, below := strings.CutPrefix(r.URL.Path, root+"/")
		if r.URL.Path == root || below && name == "" {
			serve(w, r, page)
			return
		}
		found, ok := assets[name]
		if !below || !ok {
			http.NotFound(w, r)
			return
		}
		serve(w, r, found)
	})
}

// Tabs gives the editors that are open at first, in order: the way of one application from sign-in to its progress.
func Tabs() ([]Tab, error) {
	names, err := fs.Glob(files, "tabs/*.graphql")
	if err != nil {
		return nil, fmt.Errorf("graphiql: list tabs: %w", err)
	}
	var tabs []Tab
	for _, name := range names {
		query, err := files.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("graphiql: read tab: %w", err)
		}
		tab := Tab{Query: string(query)}
		if err := tab.readExtras(strings.TrimSuffix(name, ".graphql") + ".json"); err != nil {
			return nil, err
		}
		tabs = append(tabs, tab)
	}
	return tabs, nil
}

// readExtras fills in variables and headers, as the text that the editors show.
func (t *Tab) readExtras(name string) error {
	content, err := files.ReadFile(name)
	if err != nil {
		return fmt.Errorf("graphiql: read tab: %w", err)
	}
	var extras struct{ Variables, Headers json.RawMessage }
	if err := json.Unmarshal(content, &extras); err != nil {
		return fmt.Errorf("graphiql: %s: %w", name, err)
	}
	for from, to := range map[*json.RawMessage]*string{&extras.Variables: &t.Variables, &extras.Headers: &t.Headers} {
		var indented bytes.Buffer
		if err := json.Indent(&indented, *from, "", "  "); err != nil {
			return fmt.Errorf("graphiql: %s: %w", name, err)
		}
		*to = indented.String()
	}
	return nil
}

// must is for parts that are embedded: a fault in them is one of the build, which the package's tests show.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err) //nolint:forbidigo // as template.Must: cannot happen in a binary whose tests ran
	}
	return value
}

// renderPage fills in the page once.
func renderPage(endpoint, subscriptionPath string) (asset, error) {
	tabs, err := Tabs()
	if err != nil {
		return asset{}, err
	}
	settings := map[string]any{"endpoint": endpoint, "subscriptionPath": subscriptionPath, "tabs": tabs}
	var out bytes.Buffer
	page, err := template.ParseFS(files, "page/index.html")
	if err != nil {
		return asset{}, fmt.Errorf("graphiql: parse page: %w", err)
	}
	if err := page.Execute(&out, map[string]any{"Assets": root, "Settings": settings}); err != nil {
		return asset{}, fmt.Errorf("graphiql: render page: %w", err)
	}
	return newAsset(out.Bytes(), "text/html; charset=utf-8"), nil
}

// loadAssets reads what the page asks for, by the name it asks for.
func loadAssets() (map[string]asset, error) {
	assets := map[string]asset{}
	for _, pattern := range []string{"dist/*", "page/*.js", "page/*.css"} {
		names, err := fs.Glob(files, pattern)
		if err != nil {
			return nil, fmt.Errorf("graphiql: list assets: %w", err)
		}
		for _, name := range names {
			body, err := files.ReadFile(name)
			if err != nil {
				return nil, fmt.Errorf("graphiql: read asset: %w", err)
			}
			assets[path.Base(name)] = newAsset(body, contentTypes[path.Ext(name)])
		}
	}
	return assets, nil
}

func newAsset(body []byte, contentType string) asset {
	sum := sha256.Sum256(body)
	return asset{body: body, contentType: contentType, etag: `"` + hex.EncodeToString(sum[:16]) + `"`}
}

// serve sends a file with its policy; a browser that has it already gets 304.
func serve(w http.ResponseWriter, r *http.Request, file asset) {
	header := w.Header()
	header.Set("Content-Type", file.contentType)
	header.Set("Content-Security-Policy", policy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", "no-cache")
	header.Set("ETag", file.etag)
	if r.Header.Get("If-None-Match") == file.etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	header.Set("Content-Length", fmt.Sprint(len(file.body)))
	if r.Method == http.MethodHead {
		return
	}
	// A reader that went away is nobody's fault; there is no one left to tell.
	_, _ = w.Write(file.body)
}
