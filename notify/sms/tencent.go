package sms

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"onewindow/models"
	"onewindow/notify"
	"onewindow/notify/wire"
)

// TencentURL is where Tencent Cloud takes messages.
const TencentURL = "https://sms.tencentcloudapi.com"

// TencentRegion is the region that Tencent's examples use; any that carries SMS will do.
const TencentRegion = "ap-guangzhou"

// Tencent sends by Tencent Cloud's SendSms. It is safe for concurrent use.
type Tencent struct {
	URL, Region string
	// KeyID and Secret are the access key; AppID is the SMS application, Sign the signature before every text.
	KeyID, Secret, AppID, Sign string
	Templates                  Templates
	Client                     *http.Client
	Clock                      models.Clock
}

// Name is "tencent".
func (*Tencent) Name() string { return "tencent" }

type tencentRequest struct {
	PhoneNumberSet   []string `json:"PhoneNumberSet"`
	SmsSdkAppID      string   `json:"SmsSdkAppId"`
	SignName         string   `json:"SignName"`
	TemplateID       string   `json:"TemplateId"`
	TemplateParamSet []string `json:"TemplateParamSet"`
	SessionContext   string   `json:"SessionContext"`
}

// Send makes one attempt.
func (t *Tencent) Send(ctx context.Context, envelope notify.Envelope) notify.Outcome {
	template, failed := t.Templates.fill(envelope)
	if failed != nil {
		return *failed
	}
	body, err := json.Marshal(tencentRequest{[]string{envelope.To}, t.AppID, t.Sign, template.id, template.values, envelope.ID})
	if err != nil {
		return notify.Failed(notify.BadMessage, "PARAMETERS")
	}
	now := t.Clock.Now()
	request, err := wire.Post(ctx, t.URL+"/", "application/json; charset=utf-8", body)
	if err != nil {
		return notify.Failed(notify.Temporary, "URL")
	}
	request.Header.Set("X-TC-Version", "2021-01-11")
	request.Header.Set("X-TC-Region", t.Region)
	t.sign(request, "sms", "SendSms", string(body), now)
	answer, err := wire.Do(t.Client, request, now)
	if err != nil {
		return notify.Unanswered(ctx)
	}
	return tencentOutcome(answer)
}

// sign puts the headers of TC3-HMAC-SHA256 on a request.
func (t *Tencent) sign(request *http.Request, service, action, body string, now time.Time) {
	request.Header.Set("X-TC-Action", action)
	request.Header.Set("X-TC-Timestamp", strconv.FormatInt(now.Unix(), 10))
	names, canonical := canonicalHeaders(map[string]string{"content-type": request.Header.Get("Content-Type"), "host": request.URL.Host})
	day := now.UTC().Format(time.DateOnly)
	scope := day + "/" + service + "/tc3_request"
	text := strings.Join([]string{http.MethodPost, "/", "", canonical, names, hexHash(body)}, "\n")
	toSign := strings.Join([]string{"TC3-HMAC-SHA256", strconv.FormatInt(now.Unix(), 10), scope, hexHash(text)}, "\n")
	key := mac(mac(mac([]byte("TC3"+t.Secret), day), service), "tc3_request")
	request.Header.Set("Authorization", "TC3-HMAC-SHA256 Credential="+t.KeyID+"/"+scope+", SignedHeaders="+names+
		", Signature="+hex.EncodeToString(mac(key, toSign)))
}

func tencentOutcome(answer *wire.Answer) notify.Outcome {
	var said struct {
		Response struct {
			Error         *struct{ Code string }
			SendStatusSet []struct{ Code, SerialNo string }
		}
	}
	if !answer.JSON(&said) || said.Response.Error == nil && len(said.Response.SendStatusSet) != 1 {
		return answer.Unreadable()
	}
	var code, serial string
	if said.Response.Error != nil {
		code = said.Response.Error.Code
	} else {
		code, serial = said.Response.SendStatusSet[0].Code, said.Response.SendStatusSet[0].SerialNo
	}
	if code == "Ok" {
		return notify.Outcome{Verdict: notify.Taken, MessageID: serial}
	}
	outcome := notify.Failed(tencentVerdict(code, answer.Status), code)
	outcome.RetryAfter = answer.RetryAfter
	return outcome
}

// tencentVerdict reads Tencent's error codes. What is wrong with our account is temporary: an operator mends it, and messages wait.
func tencentVerdict(code string, status int) notify.Verdict {
	switch code {
	case "InvalidParameterValue.IncorrectPhoneNumber", "FailedOperation.PhoneNumberInBlacklist", "UnsupportedOperation.UnsupportedRegion":
		return notify.BadAddress
	case "FailedOperation.ContainSensitiveWord", "InvalidParameterValue.ContentLengthLimit", "InvalidParameterValue.TemplateParameterFormatError",
		"InvalidParameterValue.TemplateParameterLengthLimit", "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
		"FailedOperation.TemplateIncorrectOrUnapproved", "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter":
		return notify.BadMessage
	case "FailedOperation.InsufficientBalanceInSmsPackage", "LimitExceeded.AppCountryOrRegionDailyLimit", "LimitExceeded.DailyLimit":
		return notify.Throttled
	}
	if strings.HasPrefix(code, "RequestLimitExceeded") || status == http.StatusTooManyRequests {
		return notify.Throttled
	}
	return notify.Temporary // LimitExceeded.PhoneNumber… too: that one number has had enough for now
}
