package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// asked runs the command as from a shell.
func asked(arguments ...string) (code int, out, err string) {
	var written, complained strings.Builder
	code = run(context.Background(), arguments, output{&written, &complained})
	return code, written.String(), complained.String()
}

func TestAFolderWithoutFaultsIsSummedUp(t *testing.T) {
	code, out, _ := asked("check", "../../models/catalogue/hangzhou")
	if code != done || !strings.Contains(out, "41 个事项") || !strings.Contains(out, "41 service items") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if code, out, _ = asked("check", "../../models/catalogue/hangzhou", "-lang", "en"); code != done || strings.Contains(out, "事项") {
		t.Errorf("in English: exit code %d\n%s", code, out)
	}
}

// faulty is the city with several things wrong in it.
func faulty(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS("../../models/catalogue/hangzhou")); err != nil {
		t.Fatal(err)
	}
	item := filepath.Join(folder, "items", "birth-registration.yaml")
	text, err := os.ReadFile(item)
	if err != nil {
		t.Fatal(err)
	}
	wrong := strings.Replace(string(text), "audience: person", "audience: persons\n\"a\\nb\": 1", 1)
	for name, content := range map[string]string{item: wrong, filepath.Join(folder, "list.xlsx"): "PK"} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestEveryFaultIsOneLine(t *testing.T) {
	folder := faulty(t)
	code, out, _ := asked("check", folder)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != failed || len(lines) != 3 {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	form := regexp.MustCompile(`^[^:]+:[1-9][0-9]*: [^:]+: \p{Han}.* / [a-zA-Z].+$`)
	for _, line := range lines {
		if !form.MatchString(line) {
			t.Errorf("%s", line)
		}
	}
	code, out, _ = asked("check", "-most=1", "-lang=zh", folder)
	if code != failed || strings.Count(out, "\n") != 2 || !strings.Contains(out, "还有 2 个问题") || strings.Contains(out, "expected") {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

func TestWrongUseSaysWhatIsRight(t *testing.T) {
	for _, arguments := range [][]string{{}, {"chek", "x"}, {"check"}, {"check", "a", "b"}, {"check", "-lang", "fr", "a"}, {"check", "-nothing", "a"}, {"check", "-", ""}} {
		if code, out, complaint := asked(arguments...); code != misuse || out != "" || complaint == "" {
			t.Errorf("%q: exit code %d, %q, %q", arguments, code, out, complaint)
		}
	}
	for _, arguments := range [][]string{{"help"}, {"-h"}, {"--help"}, {"check", "-h"}} {
		if code, out, complaint := asked(arguments...); code != done || !strings.Contains(out+complaint, "FOLDER") {
			t.Errorf("%q: exit code %d", arguments, code)
		}
	}
	if code, out, _ := asked("check", filepath.Join(t.TempDir(), "nowhere")); code != failed || strings.Count(out, "\n") != 1 {
		t.Errorf("a folder that is not there: exit code %d\n%s", code, out)
	}
}
