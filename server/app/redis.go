package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// redisPatience bounds every call to Redis: what is only there may be lost at any moment, and must not be waited for.
const redisPatience = time.Second

// openRedis connects to the configured Redis, one host or the several of a cluster; with none configured it starts one in
// this process, reachable with a password drawn for this start alone.
func openRedis(urls string) (client redis.UniversalClient, closeAll func(), err error) {
	if urls == "" {
		return embeddedRedis()
	}
	options := &redis.UniversalOptions{ContextTimeoutEnabled: true, ReadTimeout: redisPatience, WriteTimeout: redisPatience, DialTimeout: time.Second}
	for part := range strings.SplitSeq(urls, ",") {
		parsed, err := redis.ParseURL(strings.TrimSpace(part))
		if err != nil {
			return nil, nil, fmt.Errorf("ONEWINDOW_REDIS_URL: not a URL such as redis://host:6379/0") // the cause repeats the password
		}
		options.Addrs = append(options.Addrs, parsed.Addr)
		options.Username, options.Password, options.DB, options.TLSConfig = parsed.Username, parsed.Password, parsed.DB, parsed.TLSConfig
	}
	client = redis.NewUniversalClient(options)
	return client, func() { _ = client.Close() }, nil
}

func embeddedRedis() (redis.UniversalClient, func(), error) {
	server := miniredis.NewMiniRedis()
	password := rand.Text()
	server.RequireAuth(password)
	if err := server.Start(); err != nil {
		return nil, nil, fmt.Errorf("embedded Redis: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	go letTimePass(ctx, server)
	client := redis.NewClient(&redis.Options{
		Addr: server.Addr(), Password: password, ContextTimeoutEnabled: true, ReadTimeout: redisPatience, WriteTimeout: redisPatience,
	})
	return client, func() {
		stop()
		_ = client.Close()
		server.Close()
	}, nil
}

// letTimePass lets keys of the embedded Redis expire, which it does not do by itself.
func letTimePass(ctx context.Context, server *miniredis.Miniredis) {
	const step = 250 * time.Millisecond
	ticker := time.NewTicker(step)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			server.FastForward(step)
		}
	}
}
