// Command messages shows operators the messages that were given up on a channel, and has them sent again:
//
//	go run ./tools/messages [-ops 127.0.0.1:8081] [-channel SMS] dead
//	go run ./tools/messages [-ops 127.0.0.1:8081] [-channel SMS] replay [ID ...]
//
// replay without ids takes all that dead lists, at most a thousand. It speaks to the operations address of any replica.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"

	"onewindow/models"
	"onewindow/notify"
)

func main() {
	ops := flag.String("ops", "127.0.0.1:8081", "operations address of a server")
	channel := flag.String("channel", "", "SMS, PUSH, WECHAT or EMAIL; empty: all")
	flag.Parse()
	if err := run("http://"+*ops, *channel, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(base, channel string, arguments []string) error {
	if len(arguments) == 0 || arguments[0] != "dead" && arguments[0] != "replay" {
		return fmt.Errorf("want dead or replay")
	}
	client := &http.Client{Timeout: time.Minute}
	var ids []models.ID
	for _, id := range arguments[1:] {
		ids = append(ids, models.ID(id))
	}
	if arguments[0] == "dead" || len(ids) == 0 {
		response, err := client.Get(base + "/messages/dead?channel=" + url.QueryEscape(channel)) //nolint:noctx,bodyclose // the client has its limit, read closes
		var dead []notify.Dead
		if err := read(response, err, &dead); err != nil {
			return err
		}
		for _, one := range dead {
			if ids = append(ids, one.ID); arguments[0] == "dead" {
				fmt.Printf("%s  %-6s  %s  %2d attempts  %-24s  %s\n", one.ID, one.Channel, one.At.In(models.Zone).Format(time.DateTime), one.Attempts, one.Kind, one.Reason)
			}
		}
	}
	if arguments[0] == "dead" {
		fmt.Println(len(ids), "given up")
		return nil
	}
	body, err := json.Marshal(map[string]any{"ids": ids})
	if err != nil {
		return err
	}
	response, err := client.Post(base+"/messages/replay", "application/json", bytes.NewReader(body)) //nolint:noctx,bodyclose // the client has its limit, read closes
	var done struct{ Replayed int }
	if err := read(response, err, &done); err != nil {
		return err
	}
	fmt.Println(done.Replayed, "are sent again")
	return nil
}

func read(response *http.Response, err error, into any) error {
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		said, _ := io.ReadAll(io.LimitReader(response.Body, 1000))
		return fmt.Errorf("%s: %s", response.Status, said)
	}
	return json.NewDecoder(response.Body).Decode(into)
}
