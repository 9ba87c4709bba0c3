package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// source is what the checks need to know of one Go file.
type source struct {
	folder  string // below the module's root, with slashes; "." for the root
	name    string
	test    bool
	written bool // by hand, not generated
	imports []string
	clocks  []string // places where the file asks the machine for the time, e.g. "time.Now (line 12)"
	lines   int
	// functions holds the lines of each function with a name.
	functions map[string]int
}

// scan reads every Go file of the module at root. It parses instead of asking the go command, so that a tree that does not
// compile yet is checked as well.
func scan(root string) ([]source, error) {
	var sources []source
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name != root && skipped(name, entry.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		read, err := readSource(root, name)
		if err != nil {
			return err
		}
		sources = append(sources, read)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("scan: %w", err)
	}
	return sources, nil
}

// skipped names the folders that the go command does not look into either, and modules of their own.
func skipped(folder, name string) bool {
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata" || name == "node_modules" {
		return true
	}
	_, err := os.Stat(filepath.Join(folder, "go.mod"))
	return err == nil
}

func readSource(root, name string) (source, error) {
	relative, err := filepath.Rel(root, name)
	if err != nil {
		return source{}, err
	}
	slashed := filepath.ToSlash(relative)
	positions := token.NewFileSet()
	file, err := parser.ParseFile(positions, name, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return source{}, fmt.Errorf("%s: %w", slashed, err)
	}
	read := source{
		folder:    path.Dir(slashed),
		name:      path.Base(slashed),
		test:      strings.HasSuffix(name, "_test.go"),
		written:   !ast.IsGenerated(file),
		lines:     positions.File(file.Pos()).LineCount(),
		functions: map[string]int{},
	}
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return source{}, fmt.Errorf("%s: %w", slashed, err)
		}
		read.imports = append(read.imports, imported)
	}
	read.clocks = findClocks(positions, file)
	for _, declaration := range file.Decls {
		if function, ok := declaration.(*ast.FuncDecl); ok {
			read.functions[functionName(function)] = positions.Position(function.End()).Line - positions.Position(function.Pos()).Line + 1
		}
	}
	return read, nil
}

// functionName gives a function's name, with its receiver's type where it has one.
func functionName(function *ast.FuncDecl) string {
	if function.Recv == nil || len(function.Recv.List) == 0 {
		return function.Name.Name
	}
	return strings.TrimPrefix(types.ExprString(function.Recv.List[0].Type), "*") + "." + function.Name.Name
}

// findClocks finds the uses of time.Now and of what calls it, under whatever name the file imports package time.
func findClocks(positions *token.FileSet, file *ast.File) []string {
	name := ""
	for _, spec := range file.Imports {
		if spec.Path.Value == `"time"` {
			name = "time"
			if spec.Name != nil {
				name = spec.Name.Name
			}
		}
	}
	if name == "" {
		return nil
	}
	var clocks []string
	ast.Inspect(file, func(node ast.Node) bool {
		selector, ok := node.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		owner, ok := selector.X.(*ast.Ident)
		if !ok || owner.Name != name {
			return true
		}
		switch selector.Sel.Name {
		case "Now", "Since", "Until":
			clocks = append(clocks, fmt.Sprintf("time.%s (line %d)", selector.Sel.Name, positions.Position(selector.Pos()).Line))
		}
		return true
	})
	return clocks
}
