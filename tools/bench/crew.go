package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// crew is a few workers of a production system.
type crew struct {
	asked                           options
	binary, keys, database, provide string
	log                             *os.File
	// mail hangs: it takes connections and never says a word. nil: there is none.
	mail    net.Listener
	members []*process
	kills   int
	// spent is the CPU time of workers that were killed.
	spent float64
	most  float64
}

func newCrew(asked options, binary, keys, database, provider string) *crew {
	return &crew{asked: asked, binary: binary, keys: keys, database: database, provide: provider}
}

func (c *crew) start(ctx context.Context, number int) error {
	var err error
	if c.log, err = os.OpenFile(filepath.Join(c.asked.folder, "workers.log"), os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o600); err != nil {
		return err
	}
	for range number {
		member, err := c.hire(ctx)
		if err != nil {
			return err
		}
		c.members = append(c.members, member)
	}
	for _, member := range c.members {
		if !answers(ctx, "http://"+member.operations+"/healthz", 20*time.Second) {
			return errors.New("a worker did not start: see " + c.log.Name())
		}
	}
	return nil
}

// hang gives the crew a mail server that takes connections and never says a word.
func (c *crew) hang(ctx context.Context) error {
	var network net.ListenConfig
	var err error
	if c.mail, err = network.Listen(ctx, "tcp", "127.0.0.1:0"); err != nil {
		return err
	}
	go func() {
		for {
			connection, err := c.mail.Accept()
			if err != nil {
				return
			}
			go func() { // until the worker has had enough
				_, _ = io.Copy(io.Discard, connection)
				_ = connection.Close()
			}()
		}
	}()
	return nil
}

// hire starts a worker; the provider's limit is raised so that it is not what is measured.
func (c *crew) hire(ctx context.Context) (*process, error) {
	p := &process{application: "bench-worker"}
	var err error
	if p.address, err = freeAddress(ctx); err != nil {
		return nil, err
	}
	if p.operations, err = freeAddress(ctx); err != nil {
		return nil, err
	}
	p.command = exec.CommandContext(ctx, c.binary) // #nosec G204 -- the binary under measurement
	p.command.Env = append(os.Environ(),
		"ONEWINDOW_ADDR="+p.address, "ONEWINDOW_OPS_ADDR="+p.operations, "ONEWINDOW_DATA="+filepath.Join(c.asked.folder, "var"),
		"ONEWINDOW_KEYS="+c.keys, "ONEWINDOW_DATABASE_URL="+named(c.asked.databaseURL, c.database, p.application), "ONEWINDOW_REDIS_URL="+c.asked.redisURL,
		"ONEWINDOW_ROLE=worker", "ONEWINDOW_FCM_URL=http://"+c.provide, "ONEWINDOW_FCM_PROJECT=bench", "ONEWINDOW_FCM_PER_SECOND=100000",
	)
	if c.mail != nil {
		p.command.Env = append(p.command.Env, "ONEWINDOW_EMAIL_URL=smtp://"+c.mail.Addr().String(), "ONEWINDOW_EMAIL_FROM=bench@example.cn", "ONEWINDOW_EMAIL_PER_SECOND=100000")
	}
	p.command.Stderr = c.log
	p.command.Cancel = func() error { return p.command.Process.Signal(syscall.SIGTERM) }
	p.command.WaitDelay = 10 * time.Second
	return p, p.command.Start()
}

func (c *crew) operations(member int) string { return c.members[member].operations }

// watch kills one worker after the other until all has arrived, and starts each again at once.
func (c *crew) watch(ctx context.Context, asked options, provider *pushProvider) error {
	begun, killed := time.Now(), time.Now()
	for ctx.Err() == nil {
		different, _ := provider.count()
		if different >= asked.cases {
			return nil
		}
		if time.Since(begun) > asked.patience {
			fmt.Println("not all arrived in time")
			return nil
		}
		if asked.kill > 0 && time.Since(killed) >= asked.kill {
			killed = time.Now()
			if err := c.replace(ctx, c.kills%len(c.members)); err != nil {
				return err
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	return ctx.Err()
}

// replace ends a worker as a power cut would, and starts another in its place.
func (c *crew) replace(ctx context.Context, place int) error {
	c.look(c.members[place])
	c.spent += cpuSeconds(c.members[place].command.Process.Pid)
	if err := c.members[place].command.Process.Kill(); err != nil {
		return err
	}
	_ = c.members[place].command.Wait()
	c.kills++
	member, err := c.hire(ctx)
	if err == nil {
		c.members[place] = member
	}
	return err
}

func (c *crew) look(member *process) {
	c.most = max(c.most, residentMegabytes(member.command.Process.Pid))
}

// report prints what the workers and the database took of the machine.
func (c *crew) report(took time.Duration, database float64, messages int) {
	workers := c.spent
	for _, member := range c.members {
		c.look(member)
		workers += cpuSeconds(member.command.Process.Pid)
	}
	thousands := float64(messages) / 1000
	fmt.Printf("CPU s per 1,000: workers %.3f, PostgreSQL %.3f, provider and this program %.3f; in %s; a worker held at most %.0f MB\n",
		workers/thousands, database/thousands, cpuSeconds(os.Getpid())/thousands, took.Round(time.Second), c.most)
}

func (c *crew) stop() {
	for _, member := range c.members {
		member.stop()
	}
	if c.mail != nil {
		_ = c.mail.Close()
	}
	if c.log != nil {
		_ = c.log.Close()
	}
}

// postgresSeconds is the CPU time of a PostgreSQL on this machine, with that of its processes that have ended; 0: it is elsewhere.
func postgresSeconds(ctx context.Context, watcher *pgx.Conn) float64 {
	var backend int
	if err := watcher.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&backend); err != nil {
		return 0
	}
	fields := statOf(backend)
	if fields == nil {
		return 0
	}
	parent := fields[1]
	sum := 0.0
	entries, _ := os.ReadDir("/proc")
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		if found := statOf(pid); found != nil && (found[1] == parent || entry.Name() == parent) {
			sum += ticks(found[11]) + ticks(found[12])
			if entry.Name() == parent {
				sum += ticks(found[13]) + ticks(found[14])
			}
		}
	}
	return sum / ticksASecond
}

// statOf gives what Linux says of a process, from its state on; nil: it is not there.
func statOf(pid int) []string {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return nil
	}
	fields := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:]))
	if len(fields) < 15 {
		return nil
	}
	return fields
}

func ticks(text string) float64 {
	number, _ := strconv.Atoi(text)
	return float64(number)
}
