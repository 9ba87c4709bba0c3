package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/url"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"onewindow/models"
	"onewindow/server/config"
	"onewindow/tools/bench/cases"
)

// named gives the URL of another database of the same server, for one application name.
func named(databaseURL, database, application string) string {
	parsed, err := url.Parse(databaseURL)
	if err != nil {
		return databaseURL // the driver says what is wrong with it
	}
	parsed.Path = "/" + database
	values := parsed.Query()
	values.Set("application_name", application)
	parsed.RawQuery = values.Encode()
	return parsed.String()
}

// benchKeys makes the key file at the first run: data that was kept is sealed with it.
func benchKeys(asked options) (*config.Keys, string, error) {
	path := filepath.Join(asked.folder, "keys.yaml")
	if err := config.GenerateKeys(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, "", err
	}
	keys, err := config.LoadKeys(path)
	return keys, path, err
}

// database gives the name of the filled database and how to remove it again.
func database(ctx context.Context, asked options, keys *config.Keys) (name string, remove func(), err error) {
	name = fmt.Sprintf("onewindow_bench_%d", asked.cases)
	admin, err := pgx.Connect(ctx, asked.databaseURL)
	if err != nil {
		return "", nil, fmt.Errorf("-database: %w", err)
	}
	defer func() { _ = admin.Close(ctx) }()
	remove = func() {
		if !asked.keep {
			drop(asked.databaseURL, name)
		}
	}
	var exists bool
	if err := admin.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", name).Scan(&exists); err != nil {
		return "", nil, err
	}
	if exists {
		return name, remove, nil
	}
	fmt.Printf("making %d cases in %s\n", asked.cases, name)
	if _, err := admin.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()); err != nil {
		return "", nil, err
	}
	keyring, err := keys.Keyring()
	if err != nil {
		return "", nil, err
	}
	begun := time.Now()
	err = cases.Load(ctx, cases.Request{
		DatabaseURL: named(asked.databaseURL, name, "bench-load"), Keyring: keyring, Cases: asked.cases, Now: begun,
		Progress: func(done int) {
			if done%200_000 == 0 || done == asked.cases {
				fmt.Printf("  %d cases after %s\n", done, time.Since(begun).Round(time.Second))
			}
		},
	})
	if err != nil {
		drop(asked.databaseURL, name) // half a database would be taken for a whole one
		return "", nil, err
	}
	return name, remove, nil
}

func drop(databaseURL, name string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	admin, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		fmt.Println("the database", name, "was not removed:", err)
		return
	}
	defer func() { _ = admin.Close(ctx) }()
	if _, err := admin.Exec(ctx, "DROP DATABASE "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)"); err != nil {
		fmt.Println("the database", name, "was not removed:", err)
	}
}

// person is a resident who asks, with the numbers of the own cases.
type person struct {
	id      models.ID
	kind    string // of sign-in; "" is a resident's
	numbers []string
	token   string
}

// chooseCallers takes residents by lot who have at least one case.
func chooseCallers(ctx context.Context, databaseURL string, wanted int) ([]*person, error) {
	connection, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return nil, err
	}
	defer func() { _ = connection.Close(ctx) }()
	rows, err := connection.Query(ctx, `SELECT applicant_id::text, array_agg(number) FROM casework_applications
		WHERE applicant_id IN (SELECT id FROM resident_residents ORDER BY md5(id::text) LIMIT $1) GROUP BY 1 ORDER BY 1`, wanted)
	if err != nil {
		return nil, err
	}
	people, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*person, error) {
		one := &person{}
		return one, row.Scan(&one.id, &one.numbers)
	})
	if err == nil && len(people) == 0 {
		err = errors.New("nobody has a case")
	}
	rand.Shuffle(len(people), func(i, j int) { people[i], people[j] = people[j], people[i] }) //nolint:gosec // an order, no secret
	return people, err
}
