package door

import (
	"encoding/json"
	"maps"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"onewindow/graph/caller"
	"onewindow/models"
)

// The media types of answers (GraphQL over HTTP, 4).
const (
	mediaJSON     = "application/json"
	mediaResponse = "application/graphql-response+json"
	mediaEvents   = "text/event-stream"
)

// chooseMedia takes the first media type of Accept that we write; application/json where there is none.
func chooseMedia(r *http.Request) string {
	for _, header := range r.Header.Values("Accept") {
		for part := range strings.SplitSeq(header, ",") {
			media, params, err := mime.ParseMediaType(strings.TrimSpace(part))
			if err != nil || params["q"] == "0" {
				continue
			}
			switch media {
			case mediaResponse, mediaEvents:
				return media
			case mediaJSON, "application/*", "*/*":
				return mediaJSON
			}
		}
	}
	return mediaJSON
}

// Refuse answers a request with one error and a status of its own. The message is in the language of Accept-Language.
func Refuse(w http.ResponseWriter, r *http.Request, status int, fault *models.Fault) {
	StopReading(w, r)
	extensions := map[string]any{"code": fault.Code}
	maps.Copy(extensions, fault.Extensions)
	locale := models.ParseLocale(r.Header.Get("Accept-Language"))
	writeResponse(w, r, status, &graphql.Response{
		Errors: gqlerror.List{{Message: fault.Text.In(locale), Extensions: extensions}},
	})
}

// rest is how long the rest of a refused request is waited for, so that its sender hears the answer and can go on using the
// connection.
const rest = 500 * time.Millisecond

// StopReading bounds the time for what has not arrived of a request that is refused: the server would wait for it before it
// sends the answer.
func StopReading(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength != 0 {
		// A writer without deadlines, as in tests, simply has none.
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(rest))
	}
}

// refuse is Refuse with the status that belongs to the fault.
func refuse(w http.ResponseWriter, r *http.Request, fault *models.Fault) {
	Refuse(w, r, statusOf(fault.Code, http.StatusBadRequest), fault)
}

// statusOf is the HTTP status of a request that was refused as a whole; otherwise is for what fits no status of its own.
func statusOf(code models.FaultCode, otherwise int) int {
	switch code {
	case models.Unauthenticated:
		return http.StatusUnauthorized
	case models.Forbidden:
		return http.StatusForbidden
	case models.TooComplex, models.PersistedQuery:
		return http.StatusUnprocessableEntity
	case models.RateLimitedCode:
		return http.StatusTooManyRequests
	case models.UnavailableCode:
		return http.StatusServiceUnavailable
	case models.Internal:
		return http.StatusInternalServerError
	}
	return otherwise
}

// answerRequestError answers an operation that was not run. For application/json the status of what is wrong with the
// document stays 200, as GraphQL over HTTP asks of that media type.
func answerRequestError(w http.ResponseWriter, r *http.Request, response *graphql.Response) {
	otherwise := http.StatusOK
	if chooseMedia(r) == mediaResponse {
		otherwise = http.StatusBadRequest
	}
	writeResponse(w, r, statusOf(firstCode(response.Errors), otherwise), response)
}

// answerResult answers an operation that was run: 200 whatever its fields say, but 429 where nothing came of it because
// the caller has to wait, so that every client understands it.
func answerResult(w http.ResponseWriter, r *http.Request, response *graphql.Response) {
	status := http.StatusOK
	if (len(response.Data) == 0 || string(response.Data) == "null") && firstCode(response.Errors) == models.RateLimitedCode {
		status = http.StatusTooManyRequests
	}
	writeResponse(w, r, status, response)
}

func firstCode(list gqlerror.List) models.FaultCode {
	if len(list) == 0 {
		return ""
	}
	code, _ := list[0].Extensions["code"].(models.FaultCode)
	return code
}

// body is an answer as it is sent: without "data" where nothing was run, which null would not say.
type body struct {
	Errors     gqlerror.List   `json:"errors,omitempty"`
	Data       json.RawMessage `json:"data,omitempty"`
	Extensions map[string]any  `json:"extensions,omitempty"`
}

func encode(response *graphql.Response) []byte {
	if len(response.Errors) == 0 && len(response.Extensions) == 0 && len(response.Data) > 0 {
		// Data is JSON already; the library would read it once more to see that.
		const begin, end = `{"data":`, `}`
		raw := make([]byte, 0, len(begin)+len(response.Data)+len(end))
		return append(append(append(raw, begin...), response.Data...), end...)
	}
	raw, err := json.Marshal(body{Errors: response.Errors, Data: response.Data, Extensions: response.Extensions})
	if err != nil {
		// Data is made by the executor as JSON; only a fault's own extensions could be at fault here.
		return []byte(`{"errors":[{"message":"Something went wrong on our side","extensions":{"code":"INTERNAL"}}]}`)
	}
	return raw
}

func writeResponse(w http.ResponseWriter, r *http.Request, status int, response *graphql.Response) {
	media := chooseMedia(r)
	if media == mediaEvents {
		media = mediaJSON // a refusal before the stream began
	}
	header := w.Header()
	header.Set("Content-Type", media+"; charset=utf-8")
	header.Set("Content-Language", string(caller.LocaleFrom(r.Context())))
	if status == http.StatusUnauthorized {
		header.Set("WWW-Authenticate", "Bearer")
	}
	if status == http.StatusTooManyRequests && len(response.Errors) > 0 {
		if seconds, found := response.Errors[0].Extensions["retryAfterSeconds"].(int); found {
			header.Set("Retry-After", strconv.Itoa(seconds))
		}
	}
	raw := encode(response)
	header.Set("Content-Length", strconv.Itoa(len(raw)))
	w.WriteHeader(status)
	// A reader that went away is nobody's fault; there is no one left to tell.
	_, _ = w.Write(raw)
}
