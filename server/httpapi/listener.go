package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strconv"

	"onewindow/models"
)

// Listen makes connections on which what net/http refuses by itself, before any handler (a broken request line, headers
// without end, an expectation that it does not know), is said in our form too. The library has no other place for it.
func Listen(listener net.Listener) net.Listener { return ownWords{listener} }

type ownWords struct{ net.Listener }

// Accept gives the next connection.
func (l ownWords) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &politeConn{conn}, nil
}

type politeConn struct{ net.Conn }

// Write sends an answer as it is, unless it is one of net/http's own refusals.
func (c *politeConn) Write(raw []byte) (int, error) {
	status, isRefusal := libraryRefusal(raw)
	if !isRefusal {
		return c.Conn.Write(raw)
	}
	if _, err := c.Conn.Write(ownRefusal(status)); err != nil {
		return 0, err
	}
	return len(raw), nil
}

// longestRefusal is the length of net/http's longest refusal, with room to spare; libraryHeaders are the headers of all of
// them, in an order in which no handler's headers come.
const (
	longestRefusal = 512
	libraryHeaders = "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"
	unexpected     = "HTTP/1.1 417 "
)

// libraryRefusal tells the refusals that net/http writes straight to the connection, and their status.
func libraryRefusal(raw []byte) (status int, isRefusal bool) {
	if len(raw) > longestRefusal || !bytes.HasPrefix(raw, []byte("HTTP/1.1 ")) || len(raw) < len(unexpected) {
		return 0, false
	}
	line := bytes.IndexByte(raw, '\r')
	if line < 0 || !bytes.HasPrefix(raw[line:], []byte(libraryHeaders)) && !bytes.HasPrefix(raw, []byte(unexpected)) {
		return 0, false
	}
	status, err := strconv.Atoi(string(raw[9:12]))
	return status, err == nil
}

// ownRefusal says the same in the form of every other refusal. What a client sent is never a fault of the server's.
func ownRefusal(status int) []byte {
	text := models.T("请求格式有误", "The request is malformed")
	if status == http.StatusRequestHeaderFieldsTooLarge {
		text = headersTooLarge.Text
	}
	if status >= http.StatusInternalServerError {
		status = http.StatusBadRequest
	}
	fault := models.BadInput(text)
	body, err := json.Marshal(problemBody(models.Chinese, status, fault))
	if err != nil {
		return nil // texts and numbers of ours alone
	}
	return fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nContent-Type: application/problem+json\r\nContent-Length: %d\r\nCache-Control: no-store\r\n"+
		"X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n%s", status, http.StatusText(status), len(body), body)
}
