// Command server is OneWindow: one binary for embedded, API and worker replicas. `-demo` runs everything in one process
// with nothing prepared; `-help` lists the settings.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"onewindow/server/app"
	"onewindow/server/config"
	"onewindow/server/httpapi"
)

func main() { os.Exit(run()) }

// run gives the exit code: 0 after an orderly stop, 1 where something failed, 2 where a setting is wrong.
func run() int {
	settings, err := config.Load(os.Args[1:], environment())
	if errors.Is(err, config.ErrHelp) {
		fmt.Print(config.Usage())
		return 0
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	logger := slog.New(httpapi.LogHandler(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: settings.LogLevel.Level})))
	slog.SetDefault(logger)
	log.SetFlags(0)
	log.SetOutput(httpapi.LibraryLog(logger))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	system, err := app.New(ctx, settings, logger)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer system.Close()
	system.Welcome(os.Stdout)
	if err := system.Run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func environment() map[string]string {
	values := map[string]string{}
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		values[name] = value
	}
	return values
}
