package wechat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/redis/go-redis/v9"

	"onewindow/models"
	"onewindow/models/sealed"
	"onewindow/notify"
	"onewindow/notify/wire"
)

// URL is where WeChat's servers are.
const URL = "https://api.weixin.qq.com"

// Client is the mini-program's way to WeChat. It is safe for concurrent use.
type Client struct {
	URL           string
	AppID, Secret string
	HTTP          *http.Client
	Redis         redis.UniversalClient
	Keyring       *sealed.Keyring
	Clock         models.Clock
	Templates     Templates
}

// Refused is WeChat's answer to something that it will not do; any other error says that it gave none.
type Refused struct{ Code int }

// Error is for operators.
func (r *Refused) Error() string { return fmt.Sprintf("WeChat answers %d", r.Code) }

// The codes that mean something to a person who signs in.
const (
	BadCode     = 40029 // never given, or too old
	UsedCode    = 40163
	TooOften    = 45011 // this person, this minute
	RiskyPerson = 40226
)

// The codes about the access token: it was replaced, or its time is over.
func aboutToken(code int) bool { return code == 40001 || code == 42001 || code == 40014 }

// status is what every answer of WeChat has.
type status struct {
	Code int `json:"errcode"`
}

// errUnreadable is an answer that is none of WeChat's.
var errUnreadable = errors.New("WeChat's answer cannot be read")

// OpenID gives the account that signed in with a code of wx.login. The session key that comes with it is not read.
func (c *Client) OpenID(ctx context.Context, code string) (models.OpenID, error) {
	query := url.Values{"appid": {c.AppID}, "secret": {c.Secret}, "js_code": {code}, "grant_type": {"authorization_code"}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL+"/sns/jscode2session?"+query.Encode(), nil)
	if err != nil {
		return models.OpenID{}, errUnreadable
	}
	var said struct {
		status
		OpenID string `json:"openid"`
	}
	if _, err := c.do(request, &said); err != nil {
		return models.OpenID{}, err
	}
	if said.Code != 0 {
		return models.OpenID{}, &Refused{said.Code}
	}
	if said.OpenID == "" {
		return models.OpenID{}, errUnreadable
	}
	return models.KnownOpenID(said.OpenID), nil
}

// Phone gives the number for a code of the phone button.
func (c *Client) Phone(ctx context.Context, code string) (models.PhoneNumber, error) {
	var said struct {
		status
		Info struct {
			PurePhone string `json:"purePhoneNumber"`
			Country   string `json:"countryCode"`
		} `json:"phone_info"`
	}
	if _, err := c.withToken(ctx, "/wxa/business/getuserphonenumber", map[string]string{"code": code}, &said, &said.status); err != nil {
		return models.PhoneNumber{}, err
	}
	if said.Code != 0 {
		return models.PhoneNumber{}, &Refused{said.Code}
	}
	number, err := models.ParsePhone("+" + said.Info.Country + said.Info.PurePhone)
	if err != nil {
		return models.PhoneNumber{}, errUnreadable
	}
	return number, nil
}

// withToken asks with the access token; one that is no good any more is replaced and the question asked again, once.
func (c *Client) withToken(ctx context.Context, path string, body, into any, said *status) (*wire.Answer, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("WeChat: %w", err)
	}
	stale := ""
	for {
		token, err := c.token(ctx, stale)
		if err != nil {
			return nil, err
		}
		request, err := wire.Post(ctx, c.URL+path+"?access_token="+url.QueryEscape(token), "application/json", raw)
		if err != nil {
			return nil, err
		}
		*said = status{}
		answer, err := c.do(request, into)
		if err != nil || !aboutToken(said.Code) || stale != "" {
			return answer, err
		}
		stale = token
	}
}

// do asks and reads an answer of WeChat's form.
func (c *Client) do(request *http.Request, into any) (*wire.Answer, error) {
	answer, err := wire.Do(c.HTTP, request, c.Clock.Now())
	if err != nil {
		return nil, err
	}
	if answer.Status != http.StatusOK || !answer.JSON(into) {
		return answer, errUnreadable
	}
	return answer, nil
}

var _ notify.Provider = (*Client)(nil)
