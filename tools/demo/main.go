// Command demo walks one application from sign-in to the finished result, through HTTP, against a running demo server: the
// registration of a newborn, with one supplement notice and its reminder. It prints each step as a person would see it, and
// ends with 1 and a plain message when something is not as it should be. It can be run again and again.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

// settings are the flags.
type settings struct {
	// url is where the demo server listens, data its data folder: the outbox with the codes is there.
	url, data string
	// wait is how long the tour waits for what comes by itself: a code, a message, a live event.
	wait time.Duration
}

// patience bounds the whole tour, one minute's wait for a new code included.
const patience = 3 * time.Minute

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(arguments []string, out, failures io.Writer) int {
	var chosen settings
	var paper string
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(failures)
	flags.StringVar(&chosen.url, "url", "http://127.0.0.1:8080", "where the demo server listens")
	flags.StringVar(&chosen.data, "data", "var", "the demo server's data folder")
	flags.DurationVar(&chosen.wait, "wait", 30*time.Second, "how long to wait for a message or a live event before giving up")
	flags.StringVar(&paper, "paper", "", "only write the sample birth certificate, a PDF, to this file")
	if err := flags.Parse(arguments); err != nil {
		return 2
	}
	if paper != "" {
		if err := os.WriteFile(paper, birthCertificate(firstScan), 0o600); err != nil {
			_, _ = fmt.Fprintln(failures, err)
			return 1
		}
		return 0
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := play(ctx, chosen, out); err != nil {
		_, _ = fmt.Fprintf(failures, "\n没有走完 not finished: %v\n", err)
		return 1
	}
	return 0
}
