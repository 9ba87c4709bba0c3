package connector

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// plainly answers on the bare connection, past everything that Go's server keeps in order; say is called with what to write to.
func plainly(say func(connection net.Conn, gone <-chan struct{})) http.HandlerFunc {
	return func(writer http.ResponseWriter, request *http.Request) {
		_, _ = io.Copy(io.Discard, request.Body)
		connection, buffered, err := writer.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer func() { _ = connection.Close() }()
		gone := make(chan struct{})
		go func() { defer close(gone); _, _ = io.Copy(io.Discard, buffered) }()
		say(connection, gone)
	}
}

// forever writes the same again and again until the other side goes away.
func forever(first, again string, pause time.Duration) http.HandlerFunc {
	return plainly(func(connection net.Conn, gone <-chan struct{}) {
		_, _ = io.WriteString(connection, first)
		for more := []byte(again); ; {
			if _, err := connection.Write(more); err != nil {
				return
			}
			select {
			case <-gone:
				return
			case <-time.After(pause):
			}
		}
	})
}

func once(text string) http.HandlerFunc {
	return plainly(func(connection net.Conn, _ <-chan struct{}) { _, _ = io.WriteString(connection, text) })
}

func packed(size int) []byte {
	var out bytes.Buffer
	writer := gzip.NewWriter(&out)
	_, _ = io.WriteString(writer, `{"number":"`)
	_, _ = io.CopyN(writer, zeros{}, int64(size))
	_, _ = io.WriteString(writer, `"}`)
	_ = writer.Close()
	return out.Bytes()
}

type zeros struct{}

func (zeros) Read(into []byte) (int, error) {
	for i := range into {
		into[i] = '0'
	}
	return len(into), nil
}

func fieldsOf(value string) string { return `{"number":"1","fields":{"a":` + value + `}}` }

// manyKeys is an object of as many short keys as fit into a size.
func manyKeys(size int) string {
	var out strings.Builder
	for n := 0; out.Len() < size; n++ {
		fmt.Fprintf(&out, `"%x":1,`, n)
	}
	return "{" + strings.TrimSuffix(out.String(), ",") + "}"
}

// Whatever comes over the wire, one question ends within its time and a bounded memory in a temporary failure: what was asked is
// kept and asked again.
func TestAHostileAnswerCostsLittle(t *testing.T) {
	const timeout, mebibyte = time.Second, 1 << 20
	bomb := packed(100 * mebibyte)
	withHeader := func(name, value string, body []byte) http.HandlerFunc {
		return func(writer http.ResponseWriter, request *http.Request) {
			_, _ = io.Copy(io.Discard, request.Body)
			writer.Header().Set(name, value)
			_, _ = writer.Write(body)
		}
	}
	good := `{"number":"1"}`
	file := base64.StdEncoding.EncodeToString([]byte("%PDF-1.4"))
	for _, test := range []struct {
		name   string
		handle http.HandlerFunc
		most   uint64 // MiB allocated
	}{
		{"a bomb that says it is packed", withHeader("Content-Encoding", "gzip", bomb), 8},
		{"packed, in another spelling", withHeader("Content-Encoding", "x-gzip, br", bomb), 8},
		{"a bomb that does not say it is packed", withHeader("Content-Type", "application/json", bomb), 8},
		{"a body without an end", forever("HTTP/1.1 200 OK\r\n\r\n{\"number\":\"", strings.Repeat("x", 64<<10), 0), 120},
		{"chunks without an end", forever("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1;"+strings.Repeat("x", 2000)+"\r\n \r\n", 0), 16},
		{"trailers without an end", forever("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "X-More: "+strings.Repeat("x", 2000)+"\r\n", 0), 16},
		{"headers without an end", forever("HTTP/1.1 200 OK\r\n", "X-More: "+strings.Repeat("x", 2000)+"\r\n", 0), 16},
		{"one header without an end", forever("HTTP/1.1 200 OK\r\nX-More: ", strings.Repeat("x", 2000), 0), 16},
		{"a status line without an end", forever("HTTP/1.1 200 ", strings.Repeat("x", 2000), 0), 16},
		{"early hints without an end", forever("", "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n", 0), 16},
		{"headers that drip", forever("HTTP/1.1 200 OK\r\nX-More: ", "x", 10*time.Millisecond), 8},
		{"nothing of a protocol", once("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), 8},
		{"another protocol", once("SSH-2.0-OpenSSH_9.2\r\n"), 8},
		{"two lengths", once("HTTP/1.1 200 OK\r\nContent-Length: 14\r\nContent-Length: 3\r\n\r\n" + good), 8},
		{"a length that is no number", once("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n" + good), 8},
		{"a length that is too short", once("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n" + good), 8},
		{"a length that is too long", once("HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n" + good), 8},
		{"a switch to another protocol", once("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"), 8},
		{"no content", once("HTTP/1.1 204 No Content\r\n\r\n"), 8},
		{"ten thousand levels, all closed", answer(200, fieldsOf(strings.Repeat("[", 10_000)+strings.Repeat("]", 10_000))), 8},
		{"millions of values", answer(200, fieldsOf("["+strings.TrimSuffix(strings.Repeat("1,", 7*mebibyte), ",")+"]")), 120},
		{"a million keys", answer(200, fieldsOf(manyKeys(14*mebibyte))), 120},
		{"a text of megabytes where no file is", answer(200, fieldsOf(`"`+strings.Repeat("x", 14*mebibyte)+`"`)), 220},
		{"a text of megabytes beside a file", answer(200, `{"number":"1","file":{"name":"a.pdf","contentType":"x","base64":"`+file+`"},"fields":{"a":"`+strings.Repeat("x", 2*mebibyte)+`"}}`), 64},
		{"a number that fits nowhere", answer(200, fieldsOf("1e999999999")), 8},
		{"a number of thousands of digits", answer(200, fieldsOf(strings.Repeat("9", 5000))), 8},
		{"a key twice", answer(200, `{"number":"1","number":"2"}`), 8},
		{"a key twice in another case", answer(200, `{"number":"1","NUMBER":"2"}`), 8},
		{"a key twice with another letter of the same name", answer(200, `{"iſsuedOn":"2020-01-01","issuedOn":"2021-01-01"}`), 8},
		{"a name that turns the reading direction", answer(200, "{\"number\":\"1\u202e\"}"), 8},
	} {
		t.Run(test.name, func(t *testing.T) {
			department := newBench(t, timeout, time.Now, test.handle)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			begun := time.Now()
			document, err := department.client.FetchMaterial(context.Background(), department.asking, MaterialRequest{Subject: "s", Material: "id-card"})
			took := time.Since(begun)
			runtime.ReadMemStats(&after)
			if document != nil || !IsTemporary(err) {
				t.Errorf("got %v and %v", document != nil, err)
			}
			if took > timeout+30*time.Second {
				t.Errorf("it took %v", took)
			}
			if spent := (after.TotalAlloc - before.TotalAlloc) / mebibyte; spent > test.most {
				t.Errorf("it allocated %d MiB, want at most %d", spent, test.most)
			} else {
				t.Logf("%v, %d MiB", took.Round(time.Millisecond), spent)
			}
		})
	}
}

// A short question has a short answer: what brings no file is cut off at 1 MiB.
func TestAnAnswerWithoutAFileIsShort(t *testing.T) {
	department := newBench(t, time.Second, time.Now, answer(200, wholeSubject+strings.Repeat(" ", largestPlainAnswer)))
	if _, err := department.resolve(); !IsTemporary(err) || !errors.Is(err, errTooLarge) {
		t.Errorf("got %v", err)
	}
}

// What is left over on a connection is never the answer to the next question.
func TestALeftOverIsNobodysAnswer(t *testing.T) {
	log.SetOutput(io.Discard) // the library quotes it; server/main cuts that off
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	var asked atomic.Int64
	forged := "HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n{\"number\":\"forged\"}"
	department := newBench(t, time.Second, time.Now, plainly(func(connection net.Conn, _ <-chan struct{}) {
		body := fmt.Sprintf(`{"number":"true %d"}`, asked.Add(1))
		_, _ = fmt.Fprintf(connection, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s%s", len(body), body, forged)
		time.Sleep(50 * time.Millisecond)
	}))
	for question := range 5 {
		document, err := department.client.FetchMaterial(context.Background(), department.asking, MaterialRequest{Subject: "s", Material: "id-card"})
		if err != nil {
			if !IsTemporary(err) {
				t.Errorf("question %d: %v", question, err)
			}
			continue
		}
		if !strings.HasPrefix(document.Number, "true ") {
			t.Errorf("question %d was answered by %q", question, document.Number)
		}
	}
}

// A department that drops its connections after each answer costs a failure at most: no question is sent twice under one name.
func TestADroppedConnectionAsksNothingTwice(t *testing.T) {
	var mutex sync.Mutex
	var ids []string
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		_, _ = io.Copy(io.Discard, request.Body)
		mutex.Lock()
		ids = append(ids, request.Header.Get("webhook-id"))
		mutex.Unlock()
		connection, _, err := writer.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(connection, "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 14\r\n\r\n{\"number\":\"1\"}")
		if tcp, ok := connection.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = connection.Close()
	}))
	server.Start()
	defer server.Close()
	department := newBench(t, time.Second, time.Now, nil)
	department.client.baseURL = server.URL
	for range 10 {
		if _, err := department.client.FetchMaterial(context.Background(), department.asking, MaterialRequest{}); err != nil && !IsTemporary(err) {
			t.Error(err)
		}
	}
	mutex.Lock()
	defer mutex.Unlock()
	seen := map[string]bool{}
	for _, id := range ids {
		if id == "" || seen[id] {
			t.Errorf("the message %q was sent twice", id)
		}
		seen[id] = true
	}
}

// A redirect is not followed: what is asked about a person goes to the department's address and to no other.
func TestAQuestionIsNotSentElsewhere(t *testing.T) {
	var heard atomic.Int64
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { heard.Add(1) }))
	defer elsewhere.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		department := newBench(t, time.Second, time.Now, func(writer http.ResponseWriter, request *http.Request) {
			http.Redirect(writer, request, elsewhere.URL, status)
		})
		if _, err := department.resolve(); !IsTemporary(err) {
			t.Errorf("%d: %v", status, err)
		}
	}
	if heard.Load() > 0 {
		t.Errorf("%d questions went elsewhere", heard.Load())
	}
}
