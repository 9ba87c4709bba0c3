package cases

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"onewindow/models/catalogue"
	"onewindow/models/resident"
	"onewindow/models/sealed"
	"onewindow/models/store"
)

// block is how many cases grow side by side: their events lie mixed on disk.
const block = 20_000

// EventsOfCase is how many events each case has, RequirementsOfCase how many requirements, CasesOfResident how many cases a
// resident has on average.
const (
	EventsOfCase       = 6
	RequirementsOfCase = 4
	CasesOfResident    = 4
)

// Request says what to make.
type Request struct {
	DatabaseURL string
	Keyring     *sealed.Keyring
	Cases       int
	// Now is the moment that the cases have reached.
	Now time.Time
	// Emails gives everybody who is to be reminded a verified address too.
	Emails bool
	// Progress is told how many cases are there.
	Progress func(done int)
}

// Load migrates an empty database, installs the catalogue that the binary carries, and fills the tables.
func Load(ctx context.Context, request Request) error {
	house, maker, err := open(ctx, request)
	if err != nil {
		return err
	}
	defer func() { _ = house.Close() }()
	return fill(ctx, house.Pool(), request, filling{residents: maker.residents, people: maker.people, cases: maker.cases})
}

// open migrates an empty database, installs the catalogue, and gives who makes its rows. The caller closes the house.
func open(ctx context.Context, request Request) (*store.Store, *maker, error) {
	house, err := store.Open(ctx, store.Config{DatabaseURL: request.DatabaseURL, Clock: store.SystemClock{}})
	if err != nil {
		return nil, nil, err
	}
	maker, err := furnish(ctx, house, request)
	if err != nil {
		_ = house.Close()
		return nil, nil, err
	}
	return house, maker, nil
}

func furnish(ctx context.Context, house *store.Store, request Request) (*maker, error) {
	if err := house.Migrate(ctx); err != nil {
		return nil, err
	}
	loaded, faults := catalogue.Embedded()
	if len(faults) > 0 {
		return nil, fmt.Errorf("catalogue: %w", faults)
	}
	keys := request.Keyring // everything is sealed by the newest: no worker has to look
	err := house.InTx(ctx, func(tx *store.Tx) error { return tx.KeysDone(keys.Generation(), keys.IndexGeneration()) })
	if err != nil {
		return nil, err
	}
	installed := catalogue.NewService(house)
	if err := installed.Install(ctx, loaded); err != nil {
		return nil, err
	}
	return newMaker(request, installed.Current(), resident.New(house, request.Keyring))
}

// Insert makes a few cases on either database, for tests: the store is migrated and the catalogue installed already.
func Insert(ctx context.Context, house *store.Store, snapshot *catalogue.Snapshot, request Request) error {
	maker, err := newMaker(request, snapshot, resident.New(house, request.Keyring))
	if err != nil {
		return err
	}
	return house.InTx(ctx, func(tx *store.Tx) error {
		for _, table := range append(maker.people(0, maker.residents), maker.cases(0, request.Cases)...) {
			places := "(" + strings.Repeat("?, ", len(table.columns)-1) + "?)"
			for _, row := range table.rows {
				err := tx.DB.Exec("INSERT INTO "+table.name+" ("+strings.Join(table.columns, ", ")+") VALUES "+places, row...).Error
				if err != nil {
					return fmt.Errorf("fill %s: %w", table.name, err)
				}
			}
		}
		return nil
	})
}

// filling is what a database is filled with: each makes the rows of the things from first up to, not including, after.
type filling struct {
	residents     int
	people, cases func(first, after int) []*table
}

func fill(ctx context.Context, pool *pgxpool.Pool, request Request, with filling) error {
	connection, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer connection.Release()
	// The rows fit together by their making: looking each one up again would double the time.
	if _, err := connection.Exec(ctx, "SET session_replication_role = replica; SET synchronous_commit = off"); err != nil {
		return fmt.Errorf("prepare loading: %w", err)
	}
	copyRows := func(table *table) error {
		if len(table.rows) == 0 {
			return nil
		}
		_, err := connection.CopyFrom(ctx, pgx.Identifier{table.name}, table.columns, pgx.CopyFromRows(table.rows))
		if err != nil {
			return fmt.Errorf("fill %s: %w", table.name, err)
		}
		return nil
	}
	for first := 0; first < with.residents; first += block {
		for _, table := range with.people(first, min(first+block, with.residents)) {
			if err := copyRows(table); err != nil {
				return err
			}
		}
	}
	for first := 0; first < request.Cases; first += block {
		after := min(first+block, request.Cases)
		for _, table := range with.cases(first, after) {
			if err := copyRows(table); err != nil {
				return err
			}
		}
		request.Progress(after)
	}
	if _, err := connection.Exec(ctx, "RESET session_replication_role; RESET synchronous_commit"); err != nil {
		return err
	}
	_, err = connection.Exec(ctx, "VACUUM ANALYZE")
	return err
}

// table is rows on their way.
type table struct {
	name    string
	columns []string
	rows    [][]any
}

func (t *table) add(values ...any) { t.rows = append(t.rows, values) }
