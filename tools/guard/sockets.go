package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/coder/websocket"
)

// trySockets holds idle, acknowledged sockets and tells what each holds of the server's memory. They come from many addresses
// of loopback, so that no address uses up its ports.
func trySockets(ctx context.Context, count int) error {
	s, err := start(ctx, true)
	if err != nil {
		return err
	}
	defer s.stop()
	if err := s.openSockets(ctx, 20, nil); err != nil { // what the first ones need belongs to no socket
		return err
	}
	before, err := s.used(ctx)
	if err != nil {
		return err
	}
	held := make([]*websocket.Conn, 0, count)
	begun := time.Now()
	if err := s.openSockets(ctx, count, &held); err != nil {
		return fmt.Errorf("after %d: %w", len(held), err)
	}
	opened := time.Since(begun)
	time.Sleep(10 * time.Second) // several checks of tokens, and a collection of garbage
	after, err := s.used(ctx)
	if err != nil {
		return err
	}
	for _, conn := range held {
		_ = conn.CloseNow()
	}
	each := (after.resident - before.resident) / 1024 / float64(count)
	fmt.Printf("%d idle sockets opened in %v: %.1f KB of resident memory each\n", count, opened.Round(time.Millisecond), each)
	if each > 32 {
		return errors.New("more than 32 KB each")
	}
	return nil
}

func (s *running) openSockets(ctx context.Context, count int, held *[]*websocket.Conn) error {
	for i := range count {
		conn, err := s.openSocket(ctx, i/1000)
		if err != nil {
			return err
		}
		if held == nil {
			_ = conn.CloseNow()
			continue
		}
		*held = append(*held, conn)
	}
	return nil
}

func (s *running) openSocket(ctx context.Context, from int) (*websocket.Conn, error) {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(from+1))}}
	client := &http.Client{Transport: &http.Transport{DialContext: dialer.DialContext}}
	conn, _, err := websocket.Dial(ctx, "ws://"+s.address+"/graphql", &websocket.DialOptions{ //nolint:bodyclose // a socket has none to close
		HTTPClient: client, Subprotocols: []string{"graphql-transport-ws"},
	})
	if err != nil {
		return nil, err
	}
	if err := conn.Write(ctx, websocket.MessageText, []byte(`{"type":"connection_init"}`)); err != nil {
		return nil, err
	}
	_, _, err = conn.Read(ctx) // connection_ack
	return conn, err
}
