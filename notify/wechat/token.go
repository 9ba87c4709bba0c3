package wechat

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"onewindow/notify/wire"
)

const (
	// redisWait bounds every question to Redis.
	redisWait = 250 * time.Millisecond
	// fetchTime is how long one replica may take to fetch a token while the others wait.
	fetchTime = 10 * time.Second
	// tokenMargin is taken off a token's life, so that none ends under way.
	tokenMargin = 5 * time.Minute
	lookAgain   = 100 * time.Millisecond
	purpose     = "wechat.token"
)

// unlockScript gives back a lock that is still its taker's. KEYS: lock. ARGV: its taker's word.
var unlockScript = redis.NewScript(`if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`)

func (c *Client) tokenKey() string { return "onewindow:wechat:{" + c.AppID + "}:token" }
func (c *Client) lockKey() string  { return "onewindow:wechat:{" + c.AppID + "}:lock" }

// token gives the access token that all replicas share, and fetches one where there is none; one replica at a time. stale is
// one that WeChat has just refused; "" otherwise. Without Redis each replica fetches for itself: WeChat's stable tokens do not
// replace each other.
func (c *Client) token(ctx context.Context, stale string) (string, error) {
	for ctx.Err() == nil {
		if token := c.kept(ctx); token != "" && token != stale {
			return token, nil
		}
		mine := rand.Text()
		held, err := c.lock(ctx, mine)
		if err != nil { // nobody to share with
			return c.fetch(ctx, stale)
		}
		if held {
			defer c.unlock(ctx, mine)
			if token := c.kept(ctx); token != "" && token != stale {
				return token, nil
			}
			return c.fetch(ctx, stale)
		}
		select {
		case <-ctx.Done():
		case <-time.After(lookAgain):
		}
	}
	return "", wire.ErrNoAnswer
}

func (c *Client) kept(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, redisWait)
	defer cancel()
	box, err := c.Redis.Get(ctx, c.tokenKey()).Bytes()
	if err != nil {
		return ""
	}
	token, err := c.Keyring.OpenText(purpose, box)
	if err != nil {
		return ""
	}
	return token
}

func (c *Client) lock(ctx context.Context, mine string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, redisWait)
	defer cancel()
	err := c.Redis.SetArgs(ctx, c.lockKey(), mine, redis.SetArgs{Mode: "NX", TTL: fetchTime}).Err()
	if errors.Is(err, redis.Nil) {
		return false, nil
	}
	return err == nil, err
}

func (c *Client) unlock(ctx context.Context, mine string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), redisWait)
	defer cancel()
	_ = unlockScript.Run(ctx, c.Redis, []string{c.lockKey()}, mine).Err() // it ends by itself
}

// fetch asks for the stable token. WeChat gives the same one until it ends; only one that it has refused is replaced by force.
func (c *Client) fetch(ctx context.Context, stale string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	token, life, err := c.ask(ctx, false)
	if err == nil && token == stale {
		token, life, err = c.ask(ctx, true)
	}
	if err != nil {
		return "", err
	}
	keep, cancelKeep := context.WithTimeout(ctx, redisWait)
	defer cancelKeep()
	if life > tokenMargin {
		_ = c.Redis.Set(keep, c.tokenKey(), c.Keyring.SealText(purpose, token), life-tokenMargin).Err() // the next one asks again
	}
	return token, nil
}

func (c *Client) ask(ctx context.Context, force bool) (token string, life time.Duration, err error) {
	body, err := json.Marshal(map[string]any{"grant_type": "client_credential", "appid": c.AppID, "secret": c.Secret, "force_refresh": force})
	if err != nil {
		return "", 0, errUnreadable
	}
	request, err := wire.Post(ctx, c.URL+"/cgi-bin/stable_token", "application/json", body)
	if err != nil {
		return "", 0, err
	}
	var said struct {
		status
		Token   string `json:"access_token"`
		Seconds int    `json:"expires_in"`
	}
	if _, err := c.do(request, &said); err != nil {
		return "", 0, err
	}
	if said.Code != 0 {
		return "", 0, &Refused{said.Code}
	}
	if said.Token == "" {
		return "", 0, errUnreadable
	}
	return said.Token, time.Duration(said.Seconds) * time.Second, nil
}
