package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"onewindow/notify"
)

// largestAnswer bounds what is read of an answer, in bytes.
const largestAnswer = 64 << 10

// Client makes an HTTP client for one provider.
func Client() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext, TLSHandshakeTimeout: 5 * time.Second,
			MaxIdleConnsPerHost: 64, IdleConnTimeout: 90 * time.Second, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Answer is what a provider said.
type Answer struct {
	Status int
	Body   []byte
	// RetryAfter is the header of that name; 0 where there is none.
	RetryAfter time.Duration
}

// ErrNoAnswer says that a provider could not be reached or broke off. The cause is not repeated.
var ErrNoAnswer = errors.New("the provider gave no whole answer")

// Do sends a request and reads its answer whole.
func Do(client *http.Client, request *http.Request, now time.Time) (*Answer, error) {
	response, err := client.Do(request) //nolint:gosec // the address comes from the settings
	if err != nil {
		return nil, ErrNoAnswer
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, largestAnswer+1))
	if err != nil || len(body) > largestAnswer {
		return nil, ErrNoAnswer
	}
	return &Answer{Status: response.StatusCode, Body: body, RetryAfter: RetryAfter(response.Header.Get("Retry-After"), now)}, nil
}

// Post makes a request with a body. The error does not repeat the address.
func Post(ctx context.Context, address, contentType string, body []byte) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("the provider's address is not one")
	}
	request.Header.Set("Content-Type", contentType)
	return request, nil
}

// JSON reads the answer's body; false: it is none (an HTML page of something in between, half a body).
func (a *Answer) JSON(into any) bool { return json.Unmarshal(a.Body, into) == nil }

// Unreadable is the outcome of an answer that does not say how the attempt ended: by its status.
func (a *Answer) Unreadable() notify.Outcome {
	outcome := notify.Failed(notify.Temporary, "HTTP_"+strconv.Itoa(a.Status))
	if a.Status == http.StatusTooManyRequests {
		outcome.Verdict = notify.Throttled
	}
	outcome.RetryAfter = a.RetryAfter
	return outcome
}

// RetryAfter reads the header of that name: seconds or a date.
func RetryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(text); err == nil && seconds > 0 {
		return time.Duration(min(seconds, int((24*time.Hour).Seconds()))) * time.Second
	}
	if moment, err := http.ParseTime(text); err == nil && moment.After(now) {
		return moment.Sub(now)
	}
	return 0
}
