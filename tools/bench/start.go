package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// firstQuestion is what the embedded server is asked as soon as it answers: the services of the embedded catalogue.
var firstQuestion = map[string]any{"query": "{ services(first: 5) { edges { node { code name } } } }"}

// laterStarts is how many later starts are taken; the middle one counts.
const laterStarts = 5

// measureStart takes the time from exec to the first answered query: of a first start in an empty folder, and of later ones.
func measureStart(ctx context.Context, asked options) error {
	binary, err := buildServer(ctx, asked)
	if err != nil {
		return err
	}
	data := filepath.Join(asked.folder, "start")
	if err := os.RemoveAll(data); err != nil {
		return err
	}
	first, processor, memory, err := timeStart(ctx, binary, data)
	if err != nil {
		return err
	}
	fmt.Printf("first start: %d ms from exec to the first answer (%.2f s of CPU), %.0f MB resident\n", first.Milliseconds(), processor, memory)
	var later []time.Duration
	for range laterStarts {
		took, used, held, err := timeStart(ctx, binary, data)
		if err != nil {
			return err
		}
		later, processor, memory = append(later, took.Round(time.Millisecond)), used, held
	}
	slices.Sort(later)
	fmt.Printf("later start: %d ms (median of %d: %v; %.2f s of CPU), %.0f MB resident\n",
		later[laterStarts/2].Milliseconds(), laterStarts, later, processor, memory)
	return nil
}

func timeStart(ctx context.Context, binary, data string) (took time.Duration, processor, megabytes float64, err error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return 0, 0, 0, err
	}
	operations, err := freeAddress(ctx)
	if err != nil {
		return 0, 0, 0, err
	}
	command := exec.CommandContext(ctx, binary, "-demo", "-addr", address, "-ops-addr", operations, "-data", data) // #nosec G204
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = 10 * time.Second
	asking := &client{address: address, requests: [][]byte{request(address, "/graphql", "", firstQuestion)}}
	begun := time.Now()
	if err := command.Start(); err != nil {
		return 0, 0, 0, err
	}
	defer func() {
		_ = command.Cancel()
		_ = command.Wait()
	}()
	for {
		answers, err := asking.visit(ctx, []int{0})
		if err == nil {
			took, processor = time.Since(begun), cpuSeconds(command.Process.Pid)
			if len(answers[0]) < 100 {
				return 0, 0, 0, errors.New("the first answer is empty: " + string(answers[0]))
			}
			break
		}
		if time.Since(begun) > 20*time.Second || ctx.Err() != nil {
			return 0, 0, 0, fmt.Errorf("the server did not answer: %w", err)
		}
		time.Sleep(time.Millisecond)
	}
	time.Sleep(time.Second) // memory once what starts beside the first answer is there
	return took, processor, residentMegabytes(command.Process.Pid), nil
}
