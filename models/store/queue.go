package store

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/gorm"
)

// What a change writes waits in its transaction and goes to the database together: before the next statement that the
// transaction runs, which must see it, or before the commit. On PostgreSQL that is one statement, or one pipelined round trip
// where there is much; with SQLite one after the other. Several cases that change in one transaction cost no more statements
// than one.

// Rows are rows to be written to one table. Conflict is what stands behind ON CONFLICT, "" for nothing.
type Rows struct {
	Table, Conflict string
	Columns         []string
	// Kinds are the columns' types in PostgreSQL's words. Where they are given, many rows go there as one value for each column.
	Kinds  []string
	Values [][]any
	// Keys tell rows apart where Conflict changes the row that is there: of one key, a later row is written after the earlier.
	Keys []string
}

// waiting is one statement, or rows of one table, that wait to be written.
type waiting struct {
	table     string
	statement string
	arguments []any
	// done looks at the outcome; nil: any number of rows will do.
	done func(touched int64, err error) error
	rows *Rows
	keys map[string]bool
}

// The bounds of what one statement takes: rows of a table, and what is folded into one.
const (
	rowsExactly = 16
	rowsAtOnce  = 64
	foldedMost  = 12
)

// Later has a change of one table written with everything else that waits. done is called with its outcome, where there is one.
func (tx *Tx) Later(table, statement string, arguments []any, done func(touched int64, err error) error) {
	tx.waiting = append(tx.waiting, &waiting{table: table, statement: statement, arguments: arguments, done: done})
}

// Write writes rows at once and gives how many of them were written.
func (tx *Tx) Write(rows Rows) (written int64, err error) {
	if len(rows.Values) == 0 {
		return 0, nil
	}
	for _, one := range (&waiting{table: rows.Table, rows: &rows}).statements(tx.IsPostgres()) {
		result := tx.DB.Exec(one.statement, one.arguments...)
		if result.Error != nil {
			return 0, fmt.Errorf("write %s: %w", rows.Table, result.Error)
		}
		written += result.RowsAffected
	}
	return written, nil
}

// Insert has rows written with everything else that waits: those of one table together, in the order in which they came.
func (tx *Tx) Insert(rows Rows) {
	if len(rows.Values) == 0 {
		return
	}
	into := tx.rowsOf(rows)
	into.rows.Values = append(into.rows.Values, rows.Values...)
	for _, key := range rows.Keys {
		into.keys[key] = true
	}
}

// rowsOf finds the rows that wait for the same table, if no later statement is about that table; a new place at the end
// closes the earlier ones, so that a row never goes before one that it refers to.
func (tx *Tx) rowsOf(rows Rows) *waiting {
	seen := false
	for i := len(tx.waiting) - 1; i >= tx.open; i-- {
		known := tx.waiting[i]
		if known.table != rows.Table {
			continue
		}
		seen = true
		if known.rows != nil && known.rows.Conflict == rows.Conflict && len(known.rows.Columns) == len(rows.Columns) && !known.has(rows.Keys) {
			return known
		}
		break
	}
	if seen {
		tx.open = len(tx.waiting)
	}
	made := &waiting{table: rows.Table, rows: &Rows{Table: rows.Table, Conflict: rows.Conflict, Columns: rows.Columns, Kinds: rows.Kinds}, keys: map[string]bool{}}
	tx.waiting = append(tx.waiting, made)
	return made
}

func (w *waiting) has(keys []string) bool {
	for _, key := range keys {
		if w.keys[key] {
			return true
		}
	}
	return false
}

// statements writes rows out: a few exactly, many as arrays or in lots of a few sizes, so that their statements stay known to the
// database.
func (w *waiting) statements(isPostgres bool) []*waiting {
	if w.rows == nil {
		return []*waiting{w}
	}
	if isPostgres && len(w.rows.Kinds) > 0 && len(w.rows.Values) > rowsExactly {
		return []*waiting{w.unnested()}
	}
	var all []*waiting
	for values := w.rows.Values; len(values) > 0; {
		lot := len(values)
		if lot > rowsExactly {
			for lot = rowsAtOnce; lot > len(values); lot /= 2 {
				continue
			}
		}
		all = append(all, w.insertion(values[:lot]))
		values = values[lot:]
	}
	return all
}

func (w *waiting) insertion(values [][]any) *waiting {
	place := "(" + strings.Repeat("?, ", len(w.rows.Columns)-1) + "?)"
	statement := "INSERT INTO " + w.table + " (" + strings.Join(w.rows.Columns, ", ") + ") VALUES " + place + strings.Repeat(", "+place, len(values)-1)
	if w.rows.Conflict != "" {
		statement += " ON CONFLICT " + w.rows.Conflict
	}
	one := &waiting{table: w.table, statement: statement, arguments: make([]any, 0, len(values)*len(w.rows.Columns))}
	for _, row := range values {
		one.arguments = append(one.arguments, row...)
	}
	return one
}

// unnested writes rows as one array for each column.
func (w *waiting) unnested() *waiting {
	one := &waiting{table: w.table, arguments: make([]any, len(w.rows.Columns))}
	places := make([]string, len(w.rows.Columns))
	for i, kind := range w.rows.Kinds {
		places[i] = "?::" + kind + "[]"
		one.arguments[i] = arrayOfColumn(w.rows.Values, i)
	}
	one.statement = "INSERT INTO " + w.table + " (" + strings.Join(w.rows.Columns, ", ") + ") SELECT * FROM unnest(" + strings.Join(places, ", ") + ")"
	if w.rows.Conflict != "" {
		one.statement += " ON CONFLICT " + w.rows.Conflict
	}
	return one
}

// flush writes what waits. Every statement of the transaction calls it first. After a failure nothing more is written.
func (tx *Tx) flush() error {
	if tx.flushing || tx.failed == nil && len(tx.waiting) == 0 && len(tx.jobs) == 0 {
		return nil
	}
	tx.flushing = true
	defer func() { tx.flushing = false }()
	if tx.failed == nil {
		tx.failed = tx.writeWaiting()
	}
	return tx.failed
}

func (tx *Tx) writeWaiting() error {
	var statements []*waiting
	for _, one := range tx.waiting {
		statements = append(statements, one.statements(tx.IsPostgres())...)
	}
	jobs := tx.jobs
	tx.waiting, tx.jobs, tx.open = nil, nil, 0
	if len(statements) > 0 {
		if err := tx.write(statements); err != nil {
			return err
		}
	}
	return tx.enqueue(jobs)
}

func (tx *Tx) write(statements []*waiting) error {
	if tx.connection == nil {
		for _, one := range statements {
			result := tx.DB.Exec(one.statement, one.arguments...)
			if err := one.outcome(result.RowsAffected, result.Error); err != nil {
				return err
			}
		}
		return nil
	}
	var failure error
	err := tx.connection.Raw(func(connection any) error {
		direct, isPGX := connection.(*stdlib.Conn)
		if !isPGX {
			return fmt.Errorf("store: unexpected connection %T", connection)
		}
		failure = tx.pipeline(direct.Conn(), fold(statements))
		return nil
	})
	return errors.Join(err, failure)
}

// pipeline sends statements in one round trip. The values go through the same conversion as those of database/sql.
func (tx *Tx) pipeline(connection *pgx.Conn, statements []*waiting) error {
	ctx := tx.DB.Statement.Context
	batch := &pgx.Batch{}
	for _, one := range statements {
		arguments := make([]any, len(one.arguments))
		for i, argument := range one.arguments {
			converted, err := driver.DefaultParameterConverter.ConvertValue(argument)
			if err != nil {
				return fmt.Errorf("write %s: %w", one.table, err)
			}
			arguments[i] = converted
		}
		CountStatement(ctx)
		batch.Queue(numbered(one.statement), arguments...)
	}
	results := connection.SendBatch(ctx, batch)
	defer func() { _ = results.Close() }()
	for _, one := range statements {
		tag, err := results.Exec()
		if translator, translates := tx.DB.Dialector.(gorm.ErrorTranslator); err != nil && translates {
			err = translator.Translate(err)
		}
		if err := one.outcome(tag.RowsAffected(), err); err != nil {
			return err
		}
	}
	return nil
}

func (w *waiting) outcome(touched int64, err error) error {
	if w.done != nil {
		return w.done(touched, err)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", w.table, err)
	}
	return nil
}

// fold makes one statement of a few about different tables, of which at most one has an outcome that matters: the others
// become parts of its WITH. References between them are looked at when all are done.
func fold(statements []*waiting) []*waiting {
	if len(statements) < 2 || len(statements) > foldedMost {
		return statements
	}
	main := statements[len(statements)-1]
	tables := map[string]bool{}
	for _, one := range statements {
		if tables[one.table] {
			return statements
		}
		tables[one.table] = true
		if one.done == nil {
			continue
		}
		if main.done != nil && main != one {
			return statements
		}
		main = one
	}
	var text strings.Builder
	folded := &waiting{table: main.table, done: main.done}
	for _, one := range statements {
		if one == main {
			continue
		}
		if text.Len() == 0 {
			text.WriteString("WITH ")
		} else {
			text.WriteString(", ")
		}
		text.WriteString("of_" + one.table + " AS (" + one.statement + ")")
		folded.arguments = append(folded.arguments, one.arguments...)
	}
	text.WriteString(" " + main.statement)
	folded.statement, folded.arguments = text.String(), append(folded.arguments, main.arguments...)
	return []*waiting{folded}
}
