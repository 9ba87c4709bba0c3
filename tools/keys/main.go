// Command keys makes the key file of a server: `go run ./tools/keys generate FILE`. The file holds the secrets that sign tokens,
// seal personal data and index it; it is written once, readable by its owner alone, and never overwritten.
package main

import (
	"fmt"
	"os"

	"onewindow/server/config"
)

func main() { os.Exit(run(os.Args[1:])) }

func run(arguments []string) int {
	if len(arguments) != 2 || arguments[0] != "generate" {
		fmt.Fprintln(os.Stderr, "usage: go run ./tools/keys generate FILE")
		return 2
	}
	if err := config.GenerateKeys(arguments[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println("made", arguments[1]+":", "keep it safe, and a copy of it: what it sealed cannot be read without it")
	return 0
}
