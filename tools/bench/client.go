package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"
)

// client sends requests that were written out beforehand over connections that stay open. It parses no more of an answer than
// its length, so that it takes as little as possible of the machine that it shares with the servers.
type client struct {
	address  string
	requests [][]byte
	// connection and reader are what send goes over, once there was a first time.
	connection net.Conn
	reader     *bufio.Reader
}

// load is what a round found.
type load struct {
	requests int
	took     time.Duration
	each     []time.Duration
}

func (l load) perSecond() float64 { return float64(l.requests) / l.took.Seconds() }

// quantile gives the time that a share of the requests stayed under.
func (l load) quantile(share float64) time.Duration {
	if len(l.each) == 0 {
		return 0
	}
	return l.each[min(len(l.each)-1, int(share*float64(len(l.each))))]
}

// run keeps a number of connections busy for a while.
func (c *client) run(ctx context.Context, connections int, length time.Duration) (load, error) {
	ctx, cancel := context.WithTimeout(ctx, length)
	defer cancel()
	results := make([][]time.Duration, connections)
	failures := make([]error, connections)
	var running sync.WaitGroup
	begun := time.Now()
	for index := range connections {
		running.Go(func() { results[index], failures[index] = c.one(ctx) })
	}
	running.Wait()
	found := load{took: time.Since(begun)}
	for _, each := range results {
		found.each = append(found.each, each...)
	}
	slices.Sort(found.each)
	found.requests = len(found.each)
	return found, errors.Join(failures...)
}

func (c *client) one(ctx context.Context) ([]time.Duration, error) {
	var dialer net.Dialer
	connection, err := dialer.DialContext(ctx, "tcp", c.address)
	if err != nil {
		return nil, err
	}
	defer func() { _ = connection.Close() }()
	reader := bufio.NewReaderSize(connection, 32<<10)
	var each []time.Duration
	for ctx.Err() == nil {
		begun := time.Now()
		if _, err := connection.Write(c.requests[rand.IntN(len(c.requests))]); err != nil { // #nosec G404 -- a lot, not a secret
			return each, err
		}
		if _, err := readAnswer(reader, false); err != nil {
			return each, err
		}
		each = append(each, time.Since(begun))
	}
	return each, nil
}

// send sends one request over a connection that stays open, and reads the answer.
func (c *client) send(ctx context.Context, index int) error {
	if c.connection == nil {
		var dialer net.Dialer
		var err error
		if c.connection, err = dialer.DialContext(ctx, "tcp", c.address); err != nil {
			return err
		}
		c.reader = bufio.NewReaderSize(c.connection, 32<<10)
	}
	if _, err := c.connection.Write(c.requests[index]); err != nil {
		return err
	}
	answer, err := readAnswer(c.reader, true)
	if err == nil && bytes.Contains(answer, []byte(`"errors":[`)) {
		err = fmt.Errorf("an answer with errors: %.300s", answer)
	}
	return err
}

// visit sends the requests from first on, one after the other, over one connection, and gives the answers.
func (c *client) visit(ctx context.Context, indexes []int) ([][]byte, error) {
	var dialer net.Dialer
	connection, err := dialer.DialContext(ctx, "tcp", c.address)
	if err != nil {
		return nil, err
	}
	defer func() { _ = connection.Close() }()
	reader := bufio.NewReaderSize(connection, 32<<10)
	answers := make([][]byte, len(indexes))
	for position, index := range indexes {
		if _, err := connection.Write(c.requests[index]); err != nil {
			return nil, err
		}
		if answers[position], err = readAnswer(reader, true); err != nil {
			return nil, err
		}
	}
	return answers, nil
}

var (
	lengthHeader = []byte("Content-Length: ")
	okay         = []byte("HTTP/1.1 200 ")
)

// readAnswer reads one answer with a Content-Length; anything but 200 is an error with the answer's words.
func readAnswer(reader *bufio.Reader, keep bool) ([]byte, error) {
	status, err := reader.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	fine := bytes.HasPrefix(status, okay)
	length := -1
	for {
		line, err := reader.ReadSlice('\n')
		if err != nil {
			return nil, err
		}
		if len(line) <= 2 {
			break
		}
		if bytes.HasPrefix(line, lengthHeader) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[len(lengthHeader):]))); err != nil {
				return nil, err
			}
		}
	}
	if length < 0 {
		return nil, errors.New("an answer without its length")
	}
	if !keep && fine {
		_, err = reader.Discard(length)
		return nil, err
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(reader, body); err != nil {
		return nil, err
	}
	if !fine {
		return nil, fmt.Errorf("an answer other than 200: %.300s", body)
	}
	return body, nil
}

// request writes an HTTP request out.
func request(host, path, token string, body any) []byte {
	raw, err := json.Marshal(body)
	if err != nil {
		panic("bench: a request that cannot be written: " + err.Error())
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n", path, host, len(raw))
	if token != "" {
		fmt.Fprintf(&out, "Authorization: Bearer %s\r\n", token)
	}
	out.WriteString("\r\n")
	out.Write(raw)
	return out.Bytes()
}
