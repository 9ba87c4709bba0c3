package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// question is one thing that both servers are asked.
type question struct {
	name      string
	onewindow *client
	limit     *client
	// firsts are the places of each caller's first request.
	firsts []int
}

// samples is how many answers of each question are compared before it is measured.
const samples = 300

func measure(ctx context.Context, asked options) error {
	keys, keyFile, err := benchKeys(asked)
	if err != nil {
		return err
	}
	binary, err := buildServer(ctx, asked)
	if err != nil {
		return err
	}
	name, remove, err := database(ctx, asked, keys)
	if err != nil {
		return err
	}
	defer remove()
	watcherURL := named(asked.databaseURL, name, "bench-watch")
	people, err := chooseCallers(ctx, watcherURL, asked.callers)
	if err != nil {
		return err
	}
	watcher, err := pgx.Connect(ctx, watcherURL)
	if err != nil {
		return err
	}
	defer func() { _ = watcher.Close(context.WithoutCancel(ctx)) }()
	limit, err := startLimit(ctx, asked, name)
	if err != nil {
		return err
	}
	defer limit.stop()
	server, err := startServer(ctx, asked, binary, keyFile, name)
	if err != nil {
		return err
	}
	defer server.stop()
	if err := signIn(ctx, watcherURL, keys, people); err != nil {
		return err
	}
	questions, err := questionsOf(asked, people, server, limit)
	if err != nil {
		return err
	}
	if len(questions) == 0 {
		return errors.New("-only: Q1 or Q2")
	}
	fmt.Printf("%d cases, %d callers with tokens of their own; %d rounds of %s, alternating\n", asked.cases, len(people), asked.rounds, asked.round)
	// Each caller has asked before: a person who signed in asks more than once in the quarter of an hour that a token holds.
	if _, err := questions[0].onewindow.visit(ctx, questions[0].firsts); err != nil {
		return err
	}
	for _, question := range questions {
		if err := question.compare(ctx); err != nil {
			return err
		}
		for _, connections := range asked.connections {
			if err := question.measure(ctx, asked, watcher, server, limit, connections); err != nil {
				return err
			}
		}
	}
	fmt.Printf("resident memory after load: OneWindow %.0f MB, limit %.0f MB\n",
		residentMegabytes(server.command.Process.Pid), residentMegabytes(limit.command.Process.Pid))
	return nil
}

func questionsOf(asked options, people []*person, server, limit *process) ([]*question, error) {
	_, progress, err := operation(asked.operations, "Progress")
	if err != nil {
		return nil, err
	}
	_, mine, err := operation(asked.operations, "MyApplications")
	if err != nil {
		return nil, err
	}
	one := &question{name: "Q1", onewindow: &client{address: server.address}, limit: &client{address: limit.address}}
	two := &question{name: "Q2", onewindow: &client{address: server.address}, limit: &client{address: limit.address}}
	type variables map[string]any
	for index, caller := range people {
		one.firsts, two.firsts = append(one.firsts, len(one.onewindow.requests)), append(two.firsts, index)
		for _, number := range caller.numbers {
			one.onewindow.requests = append(one.onewindow.requests, request(server.address, "/graphql", caller.token,
				map[string]any{"documentId": progress, "variables": variables{"number": number}}))
			one.limit.requests = append(one.limit.requests, request(limit.address, "/progress", "", map[string]any{"number": number}))
		}
		two.onewindow.requests = append(two.onewindow.requests, request(server.address, "/graphql", caller.token,
			map[string]any{"documentId": mine, "variables": variables{"first": 20}}))
		two.limit.requests = append(two.limit.requests, request(limit.address, "/mine", "", map[string]any{"person": caller.id, "first": 20}))
	}
	return slices.DeleteFunc([]*question{one, two}, func(q *question) bool { return asked.only != "" && q.name != asked.only }), nil
}

// compare holds samples of the two servers' answers against each other.
func (q *question) compare(ctx context.Context) error {
	step := max(1, len(q.limit.requests)/samples)
	var indexes []int
	for index := 0; index < len(q.limit.requests); index += step {
		indexes = append(indexes, index)
	}
	ours, err := q.onewindow.visit(ctx, indexes)
	if err != nil {
		return err
	}
	theirs, err := q.limit.visit(ctx, indexes)
	if err != nil {
		return err
	}
	for position := range indexes {
		var a, b any
		if err := errors.Join(json.Unmarshal(ours[position], &a), json.Unmarshal(theirs[position], &b)); err != nil {
			return err
		}
		if !reflect.DeepEqual(a, b) {
			return fmt.Errorf("%s: the two servers answer differently:\n%s\n%s", q.name, ours[position], theirs[position])
		}
	}
	fmt.Printf("%s: %d answers compared, equal; %d bytes on average from OneWindow\n", q.name, len(indexes), averageSize(ours))
	return nil
}

func averageSize(answers [][]byte) int {
	sum := 0
	for _, answer := range answers {
		sum += len(answer)
	}
	return sum / len(answers)
}

// figures are what the rounds of one server come to.
type figures struct {
	requests            int
	seconds             float64
	perSecond           []float64
	each                load
	serverCPU, database float64
}

func (q *question) measure(ctx context.Context, asked options, watcher *pgx.Conn, server, limit *process, connections int) error {
	for _, warm := range []*client{q.onewindow, q.limit} {
		if _, err := warm.run(ctx, connections, max(asked.round/2, 2*time.Second)); err != nil {
			return err
		}
	}
	var ours, theirs figures
	for round := range asked.rounds {
		if err := theirs.add(ctx, asked, watcher, limit, q.limit, connections); err != nil {
			return err
		}
		if asked.profile != "" && round == 0 {
			go saveProfile(ctx, server.operations, asked)
		}
		if err := ours.add(ctx, asked, watcher, server, q.onewindow, connections); err != nil {
			return err
		}
	}
	fmt.Printf("%s at %d connections\n", q.name, connections)
	theirs.print("limit")
	ours.print("OneWindow")
	fmt.Printf("  share of the limit: %.2f of its requests a second (by rounds %s), %.2f times its CPU\n",
		ours.rate()/theirs.rate(), ratios(ours.perSecond, theirs.perSecond), ours.cpu()/theirs.cpu())
	return nil
}

func (f *figures) add(ctx context.Context, asked options, watcher *pgx.Conn, process *process, client *client, connections int) error {
	before, err := backends(ctx, watcher, process.application)
	if err != nil {
		return err
	}
	used := cpuSeconds(process.command.Process.Pid)
	found, err := client.run(ctx, connections, asked.round)
	if err != nil {
		return err
	}
	f.serverCPU += cpuSeconds(process.command.Process.Pid) - used
	after, err := backends(ctx, watcher, process.application)
	f.database += after - before
	f.requests += found.requests
	f.seconds += found.took.Seconds()
	f.perSecond = append(f.perSecond, found.perSecond())
	f.each.each = append(f.each.each, found.each...)
	return err
}

func (f *figures) rate() float64 { return float64(f.requests) / f.seconds }

// cpu is the CPU time of server and database together for a thousand requests, in seconds.
func (f *figures) cpu() float64 { return (f.serverCPU + f.database) * 1000 / float64(f.requests) }

func (f *figures) print(name string) {
	slices.Sort(f.each.each)
	thousands := float64(f.requests) / 1000
	fmt.Printf("  %-10s %6.0f requests/s  p50 %6.2f ms  p99 %6.2f ms  CPU s per 1,000: server %.3f, PostgreSQL %.3f\n", name, f.rate(),
		f.each.quantile(0.5).Seconds()*1000, f.each.quantile(0.99).Seconds()*1000, f.serverCPU/thousands, f.database/thousands)
}

func ratios(ours, theirs []float64) string {
	text := ""
	for index := range ours {
		text += fmt.Sprintf(" %.2f", ours[index]/theirs[index])
	}
	return text[1:]
}

// saveProfile keeps a CPU profile of a round.
func saveProfile(ctx context.Context, operations string, asked options) {
	seconds := max(1, int(asked.round.Seconds())-1)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", operations, seconds), nil)
	if err != nil {
		return
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		fmt.Println("no profile:", err)
		return
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	if err == nil {
		err = os.WriteFile(asked.profile, raw, 0o600)
	}
	if err != nil {
		fmt.Println("no profile:", err)
	}
}
