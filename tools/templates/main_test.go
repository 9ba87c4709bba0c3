package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPreviewShowsEveryKindInBothLanguages(t *testing.T) {
	name := filepath.Join(t.TempDir(), "page.html")
	if err := run([]string{"preview", "-o", name}, os.Stdout); err != nil {
		t.Fatal(err)
	}
	shown, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"SUPPLEMENT_REQUESTED v1", "DIGEST v1", "PLAIN", "LARGE_TEXT", "还缺材料，请补齐", "Documents are missing", "inbox only"} {
		if !strings.Contains(string(shown), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestWhatIsNoCommandIsRefused(t *testing.T) {
	for _, arguments := range [][]string{nil, {"print"}, {"preview", "-x"}, {"preview", "-o", t.TempDir()}} {
		if run(arguments, os.Stdout) == nil {
			t.Errorf("%q was taken", arguments)
		}
	}
}
