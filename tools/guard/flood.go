package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// The flood: so many connections, for so long, beside a user who asks so often.
const (
	floodConnections = 8
	floodTime        = 10 * time.Second
	honestEvery      = 20 * time.Millisecond
)

// costly are refusals that cost the most to make.
func costly() []string {
	return []string{
		query(doubling(25)), query("{ " + repeat("a ", 1990) + "}"), query("{ a(b: " + repeat("[", 16_000)),
		query("{ " + numbered("a%d: __typename ", 31) + "}"), `{"variables":{` + numbered(`"k%d":1,`, 9999) + `"k":1}}`,
		`{"variables":` + repeat("[", 60_000) + repeat("]", 60_000) + `}`, query("#" + repeat("x", 130<<10)),
	}
}

// tryFlood compares an honest user's answers alone and beside a flood of refusals.
func tryFlood(ctx context.Context) error {
	s, err := start(ctx, true)
	if err != nil {
		return err
	}
	defer s.stop()
	token, err := s.signIn(ctx, "+8613800000002")
	if err != nil {
		return err
	}
	url := "http://" + s.address + "/graphql"
	alone, err := honest(ctx, url, token)
	if err != nil {
		return err
	}
	flooding, stop := context.WithCancel(ctx)
	var sent atomic.Int64
	var flood sync.WaitGroup
	for i := range floodConnections {
		flood.Go(func() { pour(flooding, url, i, &sent) })
	}
	beside, err := honest(ctx, url, token)
	stop()
	flood.Wait()
	if err != nil {
		return err
	}
	factor := float64(beside) / float64(alone)
	fmt.Printf("honest median alone %v, beside %d refusals a second %v: %.1f times; none failed\n",
		alone.Round(10*time.Microsecond), sent.Load()/int64(floodTime/time.Second), beside.Round(10*time.Microsecond), factor)
	if factor > 3 {
		return errors.New("more than three times as slow")
	}
	return nil
}

// honest asks what a person asks, at a person's pace, and gives the median time of an answer.
func honest(ctx context.Context, url, token string) (time.Duration, error) {
	var times []time.Duration
	body := query("{ viewer { id displayName inbox(first: 5) { unreadCount } } }")
	for until := time.Now().Add(floodTime); time.Now().Before(until); time.Sleep(honestEvery * 3) {
		begun := time.Now()
		status, answer, err := post(ctx, http.DefaultClient, url, token, body)
		if err != nil || status != http.StatusOK || strings.Contains(answer, `"errors"`) {
			return 0, fmt.Errorf("an honest request was answered %d %s: %w", status, answer, err)
		}
		times = append(times, time.Since(begun))
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}

// pour sends one costly refusal after the other on a connection of its own.
func pour(ctx context.Context, url string, from int, sent *atomic.Int64) {
	client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}}
	bodies := costly()
	for i := from; ctx.Err() == nil; i++ {
		if _, _, err := post(ctx, client, url, "", bodies[i%len(bodies)]); err == nil {
			sent.Add(1)
		}
	}
}
