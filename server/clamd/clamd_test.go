package clamd

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// eicar is the test file that every scanner takes for a virus; it is put together here so that no scanner takes this source for one.
var eicar = []byte("X5O!P%@AP[4\\PZX54(P^)7CC)7}" + "$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*")

// daemon plays clamd: it reads one stream and answers what answer makes of it.
func daemon(t *testing.T, network, address string, answer func(stream []byte) string) string {
	t.Helper()
	listener, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go serve(connection, answer)
		}
	}()
	return listener.Addr().String()
}

func serve(connection net.Conn, answer func(stream []byte) string) {
	defer func() { _ = connection.Close() }()
	command := make([]byte, len("zINSTREAM\x00"))
	if _, err := io.ReadFull(connection, command); err != nil || string(command) != "zINSTREAM\x00" {
		return
	}
	var stream []byte
	for {
		var size uint32
		if binary.Read(connection, binary.BigEndian, &size) != nil {
			return
		}
		if size == 0 {
			break
		}
		part := make([]byte, size)
		if _, err := io.ReadFull(connection, part); err != nil {
			return
		}
		stream = append(stream, part...)
	}
	_, _ = io.WriteString(connection, answer(stream))
}

func likeClamd(stream []byte) string {
	if bytes.Contains(stream, eicar) {
		return "stream: Win.Test.EICAR_HDB-1 FOUND\x00"
	}
	return "stream: OK\x00"
}

func TestCleanAndInfected(t *testing.T) {
	large := bytes.Repeat([]byte("0123456789"), 1<<20)
	for _, address := range []string{
		daemon(t, "tcp", "127.0.0.1:0", likeClamd), "unix:" + daemon(t, "unix", filepath.Join(t.TempDir(), "clamd.ctl"), likeClamd),
	} {
		for _, one := range []struct {
			content  []byte
			infected bool
		}{{[]byte("%PDF-1.4"), false}, {eicar, true}, {large, false}, {append(bytes.Clone(large), eicar...), true}} {
			infected, err := New(address).Scan(t.Context(), one.content)
			if err != nil || infected != one.infected {
				t.Errorf("%s, %d bytes: %v, %v", address, len(one.content), infected, err)
			}
		}
	}
}

// Only a plain OK lets a file pass.
func TestEverythingElseIsNoVerdict(t *testing.T) {
	for _, said := range []string{
		"", "stream: OK", "stream: OK\n", "OK\x00", "stream: \x00", "INSTREAM size limit exceeded. ERROR\x00", "HTTP/1.1 400 Bad Request\r\n\r\n",
		"stream: OK\x00stream: X FOUND\x00", strings.Repeat("A", 1<<20),
	} {
		infected, err := New(daemon(t, "tcp", "127.0.0.1:0", func([]byte) string { return said })).Scan(t.Context(), []byte("x"))
		if err == nil {
			t.Errorf("%.40q was taken for a verdict: %v", said, infected)
		}
	}
}

func TestADaemonThatHangsOrIsAway(t *testing.T) {
	hanging := New(daemon(t, "tcp", "127.0.0.1:0", func([]byte) string { time.Sleep(time.Minute); return "stream: OK\x00" }))
	hanging.wait = 100 * time.Millisecond
	begun := time.Now()
	if _, err := hanging.Scan(t.Context(), []byte("x")); err == nil || time.Since(begun) > 30*time.Second {
		t.Errorf("%v after %v", err, time.Since(begun))
	}
	if _, err := New("127.0.0.1:1").Scan(t.Context(), []byte("x")); err == nil {
		t.Error("scanned by nobody")
	}
}
