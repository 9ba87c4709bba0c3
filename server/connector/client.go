package connector

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"onewindow/models"
	"onewindow/models/identity"
	"onewindow/server/connector/webhook"
)

const (
	// largestAnswer bounds what one answer may hold in memory; largestPlainAnswer one that brings no file.
	largestAnswer      = 15 << 20
	largestPlainAnswer = 1 << 20
	// mostWaiting is how many requests wait for one department; what comes on top is told at once to come later.
	mostWaiting = 256
)

// The operations, as they stand in errors and metrics.
const (
	operationResolve  = string(identity.AskWho)
	operationVerify   = string(identity.AskProof)
	operationFetch    = string(identity.AskPaper)
	operationOpen     = string(identity.HandOver)
	operationWithdraw = string(identity.TakeBack)
)

// The outcomes in the metrics.
const (
	outcomeOK        = "ok"
	outcomeNotFound  = "not_found"
	outcomeMismatch  = "mismatch"
	outcomeTemporary = "temporary"
	outcomePermanent = "permanent"
	outcomeLeftAlone = "left_alone"
	outcomeAbandoned = "abandoned"
)

var (
	errTooSlow  = errors.New("no answer within the connection's timeout")
	errTooLarge = errors.New("the answer is larger than 15 MiB, or than 1 MiB without a file")
	errNoHTTP   = errors.New("what came cannot be read as HTTP")
	errPacked   = errors.New("the answer is compressed, which nobody asked for")
	// ErrNoGrounds says that nothing was sent, because nobody has looked at what makes this request lawful: a fault of ours.
	ErrNoGrounds = errors.New("a request to a department without grounds for it")
)

// Client asks one department, and only with grounds for the kind of request. It is safe for concurrent use.
type Client struct {
	department string
	baseURL    string
	secret     webhook.Secret
	timeout    time.Duration
	now        func() time.Time
	clock      models.Clock
	http       *http.Client
	queue      chan struct{} // whoever waits or is being answered
	slots      chan struct{} // whoever is being answered
	pace       *rate.Limiter
	breaker    *breaker
	metrics    *metrics
}

func newClient(connection Connection, options Options, rates Rates, metrics *metrics) *Client {
	return &Client{
		department: connection.Department, baseURL: connection.URL, secret: connection.OutboundSecret, timeout: connection.Timeout,
		now: options.Now, clock: options.Clock, metrics: metrics, breaker: &breaker{now: options.Now},
		queue: make(chan struct{}, rates.AtOnce+mostWaiting), slots: make(chan struct{}, rates.AtOnce), pace: rate.NewLimiter(rate.Limit(rates.PerSecond), 2*rates.PerSecond),
		http: &http.Client{
			// No proxy from the environment: personal data goes to the department and to nobody else.
			Transport: &http.Transport{
				DialContext:            (&net.Dialer{KeepAlive: 30 * time.Second, Control: options.Reach.control}).DialContext,
				MaxIdleConnsPerHost:    rates.AtOnce,
				IdleConnTimeout:        90 * time.Second,
				MaxResponseHeaderBytes: 64 << 10,
				DisableCompression:     true,
				ForceAttemptHTTP2:      true,
			},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Department is the code of the department that this client asks.
func (c *Client) Department() string { return c.department }

// Resolve asks whether the department knows a person. Besides Failures: ErrNotFound, and ErrMismatch where the number
// is someone else's name.
func (c *Client) Resolve(ctx context.Context, grounds identity.Grounds, request ResolveRequest) (*Subject, error) {
	body, err := EncodeResolve(request)
	if err != nil {
		return nil, err
	}
	var subject *Subject
	err = c.exchange(ctx, grounds, identity.AskWho, "/v1/subjects/resolve", body, func(answer []byte) (err error) {
		subject, err = DecodeSubject(answer, models.DateOf(c.clock.Now()))
		return err
	})
	if err == nil {
		c.metrics.left(c.department, len(subject.LeftOut))
	}
	return subject, err
}

// VerifyProof asks the identity authority whether a second proof holds; ErrMismatch where it does not.
func (c *Client) VerifyProof(ctx context.Context, grounds identity.Grounds, request ProofRequest) error {
	body, err := EncodeProof(request)
	if err != nil {
		return err
	}
	proven := false
	err = c.exchange(ctx, grounds, identity.AskProof, "/v1/proofs/verify", body, func(answer []byte) error {
		var wire provenWire
		err := read(answer, &wire)
		proven = wire.Proven
		return err
	})
	if err == nil && !proven {
		return ErrMismatch
	}
	return err
}

// FetchMaterial asks for a certificate or record; ErrNotFound where the department does not hold it.
func (c *Client) FetchMaterial(ctx context.Context, grounds identity.Grounds, request MaterialRequest) (*Document, error) {
	kind := identity.AskPaper
	if request.Sensitive {
		kind = identity.AskSensitivePaper
	}
	body, err := EncodeMaterialRequest(request)
	if err != nil {
		return nil, err
	}
	var document *Document
	err = c.exchange(ctx, grounds, kind, "/v1/materials/fetch", body, func(answer []byte) (err error) {
		document, err = DecodeDocument(answer)
		return err
	})
	return document, err
}

// OpenCase hands the department its step. The same number and step again does nothing twice there.
func (c *Client) OpenCase(ctx context.Context, grounds identity.Grounds, handed Case) error {
	body, err := EncodeCase(handed)
	if err != nil {
		return err
	}
	return c.exchange(ctx, grounds, identity.HandOver, "/v1/cases", body, nil)
}

// WithdrawCase tells the department that a step is no longer wanted.
func (c *Client) WithdrawCase(ctx context.Context, grounds identity.Grounds, number, step, reason string) error {
	body, err := write(withdrawWire{reason})
	if err != nil {
		return err
	}
	return c.exchange(ctx, grounds, identity.TakeBack, "/v1/cases/"+url.PathEscape(number)+"/steps/"+url.PathEscape(step)+"/withdraw", body, nil)
}

// exchange sends one signed POST and hands a good answer to decode; nil decode wants the acceptance alone. Everything that leaves
// for a department passes here.
func (c *Client) exchange(ctx context.Context, grounds identity.Grounds, kind identity.Request, path string, body []byte, decode func([]byte) error) error {
	operation := operationOf(kind)
	if !grounds.Allow(kind) {
		return fmt.Errorf("%s, %s: %w", c.department, kind, ErrNoGrounds)
	}
	limited, cancel := context.WithTimeoutCause(ctx, c.timeout, errTooSlow)
	defer cancel()
	leave, err := c.takeTurn(limited, operation)
	if err != nil {
		return err
	}
	defer leave()
	ok, wait := c.breaker.enter()
	if !ok {
		failure := c.failure(operation, "left alone after repeated failures", nil)
		failure.RetryAfter = wait
		c.metrics.record(c.department, operation, outcomeLeftAlone, 0, c.breaker.current())
		return failure
	}
	return c.guarded(limited, operation, func() error { return c.send(limited, operation, path, body, decode) })
}

// operationOf names a kind in errors and metrics, where a sensitive paper is a paper.
func operationOf(kind identity.Request) string {
	if kind == identity.AskSensitivePaper {
		return operationFetch
	}
	return string(kind)
}

// takeTurn waits until the department has a place and a moment for one more request; leave gives the place back.
func (c *Client) takeTurn(limited context.Context, operation string) (leave func(), err error) {
	refuse := func(reason string, cause error) (func(), error) {
		c.metrics.record(c.department, operation, outcomeAbandoned, 0, c.breaker.current())
		return nil, c.failure(operation, reason, cause)
	}
	select {
	case c.queue <- struct{}{}:
	default:
		return refuse("too many requests are waiting", nil)
	}
	select {
	case c.slots <- struct{}{}:
	case <-limited.Done():
		<-c.queue
		return refuse("too many requests are under way", context.Cause(limited))
	}
	leave = func() { <-c.slots; <-c.queue }
	if c.pace.Wait(limited) != nil {
		leave()
		return refuse("too many requests in a second", context.Cause(limited))
	}
	return leave, nil
}

// guarded runs a request that the breaker has let through, and tells the breaker how it ended. One that was called off, or that had
// spent its time waiting for its turn, says nothing about the department; one that the department had nearly its whole time for does.
func (c *Client) guarded(limited context.Context, operation string, send func() error) error {
	begun, end, outcome := c.now(), failed, outcomeTemporary
	started := time.Now()
	defer func() { // deferred, so that even a panic does not leave the breaker waiting for its try to end
		c.breaker.leave(end)
		c.metrics.record(c.department, operation, outcome, c.now().Sub(begun), c.breaker.current())
	}()
	err := send()
	switch outcome = outcomeOf(err); {
	case outcome != outcomeTemporary:
		end = answered
	case limited.Err() != nil && time.Since(started) < c.timeout*9/10:
		outcome, end = outcomeAbandoned, abandoned
	}
	return err
}

// errandKey is under which a context says what is sent again and again.
type errandKey struct{}

// OnErrand names what is tried until it succeeds: its messages have the same ids at each try, as Standard Webhooks asks.
func OnErrand(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, errandKey{}, name)
}

// messageID is the id of a message: the same for the same question on one errand, else a new one. Of a case the number and step tell
// which it is, because the links to its papers are new at each try; an errand hands over one.
func (c *Client) messageID(ctx context.Context, operation, path string, body []byte) string {
	errand, again := ctx.Value(errandKey{}).(string)
	if !again {
		return "msg_" + string(models.NewID())
	}
	if operation == operationOpen {
		body = nil
	}
	digest := sha256.New()
	for _, part := range [][]byte{[]byte(errand), []byte(c.department), []byte(path), body} {
		_, _ = fmt.Fprintf(digest, "%d:", len(part))
		_, _ = digest.Write(part)
	}
	return fmt.Sprintf("msg_%x", digest.Sum(nil)[:16])
}

func (c *Client) send(ctx context.Context, operation, path string, body []byte, decode func([]byte) error) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.baseURL+path, bytes.NewReader(body))
	if err != nil {
		return c.failure(operation, "the address does not fit", nil)
	}
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "OneWindow")
	webhook.Stamp(request.Header, c.secret, c.messageID(ctx, operation, path, body), c.now(), body)
	response, err := c.http.Do(request)
	if err != nil {
		return c.failure(operation, "no answer", c.cause(ctx, err))
	}
	defer func() { _ = response.Body.Close() }()
	largest := int64(largestPlainAnswer)
	if operation == operationFetch {
		largest = largestAnswer
	}
	if packed := response.Header.Get("Content-Encoding"); packed != "" && !strings.EqualFold(packed, "identity") {
		return c.answerFailure(operation, response, "rubbish", errPacked)
	}
	answer, err := io.ReadAll(io.LimitReader(response.Body, largest+1))
	switch {
	case err != nil:
		return c.answerFailure(operation, response, "the answer broke off", c.cause(ctx, err))
	case int64(len(answer)) > largest:
		return c.answerFailure(operation, response, "rubbish", errTooLarge)
	}
	return c.judge(operation, response, answer, decode)
}

// judge reads an answer by the protocol's table.
func (c *Client) judge(operation string, response *http.Response, answer []byte, decode func([]byte) error) error {
	switch status := response.StatusCode; {
	case status == http.StatusOK && decode != nil:
		if err := decode(answer); err != nil {
			return c.answerFailure(operation, response, "rubbish", err)
		}
		return nil
	case decode == nil && status >= 200 && status < 300:
		return nil
	case status == http.StatusNotFound && isNotFound(operation, answer):
		return ErrNotFound
	case status == http.StatusConflict && codeOf(answer) == "mismatch":
		return ErrMismatch
	case status >= 300 && status < 400:
		return c.answerFailure(operation, response, "a redirect, which is not followed", nil)
	}
	return c.answerFailure(operation, response, "not an answer of the protocol", nil)
}

// isNotFound tells a record that is not there from a path that is not there: a web server's own 404 page must not
// unlink a person. For materials the protocol asks for no code, so that only a page is doubted.
func isNotFound(operation string, answer []byte) bool {
	if codeOf(answer) == "not_found" {
		return true
	}
	return operation == operationFetch && !bytes.HasPrefix(bytes.TrimSpace(answer), []byte("<"))
}

func codeOf(answer []byte) string {
	var wire codeWire
	if read(answer, &wire) != nil {
		return ""
	}
	return wire.Code
}

// failure is a temporary one without an answer.
func (c *Client) failure(operation, reason string, cause error) *Failure {
	return &Failure{Department: c.department, Operation: operation, Temporary: true, Reason: reason, Cause: cause}
}

// answerFailure is one with an answer. What the other side refuses for what we sent will be refused again; what its
// operators can mend in a while (an outage, a maintenance page in place of an answer, a secret not replaced yet, a
// redirect) is worth another try, because what was asked is kept for 72 hours.
func (c *Client) answerFailure(operation string, response *http.Response, reason string, cause error) *Failure {
	failure := c.failure(operation, reason, cause)
	failure.Status = response.StatusCode
	switch status := response.StatusCode; status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests, http.StatusNotFound:
	default:
		failure.Temporary = status < 400 || status >= 500
	}
	if seconds, err := strconv.Atoi(strings.TrimSpace(response.Header.Get("Retry-After"))); err == nil && seconds > 0 {
		failure.RetryAfter = min(time.Duration(seconds)*time.Second, time.Hour)
	}
	return failure
}

// cause keeps of a transport's error what holds nothing of the exchange: the plain reason, and what the network says. The URL holds an
// application number, and the library quotes an answer that it cannot read.
func (c *Client) cause(ctx context.Context, err error) error {
	var network *net.OpError
	var certificate *tls.CertificateVerificationError
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &network):
		return network
	case errors.As(err, &certificate):
		return certificate
	case errors.Is(err, io.ErrUnexpectedEOF):
		return io.ErrUnexpectedEOF
	case errors.Is(err, io.EOF):
		return io.EOF
	}
	return errNoHTTP
}

func outcomeOf(err error) string {
	switch {
	case err == nil:
		return outcomeOK
	case errors.Is(err, ErrNotFound):
		return outcomeNotFound
	case errors.Is(err, ErrMismatch):
		return outcomeMismatch
	case IsTemporary(err):
		return outcomeTemporary
	}
	return outcomePermanent
}
