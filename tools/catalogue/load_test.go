package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onewindow/models/store/storetest"
)

// changedCity is the city with an item's promise longer.
func changedCity(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS("../../models/catalogue/hangzhou")); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, "items", "birth-registration.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), "promised_days: 1\n", "promised_days: 2\n", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

// A clerk sees what a load would change, loads it, and finds that nothing is left to change; a server may run meanwhile.
func TestAFolderIsComparedLoadedAndBroughtBack(t *testing.T) {
	data := t.TempDir()
	running := storetest.OpenIn(t, data, storetest.NewClock("2026-03-02T09:00:00+08:00"))
	city, changed := "../../models/catalogue/hangzhou", changedCity(t)
	for _, step := range []struct {
		command, folder string
		code            int
		want            string
	}{
		{"diff", city, failed, "everything is new"},
		{"load", city, done, "taken over as release 1"},
		{"diff", city, done, "nothing would change"},
		{"load", city, done, "release 1 stays on offer"},
		{"diff", changed, done, "~ birth-registration 承诺期限由1个工作日改为2个工作日"},
		{"load", changed, done, "taken over as release 2"},
		{"load", city, done, "taken over as release 3"},
		{"load", faulty(t), failed, "items/birth-registration.yaml:"},
		{"diff", city, done, "nothing would change"},
	} {
		code, out, complaint := asked(step.command, "-data", data, step.folder)
		if code != step.code || !strings.Contains(out+complaint, step.want) {
			t.Errorf("%s: exit code %d\n%s%s\nwant %s", step.command, code, out, complaint, step.want)
		}
	}
	var versions int
	if err := running.Reader(context.Background()).Raw("SELECT count(*) FROM catalogue_items WHERE code = 'birth-registration'").Scan(&versions).Error; err != nil || versions != 2 {
		t.Errorf("%d versions: %v", versions, err)
	}
}
