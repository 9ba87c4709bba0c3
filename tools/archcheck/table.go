package main

import (
	"path"
	"slices"
	"strings"
)

// row says what one place may import of this module. A place is a folder and all below it, unless a longer row speaks of those.
type row struct {
	place string
	// may lists places, "models/*" for all rooms, "*" for everything.
	may []string
	// outside lists the only modules of others that may be used; nil: any.
	outside []string
}

// foundations are what every room stands on.
var foundations = []string{"models", "models/store", "models/sealed", "models/signal"}

// table is the plan of docs/architecture.md: every arrow that may exist. What is not here is refused.
var table = []row{
	{place: "server", may: []string{"server/app", "server/config", "server/httpapi", "models"}},
	{place: "server/app", may: []string{"*"}},
	{place: "server/httpapi", may: []string{"graph", "auth", "notify", "server/connector", "server/config", "server/web", "models", "models/*"}},
	{place: "server/config", may: []string{"auth", "graph", "models", "models/sealed", "models/casework", "models/delegation", "notify"}},
	{place: "server/clamd", may: []string{}},
	{place: "server/web", may: []string{}},
	{place: "server/demo", may: []string{"models", "models/*"}},
	{place: "server/connector", may: []string{"models", "models/*"}},
	{place: "server/connector/conform", may: []string{"server/connector", "server/connector/sim", "server/demo", "models", "models/*"}},
	{place: "server/connector/sim", may: []string{"server/connector", "server/demo", "models", "models/*"}},
	{place: "graph", may: []string{"auth", "notify", "models", "models/*"}},
	{place: "graph/graphiql", may: []string{}},
	{place: "notify", may: []string{"models", "models/*"}},
	{place: "auth", may: with(foundations, "models/resident")},

	{place: "models", may: []string{}, outside: []string{"github.com/google/uuid"}},
	{place: "models/sealed", may: []string{"models"}},
	{place: "models/signal", may: []string{"models"}},
	{place: "models/store", may: []string{"models"}},
	{place: "models/calendar", may: foundations},
	{place: "models/audit", may: foundations},
	{place: "models/resident", may: foundations},
	{place: "models/catalogue", may: with(foundations, "models/calendar")},
	{place: "models/identity", may: with(foundations, "models/resident", "models/catalogue", "models/audit")},
	{place: "models/material", may: with(foundations, "models/catalogue", "models/resident", "models/audit")},
	{place: "models/casework", may: with(foundations, "models/catalogue", "models/material", "models/resident", "models/delegation", "models/calendar", "models/audit")},
	{place: "models/rekey", may: foundations},
	{place: "models/bundle", may: with(foundations, "models/casework", "models/catalogue", "models/material")},
	{place: "models/delegation", may: with(foundations, "models/resident", "models/audit")},
	{place: "models/export", may: foundations},
	{place: "models/kiosk", may: foundations},
	{place: "models/callcentre", may: foundations},

	{place: "tools", may: []string{"*"}},
}

func with(base []string, more ...string) []string { return slices.Concat(base, more) }

// find gives the row that speaks of a folder: the longest place that holds it.
func find(folder string) (row, bool) {
	best, found := row{}, false
	for _, candidate := range table {
		if within(folder, candidate.place) && len(candidate.place) >= len(best.place) {
			best, found = candidate, true
		}
	}
	if found && isRoom(folder) && best.place == "models" {
		return row{}, false // a new room does not inherit the row of the vocabulary
	}
	return best, found
}

// allows tells whether the row lets its place import a folder.
func (r row) allows(folder string) bool {
	target, known := find(folder)
	if !known {
		return false
	}
	if target.place == r.place {
		return true
	}
	for _, may := range r.may {
		if may == "*" || may == target.place || may == "models/*" && isRoom(target.place) {
			return true
		}
	}
	return false
}

// allowsOutside tells whether the row lets its place import a package of another module.
func (r row) allowsOutside(importPath string) bool {
	return r.outside == nil || slices.ContainsFunc(r.outside, func(module string) bool { return within(importPath, module) })
}

// within tells whether a folder is the given place or lies below it.
func within(folder, place string) bool {
	return folder == place || strings.HasPrefix(folder, place+"/")
}

// isRoom tells whether a folder lies in a room of the back office.
func isRoom(folder string) bool { return strings.HasPrefix(folder, "models/") }

// isHouse tells whether a folder keeps records and rules: there time is given, and queries live in store.go.
func isHouse(folder string) bool {
	return isRoom(folder) && !within(folder, "models/store") || within(folder, "notify") || within(folder, "auth")
}

// isTestHelper tells whether a package exists for tests alone: its name ends in "test".
func isTestHelper(folder string) bool { return strings.HasSuffix(path.Base(folder), "test") }
