// Command guard tries the door of a real server: every limit with the request that meets it, what it costs the server, a flood
// of costly refusals beside an honest user, and ten thousand idle sockets. It starts the server itself, on loopback.
//
//	go run ./tools/guard names     the names of the clients' documents
//	go run ./tools/guard limits    the table of docs/security.md
//	go run ./tools/guard flood     an honest user beside eight connections of costly refusals
//	go run ./tools/guard sockets   idle sockets and the memory of each; -count says how many
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"onewindow/graph"
)

func main() {
	count := flag.Int("count", 10_000, "sockets to hold; each needs a file descriptor here and one in the server")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	switch flag.Arg(0) {
	case "names":
		err = printNames()
	case "limits":
		err = tryLimits(ctx)
	case "flood":
		err = tryFlood(ctx)
	case "sockets":
		err = trySockets(ctx, *count)
	default:
		flag.Usage()
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// printNames lists each operation with its names.
func printNames() error {
	documents, err := graph.ClientDocuments()
	if err != nil {
		return err
	}
	var lines []string
	for name, text := range documents.All() {
		document, err := parser.ParseQuery(&ast.Source{Input: text})
		if err != nil {
			return err
		}
		lines = append(lines, document.Operations[0].Name+" sha256:"+name)
	}
	slices.Sort(lines)
	fmt.Println(strings.Join(lines, "\n"))
	return nil
}
