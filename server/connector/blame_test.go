package connector

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// What a department writes in place of HTTP is in no error: errors stand in logs, jobs and dead letters.
func TestAnErrorQuotesNothingOfWhatCame(t *testing.T) {
	said := plantedNumber + " " + plantedName
	for name, text := range map[string]string{
		"no HTTP":             said + "\r\n\r\n",
		"no status":           "HTTP/1.1 " + plantedNumber + " " + plantedName + "\r\n\r\n",
		"another version":     "HTTP/" + plantedNumber + " 200 OK\r\n\r\n",
		"a header that is no": "HTTP/1.1 200 OK\r\n" + said + "\r\n\r\n",
		"a length":            "HTTP/1.1 200 OK\r\nContent-Length: " + said + "\r\n\r\n",
		"an encoding":         "HTTP/1.1 200 OK\r\nTransfer-Encoding: " + said + "\r\n\r\n",
		"a chunk":             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + said + "\r\n",
		"a trailer":           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + said + "\r\n\r\n",
		"an address":          "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nLocation: " + said + "\r\n\r\n{}",
	} {
		department := newBench(t, time.Second, time.Now, once(text))
		_, err := department.resolve()
		if !IsTemporary(err) || strings.Contains(err.Error(), plantedNumber) || strings.Contains(err.Error(), plantedName) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A department that hangs is known for it also where whoever asks waits no longer than the department has.
func TestWhoHangsAsLongAsItMayIsLeftAlone(t *testing.T) {
	department := newBench(t, 100*time.Millisecond, time.Now, func(_ http.ResponseWriter, request *http.Request) {
		_, _ = io.Copy(io.Discard, request.Body)
		<-request.Context().Done()
	})
	for range failuresToOpen {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		_, _ = department.client.Resolve(ctx, department.asking, ResolveRequest{})
		cancel()
	}
	if state := department.client.breaker.current(); state != open {
		t.Errorf("the breaker is in state %d", state)
	}
}

// A crowd of questions that wait for one another says nothing about the department: only its own time does.
func TestACrowdIsNoFailureOfTheDepartment(t *testing.T) {
	department := newBench(t, 350*time.Millisecond, time.Now, func(writer http.ResponseWriter, request *http.Request) {
		time.Sleep(100 * time.Millisecond)
		answer(200, wholeSubject)(writer, request)
	})
	var crowd sync.WaitGroup
	for range 12 * DefaultRates().AtOnce {
		crowd.Go(func() { _, _ = department.resolve() })
	}
	crowd.Wait()
	if state := department.client.breaker.current(); state != closed {
		t.Errorf("the breaker is in state %d", state)
	}
}
