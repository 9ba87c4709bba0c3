package httpapi_test

import (
	"bufio"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"onewindow/server/httpapi"
)

// openHouse serves a house on a real connection; headers are waited for so long.
func openHouse(t *testing.T, patience time.Duration) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := httpapi.NewServer(listener.Addr().String(), newHouse(t).handler, slog.New(slog.DiscardHandler))
	server.ReadHeaderTimeout = patience
	go func() { _ = server.Serve(httpapi.Listen(listener)) }()
	t.Cleanup(func() { _ = server.Close() })
	return listener.Addr().String()
}

// say sends bytes as they are and reads one answer.
func say(t *testing.T, address, text string) (*http.Response, string, error) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return nil, "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response, string(body), err
}

// What net/http refuses before any handler is refused in the form of everything else, at once, and tells nothing.
func TestRefusalsOfTheLibraryAreInOurWords(t *testing.T) {
	address := openHouse(t, time.Minute)
	const planted = "110101199003070011"
	cases := []struct {
		name, text string
		status     int
	}{
		{"no request at all", planted + "\r\n\r\n", 400},
		{"a method with a space", "GET /a b " + planted + " HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		{"no host", "GET / HTTP/1.1\r\n\r\n", 400},
		{"two hosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400},
		{"a header without a name", "GET / HTTP/1.1\r\nHost: x\r\n: " + planted + "\r\n\r\n", 400},
		{"a header with a space in its name", "GET / HTTP/1.1\r\nHost: x\r\na b: 1\r\n\r\n", 400},
		{"a version that does not exist", "GET / HTTP/9.9\r\nHost: x\r\n\r\n", 400},
		{"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
		{"an encoding of the transfer that is not known", "POST /graphql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: " + planted + "\r\n\r\n", 400},
		{"two lengths", "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", 400},
		{"a length that is none", "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400},
		{"an expectation that is not known", "POST /graphql HTTP/1.1\r\nHost: x\r\nExpect: " + planted + "\r\nContent-Length: 1\r\n\r\nx", 417},
		{"no path", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		{"a tunnel", "CONNECT " + planted + ".example:443 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		{"headers beyond our limit", "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Large: " + strings.Repeat("x", 9000) + "\r\n\r\n", 431},
		{"headers beyond the library's", "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Large: " + strings.Repeat("x", 21000), 431},
		{"a method that the path does not take", "DELETE /schema.graphql HTTP/1.1\r\nHost: x\r\n\r\n", 405},
		{"no such path", "GET /" + planted + " HTTP/1.1\r\nHost: x\r\n\r\n", 404},
		{"a refusal whose body never comes", "POST /files HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n", 401},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			begun := time.Now()
			response, body, err := say(t, address, c.text)
			if err != nil {
				t.Fatal(err)
			}
			var said struct {
				Errors []struct{ Extensions struct{ Code string } }
			}
			if json.Unmarshal([]byte(body), &said) != nil || len(said.Errors) != 1 || said.Errors[0].Extensions.Code == "" {
				t.Errorf("no code in %q", body)
			}
			if response.StatusCode != c.status {
				t.Errorf("status %d, want %d", response.StatusCode, c.status)
			}
			header := response.Header
			if header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Cache-Control") != "no-store" || header.Get("Server") != "" {
				t.Errorf("headers %v", header)
			}
			if strings.Contains(body, planted) || time.Since(begun) > 30*time.Second {
				t.Errorf("after %v: %s", time.Since(begun), body)
			}
		})
	}
}

func TestHeadersThatDoNotComeAreNotWaitedFor(t *testing.T) {
	address := openHouse(t, 300*time.Millisecond)
	begun := time.Now()
	if _, body, err := say(t, address, "GET /healthz HTTP/1.1\r\nHost: x\r\n"); err == nil {
		t.Errorf("answered with %q", body)
	}
	if time.Since(begun) > 30*time.Second {
		t.Errorf("waited %v", time.Since(begun))
	}
}

// An honest client whose request was refused goes on using its connection.
func TestARefusalKeepsTheConnectionOfWhoSentAll(t *testing.T) {
	address := openHouse(t, time.Minute)
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	reader := bufio.NewReader(conn)
	for range 3 {
		_, _ = io.WriteString(conn, "POST /files HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n0123456789")
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		if response.StatusCode != http.StatusUnauthorized || response.Close {
			t.Errorf("%d, closed: %v", response.StatusCode, response.Close)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
