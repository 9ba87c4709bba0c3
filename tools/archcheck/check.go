package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Check reads the module at root and gives one line for each thing that the plan does not allow, sorted, each once.
func Check(root string) ([]string, error) {
	module, err := modulePath(root)
	if err != nil {
		return nil, err
	}
	sources, err := scan(root)
	if err != nil {
		return nil, err
	}
	if len(sources) == 0 {
		return nil, fmt.Errorf("no Go file below %s", module)
	}
	var faults []string
	for _, file := range sources {
		faults = append(faults, checkArrows(module, file)...)
		faults = append(faults, checkDatabase(file)...)
		faults = append(faults, checkTime(file)...)
	}
	faults = append(faults, checkRooms(sources)...)
	slices.Sort(faults)
	return slices.Compact(faults), nil
}

// checkArrows compares a file's imports with the table.
func checkArrows(module string, file source) []string {
	from, known := find(file.folder)
	if !known {
		return []string{fmt.Sprintf("%s has no row in the table of tools/archcheck: say there what it may import", file.folder)}
	}
	var faults []string
	for _, imported := range file.imports {
		folder, inside := strings.CutPrefix(imported, module+"/")
		switch {
		case inside:
			if fault := checkArrow(from, file, folder); fault != "" {
				faults = append(faults, fault)
			}
		case !file.test && !isStandard(imported) && !from.allowsOutside(imported):
			faults = append(faults, fmt.Sprintf("%s must not import %s: it stands on the standard library", file.folder, imported))
		}
	}
	return faults
}

func checkArrow(from row, file source, folder string) string {
	if isTestHelper(folder) {
		if file.test || isTestHelper(file.folder) {
			return ""
		}
		return fmt.Sprintf("%s must not import %s: it is for tests alone", file.folder, folder)
	}
	if folder == "tools" || strings.HasPrefix(folder, "tools/") {
		if from.place == "tools" {
			return ""
		}
		return fmt.Sprintf("%s must not import %s: nothing stands on a tool", file.folder, folder)
	}
	if from.allows(folder) {
		return ""
	}
	// A test may put its room together with others to play a story, but it still looks down only.
	if (file.test || isTestHelper(file.folder)) && (isRoom(folder) || folder == "models" || folder == "server/demo") {
		return ""
	}
	return fmt.Sprintf("%s must not import %s: no such arrow in the plan", file.folder, folder)
}

// checkDatabase keeps GORM in the files that are about queries.
func checkDatabase(file source) []string {
	if within(file.folder, "models/store") || within(file.folder, "tools") || file.test || isQueries(file.name) && !within(file.folder, "graph") {
		return nil
	}
	var faults []string
	for _, imported := range file.imports {
		if within(imported, "gorm.io") {
			faults = append(faults, fmt.Sprintf("%s/%s must not import %s: queries live in store.go", file.folder, file.name, imported))
		}
	}
	return faults
}

// isQueries tells whether a file is about queries: a room that has many keeps them by topic, store_inbox.go and so on.
func isQueries(name string) bool { return name == "store.go" || strings.HasPrefix(name, "store_") }

// checkTime refuses the machine's clock where time is given.
func checkTime(file source) []string {
	if file.test || !isHouse(file.folder) {
		return nil
	}
	var faults []string
	for _, clock := range file.clocks {
		faults = append(faults, fmt.Sprintf("%s/%s asks the machine for the time, %s: take tx.Now, a parameter or models.Clock", file.folder, file.name, clock))
	}
	return faults
}

// checkRooms wants every room to say what it is for.
func checkRooms(sources []source) []string {
	documented := map[string]bool{}
	rooms := map[string]bool{}
	for _, file := range sources {
		if !isHouse(file.folder) && !within(file.folder, "models") || isTestHelper(file.folder) || file.test {
			continue
		}
		rooms[file.folder] = true
		if file.name == "doc.go" {
			documented[file.folder] = true
		}
	}
	var faults []string
	for room := range rooms {
		switch path.Base(room) {
		case "util", "utils", "common", "helpers", "misc":
			faults = append(faults, fmt.Sprintf("%s: the name says nothing; choose the word that a clerk would use", room))
		}
		if !documented[room] {
			faults = append(faults, fmt.Sprintf("%s has no doc.go: say what lives there, what must always hold and who calls it", room))
		}
	}
	return faults
}

// isStandard tells whether an import path belongs to the standard library: its first element has no dot.
func isStandard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".")
}

// modulePath reads the module's name from its go.mod.
func modulePath(root string) (string, error) {
	content, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(content)) {
		if name, ok := strings.CutPrefix(line, "module "); ok {
			return strings.TrimSpace(name), nil
		}
	}
	return "", fmt.Errorf("go.mod in %s names no module", root)
}

// FindRoot walks up from a folder to the one that holds go.mod.
func FindRoot(from string) (string, error) {
	folder, err := filepath.Abs(from)
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder, nil
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return "", fmt.Errorf("no go.mod in %s or above", from)
		}
		folder = parent
	}
}
