// Command casetable writes docs/casework.md, the life of an application, from the transition table of casework: the diagram
// and the table that people read are the ones that the program runs on. A test fails when they differ.
//
//	go run ./tools/casetable
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	path := flag.String("to", "docs/casework.md", "the file to write")
	flag.Parse()
	if err := os.WriteFile(*path, []byte(document()), 0o600); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
