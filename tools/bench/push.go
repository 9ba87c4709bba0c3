package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"onewindow/models"
	"onewindow/server/config"
	"onewindow/tools/bench/cases"
)

// clerks is how many staff members ask for supplements in turn.
const clerks = 20

// warmUp is how long supplements are asked for before it counts.
const warmUp = 3 * time.Second

// measurePush has staff ask for supplements through the window, so many a second, and measures how long it takes from each request
// to the push on the provider's wire. A request counts from the moment at which it should have left.
func measurePush(ctx context.Context, asked options) error {
	keys, keyFile, err := benchKeys(asked)
	if err != nil {
		return err
	}
	binary, err := buildServer(ctx, asked)
	if err != nil {
		return err
	}
	asked.cases = int((warmUp+asked.length).Seconds()*float64(asked.perSecond)) + clerks
	name, staff, err := waitingCases(ctx, asked, keys)
	if err != nil {
		return err
	}
	defer drop(asked.databaseURL, name)
	provider, err := startProvider(ctx, asked.cases)
	if err != nil {
		return err
	}
	provider.mark = []byte(`"applicationId":"`)
	defer provider.stop()
	crew := newCrew(asked, binary, keyFile, name, provider.address)
	defer crew.stop()
	if err := crew.start(ctx, asked.workers); err != nil {
		return err
	}
	server, err := startServer(ctx, asked, binary, keyFile, name)
	if err != nil {
		return err
	}
	defer server.stop()
	watcherURL := named(asked.databaseURL, name, "bench-watch")
	if err := signIn(ctx, watcherURL, keys, staff); err != nil {
		return err
	}
	requests, ids, err := supplementRequests(ctx, asked, watcherURL, server.address, staff)
	if err != nil {
		return err
	}
	begun, err := askForSupplements(ctx, asked, server.address, requests, provider)
	if err != nil {
		return err
	}
	for until := time.Now().Add(20 * time.Second); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		if different, _ := provider.count(); different >= len(begun) {
			break
		}
	}
	return reportPushes(asked, provider, ids, begun)
}

// waitingCases makes a database of cases that wait for their acceptance, and staff who may ask for more.
func waitingCases(ctx context.Context, asked options, keys *config.Keys) (name string, staff []*person, err error) {
	name = fmt.Sprintf("onewindow_push_%d", time.Now().UnixMilli())
	admin, err := pgx.Connect(ctx, asked.databaseURL)
	if err != nil {
		return "", nil, fmt.Errorf("-database: %w", err)
	}
	defer func() { _ = admin.Close(ctx) }()
	if _, err := admin.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		return "", nil, err
	}
	defer func() {
		if err != nil {
			drop(asked.databaseURL, name)
		}
	}()
	keyring, err := keys.Keyring()
	if err != nil {
		return "", nil, err
	}
	err = cases.LoadWaiting(ctx, cases.Request{
		DatabaseURL: named(asked.databaseURL, name, "bench-load"), Keyring: keyring, Cases: asked.cases, Now: time.Now(), Progress: func(int) {},
	})
	if err != nil {
		return "", nil, err
	}
	connection, err := pgx.Connect(ctx, named(asked.databaseURL, name, "bench-load"))
	if err != nil {
		return "", nil, err
	}
	defer func() { _ = connection.Close(ctx) }()
	for number := range clerks {
		one := &person{id: models.NewID(), kind: "staff"}
		_, err = connection.Exec(ctx, `INSERT INTO auth_staff (id, username, display_name, password_hash, totp_last_step, department, roles, city_reach, active,
			changed_seq, created_at, updated_at) VALUES ($1, $2, '测', '', 0, 'public-security', '["FRONT_DESK"]', true, true, $3, now(), now())`,
			string(one.id), fmt.Sprintf("bench-%d", number), number+1)
		if err != nil {
			return "", nil, err
		}
		staff = append(staff, one)
	}
	return name, staff, nil
}

// supplementRequests writes one request for each case.
func supplementRequests(ctx context.Context, asked options, databaseURL, address string, staff []*person) (requests [][]byte, ids []uuid.UUID, err error) {
	_, document, err := operation(asked.operations, "RequestSupplement")
	if err != nil {
		return nil, nil, err
	}
	connection, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = connection.Close(ctx) }()
	rows, err := connection.Query(ctx, "SELECT id, progress->'requirements'->-1->>'key' FROM casework_applications ORDER BY md5(id::text)")
	if err != nil {
		return nil, nil, err
	}
	var id uuid.UUID
	var key string
	_, err = pgx.ForEachRow(rows, []any{&id, &key}, func() error {
		ids = append(ids, id)
		requests = append(requests, request(address, "/graphql", staff[len(ids)%len(staff)].token, map[string]any{
			"documentId": document, "variables": map[string]any{"input": map[string]any{
				"applicationId": id, "items": []any{map[string]any{"requirementId": id.String() + "." + key, "reason": "看不清"}},
				"note": "请补交", "idempotencyKey": "bench-" + id.String(),
			}},
		}))
		return nil
	})
	return requests, ids, err
}

// askForSupplements sends the requests at an even pace, whatever the answers take, and gives when each should have left.
func askForSupplements(ctx context.Context, asked options, address string, requests [][]byte, provider *pushProvider) ([]time.Duration, error) {
	if asked.perSecond < 1 {
		return nil, errors.New("-per-second: at least one")
	}
	provider.start()
	start := time.Now()
	var failed atomic.Pointer[error]
	var running sync.WaitGroup
	idle := make(chan *client, len(requests))
	begun := make([]time.Duration, 0, len(requests))
	for position := range requests {
		due := time.Duration(position) * time.Second / time.Duration(asked.perSecond)
		if due >= warmUp+asked.length || ctx.Err() != nil || failed.Load() != nil {
			break
		}
		time.Sleep(time.Until(start.Add(due)))
		begun = append(begun, due)
		running.Go(func() {
			asking := &client{address: address, requests: requests}
			select {
			case asking = <-idle:
			default:
			}
			if err := asking.send(ctx, position); err != nil {
				failed.CompareAndSwap(nil, &err)
				return
			}
			idle <- asking
		})
	}
	running.Wait()
	close(idle)
	for asking := range idle {
		_ = asking.connection.Close()
	}
	if failure := failed.Load(); failure != nil {
		return nil, *failure
	}
	return begun, ctx.Err()
}

// reportPushes prints how long it took from each request to its push.
func reportPushes(asked options, provider *pushProvider, ids []uuid.UUID, begun []time.Duration) error {
	provider.mutex.Lock()
	defer provider.mutex.Unlock()
	var took load
	missing := 0
	for position, due := range begun {
		found := provider.arrived[ids[position]]
		switch {
		case found.times == 0:
			missing++
		case due >= warmUp:
			took.each = append(took.each, found.at-due)
		}
	}
	slices.Sort(took.each)
	fmt.Printf("%d supplement requests a second for %s: %d pushes, %d missing, %d more than once\n", asked.perSecond, asked.length, len(took.each), missing, provider.again)
	for _, share := range []float64{0.5, 0.95, 0.99, 1} {
		fmt.Printf("  p%g %d ms\n", share*100, took.quantile(share).Milliseconds())
	}
	if missing > 0 {
		return errors.New("not every supplement request reached the wire")
	}
	return nil
}
