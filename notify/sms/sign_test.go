package sms

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func signed(t *testing.T, address, contentType string, sign func(*http.Request)) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	sign(request)
	return request.Header.Get("Authorization")
}

// TestAliyunSignsAsPublished: the fixed example of "V3 request structure and signature" in Aliyun's documentation.
func TestAliyunSignsAsPublished(t *testing.T) {
	aliyun := &Aliyun{KeyID: "YourAccessKeyId", Secret: "YourAccessKeySecret"}
	got := signed(t, "https://ecs.cn-shanghai.aliyuncs.com/?ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai", "",
		func(request *http.Request) {
			aliyun.sign(request, "RunInstances", "2014-05-26", "", time.Date(2023, 10, 26, 10, 22, 32, 0, time.UTC), "3156853299f313e23d1673dc12e1703d")
		})
	want := "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version," +
		"Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
	if got != want {
		t.Errorf("authorization\n%s, want\n%s", got, want)
	}
}

// TestTencentSignsAsPublished: the fixed example of "Signature v3" in Tencent Cloud's documentation.
func TestTencentSignsAsPublished(t *testing.T) {
	tencent := &Tencent{KeyID: "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE", Secret: "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE"}
	body := `{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}`
	got := signed(t, "https://cvm.tencentcloudapi.com/", "application/json; charset=utf-8", func(request *http.Request) {
		tencent.sign(request, "cvm", "DescribeInstances", body, time.Unix(1551113065, 0))
	})
	if !strings.HasSuffix(got, "Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168") {
		t.Errorf("authorization %s", got)
	}
}
