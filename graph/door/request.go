package door

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"onewindow/graph/caller"
	"onewindow/models"
)

var (
	wrongMethod   = models.BadInput(models.T("此地址只接受 GET 和 POST", "This address takes GET and POST only"))
	wrongMedia    = models.BadInput(models.T("请求的内容类型不受支持", "The content type of the request is not supported"))
	tooLarge      = models.BadInput(models.T("请求过大", "The request is too large"))
	tooSlow       = models.BadInput(models.T("请求没有及时发完", "The request did not arrive in time"))
	cutShort      = models.BadInput(models.T("请求不完整", "The request is not complete"))
	readOnly      = models.BadInput(models.T("GET 请求只能查询", "GET requests can query only"))
	needsStream   = models.BadInput(models.T("订阅需要 WebSocket 或 text/event-stream", "A subscription needs a WebSocket or text/event-stream"))
	foreignOrigin = &models.Fault{Code: models.Forbidden, Text: models.T("不接受来自其他网站的请求", "Requests from other sites are not taken")}
)

// ServeHTTP takes a request in: language, headers, then by method.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx := caller.WithLocale(r.Context(), models.ParseLocale(r.Header.Get("Accept-Language")))
	r = r.WithContext(graphql.StartOperationTrace(ctx))
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Add("Vary", "Accept, Accept-Language, Authorization")
	defer func() {
		if value := recover(); value != nil {
			if value == http.ErrAbortHandler { //nolint:errorlint // the value that net/http names, unwrapped
				panic(value) //nolint:forbidigo // net/http itself ends the request by it
			}
			refuse(w, r, d.asFault(r.Context(), d.recovered(r.Context(), value)))
		}
	}()
	switch {
	case r.Header.Get("Upgrade") != "":
		d.serveSocket(w, r)
	case r.Method == http.MethodGet || r.Method == http.MethodPost:
		d.serveRequest(w, r)
	case r.Method == http.MethodOptions:
		w.Header().Set("Allow", "GET, POST, OPTIONS")
		w.WriteHeader(http.StatusNoContent)
	default:
		w.Header().Set("Allow", "GET, POST, OPTIONS")
		Refuse(w, r, http.StatusMethodNotAllowed, wrongMethod)
	}
}

// serveRequest finds out who asks and whether they may, before anything that they sent is read.
func (d *Door) serveRequest(w http.ResponseWriter, r *http.Request) {
	actor, token, err := d.identify(r.Context(), r.Header.Get("Authorization"), addressOf(r))
	if fault := d.admitted(r.Context(), actor); fault != nil {
		refuse(w, r, fault)
		return
	}
	if err != nil {
		refuse(w, r, d.asFault(r.Context(), err))
		return
	}
	r = r.WithContext(caller.WithActor(r.Context(), actor))
	if r.Method == http.MethodGet {
		d.serveGet(w, r, token)
		return
	}
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := params["charset"]
	if err != nil || r.Header.Get("Content-Encoding") != "" || charset != "" && !strings.EqualFold(charset, "utf-8") {
		Refuse(w, r, http.StatusUnsupportedMediaType, wrongMedia)
		return
	}
	switch media {
	case mediaJSON:
		d.servePost(w, r, token)
	case "multipart/form-data":
		d.serveMultipart(w, r)
	default:
		Refuse(w, r, http.StatusUnsupportedMediaType, wrongMedia)
	}
}

func (d *Door) serveGet(w http.ResponseWriter, r *http.Request, token string) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		refuse(w, r, notEnvelope)
		return
	}
	params, fault := d.envelopeFromURL(values)
	if fault != nil {
		refuse(w, r, fault)
		return
	}
	d.run(w, r, params, token)
}

func (d *Door) servePost(w http.ResponseWriter, r *http.Request, token string) {
	raw, ok := d.readBody(w, r, d.limits.Body, d.limits.BodyTime)
	if !ok {
		return
	}
	params, fault := d.readBodyOf(r.Context(), raw)
	if fault != nil {
		refuse(w, r, fault)
		return
	}
	d.run(w, r, params, token)
}

// readBody reads a whole body within its size and time, or answers why not.
func (d *Door) readBody(w http.ResponseWriter, r *http.Request, most int64, patience time.Duration) ([]byte, bool) {
	if r.ContentLength > most {
		Refuse(w, r, http.StatusRequestEntityTooLarge, tooLarge)
		return nil, false
	}
	done := d.hurry(w, patience)
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	if err != nil {
		refuseBody(w, r, err)
		return nil, false
	}
	done()
	return raw, true
}

// hurry sets a time for reading; the function that comes back takes it away again, so that a stream can follow.
func (d *Door) hurry(w http.ResponseWriter, patience time.Duration) (done func()) {
	control := http.NewResponseController(w)
	// A writer without deadlines, as in tests, simply has none.
	_ = control.SetReadDeadline(time.Now().Add(patience))
	return func() { _ = control.SetReadDeadline(time.Time{}) }
}

// refuseBody says why a body could not be read.
func refuseBody(w http.ResponseWriter, r *http.Request, err error) {
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		Refuse(w, r, http.StatusRequestEntityTooLarge, tooLarge)
	case errors.Is(err, os.ErrDeadlineExceeded):
		w.Header().Set("Connection", "close")
		Refuse(w, r, http.StatusRequestTimeout, tooSlow)
	default:
		Refuse(w, r, http.StatusBadRequest, cutShort)
	}
}

// run prepares an operation and answers it in one piece or as a stream.
func (d *Door) run(w http.ResponseWriter, r *http.Request, params *graphql.RawParams, token string) {
	ctx := r.Context()
	operation, list := d.prepare(ctx, params)
	streaming := chooseMedia(r) == mediaEvents
	if len(list) > 0 {
		response := d.refused(ctx, operation, list)
		if streaming {
			d.serveStream(w, r, graphql.OneShot(response))
			return
		}
		answerRequestError(w, r, response)
		return
	}
	kind := operation.Operation.Operation
	switch {
	case r.Method == http.MethodGet && kind == ast.Mutation:
		w.Header().Set("Allow", "POST")
		Refuse(w, r, http.StatusMethodNotAllowed, readOnly)
	case streaming:
		d.streamOperation(w, r, token, operation)
	case kind == ast.Subscription:
		Refuse(w, r, http.StatusBadRequest, needsStream)
	default:
		ctx, cancel := context.WithTimeout(ctx, d.limits.Time)
		defer cancel()
		responses, ctx := d.executor.DispatchOperation(ctx, operation)
		response := responses(ctx)
		if response == nil { // the time was over before anything was done
			response = d.refused(ctx, operation, gqlerror.List{{Err: context.DeadlineExceeded}})
		}
		answerResult(w, r, response)
	}
}

// refused presents the errors of an operation that is not run.
func (d *Door) refused(ctx context.Context, operation *graphql.OperationContext, list gqlerror.List) *graphql.Response {
	return d.executor.DispatchError(graphql.WithOperationContext(ctx, operation), list)
}
