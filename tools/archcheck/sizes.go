package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// The house's measure (docs/architecture.md): half and nine tenths of the files and functions stay within these lines.
const (
	fileHalf, fileMost         = 120, 300
	functionHalf, functionMost = 12, 40
	listed                     = 10
)

// measured is one file or function and its lines.
type measured struct {
	name  string
	lines int
}

// WriteSizes reports how long files and functions are. It never fails: a long function is a question, not a fault.
func WriteSizes(out io.Writer, root string) error {
	sources, err := scan(root)
	if err != nil {
		return err
	}
	var files, functions []measured
	for _, file := range sources {
		if file.test || !file.written {
			continue
		}
		files = append(files, measured{file.folder + "/" + file.name, file.lines})
		for name, lines := range file.functions {
			functions = append(functions, measured{file.folder + "." + name, lines})
		}
	}
	writeSizes(out, "files", files, fileHalf, fileMost)
	writeSizes(out, "functions", functions, functionHalf, functionMost)
	return nil
}

func writeSizes(out io.Writer, what string, all []measured, half, most int) {
	if len(all) == 0 {
		return
	}
	slices.SortFunc(all, func(a, b measured) int {
		if a.lines != b.lines {
			return a.lines - b.lines
		}
		return strings.Compare(a.name, b.name)
	})
	p50, p90 := all[len(all)/2].lines, all[len(all)*9/10].lines
	fmt.Fprintf(out, "%d %s: half within %d lines (%d wanted), nine tenths within %d (%d wanted)\n", len(all), what, p50, half, p90, most)
	for _, long := range slices.Backward(all[max(0, len(all)-listed):]) {
		if long.lines > most {
			fmt.Fprintf(out, "  long: %s, %d lines\n", long.name, long.lines)
		}
	}
}
