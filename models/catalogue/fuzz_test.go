package catalogue_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"onewindow/models/catalogue"
)

// The bounds of one load of a folder that somebody has made to cost much.
const (
	mostTime   = time.Second
	mostMemory = 256 << 20
)

// loadBounded loads a folder and sees that there is a catalogue or faults, in time and without taking much memory.
func loadBounded(t *testing.T, files fstest.MapFS) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begin := time.Now()
	loaded, faults := catalogue.Load(files)
	took := time.Since(begin)
	runtime.ReadMemStats(&after)
	if (loaded == nil) == (len(faults) == 0) {
		t.Errorf("a catalogue and faults, or neither: %v", faults)
	}
	if tooSlow(took) || after.TotalAlloc-before.TotalAlloc > mostMemory {
		t.Errorf("took %s and %d MB", took, (after.TotalAlloc-before.TotalAlloc)>>20)
	}
	for _, fault := range faults {
		if strings.ContainsAny(fault.String(), "\n\r\x00") || fault.Message["zh"] == "" || fault.Message["en"] == "" {
			t.Errorf("%q", fault.String())
		}
	}
}

// tooSlow tells whether a load took longer than it may. On a machine that is busy elsewhere the city's own catalogue takes long as
// well: what takes less than ten times as much is its fault.
func tooSlow(took time.Duration) bool {
	if took <= mostTime {
		return false
	}
	begin := time.Now()
	_, _ = catalogue.Embedded()
	return took > 10*time.Since(begin)
}

func withFile(name, text string) fstest.MapFS {
	files := smallest()
	files[name] = &fstest.MapFile{Data: []byte(text)}
	return files
}

// costly are files that are made to cost much.
func costly() map[string]string {
	doubling := "a0: &a0 [x, x]\n"
	for level := range 40 {
		here, before := string(rune('A'+level)), string(rune('A'+level-1))
		if level == 0 {
			before = "a0"
		}
		doubling += here + ": &" + here + " [*" + before + ", *" + before + "]\n"
	}
	return map[string]string{
		"aliases that double":     strings.Replace(careItem, "tags: [elderly]", doubling+"tags: *Z", 1),
		"an alias of itself":      "a: &a [*a, *a]\n",
		"an alias around itself":  strings.Replace(careItem, "steps:\n", "steps: &s\n  - {id: more, name: *s, department: *s, role: *s, days: *s, after: *s, sees: *s}\n", 1),
		"brackets":                strings.Repeat("[", 100_000),
		"brackets over lines":     strings.Repeat("[\n", 100_000),
		"dashes":                  strings.Repeat("- ", 100_000),
		"questions":               strings.Repeat("? ", 100_000),
		"anchors":                 "a: " + strings.Repeat("&a ", 100_000),
		"tags":                    "a: " + strings.Repeat("!!a ", 100_000),
		"quotes":                  "a: " + strings.Repeat(`"`, 200_000),
		"indents":                 indents(2_000),
		"many keys":               strings.Repeat("a: 1\n", 80_000),
		"many list entries":       "a:\n" + strings.Repeat(" - 1\n", 90_000),
		"many comments":           strings.Repeat("#\n", 200_000),
		"many steps":              careItem[:strings.Index(careItem, "steps:")] + "steps:\n" + strings.Repeat("  - {id: x, after: [x, x]}\n", 15_000),
		"many fields":             strings.Replace(careItem, "form:\n", "form:\n"+strings.Repeat("  - {key: x, show_if: form.x}\n", 12_000), 1),
		"many patterns":           strings.Replace(careItem, "form:\n", "form:\n"+strings.Repeat(`  - {key: x, type: text, pattern: '(\p{L}{20}){20}'}`+"\n", 8_000), 1),
		"many rules":              strings.Replace(careItem, "fees:\n", "fees:\n"+strings.Repeat("  - {cents: 1, when: form.nothing == 1}\n", 10_000), 1),
		"many rules that compile": strings.Replace(careItem, "fees:\n", "fees:\n"+strings.Repeat("  - {cents: 1, when: resident.age > 1}\n", 10_000), 1),
		"long rules":              strings.Replace(careItem, "fees:\n", "fees:\n"+strings.Repeat("  - {cents: 1, when: 'true"+strings.Repeat("&&true", 300)+"'}\n", 250), 1),
		"a literal":               "a: |\n" + strings.Repeat("  x\n", 120_000),
		"a long line":             "a: " + strings.Repeat("x", 500_000),
		"escapes":                 `a: "` + strings.Repeat(`\u4e00`, 80_000) + `"`,
		"braces in texts":         `a: "` + strings.Repeat("{", 100_000) + `"`,
		"not UTF-8":               "code: \xc4\xe3\xba\xc3\n",
		"UTF-16":                  "\xff\xfec\x00o\x00",
	}
}

func indents(levels int) string {
	var text strings.Builder
	for level := range min(levels, 900) {
		text.WriteString(strings.Repeat(" ", level) + "a:\n")
	}
	return text.String()
}

func TestNoFileCostsMuch(t *testing.T) {
	for name, text := range costly() {
		t.Run(name, func(t *testing.T) { loadBounded(t, withFile("items/care.yaml", text)) })
	}
}

// FuzzItem: whatever stands in an item's file, loading ends with a catalogue or with faults.
func FuzzItem(f *testing.F) {
	f.Add(careItem)
	for _, text := range costly() {
		if len(text) < 20_000 {
			f.Add(text)
		}
	}
	for _, file := range []string{"hangzhou/items/birth-registration.yaml", "hangzhou/items/disability-certificate.yaml"} {
		if text, err := os.ReadFile(file); err == nil {
			f.Add(string(text))
		}
	}
	f.Fuzz(func(t *testing.T, text string) { loadBounded(t, withFile("items/care.yaml", text)) })
}

// FuzzFolder: the same for a whole folder, whose files stand one after another, each under a line `-- name --`.
func FuzzFolder(f *testing.F) {
	var whole strings.Builder
	for name, file := range smallest() {
		whole.WriteString("-- " + name + " --\n" + string(file.Data))
	}
	f.Add(whole.String())
	f.Add("-- departments.yaml --\ndepartments: []\n-- items/a.yaml --\n-- items/../../x --\n")
	f.Fuzz(func(t *testing.T, text string) {
		files := fstest.MapFS{}
		for part := range strings.SplitSeq("\n"+text, "\n-- ") {
			if name, content, found := strings.Cut(part, " --\n"); found && filepath.IsLocal(name) {
				files[filepath.Clean(name)] = &fstest.MapFile{Data: []byte(content)}
			}
		}
		loadBounded(t, files)
	})
}

// FuzzCalendar: the same for a calendar year, whose working days can then be counted.
func FuzzCalendar(f *testing.F) {
	f.Add("year: 2026\nsource: x\ndays_off: [\"2026-01-01\", {date: 2026-02-17, name: {zh: 春节}}]\nmake_up_days: [\"2026-01-04\"]\n")
	f.Add("year: 99999999999\ndays_off: [\"2026-02-30\", 1]\n")
	f.Fuzz(func(t *testing.T, text string) { loadBounded(t, withFile("calendar/2026.yaml", text)) })
}
