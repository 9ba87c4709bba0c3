package fcm

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
)

// The library tries again by itself where a connection breaks off or Firebase answers 503, up to four times within one attempt: what
// was taken before the answer broke off would ring five times, and none of it is written down. How often to try, and when, is decided
// once, for all channels alike, so the library is told of another status, which it does not try again.
const (
	brokenOff    = 598
	statusHeader = "Onewindow-Status" // what operators read of it
	// largestAnswer bounds what is read of an answer, in bytes.
	largestAnswer = 64 << 10
)

// once is a transport that gives every request one whole answer.
type once struct{ http.RoundTripper }

// RoundTrip reads the answer whole.
func (o once) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := o.RoundTripper.RoundTrip(request)
	if err != nil {
		if request.Context().Err() != nil {
			return nil, err
		}
		return answer(request, "NO_ANSWER", nil), nil
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, largestAnswer+1))
	_ = response.Body.Close()
	switch {
	case request.Context().Err() != nil:
		return nil, request.Context().Err()
	case err != nil || len(body) > largestAnswer:
		return answer(request, "NO_ANSWER", nil), nil //nolint:nilerr // said in the answer's status, so that the library does not try again
	case response.StatusCode == http.StatusServiceUnavailable:
		return answer(request, "HTTP_503", response.Header), nil
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, nil
}

// answer stands in for one that the library would try again.
func answer(request *http.Request, said string, header http.Header) *http.Response {
	made := http.Header{statusHeader: {said}}
	if wish := header.Get("Retry-After"); wish != "" {
		made.Set("Retry-After", wish)
	}
	return &http.Response{
		StatusCode: brokenOff, Status: strconv.Itoa(brokenOff), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: made, Body: http.NoBody, Request: request,
	}
}
