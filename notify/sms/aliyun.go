package sms

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"onewindow/models"
	"onewindow/notify"
	"onewindow/notify/wire"
)

// AliyunURL is where Aliyun takes messages.
const AliyunURL = "https://dysmsapi.aliyuncs.com"

// Aliyun sends by Aliyun's SendSms. It is safe for concurrent use.
type Aliyun struct {
	URL string
	// KeyID and Secret are the access key; Sign is the signature that stands before every text.
	KeyID, Secret, Sign string
	Templates           Templates
	Client              *http.Client
	Clock               models.Clock
}

// Name is "aliyun".
func (*Aliyun) Name() string { return "aliyun" }

// Send makes one attempt.
func (a *Aliyun) Send(ctx context.Context, envelope notify.Envelope) notify.Outcome {
	template, failed := a.Templates.fill(envelope)
	if failed != nil {
		return *failed
	}
	parameters := map[string]string{}
	for i, name := range template.names {
		parameters[name] = template.values[i]
	}
	words, err := json.Marshal(parameters)
	if err != nil {
		return notify.Failed(notify.BadMessage, "PARAMETERS")
	}
	body := url.Values{
		"PhoneNumbers": {aliyunNumber(envelope.To)}, "SignName": {a.Sign}, "TemplateCode": {template.id}, "TemplateParam": {string(words)}, "OutId": {envelope.ID},
	}.Encode()
	now := a.Clock.Now()
	request, err := wire.Post(ctx, a.URL+"/", "application/x-www-form-urlencoded", []byte(body))
	if err != nil {
		return notify.Failed(notify.Temporary, "URL")
	}
	a.sign(request, "SendSms", "2017-05-25", body, now, rand.Text())
	answer, err := wire.Do(a.Client, request, now)
	if err != nil {
		return notify.Unanswered(ctx)
	}
	return aliyunOutcome(answer)
}

// aliyunNumber is a number as Aliyun writes it: of mainland China without a prefix, others with the country's and no plus.
func aliyunNumber(phone string) string {
	if local, mainland := strings.CutPrefix(phone, "+86"); mainland {
		return local
	}
	return strings.TrimPrefix(phone, "+")
}

// sign puts the headers of signature version 3 (ACS3-HMAC-SHA256) on a request.
func (a *Aliyun) sign(request *http.Request, action, version, body string, now time.Time, nonce string) {
	headers := map[string]string{
		"host": request.URL.Host, "x-acs-action": action, "x-acs-version": version, "x-acs-date": now.UTC().Format("2006-01-02T15:04:05Z"),
		"x-acs-signature-nonce": nonce, "x-acs-content-sha256": hexHash(body),
	}
	if contentType := request.Header.Get("Content-Type"); contentType != "" {
		headers["content-type"] = contentType
	}
	names, canonical := canonicalHeaders(headers)
	path := request.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	text := strings.Join([]string{request.Method, path, canonicalQuery(request.URL.Query()), canonical, names, headers["x-acs-content-sha256"]}, "\n")
	signature := hex.EncodeToString(mac([]byte(a.Secret), "ACS3-HMAC-SHA256\n"+hexHash(text)))
	for name, value := range headers {
		if name != "host" {
			request.Header.Set(name, value)
		}
	}
	request.Header.Set("Authorization", "ACS3-HMAC-SHA256 Credential="+a.KeyID+",SignedHeaders="+names+",Signature="+signature)
}

// canonicalHeaders gives the names, joined by semicolons, and the lines of headers in order.
func canonicalHeaders(headers map[string]string) (names, lines string) {
	sorted := make([]string, 0, len(headers))
	for name := range headers {
		sorted = append(sorted, name)
	}
	slices.Sort(sorted)
	var text strings.Builder
	for _, name := range sorted {
		text.WriteString(name + ":" + strings.TrimSpace(headers[name]) + "\n")
	}
	return strings.Join(sorted, ";"), text.String()
}

// canonicalQuery is the query in order, encoded by RFC 3986.
func canonicalQuery(query url.Values) string {
	return strings.NewReplacer("+", "%20", "*", "%2A", "%7E", "~").Replace(query.Encode())
}

func hexHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func mac(key []byte, text string) []byte {
	hash := hmac.New(sha256.New, key)
	hash.Write([]byte(text))
	return hash.Sum(nil)
}

func aliyunOutcome(answer *wire.Answer) notify.Outcome {
	var said struct{ Code, BizId string }
	if !answer.JSON(&said) || said.Code == "" {
		return answer.Unreadable()
	}
	if said.Code == "OK" {
		return notify.Outcome{Verdict: notify.Taken, MessageID: said.BizId}
	}
	outcome := notify.Failed(aliyunVerdict(said.Code, answer.Status), said.Code)
	outcome.RetryAfter = answer.RetryAfter
	return outcome
}

// aliyunVerdict reads Aliyun's error codes. What is wrong with our account is temporary: an operator mends it, and messages wait.
func aliyunVerdict(code string, status int) notify.Verdict {
	switch code {
	case "isv.MOBILE_NUMBER_ILLEGAL", "isv.MOBILE_COUNT_OVER_LIMIT", "isv.DENY_IP_RANGE":
		return notify.BadAddress
	case "isv.BLACK_KEY_CONTROL_LIMIT", "isv.PARAM_LENGTH_LIMIT", "isv.INVALID_PARAMETERS", "isv.TEMPLATE_MISSING_PARAMETERS",
		"isv.TEMPLATE_PARAMS_ILLEGAL", "isv.INVALID_JSON_PARAM", "isv.SMS_CONTENT_ILLEGAL", "isv.PARAM_NOT_SUPPORT_URL":
		return notify.BadMessage
	case "isv.AMOUNT_NOT_ENOUGH", "isv.OUT_OF_SERVICE", "isv.DAY_LIMIT_CONTROL", "isv.MONTH_LIMIT_CONTROL":
		return notify.Throttled
	}
	if strings.HasPrefix(code, "Throttling") || status == http.StatusTooManyRequests {
		return notify.Throttled
	}
	return notify.Temporary // isv.BUSINESS_LIMIT_CONTROL too: that one number has had enough for now
}
