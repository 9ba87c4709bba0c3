// Command citest makes the output of `go test -json` readable again and ends it with the counts of top-level tests, alone on a
// line: "N passed, N failed, N skipped". It exits with 1 if a test or a package failed, or if no test ran at all.
//
//	go test -json ./... | go run ./tools/citest
package main

import (
	"fmt"
	"os"
)

func main() {
	counts, err := Summarise(os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "citest:", err)
		os.Exit(2)
	}
	fmt.Printf("%d passed, %d failed, %d skipped\n", counts.Passed, counts.Failed, counts.Skipped)
	if !counts.Good() {
		os.Exit(1)
	}
}
