// Command bench measures OneWindow against a hand-written server on the same PostgreSQL, and how fast the embedded server
// starts. docs/benchmarks.md tells what was measured and with which commands.
//
//	go run ./tools/bench -cases 200000 -keep     make the data if it is not there, measure, keep the data
//	go run ./tools/bench -mode start             the embedded server from exec to its first answer
//	go run ./tools/bench reminders               due reminders through workers that are killed, to a provider on this machine
//	go run ./tools/bench push                    from a supplement request to the push on the provider's wire
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
)

// options are what was asked for.
type options struct {
	mode, databaseURL, redisURL, folder, server, operations string
	cases, callers, rounds                                  int
	connections                                             []int
	round                                                   time.Duration
	keep, prepare, hanging                                  bool
	workers, perSecond                                      int
	kill, patience, length                                  time.Duration
	profile, only                                           string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, parse()); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func parse() options {
	asked := options{connections: []int{32, 128}}
	flag.StringVar(&asked.mode, "mode", "measure", "measure, start, reminders, push, or (used by itself) limit; may be given as the first word too")
	flag.StringVar(&asked.databaseURL, "database", "postgres://postgres@127.0.0.1:5432/postgres", "PostgreSQL, with the right to create a database")
	flag.StringVar(&asked.redisURL, "redis", environment("ONEWINDOW_TEST_REDIS_URL", "redis://127.0.0.1:6379/8"), "Redis")
	flag.StringVar(&asked.folder, "folder", filepath.Join(os.TempDir(), "onewindow-bench"), "folder for keys, binaries and embedded data")
	flag.StringVar(&asked.server, "server", "", "OneWindow's binary; empty: built from this folder")
	flag.StringVar(&asked.operations, "operations", "graph/testdata/operations", "folder of the clients' operations")
	flag.IntVar(&asked.cases, "cases", 1_000_000, "applications; a quarter as many residents")
	flag.IntVar(&asked.callers, "callers", 5000, "signed-in residents, each with a token")
	flag.IntVar(&asked.rounds, "rounds", 3, "rounds of each, alternating")
	flag.DurationVar(&asked.round, "round", 5*time.Second, "length of a round")
	flag.BoolVar(&asked.keep, "keep", false, "keep the database for the next run")
	flag.StringVar(&asked.profile, "profile", "", "write a CPU profile of the server under load to this file")
	flag.BoolVar(&asked.prepare, "prepare", false, "reminders: make the data for the next run, and no more")
	flag.BoolVar(&asked.hanging, "hanging", false, "reminders: everybody has an email address too, and the mail server takes connections and never says a word")
	flag.IntVar(&asked.workers, "workers", 2, "reminders, push: worker processes")
	flag.DurationVar(&asked.kill, "kill", 10*time.Second, "reminders: how often one worker is killed; 0: never")
	flag.DurationVar(&asked.patience, "patience", 15*time.Minute, "reminders: how long to wait for the last")
	flag.IntVar(&asked.perSecond, "per-second", 100, "push: supplement requests a second")
	flag.DurationVar(&asked.length, "length", 40*time.Second, "push: how long, after a few seconds that do not count")
	flag.StringVar(&asked.only, "only", "", "measure this question alone: Q1 or Q2")
	flag.Func("connections", "connections at once (default 32 and 128); may be given more than once", func() func(string) error {
		given := false
		return func(text string) error {
			var number int
			if _, err := fmt.Sscan(text, &number); err != nil || number < 1 {
				return fmt.Errorf("not a number of connections")
			}
			if !given {
				asked.connections, given = nil, true
			}
			asked.connections = append(asked.connections, number)
			return nil
		}
	}())
	arguments := os.Args[1:]
	if len(arguments) > 0 && !strings.HasPrefix(arguments[0], "-") {
		asked.mode, arguments = arguments[0], arguments[1:]
	}
	_ = flag.CommandLine.Parse(arguments) // ends the program where they are wrong
	return asked
}

func environment(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

func run(ctx context.Context, asked options) error {
	if err := os.MkdirAll(asked.folder, 0o700); err != nil {
		return err
	}
	switch asked.mode {
	case "limit":
		return serveLimit(ctx, asked)
	case "start":
		return measureStart(ctx, asked)
	case "reminders":
		return measureReminders(ctx, asked)
	case "push":
		return measurePush(ctx, asked)
	case "measure":
		return measure(ctx, asked)
	}
	return fmt.Errorf("no such mode: %s", asked.mode)
}
