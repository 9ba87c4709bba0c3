package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Scanner is a row being read.
type Scanner interface{ Scan(into ...any) error }

// Statement is one of several that are read together. Placeholders are question marks in both dialects. PostgreSQL gives an
// id as text only where the statement casts it.
type Statement struct {
	SQL       string
	Arguments []any
	// Read is called for each row.
	Read func(row Scanner) error
}

// ReadTogether runs statements outside a transaction: on PostgreSQL in one pipelined round trip past GORM, with SQLite one
// after the other. It is for the few hot reads that are worth it. Each statement sees what was committed before it.
func (s *Store) ReadTogether(ctx context.Context, statements ...Statement) error {
	if s.pool == nil {
		return s.readInTurn(ctx, statements)
	}
	batch := &pgx.Batch{}
	for _, statement := range statements {
		CountStatement(ctx)
		batch.Queue(numbered(statement.SQL), statement.Arguments...)
	}
	results := s.pool.SendBatch(ctx, batch)
	defer func() { _ = results.Close() }()
	for _, statement := range statements {
		rows, err := results.Query()
		if err != nil {
			return fmt.Errorf("read together: %w", err)
		}
		for rows.Next() {
			if err := statement.Read(rows); err != nil {
				rows.Close()
				return err
			}
		}
		if err := rows.Err(); err != nil {
			return fmt.Errorf("read together: %w", err)
		}
	}
	return nil
}

func (s *Store) readInTurn(ctx context.Context, statements []Statement) error {
	for _, statement := range statements {
		if err := s.readOne(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) readOne(ctx context.Context, statement Statement) error {
	rows, err := s.Reader(ctx).Raw(statement.SQL, statement.Arguments...).Rows()
	if err != nil {
		return fmt.Errorf("read in turn: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := statement.Read(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// numbered writes PostgreSQL's placeholders. The statements that come here have no question mark in a literal.
func numbered(statement string) string {
	var out strings.Builder
	out.Grow(len(statement) + 8)
	for number := 1; ; number++ {
		before, after, found := strings.Cut(statement, "?")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		out.WriteByte('$')
		out.WriteString(strconv.Itoa(number))
		statement = after
	}
}
