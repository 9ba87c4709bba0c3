package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// row is one limit and the request that meets it.
type row struct {
	limit, tried string
	// times is how often it is tried, so that its cost can be told from the clock's grain.
	times int
	// production: tried on a server in production mode.
	production bool
	send       func(ctx context.Context, s *running, token string) (string, error)
	want       string
}

// tryLimits prints the table of docs/security.md and fails where an answer is not the one that is promised.
func tryLimits(ctx context.Context) error {
	demo, err := start(ctx, true)
	if err != nil {
		return err
	}
	defer demo.stop()
	production, err := start(ctx, false)
	if err != nil {
		return err
	}
	defer production.stop()
	token, err := demo.signIn(ctx, "+8613800000002")
	if err != nil {
		return err
	}
	fmt.Println("| limit | tried with | answer | CPU ms | memory KB | time ms |\n|---|---|---|---|---|---|")
	var wrong error
	for _, one := range rows() {
		on := demo
		if one.production {
			on = production
		}
		got, err := one.measure(ctx, on, token)
		if err != nil {
			return fmt.Errorf("%s, %s: %w", one.limit, one.tried, err)
		}
		if got != one.want {
			wrong = errors.Join(wrong, fmt.Errorf("%s, %s: %s, want %s", one.limit, one.tried, got, one.want))
		}
	}
	return wrong
}

func (r row) measure(ctx context.Context, s *running, token string) (got string, err error) {
	before, err := s.used(ctx)
	if err != nil {
		return "", err
	}
	begun := time.Now()
	for range r.times {
		if got, err = r.send(ctx, s, token); err != nil {
			return "", err
		}
	}
	took := time.Since(begun)
	after, err := s.used(ctx)
	if err != nil {
		return "", err
	}
	times := float64(r.times)
	if r.times == 1 { // a matter of waiting: what the server did meanwhile is its own
		fmt.Printf("| %s | %s | %s | – | – | %.0f |\n", r.limit, r.tried, got, float64(took.Milliseconds()))
		return got, nil
	}
	fmt.Printf("| %s | %s | %s | %.2f | %.0f | %.1f |\n", r.limit, r.tried, got, (after.processor-before.processor)*1000/times,
		(after.allocated-before.allocated)/1024/times, float64(took.Microseconds())/1000/times)
	return got, nil
}

// request makes a row's sender of an HTTP request; change may be nil.
func request(method, path, body string, change func(r *http.Request, token string)) func(context.Context, *running, string) (string, error) {
	return func(ctx context.Context, s *running, token string) (string, error) {
		r, err := http.NewRequestWithContext(ctx, method, "http://"+s.address+path, strings.NewReader(body))
		if err != nil {
			return "", err
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/graphql-response+json")
		if change != nil {
			change(r, token)
		}
		status, answer, err := do(http.DefaultClient, r)
		return fmt.Sprint(status, " ", codeIn(answer)), err
	}
}

// set makes a change that sets headers; "Bearer" stands for the resident's token.
func set(pairs ...string) func(*http.Request, string) {
	return func(r *http.Request, token string) {
		for i := 0; i+1 < len(pairs); i += 2 {
			value := pairs[i+1]
			if value == "Bearer" {
				value = "Bearer " + token
			}
			r.Header.Set(pairs[i], value)
		}
	}
}

// document makes a row's sender of a GraphQL document.
func document(text string) func(context.Context, *running, string) (string, error) {
	return request(http.MethodPost, "/graphql", query(text), nil)
}

// wire makes a row's sender of bytes as they are; what comes back, or that the connection was closed, is the answer.
func wire(text string) func(context.Context, *running, string) (string, error) {
	return func(ctx context.Context, s *running, _ string) (string, error) {
		var dialer net.Dialer
		conn, err := dialer.DialContext(ctx, "tcp", s.address)
		if err != nil {
			return "", err
		}
		defer func() { _ = conn.Close() }()
		_ = conn.SetDeadline(time.Now().Add(30 * time.Second)) // a connection of TCP has deadlines
		if _, err := io.WriteString(conn, text); err != nil {
			return "", err
		}
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			return "closed", nil
		}
		defer func() { _ = response.Body.Close() }()
		raw, err := io.ReadAll(response.Body)
		return fmt.Sprint(response.StatusCode, " ", codeIn(string(raw))), err
	}
}

// codeIn finds the code of an answer.
func codeIn(answer string) string {
	_, rest, found := strings.Cut(answer, `"code":"`)
	if !found {
		return "no code"
	}
	code, _, _ := strings.Cut(rest, `"`)
	return "`" + code + "`"
}
