package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"onewindow/models"
)

// presentPrefix begins the names of workers that show that they live: of others nothing follows from their silence.
const presentPrefix = "present-"

// lookEvery is how often a worker shows itself and looks after the others. Who is missing twice is gone.
const lookEvery = time.Second

// presenceTime bounds one look.
const presenceTime = 5 * time.Second

// Presence is how workers on PostgreSQL know of each other: each holds a lock under its name on a connection of its own, and
// PostgreSQL lets go of it when the process ends, however it ends. The jobs that such a one had under way are taken up by the
// others within seconds. Who only lost the connection is taken for gone too: its jobs may be done twice, as jobs may.
type Presence struct {
	store      *Store
	name       string
	connection *pgx.Conn
	missing    map[string]bool
}

// newWorkerName is under which a worker shows itself.
func newWorkerName() string { return presentPrefix + string(models.NewID()) }

// Appear shows a worker to the others; it must come before the worker takes its first job. It is nil, and does nothing, where
// there is one process.
func (s *Store) Appear(ctx context.Context, name string) (*Presence, error) {
	if !s.IsPostgres() || !strings.HasPrefix(name, presentPrefix) {
		return nil, nil
	}
	p := &Presence{store: s, name: name}
	if err := p.show(ctx); err != nil {
		return nil, err
	}
	return p, nil
}

// Keep stays visible and looks after the others until the context ends. What fails is tried again at the next turn.
func (p *Presence) Keep(ctx context.Context, failed func(error)) {
	if p == nil {
		return
	}
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	defer p.Hide()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if _, err := p.Look(ctx); err != nil {
				p.Hide()
				failed(err)
			}
		}
	}
}

// Look takes up what workers had under way that were missing at the last look and still are, and gives how many jobs.
func (p *Presence) Look(ctx context.Context) (taken int, err error) {
	ctx, cancel := context.WithTimeout(ctx, presenceTime)
	defer cancel()
	if err := p.show(ctx); err != nil {
		return 0, err
	}
	if err := p.ripen(ctx); err != nil {
		return 0, err
	}
	absent, err := p.absent(ctx)
	if err != nil {
		return 0, fmt.Errorf("look for workers that are gone: %w", err)
	}
	var gone []string
	before := p.missing
	p.missing = map[string]bool{}
	for _, name := range absent {
		p.missing[name] = true
		if before[name] {
			gone = append(gone, name)
		}
	}
	if len(gone) == 0 {
		return 0, nil
	}
	tag, err := p.connection.Exec(ctx, `UPDATE river_job SET state = 'available' WHERE state = 'running' AND attempt < max_attempts
		AND attempted_by[cardinality(attempted_by)] = ANY($1)`, gone)
	if err != nil {
		return 0, fmt.Errorf("take up jobs: %w", err)
	}
	return int(tag.RowsAffected()), nil
}

// ripen makes jobs available whose time has come. The library does the same every few seconds, but only where one of the workers has
// been its leader for long enough; jobs that are to be unique are left to it.
func (p *Presence) ripen(ctx context.Context) error {
	_, err := p.connection.Exec(ctx, `UPDATE river_job SET state = 'available' WHERE id IN (SELECT id FROM river_job
		WHERE state IN ('scheduled', 'retryable') AND scheduled_at <= now() AND unique_key IS NULL LIMIT 1000 FOR UPDATE SKIP LOCKED)`)
	if err != nil {
		return fmt.Errorf("look for jobs whose time has come: %w", err)
	}
	return nil
}

// absent names the workers that have jobs under way and hold no lock. The locks that it takes to find out end with the statement.
func (p *Presence) absent(ctx context.Context) ([]string, error) {
	rows, err := p.connection.Query(ctx, `WITH busy AS MATERIALIZED (
			SELECT DISTINCT attempted_by[cardinality(attempted_by)] AS name FROM river_job WHERE state = 'running'),
		others AS MATERIALIZED (SELECT name FROM busy WHERE name LIKE $1 AND name <> $2)
		SELECT name FROM others WHERE pg_try_advisory_xact_lock(hashtextextended(name, 0))`, presentPrefix+"%", p.name)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func (p *Presence) show(ctx context.Context) error {
	if p.connection != nil {
		return nil
	}
	connection, err := pgx.ConnectConfig(ctx, p.store.pool.Config().ConnConfig)
	if err != nil {
		return fmt.Errorf("show a worker: %w", err)
	}
	if _, err := connection.Exec(ctx, "SELECT pg_advisory_lock(hashtextextended($1, 0))", p.name); err != nil {
		_ = connection.Close(context.WithoutCancel(ctx))
		return fmt.Errorf("show a worker: %w", err)
	}
	p.connection, p.missing = connection, nil
	return nil
}

// Hide lets go of the name, as the end of the process would.
func (p *Presence) Hide() {
	if p.connection == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = p.connection.Close(ctx)
	p.connection = nil
}
