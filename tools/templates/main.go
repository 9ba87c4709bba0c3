// Command templates shows all that the house says, on one page:
//
//	go run ./tools/templates preview [-o templates.html]
//
// Without -o the page goes to standard output. The values in it are invented.
package main

import (
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"html/template"
	"io"
	"os"

	"onewindow/notify"
)

//go:embed page.html
var page string

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(arguments []string, to io.Writer) (err error) {
	if len(arguments) == 0 || arguments[0] != "preview" {
		return errors.New("want preview [-o FILE]")
	}
	flags := flag.NewFlagSet("preview", flag.ContinueOnError)
	name := flags.String("o", "", "file to write; empty: standard output")
	if err := flags.Parse(arguments[1:]); err != nil {
		return err
	}
	if *name == "" {
		return preview(to)
	}
	file, err := os.Create(*name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return preview(file)
}

func preview(to io.Writer) error {
	samples, err := notify.Samples()
	if err != nil {
		return err
	}
	shown, err := template.New("page").Parse(page)
	if err != nil {
		return err
	}
	return shown.Execute(to, samples)
}
