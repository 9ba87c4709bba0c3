package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"onewindow/server/config"
	"onewindow/tools/bench/cases"
)

// measureReminders has reminders that are all due sent by workers of which one is killed every few seconds, and looks whether each
// has entered its inbox once and reached the provider.
func measureReminders(ctx context.Context, asked options) error {
	keys, keyFile, err := benchKeys(asked)
	if err != nil {
		return err
	}
	binary, err := buildServer(ctx, asked)
	if err != nil {
		return err
	}
	run, remove, err := dueReminders(ctx, asked, keys)
	if err != nil || asked.prepare {
		return err
	}
	defer remove()
	provider, err := startProvider(ctx, asked.cases)
	if err != nil {
		return err
	}
	defer provider.stop()
	watcher, err := pgx.Connect(ctx, named(asked.databaseURL, run, "bench-watch"))
	if err != nil {
		return err
	}
	defer func() { _ = watcher.Close(context.WithoutCancel(ctx)) }()
	crew := newCrew(asked, binary, keyFile, run, provider.address)
	defer crew.stop()
	if asked.hanging {
		if err := crew.hang(ctx); err != nil {
			return err
		}
	}
	database := postgresSeconds(ctx, watcher)
	provider.start()
	begun := time.Now()
	if err := crew.start(ctx, asked.workers); err != nil {
		return err
	}
	if asked.profile != "" {
		go func() {
			if operations := crew.operations(0); answers(ctx, "http://"+operations+"/healthz", 20*time.Second) {
				saveProfile(ctx, operations, asked)
			}
		}()
	}
	if err := crew.watch(ctx, asked, provider); err != nil {
		return err
	}
	last := time.Since(begun)
	if asked.hanging {
		fmt.Println("with a mail server that hangs, to which every reminder goes too")
		crew.report(last, postgresSeconds(ctx, watcher)-database, asked.cases)
		provider.report(asked.cases, last)
		return nil
	}
	settled := waitUntilSettled(ctx, asked, watcher)
	fmt.Printf("all written down after %s; %d workers killed\n", time.Since(begun).Round(100*time.Millisecond), crew.kills)
	used := postgresSeconds(ctx, watcher) - database
	crew.report(last, used, asked.cases)
	provider.report(asked.cases, last)
	return errors.Join(settled, checkReminders(ctx, watcher, provider, asked.cases))
}

// dueReminders makes the data once and gives a copy of it, which the run uses up.
func dueReminders(ctx context.Context, asked options, keys *config.Keys) (run string, remove func(), err error) {
	kind := ""
	if asked.hanging {
		kind = "_mail"
	}
	made, run := fmt.Sprintf("onewindow_reminders%s_%d", kind, asked.cases), fmt.Sprintf("onewindow_reminders_run_%d", os.Getpid())
	admin, err := pgx.Connect(ctx, asked.databaseURL)
	if err != nil {
		return "", nil, fmt.Errorf("-database: %w", err)
	}
	defer func() { _ = admin.Close(ctx) }()
	var exists bool
	if err := admin.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", made).Scan(&exists); err != nil {
		return "", nil, err
	}
	if !exists {
		if err := makeReminders(ctx, asked, keys, admin, made); err != nil {
			return "", nil, err
		}
	}
	remove = func() {
		drop(asked.databaseURL, run)
		if !asked.keep {
			drop(asked.databaseURL, made)
		}
	}
	if asked.prepare {
		return run, remove, nil
	}
	for _, statement := range []string{
		"DROP DATABASE IF EXISTS " + run + " WITH (FORCE)", "CREATE DATABASE " + run + " TEMPLATE " + made + " STRATEGY FILE_COPY", "CHECKPOINT",
	} {
		if _, err := admin.Exec(ctx, statement); err != nil {
			return "", nil, err
		}
	}
	return run, remove, nil
}

func makeReminders(ctx context.Context, asked options, keys *config.Keys, admin *pgx.Conn, name string) error {
	if _, err := admin.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		return err
	}
	keyring, err := keys.Keyring()
	if err != nil {
		return err
	}
	begun := time.Now()
	err = cases.LoadReminders(ctx, cases.Request{
		DatabaseURL: named(asked.databaseURL, name, "bench-load"), Keyring: keyring, Cases: asked.cases, Now: begun, Emails: asked.hanging, Progress: func(int) {},
	})
	if err != nil {
		drop(asked.databaseURL, name) // half a database would be taken for a whole one
		return err
	}
	fmt.Printf("%d due reminders made in %s\n", asked.cases, time.Since(begun).Round(time.Second))
	return nil
}

// waitUntilSettled waits until the end of every attempt is written down: what a killed worker had under way comes again later.
func waitUntilSettled(ctx context.Context, asked options, watcher *pgx.Conn) error {
	for until := time.Now().Add(asked.patience); time.Now().Before(until); time.Sleep(time.Second) {
		var open bool
		err := watcher.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM notify_plans WHERE state = 'PLANNED')
			OR EXISTS (SELECT 1 FROM notify_deliveries WHERE state = 'PENDING')
			OR EXISTS (SELECT 1 FROM river_job WHERE kind LIKE 'notify.%' AND state NOT IN ('completed', 'discarded', 'cancelled', 'scheduled'))`).Scan(&open)
		if err != nil || !open {
			return err
		}
	}
	return errors.New("not all was written down in time")
}

// report prints how many came, by windows.
func (p *pushProvider) report(wanted int, took time.Duration) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	const window = 10
	var whole []int
	for first := 0; first+window <= len(p.seconds); first += window {
		sum := 0
		for _, each := range p.seconds[first : first+window] {
			sum += each
		}
		whole = append(whole, sum/window)
	}
	fmt.Printf("by windows of %d s, a second: %v\n", window, whole)
	var ends []time.Duration
	for _, one := range p.arrived {
		ends = append(ends, one.at)
	}
	slices.Sort(ends)
	if len(ends) == 0 {
		return
	}
	for _, share := range []int{50, 95, 99, 100} {
		position := len(ends)*share/100 - 1
		if position >= 0 {
			fmt.Printf("%d %% (%d) had arrived after %s: %.0f a second\n", share, position+1, ends[position].Round(100*time.Millisecond), float64(position+1)/ends[position].Seconds())
		}
	}
	fmt.Printf("%d of %d arrived in %s, %d of them more than once on the wire\n", len(p.arrived), wanted, took.Round(100*time.Millisecond), p.again)
}

// checkReminders holds what the inboxes say against what arrived.
func checkReminders(ctx context.Context, watcher *pgx.Conn, provider *pushProvider, wanted int) error {
	var sent, messages, keys, delivered, taken, attempts int
	err := watcher.QueryRow(ctx, `SELECT (SELECT count(*) FROM notify_plans WHERE state = 'SENT'), (SELECT count(*) FROM notify_messages),
		(SELECT count(DISTINCT plan_key) FROM notify_messages), (SELECT count(*) FROM notify_deliveries WHERE state = 'SENT'),
		(SELECT count(DISTINCT delivery_id) FROM notify_attempts WHERE outcome = 'TAKEN'), (SELECT count(*) FROM notify_attempts)`).Scan(
		&sent, &messages, &keys, &delivered, &taken, &attempts)
	if err != nil {
		return err
	}
	rows, err := watcher.Query(ctx, "SELECT id FROM notify_messages")
	if err != nil {
		return err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return err
	}
	lost := wanted - sent
	provider.mutex.Lock()
	defer provider.mutex.Unlock()
	for _, id := range ids {
		if provider.arrived[id].times == 0 {
			lost++
		}
	}
	fmt.Printf("lost %d; in inboxes %d, twice %d; deliveries SENT %d, with a recorded attempt %d, attempts %d\n",
		lost, messages, messages-keys, delivered, taken, attempts)
	if lost != 0 || messages != keys || messages != wanted || delivered != wanted || taken != wanted || len(provider.arrived) != wanted {
		return errors.New("not every reminder came once")
	}
	return nil
}
