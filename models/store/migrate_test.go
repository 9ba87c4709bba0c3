package store_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"onewindow/models/store"
	"onewindow/models/store/storetest"
)

// What people agreed to before consents kept who gave them is theirs afterwards: the same moments, in force or not; the same consent
// written twice at one moment is one.
func TestConsentsAreTakenOver(t *testing.T) {
	databases := map[string]string{"sqlite": ""}
	if os.Getenv(storetest.ServerVariable) != "" {
		databases["postgres"] = storetest.NewDatabase(t)
	}
	for name, url := range databases {
		t.Run(name, func(t *testing.T) { takeOverConsents(t, url) })
	}
}

func takeOverConsents(t *testing.T, url string) {
	ctx := context.Background()
	opened, err := store.Open(ctx, store.Config{
		DatabaseURL: url, Folder: t.TempDir(), Connections: 4, Clock: storetest.NewClock("2026-03-02T09:00:00+08:00"), Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opened.Close() })
	if err := opened.MigrateTo(ctx, 21); err != nil {
		t.Fatal(err)
	}
	const person = "0195f3c0-0000-7000-8000-000000000001"
	id := func(number int) string { return fmt.Sprintf("0195f3c0-0000-7000-8000-0000000001%02d", number) }
	run := func(statement string, values ...any) error {
		return opened.InTx(ctx, func(tx *store.Tx) error { return tx.DB.Exec(statement, values...).Error })
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(run("INSERT INTO resident_residents (id, particulars, created_at, updated_at, revision) VALUES (?, ?, ?, ?, 1)",
		person, []byte("x"), "2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z"))
	const before = "INSERT INTO identity_consents (id, resident_id, purpose, version, given_at, withdrawn_at) VALUES (?, ?, 'IDENTITY_BINDING', '1', ?, ?)"
	must(run(before, id(1), person, "2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z"))
	must(run(before, id(2), person, "2026-02-03T00:00:00Z", nil))
	must(run(before, id(3), person, "2026-02-03T00:00:00Z", nil))
	must(opened.Migrate(ctx))

	var kept []string
	must(opened.Reader(ctx).Raw("SELECT id FROM identity_consents ORDER BY id").Scan(&kept).Error)
	if diff := cmp.Diff([]string{id(1), id(2)}, kept); diff != "" {
		t.Error(diff)
	}
	var inForce int
	must(opened.Reader(ctx).Raw(`SELECT count(*) FROM identity_consents WHERE withdrawn_at IS NULL AND given_at IS NOT NULL AND NOT refused
		AND given_by IS NULL AND given_channel = ''`).Scan(&inForce).Error)
	if inForce != 1 {
		t.Errorf("%d consents are in force", inForce)
	}
	must(run(before, id(4), person, "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z")) // as a replica of the version before writes
	for what, statement := range map[string]string{
		"a second one in force":   "INSERT INTO identity_consents (id, resident_id, purpose, version, given_at) VALUES (?, ?, 'IDENTITY_BINDING', '1', '2026-03-01')",
		"neither given nor no":    "INSERT INTO identity_consents (id, resident_id, purpose, version, withdrawn_at) VALUES (?, ?, 'P', '1', '2026-03-01')",
		"a no without its moment": "INSERT INTO identity_consents (id, resident_id, purpose, version, given_at, refused) VALUES (?, ?, 'P', '1', '2026-03-01', true)",
	} {
		if err := run(statement, id(5), person); err == nil || strings.Contains(err.Error(), "syntax") {
			t.Errorf("%s was taken: %v", what, err)
		}
	}
}
