package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheHouseIsBuiltToPlan(t *testing.T) {
	root, err := FindRoot(".")
	if err != nil {
		t.Fatal(err)
	}
	faults, err := Check(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range faults {
		t.Error(fault)
	}
}

// write makes a small module named house from files by name; the content of each follows its package clause.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	files["go.mod"] = "module house\n\ngo 1.26\n"
	for name, content := range files {
		full := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestCheck(t *testing.T) {
	documented := map[string]string{"models/doc.go": "package models\n", "models/audit/doc.go": "package audit\n", "models/store/doc.go": "package store\n"}
	for _, test := range []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{name: "arrows that the plan has", files: map[string]string{
			"server/main.go":                "package main\nimport _ \"house/server/app\"\n",
			"server/app/app.go":             "package app\nimport (_ \"house/graph\"; _ \"house/models/audit\"; _ \"house/server/connector/sim\")\n",
			"server/connector/sim/sim.go":   "package sim\nimport (_ \"house/server/connector\"; _ \"house/server/demo\")\n",
			"server/connector/client.go":    "package connector\nimport _ \"house/server/connector/webhook\"\n",
			"graph/resolver.go":             "package graph\nimport (_ \"house/auth\"; _ \"house/graph/generated\"; _ \"house/models/audit\")\n",
			"models/audit/service.go":       "package audit\nimport (_ \"house/models\"; _ \"house/models/store\")\n",
			"models/audit/store.go":         "package audit\nimport _ \"gorm.io/gorm\"\n",
			"models/audit/store_looks.go":   "package audit\nimport _ \"gorm.io/gorm\"\n",
			"models/id.go":                  "package models\nimport (_ \"github.com/google/uuid\"; _ \"strings\")\n",
			"tools/bench/main.go":           "package main\nimport (_ \"house/models/audit\"; _ \"gorm.io/gorm\")\n",
			"models/audit/service_test.go":  "package audit\nimport (_ \"house/models/store/storetest\"; \"time\"; _ \"house/models/sealed\")\nvar now = time.Now()\n",
			"models/store/storetest/new.go": "package storetest\nimport _ \"house/models/store\"\n",
		}},
		{name: "a room looks up", files: map[string]string{
			"models/audit/service.go": "package audit\nimport (_ \"house/graph\"; _ \"house/notify\"; _ \"house/models/casework\"; _ \"house/server/app\")\n",
		}, want: []string{
			"models/audit must not import graph: no such arrow in the plan",
			"models/audit must not import models/casework: no such arrow in the plan",
			"models/audit must not import notify: no such arrow in the plan",
			"models/audit must not import server/app: no such arrow in the plan",
		}},
		{name: "a test looks up", files: map[string]string{
			"models/audit/service_test.go": "package audit\nimport _ \"house/graph\"\n",
		}, want: []string{"models/audit must not import graph: no such arrow in the plan"}},
		{name: "the connector knows the simulation", files: map[string]string{
			"server/connector/client.go": "package connector\nimport _ \"house/server/connector/sim\"\n",
		}, want: []string{"server/connector must not import server/connector/sim: no such arrow in the plan"}},
		{name: "the vocabulary leans on others", files: map[string]string{
			"models/page.go": "package models\nimport (_ \"house/models/store\"; _ \"example.org/clever\")\n",
		}, want: []string{
			"models must not import example.org/clever: it stands on the standard library",
			"models must not import models/store: no such arrow in the plan",
		}},
		{name: "a room that is not in the table", files: map[string]string{
			"models/parking/doc.go": "package parking\n",
		}, want: []string{"models/parking has no row in the table of tools/archcheck: say there what it may import"}},
		{name: "a room that does not introduce itself", files: map[string]string{
			"models/resident/person.go": "package resident\n",
		}, want: []string{"models/resident has no doc.go: say what lives there, what must always hold and who calls it"}},
		{name: "test helpers in the real thing", files: map[string]string{
			"auth/doc.go": "package auth\nimport _ \"house/models/store/storetest\"\n",
		}, want: []string{"auth must not import models/store/storetest: it is for tests alone"}},
		{name: "somebody stands on a tool", files: map[string]string{
			"server/app/app.go": "package app\nimport _ \"house/tools/seed\"\n",
		}, want: []string{"server/app must not import tools/seed: nothing stands on a tool"}},
		{name: "queries outside store.go", files: map[string]string{
			"models/audit/service.go": "package audit\nimport _ \"gorm.io/gorm/clause\"\n",
			"models/audit/storey.go":  "package audit\nimport _ \"gorm.io/gorm\"\n",
			"graph/store.go":          "package graph\nimport _ \"gorm.io/gorm\"\n",
			"models/store/tx.go":      "package store\nimport _ \"gorm.io/gorm\"\n",
		}, want: []string{
			"graph/store.go must not import gorm.io/gorm: queries live in store.go",
			"models/audit/service.go must not import gorm.io/gorm/clause: queries live in store.go",
			"models/audit/storey.go must not import gorm.io/gorm: queries live in store.go",
		}},
		{name: "a room asks the machine for the time", files: map[string]string{
			"models/audit/service.go": "package audit\nimport clock \"time\"\nfunc a() {\n\t_ = clock.Now()\n}\nvar b = clock.Since\n",
			"models/store/clock.go":   "package store\nimport \"time\"\nvar now = time.Now\n",
			"server/app/app.go":       "package app\nimport \"time\"\nvar now = time.Now\n",
			"notify/doc.go":           "package notify\nimport \"time\"\nvar day = 24 * time.Hour\n",
		}, want: []string{
			"models/audit/service.go asks the machine for the time, time.Now (line 4): take tx.Now, a parameter or models.Clock",
			"models/audit/service.go asks the machine for the time, time.Since (line 6): take tx.Now, a parameter or models.Clock",
		}},
		{name: "what is not of this module is left alone", files: map[string]string{
			"tools/lint/go.mod":              "module other\n",
			"tools/lint/main.go":             "package main\nimport _ \"house/graph\"\n",
			"models/audit/testdata/bad.go":   "package bad\nimport _ \"house/graph\"\n",
			"graph/node_modules/x/models.go": "package models\nimport _ \"house/tools\"\n",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := map[string]string{}
			for name, content := range documented {
				files[name] = content
			}
			for name, content := range test.files {
				files[name] = content
			}
			got, err := Check(write(t, files))
			if err != nil {
				t.Fatal(err)
			}
			if difference := cmp.Diff(test.want, got); difference != "" {
				t.Errorf("faults (-want +got):\n%s", difference)
			}
		})
	}
}

func TestCheckNamesTheFileThatIsNoGo(t *testing.T) {
	_, err := Check(write(t, map[string]string{"models/doc.go": "this is no Go"}))
	if err == nil || !strings.Contains(err.Error(), "models/doc.go") {
		t.Errorf("error: %v", err)
	}
}

func TestSizesNameWhatIsLong(t *testing.T) {
	long := "package app\n\nfunc long() {\n" + strings.Repeat("\tprintln()\n", 400) + "}\n"
	root := write(t, map[string]string{
		"server/app/app.go":       long,
		"server/app/generated.go": "// Code generated by hand. DO NOT EDIT.\n\n" + strings.ReplaceAll(long, "long", "longer"),
		"server/app/app_test.go":  strings.ReplaceAll(long, "long", "longest"),
	})
	var out bytes.Buffer
	if err := WriteSizes(&out, root); err != nil {
		t.Fatal(err)
	}
	want := `1 files: half within 404 lines (120 wanted), nine tenths within 404 (300 wanted)
  long: server/app/app.go, 404 lines
1 functions: half within 402 lines (12 wanted), nine tenths within 402 (40 wanted)
  long: server/app.long, 402 lines
`
	if difference := cmp.Diff(want, out.String()); difference != "" {
		t.Errorf("report (-want +got):\n%s", difference)
	}
}
