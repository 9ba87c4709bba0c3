// Package clamd asks ClamAV's daemon, or whatever speaks its protocol, whether a file is infected.
//
// What must always hold: only the daemon's plain "OK" lets a file pass; everything else that is not a find is an error, and the
// file waits. Nothing of a file or of a find's name is logged or kept. server/app hands Scan to models/material.
package clamd

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// Scanner asks one daemon. It is safe for concurrent use; each question has a connection of its own.
type Scanner struct {
	network, address string
	wait             time.Duration
}

const (
	// patience is how long a person waits for the scanner at most; what takes longer is scanned afterwards.
	patience = 10 * time.Second
	// chunk is how much is sent at once, longestAnswer how much of an answer is read.
	chunk         = 64 << 10
	longestAnswer = 4 << 10
)

// New takes "host:port" or "unix:/path".
func New(address string) *Scanner {
	if path, isSocket := strings.CutPrefix(address, "unix:"); isSocket {
		return &Scanner{"unix", path, patience}
	}
	return &Scanner{"tcp", address, patience}
}

// Scan sends the content with zINSTREAM and tells whether the daemon found something.
func (s *Scanner) Scan(ctx context.Context, content []byte) (infected bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.wait)
	defer cancel()
	var dialer net.Dialer
	connection, err := dialer.DialContext(ctx, s.network, s.address)
	if err != nil {
		return false, fmt.Errorf("clamd: %w", err)
	}
	defer func() { _ = connection.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = connection.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	sendErr := send(connection, content)
	// A daemon that refuses says why before it hangs up: its answer is worth more than the failed write.
	answer, err := io.ReadAll(io.LimitReader(connection, longestAnswer))
	if err = errors.Join(err, sendErr); err != nil && len(answer) == 0 {
		return false, fmt.Errorf("clamd: %w", err)
	}
	return judge(string(answer))
}

func send(connection io.Writer, content []byte) error {
	if _, err := connection.Write([]byte("zINSTREAM\x00")); err != nil {
		return err
	}
	for len(content) > 0 {
		part := content[:min(len(content), chunk)]
		content = content[len(part):]
		framed := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(part)), uint32(len(part))) // #nosec G115 -- at most chunk
		if _, err := connection.Write(append(framed, part...)); err != nil {
			return err
		}
	}
	_, err := connection.Write([]byte{0, 0, 0, 0})
	return err
}

// judge reads "stream: OK", "stream: NAME FOUND" or a fault such as "INSTREAM size limit exceeded. ERROR", ended by NUL.
func judge(answer string) (infected bool, err error) {
	said, ended := strings.CutSuffix(answer, "\x00")
	switch {
	case !ended || strings.Contains(said, "\x00"):
		return false, errors.New("clamd: an answer that does not end where it should")
	case said == "stream: OK":
		return false, nil
	case strings.HasPrefix(said, "stream: ") && strings.HasSuffix(said, " FOUND"):
		return true, nil
	case strings.HasSuffix(said, " ERROR"):
		return false, errors.New("clamd: the daemon refused to scan the file")
	}
	return false, errors.New("clamd: not the answer that was expected")
}
