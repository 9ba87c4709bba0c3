package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"onewindow/models/casework"
)

func TestTheDocumentedLifeOfAnApplicationIsTheOneThatRuns(t *testing.T) {
	written, err := os.ReadFile("../../docs/casework.md")
	if err != nil {
		t.Fatal(err)
	}
	if difference := cmp.Diff(string(written), document()); difference != "" {
		t.Errorf("docs/casework.md differs from the table; run `go run ./tools/casetable` (-written +table):\n%s", difference)
	}
}

func TestTheDocumentNamesEveryStateAndEveryRow(t *testing.T) {
	page := document()
	for _, row := range casework.Table {
		if !strings.Contains(page, "| `"+string(row.From)+"` | `"+string(row.Action)+"` |") {
			t.Errorf("no row for %s in %s", row.Action, row.From)
		}
	}
	for _, state := range states() {
		if label := casework.StateLabel(state); len(label) < 2 {
			t.Errorf("%s has no words for people", state)
		}
	}
}
