package config

import (
	"net"
	"net/url"
	"slices"
)

// SMS says through whom text messages leave. Where Provider is empty they are written to the outbox.
type SMS struct {
	Provider  string `env:"PROVIDER" kind:"aliyun or tencent" help:"who sends text messages; empty: they are written to the outbox" example:"aliyun"`
	KeyID     string `env:"KEY_ID" kind:"text" help:"access key of the provider: its id" example:"LTAI5tExample"`
	KeySecret Secret `env:"KEY_SECRET" kind:"secret" help:"access key of the provider: its secret" example:"(from the provider's console)"`
	Sign      string `env:"SIGN" kind:"text" help:"the approved signature before every text" example:"一窗"`
	Templates string `env:"TEMPLATES" kind:"file" help:"which template of the provider is which text of ours, see docs/operations.md" example:"/etc/onewindow/sms.yaml"`
	AppID     string `env:"APP_ID" kind:"text" help:"Tencent only: the SMS application" example:"1400006666"`
	Region    string `env:"REGION" kind:"text" help:"Tencent only: the region" example:"ap-guangzhou"`
	URL       string `env:"URL" kind:"URL" help:"where the provider takes messages; empty: its own address" example:"https://dysmsapi.aliyuncs.com"`
	PerSecond int    `env:"PER_SECOND" help:"most messages a second of all replicas together, below the provider's limit" example:"400"`
}

// FCM says through which Firebase project messages are pushed. Where Credentials is empty they are written to the outbox.
type FCM struct {
	Credentials string `env:"CREDENTIALS" kind:"file" help:"key of a Firebase service account; empty: pushes are written to the outbox" example:"/etc/onewindow/firebase.json"`
	Project     string `env:"PROJECT" kind:"text" help:"the Firebase project; empty: the one of the key" example:"onewindow-hangzhou"`
	URL         string `env:"URL" kind:"URL" help:"a stand-in for Firebase on this machine or a proxy; empty: Firebase itself" example:"http://127.0.0.1:9099"`
	PerSecond   int    `env:"PER_SECOND" help:"most pushes a second of all replicas together" example:"2000"`
}

// WeChat says which mini-program people sign in from. Where AppID is empty nobody can, and its messages are written to the outbox.
type WeChat struct {
	AppID     string `env:"APP_ID" kind:"text" help:"the mini-program; empty: signing in with WeChat is closed" example:"wx0123456789abcdef"`
	Secret    Secret `env:"SECRET" kind:"secret" help:"the mini-program's secret" example:"(from the mini-program's console)"`
	Templates string `env:"TEMPLATES" kind:"file" help:"which subscribe template tells what, see docs/operations.md; empty: no messages" example:"/etc/onewindow/wechat.yaml"`
	URL       string `env:"URL" kind:"URL" help:"where WeChat's servers are" example:"https://api.weixin.qq.com"`
	PerSecond int    `env:"PER_SECOND" help:"most messages a second of all replicas together" example:"500"`
}

// Email says through which server mail leaves. Where URL is empty it is written to the outbox.
type Email struct {
	URL       Secret `env:"URL" kind:"URL" help:"mail server, smtp (STARTTLS) or smtps; empty: mail is written to the outbox" example:"smtps://user:password@mail.example.cn:465"`
	From      string `env:"FROM" kind:"address" help:"the sender" example:"noreply@window.example.cn"`
	PerSecond int    `env:"PER_SECOND" help:"most mails a second of all replicas together" example:"20"`
}

// checkChannels finds what is missing of a channel of which something is set.
func (c *Config) checkChannels(require func(ok bool, variable, wrong string)) {
	sms := c.SMS
	require(slices.Contains([]string{"", "aliyun", "tencent"}, sms.Provider), "SMS_PROVIDER", "must be aliyun or tencent")
	required := func(when bool, switchedBy string, values map[string]string) {
		for variable, value := range values {
			require(!when || value != "", variable, "required where "+prefix+switchedBy+" is set")
			require(when || value == "", variable, "needs "+prefix+switchedBy)
		}
	}
	required(sms.Provider != "", "SMS_PROVIDER", map[string]string{
		"SMS_KEY_ID": sms.KeyID, "SMS_KEY_SECRET": sms.KeySecret.Reveal(), "SMS_SIGN": sms.Sign, "SMS_TEMPLATES": sms.Templates,
	})
	require(sms.Provider != "tencent" || sms.AppID != "", "SMS_APP_ID", "required where "+prefix+"SMS_PROVIDER is tencent")
	required(c.WeChat.AppID != "", "WECHAT_APP_ID", map[string]string{"WECHAT_SECRET": c.WeChat.Secret.Reveal()})
	require(c.WeChat.AppID != "" || c.WeChat.Templates == "", "WECHAT_TEMPLATES", "needs "+prefix+"WECHAT_APP_ID")
	required(c.Email.URL != "", "EMAIL_URL", map[string]string{"EMAIL_FROM": c.Email.From})
	require(c.Email.URL == "" || isURL(c.Email.URL.Reveal(), "smtp", "smtps"), "EMAIL_URL", "not a URL such as smtp://user:password@mail.example.cn:587")
	require(c.FCM.Credentials != "" || c.FCM.URL != "" || c.FCM.Project == "", "FCM_PROJECT", "needs "+prefix+"FCM_CREDENTIALS")
	require(c.FCM.Credentials != "" || c.FCM.URL == "" || c.FCM.Project != "", "FCM_PROJECT", "required where "+prefix+"FCM_URL is set without "+prefix+"FCM_CREDENTIALS")
	for variable, address := range map[string]string{"SMS_URL": sms.URL, "WECHAT_URL": c.WeChat.URL, "FCM_URL": c.FCM.URL} {
		require(address == "" || isGuarded(address), variable, "must begin with https://; http:// is for this machine alone")
	}
}

// isGuarded tells whether what is said to an address stays secret on the way: it is encrypted, or does not leave the machine.
func isGuarded(address string) bool {
	if isURL(address, "https") {
		return true
	}
	parsed, err := url.Parse(address)
	if err != nil || !isURL(address, "http") {
		return false
	}
	ip := net.ParseIP(parsed.Hostname())
	return parsed.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
