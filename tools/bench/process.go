package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"onewindow/tools/bench/limit"
)

// process is a server that runs beside the measurement.
type process struct {
	command     *exec.Cmd
	address     string
	operations  string
	application string
	complaints  *bytes.Buffer
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

// buildServer gives OneWindow's binary.
func buildServer(ctx context.Context, asked options) (string, error) {
	if asked.server != "" {
		return asked.server, nil
	}
	path := filepath.Join(asked.folder, "server")
	output, err := exec.CommandContext(ctx, "go", "build", "-o", path, "./server").CombinedOutput() //nolint:gosec // the operator's own folder
	if err != nil {
		return "", fmt.Errorf("build the server: %w\n%s", err, output)
	}
	return path, nil
}

// startServer runs OneWindow as an API replica of a production system, its log included; only the budgets of callers are
// raised, which would stop a measurement.
func startServer(ctx context.Context, asked options, binary, keys, database string) (*process, error) {
	p := &process{application: "bench-onewindow"}
	var err error
	if p.address, err = freeAddress(ctx); err != nil {
		return nil, err
	}
	if p.operations, err = freeAddress(ctx); err != nil {
		return nil, err
	}
	p.command = exec.CommandContext(ctx, binary) // #nosec G204 -- the binary under measurement
	p.command.Env = append(os.Environ(),
		"ONEWINDOW_ADDR="+p.address, "ONEWINDOW_OPS_ADDR="+p.operations, "ONEWINDOW_DATA="+filepath.Join(asked.folder, "var"),
		"ONEWINDOW_KEYS="+keys, "ONEWINDOW_DATABASE_URL="+named(asked.databaseURL, database, p.application), "ONEWINDOW_REDIS_URL="+asked.redisURL,
		"ONEWINDOW_ROLE=api", "ONEWINDOW_RATE_PERSON_BURST=1000000", "ONEWINDOW_RATE_PERSON_PER_SECOND=1000000",
	)
	return p, p.start(ctx)
}

// startLimit runs the hand-written server in a process of its own, so that its CPU time can be told apart.
func startLimit(ctx context.Context, asked options, database string) (*process, error) {
	p := &process{application: "bench-limit"}
	var err error
	if p.address, err = freeAddress(ctx); err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p.command = exec.CommandContext(ctx, self, "-mode", "limit", "-folder", asked.folder, // #nosec G204 -- this program
		"-database", named(asked.databaseURL, database, p.application))
	p.command.Env = append(os.Environ(), "BENCH_LIMIT_ADDRESS="+p.address)
	return p, p.start(ctx)
}

func serveLimit(ctx context.Context, asked options) error {
	keys, _, err := benchKeys(asked)
	if err != nil {
		return err
	}
	keyring, err := keys.Keyring()
	if err != nil {
		return err
	}
	server, err := limit.Open(ctx, asked.databaseURL, keyring)
	if err != nil {
		return err
	}
	var network net.ListenConfig
	listener, err := network.Listen(ctx, "tcp", os.Getenv("BENCH_LIMIT_ADDRESS"))
	if err != nil {
		return err
	}
	return server.Serve(ctx, listener)
}

// start begins the process and waits until it answers.
func (p *process) start(ctx context.Context) error {
	p.complaints = &bytes.Buffer{}
	if p.application == "bench-limit" {
		p.command.Stderr = p.complaints
	}
	p.command.Cancel = func() error { return p.command.Process.Signal(syscall.SIGTERM) }
	p.command.WaitDelay = 10 * time.Second
	if err := p.command.Start(); err != nil {
		return err
	}
	if !answers(ctx, "http://"+p.address+"/healthz", 20*time.Second) {
		p.stop()
		return errors.New("a server did not start: " + p.command.String() + p.complaints.String())
	}
	return nil
}

func (p *process) stop() {
	_ = p.command.Cancel()
	_ = p.command.Wait()
}

// answers waits until an address answers anything over HTTP.
func answers(ctx context.Context, address string, patience time.Duration) bool {
	until := time.Now().Add(patience)
	for time.Now().Before(until) && ctx.Err() == nil {
		request, _ := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			_ = response.Body.Close()
			return true
		}
		time.Sleep(5 * time.Millisecond)
	}
	return false
}

// ticksASecond is the unit of /proc/PID/stat on every Linux that Go runs on.
const ticksASecond = 100

// cpuSeconds is the CPU time that a process has used, user and system, all threads.
func cpuSeconds(pid int) float64 {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0
	}
	// The name in brackets may hold spaces.
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return float64(user+system) / ticksASecond
}

// residentMegabytes is what a process holds in memory.
func residentMegabytes(pid int) float64 {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(raw)) {
		if rest, found := strings.CutPrefix(line, "VmRSS:"); found {
			kilobytes, _ := strconv.Atoi(strings.Fields(rest)[0])
			return float64(kilobytes) / 1024
		}
	}
	return 0
}

// backends sums the CPU time of the database's processes that work for one application. It needs a database on this machine.
func backends(ctx context.Context, watcher *pgx.Conn, application string) (float64, error) {
	rows, err := watcher.Query(ctx, "SELECT pid FROM pg_stat_activity WHERE application_name = $1", application)
	if err != nil {
		return 0, err
	}
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	sum := 0.0
	for _, pid := range pids {
		sum += cpuSeconds(pid)
	}
	return sum, err
}
