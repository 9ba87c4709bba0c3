package notify

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Outbox is where a channel without a provider writes what it would send: a line of JSON each, in a file for each channel.
// It is safe for concurrent use.
type Outbox struct {
	folder string
	mutex  sync.Mutex
}

// NewOutbox writes under a folder, which is made when the first line is.
func NewOutbox(folder string) *Outbox { return &Outbox{folder: folder} }

// on gives the channel's way into the outbox.
func (o *Outbox) on(channel Channel) Provider { return outboxChannel{o, channel} }

type outboxChannel struct {
	outbox  *Outbox
	channel Channel
}

// Name is how attempts know the outbox.
func (outboxChannel) Name() string { return "outbox" }

// Send writes the envelope, unless an attempt of unknown end has written it before.
func (c outboxChannel) Send(_ context.Context, envelope Envelope) Outcome {
	if envelope.Again {
		if written, err := c.outbox.has(c.channel, envelope.ID, envelope.To); err != nil || written {
			return outboxOutcome(envelope, err)
		}
	}
	return outboxOutcome(envelope, c.outbox.add(c.channel, envelope))
}

func outboxOutcome(envelope Envelope, err error) Outcome {
	if err != nil {
		return Failed(Temporary, "NOT_WRITTEN")
	}
	return Outcome{Verdict: Taken, MessageID: envelope.ID}
}

// add appends one line with one write, so that a process that dies leaves a whole line or none.
func (o *Outbox) add(channel Channel, envelope Envelope) (err error) {
	var written bytes.Buffer
	encoder := json.NewEncoder(&written)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(envelope.line()); err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	o.mutex.Lock()
	defer o.mutex.Unlock()
	if err := os.MkdirAll(o.folder, 0o700); err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	file, err := os.OpenFile(o.path(channel), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if _, err := file.Write(written.Bytes()); err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	return nil
}

func (o *Outbox) path(channel Channel) string {
	return filepath.Join(o.folder, strings.ToLower(string(channel))+".jsonl")
}

func (o *Outbox) formerPath(channel Channel) string {
	return filepath.Join(o.folder, strings.ToLower(string(channel))+".former.jsonl")
}

// turn puts a channel's file aside once its first line is from before a moment; the one that was put aside before goes. Who writes
// opens the file anew for each line, so that none is lost.
func (o *Outbox) turn(channel Channel, before time.Time) error {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	file, err := os.Open(o.path(channel))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	text, _ := bufio.NewReader(file).ReadBytes('\n')
	_ = file.Close()
	var first line
	if json.Unmarshal(text, &first) != nil {
		return nil
	}
	if at, err := time.Parse(time.RFC3339, first.At); err != nil || !at.Before(before) {
		return nil
	}
	if err := os.Rename(o.path(channel), o.formerPath(channel)); err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	return nil
}

// has tells whether a line stands there already: asked only after an attempt whose end nobody wrote down.
func (o *Outbox) has(channel Channel, id, to string) (bool, error) {
	for _, path := range []string{o.path(channel), o.formerPath(channel)} {
		if found, err := inOutbox(path, id, to); found || err != nil {
			return found, err
		}
	}
	return false, nil
}

func inOutbox(path, id, to string) (bool, error) {
	file, err := os.Open(path) // #nosec G304 -- a file of the outbox
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("outbox: %w", err)
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var known line
		if json.Unmarshal(lines.Bytes(), &known) == nil && known.ID == id && known.To == to {
			return true, nil
		}
	}
	return false, lines.Err()
}
