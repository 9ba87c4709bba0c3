package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"onewindow/server/config"
)

// patience is how long a server may take to become ready.
const patience = time.Minute

// running is a server in a process of its own.
type running struct {
	address, operations, folder string
	command                     *exec.Cmd
	said                        *bytes.Buffer
}

// start builds and starts a server: the demo, or one in production mode on SQLite with keys of its own.
func start(ctx context.Context, demo bool) (*running, error) {
	folder, err := os.MkdirTemp("", "guard-*")
	if err != nil {
		return nil, err
	}
	binary := filepath.Join(folder, "server")
	if output, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "./server").CombinedOutput(); err != nil { // #nosec G204
		return nil, fmt.Errorf("build the server: %w\n%s", err, output)
	}
	s := &running{folder: folder, said: &bytes.Buffer{}}
	if s.address, err = freeAddress(ctx); err != nil {
		return nil, err
	}
	if s.operations, err = freeAddress(ctx); err != nil {
		return nil, err
	}
	arguments := []string{"-addr", s.address, "-ops-addr", s.operations, "-data", filepath.Join(folder, "data")}
	s.command = exec.CommandContext(ctx, binary, arguments...) // #nosec G204
	s.command.Env = append(os.Environ(), "ONEWINDOW_LOG_LEVEL=warn")
	if demo {
		s.command.Args = append(s.command.Args, "-demo")
	} else {
		keys := filepath.Join(folder, "keys.yaml")
		if _, err := config.LoadOrGenerateKeys(keys); err != nil {
			return nil, err
		}
		s.command.Env = append(s.command.Env, "ONEWINDOW_KEYS="+keys)
	}
	s.command.Stderr = s.said
	if err := s.command.Start(); err != nil {
		return nil, err
	}
	if err := s.ready(ctx); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

func freeAddress(ctx context.Context) (string, error) {
	var network net.ListenConfig
	listener, err := network.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String(), nil
}

func (s *running) ready(ctx context.Context) error {
	for until := time.Now().Add(patience); time.Now().Before(until); {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.address+"/readyz", nil)
		if err != nil {
			return err
		}
		if response, err := http.DefaultClient.Do(request); err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	return errors.New("the server did not become ready:\n" + s.said.String())
}

// stop ends the server and removes what it kept.
func (s *running) stop() {
	_ = s.command.Process.Signal(syscall.SIGTERM)
	_ = s.command.Wait()
	_ = os.RemoveAll(s.folder)
}

// costs is what a server has used so far.
type costs struct{ processor, allocated, resident float64 }

// used reads the server's own metrics: seconds of CPU, bytes allocated since its start, bytes resident.
func (s *running) used(ctx context.Context) (costs, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.operations+"/metrics", nil)
	if err != nil {
		return costs{}, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return costs{}, err
	}
	defer func() { _ = response.Body.Close() }()
	found := map[string]float64{}
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		if name, value, ok := strings.Cut(lines.Text(), " "); ok {
			found[name], _ = strconv.ParseFloat(value, 64) // comments are no numbers, and not asked for
		}
	}
	return costs{
		found["process_cpu_seconds_total"], found["go_memstats_alloc_bytes_total"], found["process_resident_memory_bytes"],
	}, lines.Err()
}

// post sends a request body and gives status and answer.
func post(ctx context.Context, client *http.Client, url, token, body string) (int, string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	return do(client, request)
}

func do(client *http.Client, request *http.Request) (int, string, error) {
	response, err := client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	return response.StatusCode, string(raw), err
}
