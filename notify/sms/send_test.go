package sms

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"onewindow/models"
	"onewindow/notify"
	"onewindow/notify/wire"
)

type clock struct{}

func (clock) Now() time.Time { return time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC) }

// TestProviders: both clients against servers that speak the providers' wire formats, and others that speak none.
func TestProviders(t *testing.T) {
	tests := map[string]struct {
		status          int
		aliyun, tencent string
		want            notify.Verdict
		after           time.Duration
	}{
		"taken":             {200, `{"Code":"OK","BizId":"9"}`, `{"Response":{"SendStatusSet":[{"Code":"Ok","SerialNo":"9"}]}}`, notify.Taken, 0},
		"no such number":    {200, `{"Code":"isv.MOBILE_NUMBER_ILLEGAL"}`, `{"Response":{"SendStatusSet":[{"Code":"InvalidParameterValue.IncorrectPhoneNumber"}]}}`, notify.BadAddress, 7 * time.Second},
		"the text":          {200, `{"Code":"isv.INVALID_PARAMETERS"}`, `{"Response":{"SendStatusSet":[{"Code":"FailedOperation.ContainSensitiveWord"}]}}`, notify.BadMessage, 7 * time.Second},
		"too much":          {400, `{"Code":"Throttling.User"}`, `{"Response":{"Error":{"Code":"RequestLimitExceeded"}}}`, notify.Throttled, 7 * time.Second},
		"our key":           {403, `{"Code":"InvalidAccessKeyId.NotFound"}`, `{"Response":{"Error":{"Code":"AuthFailure.SecretIdNotFound"}}}`, notify.Temporary, 7 * time.Second},
		"429 without words": {429, ``, ``, notify.Throttled, 7 * time.Second},
		"500":               {500, `oops`, `oops`, notify.Temporary, 7 * time.Second},
		"a page":            {200, `<html>`, `<html>`, notify.Temporary, 7 * time.Second},
		"half a body":       {200, `{"Code":"O`, `{"Response":{"Send`, notify.Temporary, 7 * time.Second},
	}
	templates := Templates{{Template: "login-code", Locale: models.Chinese, ID: "T1", Values: []Value{{Name: "code", Word: "code"}}}}
	envelope := notify.Envelope{ID: "1", To: "+8613800000005", Template: "login-code", Locale: models.Chinese, Values: map[string]string{"code": "123456"}}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				w.Header().Set("Retry-After", "7")
				w.WriteHeader(test.status)
				if strings.HasPrefix(r.Header.Get("Authorization"), "ACS3") {
					form, _ := url.ParseQuery(string(body))
					if form.Get("PhoneNumbers") != "13800000005" || form.Get("TemplateParam") != `{"code":"123456"}` || r.URL.RawQuery != "" {
						t.Errorf("Aliyun was sent %s", body)
					}
					fmt.Fprint(w, test.aliyun)
					return
				}
				if !strings.Contains(string(body), `"PhoneNumberSet":["+8613800000005"]`) || !strings.Contains(string(body), `"TemplateParamSet":["123456"]`) {
					t.Errorf("Tencent was sent %s", body)
				}
				fmt.Fprint(w, test.tencent)
			}))
			defer server.Close()
			for _, provider := range []notify.Provider{
				&Aliyun{URL: server.URL, KeyID: "k", Secret: "s", Sign: "一窗", Templates: templates, Client: wire.Client(), Clock: clock{}},
				&Tencent{URL: server.URL, Region: TencentRegion, KeyID: "k", Secret: "s", AppID: "1", Sign: "一窗", Templates: templates, Client: wire.Client(), Clock: clock{}},
			} {
				outcome := provider.Send(t.Context(), envelope)
				if outcome.Verdict != test.want || outcome.RetryAfter != test.after || test.want == notify.Taken && outcome.MessageID != "9" {
					t.Errorf("%s: %+v", provider.Name(), outcome)
				}
			}
		})
	}
}

func TestAProviderThatHangsIsLeft(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer server.Close()
	defer close(release)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	aliyun := &Aliyun{URL: server.URL, Templates: Templates{{Template: "x", ID: "T"}}, Client: wire.Client(), Clock: clock{}}
	if outcome := aliyun.Send(ctx, notify.Envelope{To: "+8613800000005", Template: "x"}); outcome.Verdict != notify.Temporary || outcome.Code != "TIMEOUT" {
		t.Errorf("%+v", outcome)
	}
}
