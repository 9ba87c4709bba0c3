package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Counts is what a run of the suite came to. Tests are counted at the top level, without their subtests.
type Counts struct {
	Passed, Failed, Skipped int
	// BrokenPackages failed without a failing test: they did not build, or ended early.
	BrokenPackages int
}

// Good tells whether the suite ran and nothing failed.
func (c Counts) Good() bool { return c.Failed == 0 && c.BrokenPackages == 0 && c.Passed > 0 }

// event is one line of `go test -json`.
type event struct {
	Action, Package, ImportPath, Test, Output string
	Elapsed                                   float64
}

// Summarise reads the events and writes what a person wants to see: a line for each package, and what failed in full.
func Summarise(in io.Reader, out io.Writer) (Counts, error) {
	var counts Counts
	output := map[string]*strings.Builder{} // what each running test has said, by package and test
	failed := map[string]bool{}             // packages with a failed test
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var happened event
			if json.Unmarshal(line, &happened) != nil {
				// The go command's own words, such as a module that cannot be loaded, are no events.
				fmt.Fprintf(out, "%s", line)
			} else {
				counts.take(happened, output, failed, out)
			}
		}
		if err == io.EOF {
			return counts, nil
		}
		if err != nil {
			return counts, err
		}
	}
}

func (c *Counts) take(happened event, output map[string]*strings.Builder, failed map[string]bool, out io.Writer) {
	top, _, isSubtest := strings.Cut(happened.Test, "/")
	key := happened.Package + " " + top
	switch happened.Action {
	case "output":
		if output[key] == nil {
			output[key] = &strings.Builder{}
		}
		output[key].WriteString(happened.Output)
		return
	case "build-output":
		fmt.Fprint(out, happened.Output)
		return
	}
	if isSubtest {
		return
	}
	if happened.Test == "" {
		c.takePackage(happened, failed, output[key], out)
		delete(output, key)
		return
	}
	switch happened.Action {
	case "pass":
		c.Passed++
	case "skip":
		c.Skipped++
		fmt.Fprintf(out, "skipped: %s %s\n", happened.Package, happened.Test)
	case "fail":
		c.Failed++
		failed[happened.Package] = true
		if said := output[key]; said != nil {
			fmt.Fprint(out, said.String())
		}
	default:
		return
	}
	delete(output, key)
}

func (c *Counts) takePackage(happened event, failed map[string]bool, said *strings.Builder, out io.Writer) {
	switch happened.Action {
	case "pass":
		fmt.Fprintf(out, "ok    %s  %.1fs\n", happened.Package, happened.Elapsed)
	case "fail":
		if !failed[happened.Package] {
			c.BrokenPackages++
		}
		if said != nil {
			fmt.Fprint(out, said.String())
		}
		fmt.Fprintf(out, "FAIL  %s  %.1fs\n", happened.Package, happened.Elapsed)
	}
}
