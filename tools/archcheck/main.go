// Command archcheck compares the module's imports with the plan of the house (table.go) and fails on any other arrow. It also
// keeps queries in store.go (store_*.go where they are many) and the machine's clock out of the rooms, and with -sizes reports
// how long files and functions are. Its test runs the same check on the real tree, so `go test` fails where this would.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	sizes := flag.Bool("sizes", false, "report the sizes of files and functions as well")
	flag.Parse()
	faults, err := run(*sizes)
	if err != nil {
		fmt.Fprintln(os.Stderr, "archcheck:", err)
		os.Exit(2)
	}
	for _, fault := range faults {
		fmt.Println(fault)
	}
	if len(faults) > 0 {
		os.Exit(1)
	}
}

func run(sizes bool) ([]string, error) {
	root, err := FindRoot(".")
	if err != nil {
		return nil, err
	}
	if sizes {
		if err := WriteSizes(os.Stdout, root); err != nil {
			return nil, err
		}
	}
	return Check(root)
}
