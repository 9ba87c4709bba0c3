package conform

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"time"

	"onewindow/models"
	"onewindow/server/connector/webhook"
)

// largestAnswer bounds what one answer may hold in memory.
const largestAnswer = 16 << 20

// plainCode is what may be printed of an answer: a code of the protocol, never a value.
var plainCode = regexp.MustCompile(`^[a-z_]{1,40}$`)

// partner sends signed requests to the side that is checked.
type partner struct {
	base        string
	secret      webhook.Secret
	contentType string
	timeout     time.Duration
	client      *http.Client
}

func newPartner(base string, secret webhook.Secret, contentType string, timeout time.Duration) *partner {
	return &partner{
		base: strings.TrimRight(base, "/"), secret: secret, contentType: contentType, timeout: timeout,
		client: &http.Client{
			Transport:     &http.Transport{MaxIdleConnsPerHost: 32, DisableCompression: true, MaxResponseHeaderBytes: 64 << 10},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// change alters a signed request before it is sent.
type change func(*http.Request)

// answer is what came back; problem says why nothing did.
type answer struct {
	status  int
	header  http.Header
	body    []byte
	took    time.Duration
	problem string
}

// post sends one signed request.
func (p *partner) post(ctx context.Context, path string, body []byte, changes ...change) answer {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.base+path, bytes.NewReader(body))
	if err != nil {
		return answer{problem: "地址不可用 / an address that cannot be used"}
	}
	request.Header.Set("Content-Type", p.contentType)
	webhook.Stamp(request.Header, p.secret, newID(), time.Now(), body)
	for _, alter := range changes {
		alter(request)
	}
	begun := time.Now()
	response, err := p.client.Do(request)
	if err != nil {
		return answer{took: time.Since(begun), problem: whyNot(err, p.timeout)}
	}
	defer func() { _ = response.Body.Close() }()
	said, err := io.ReadAll(io.LimitReader(response.Body, largestAnswer+1))
	made := answer{status: response.StatusCode, header: response.Header, body: said, took: time.Since(begun)}
	switch {
	case err != nil:
		made.problem = whyNot(err, p.timeout)
	case len(said) > largestAnswer:
		made.problem = "超过 15 MiB 的应答 / an answer over 15 MiB"
	}
	return made
}

func newID() string { return "msg_" + string(models.NewID()) }

// whyNot says in plain words why there is no answer; the error itself may name paths.
func whyNot(err error, timeout time.Duration) string {
	var network net.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return fmt.Sprintf("%s 内没有应答 / no answer within %s", timeout, timeout)
	case strings.Contains(err.Error(), "refused"):
		return "连接被拒绝 / connection refused"
	}
	return "连接中断 / the connection broke off"
}

// code is the member of that name in an answer, where it is one of the protocol's.
func (a answer) code(member string) string {
	var said map[string]any
	if json.Unmarshal(a.body, &said) != nil {
		return ""
	}
	text, _ := said[member].(string)
	if !plainCode.MatchString(text) {
		return ""
	}
	return text
}

// describe tells status and code, never content.
func (a answer) describe() string {
	if a.problem != "" {
		return a.problem
	}
	text := fmt.Sprint(a.status)
	for _, member := range []string{"code", "status"} {
		if code := a.code(member); code != "" {
			return fmt.Sprintf("%s {%q: %q}", text, member, code)
		}
	}
	if kind := a.header.Get("Content-Type"); kind != "" && !strings.Contains(kind, "json") {
		text += " 非 JSON / not JSON"
	}
	return text
}

// is expects a status; and where value is given, a member of the answer with it.
func (a answer) is(status int, member, value string) outcome {
	expected := fmt.Sprint(status)
	if member != "" {
		expected = fmt.Sprintf("%d {%q: %q}", status, member, value)
	}
	return verdictOf(a.problem == "" && a.status == status && (member == "" || a.code(member) == value), expected, a.describe())
}

// refuses expects any status from 400 to 499.
func (a answer) refuses() outcome {
	return verdictOf(a.problem == "" && a.status >= 400 && a.status < 500, "4xx", a.describe())
}

// The ways in which a signature is spoilt.

func unsigned(r *http.Request) {
	for _, name := range []string{webhook.HeaderID, webhook.HeaderTimestamp, webhook.HeaderSignature} {
		r.Header.Del(name)
	}
}

// signedWith signs a body anew: with other secrets, at another moment.
func signedWith(at time.Time, body []byte, secrets ...webhook.Secret) change {
	return func(r *http.Request) {
		id := newID()
		var signatures []string
		for _, secret := range secrets {
			signatures = append(signatures, webhook.Sign(secret, id, at, body))
		}
		webhook.Stamp(r.Header, secrets[0], id, at, body)
		r.Header.Set(webhook.HeaderSignature, strings.Join(signatures, " "))
	}
}

func header(name, value string) change {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

// signatureChecks are the same in both directions. send gives the answer to a good body with the changes; good is what a
// request that is signed well is answered, and refused what another is.
func signatureChecks(secret webhook.Secret, body []byte, send func(context.Context, []byte, ...change) answer, good, refused func(answer) outcome) []check {
	stranger := webhook.NewSecret()
	one := func(name, chinese, english string, judge func(answer) outcome, sent []byte, alter ...change) check {
		return check{name, chinese, english, func(ctx context.Context) outcome { return judge(send(ctx, sent, alter...)) }}
	}
	moment := func(shift time.Duration) change {
		return func(r *http.Request) { signedWith(time.Now().Add(shift), body, secret)(r) }
	}
	return []check{
		one("signature.none", "没有签名", "no signature", refused, body, unsigned),
		one("signature.stranger", "别人的密钥签的名", "signed with another secret", refused, body, signedWith(time.Now(), body, stranger)),
		one("signature.body", "签名之后正文被改", "the body was changed after signing", refused, append(bytes.Clone(body), ' '), signedWith(time.Now(), body, secret)),
		one("signature.id", "签名之后编号被改", "the id was changed after signing", refused, body, header(webhook.HeaderID, newID())),
		one("signature.rubbish", "签名不是 Base64", "a signature that is no Base64", refused, body, header(webhook.HeaderSignature, "v1,%%%")),
		one("signature.scheme", "签名版本不是 v1", "a signature of another scheme", refused, body, func(r *http.Request) {
			r.Header.Set(webhook.HeaderSignature, strings.Replace(r.Header.Get(webhook.HeaderSignature), "v1,", "v9,", 1))
		}),
		one("timestamp.stale", "时间戳是 6 分钟前的", "a timestamp six minutes ago", refused, body, moment(-6*time.Minute)),
		one("timestamp.early", "时间戳在 6 分钟之后", "a timestamp in six minutes", refused, body, moment(6*time.Minute)),
		one("timestamp.rubbish", "时间戳不是数字", "a timestamp that is no number", refused, body, header(webhook.HeaderTimestamp, "today")),
		one("timestamp.near", "时间戳是 4 分钟前的", "a timestamp four minutes ago", good, body, moment(-4*time.Minute)),
		one("signature.several", "一次给出两个签名，其中一个正确", "two signatures, of which one fits", good, body, func(r *http.Request) {
			signedWith(time.Now(), body, stranger, secret)(r)
		}),
	}
}
