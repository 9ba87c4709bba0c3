package rekey

import (
	"context"
	"fmt"
	"strings"

	"gorm.io/gorm"

	"onewindow/models/sealed"
	"onewindow/models/store"
)

// generationText is the generation of a sealed value as the database can compare it: four bytes in hexadecimal.
func generationText(postgres bool, column string) string {
	if postgres {
		return "upper(encode(substring(" + column + " from 2 for 4), 'hex'))"
	}
	return "hex(substr(" + column + ", 2, 4))"
}

// indexText is the generation of a blind index: what stands before the dot, 1 where there is none.
func indexText(postgres bool, column string) string {
	if postgres {
		return "CASE WHEN strpos(" + column + ", '.') > 0 THEN split_part(" + column + ", '.', 1) ELSE '1' END"
	}
	return "CASE WHEN instr(" + column + ", '.') > 0 THEN substr(" + column + ", 1, instr(" + column + ", '.') - 1) ELSE '1' END"
}

// behind selects the rows of a table, or of a table joined with another as the walk does, that are not where they should be.
func behind(table sealed.Table, postgres bool, to target) (condition string, arguments []any) {
	var parts []string
	for _, column := range table.Columns {
		parts = append(parts, "(t."+column.Name+" IS NOT NULL AND "+generationText(postgres, "t."+column.Name)+" <> ?)")
		arguments = append(arguments, fmt.Sprintf("%08X", to.field))
	}
	for _, index := range table.Indexes {
		parts = append(parts, "(t."+index.Name+" IS NOT NULL AND "+indexText(postgres, "t."+index.Name)+" <> ?)")
		arguments = append(arguments, fmt.Sprint(to.index))
		if index.Fill != "" {
			parts = append(parts, "t."+index.Fill+" IS NULL")
		}
	}
	return "(" + strings.Join(parts, " OR ") + ")", arguments
}

// batch reads the next rows that are behind, in the order of the key.
func (s *Service) batch(ctx context.Context, table sealed.Table, after []any, to target) ([]*stored, error) {
	var columns []string
	for _, key := range table.Key {
		columns = append(columns, "t."+key)
	}
	for _, column := range table.Columns {
		columns = append(columns, "t."+column.Name)
	}
	for _, column := range table.Borrowed {
		columns = append(columns, column.Name)
	}
	for _, index := range table.Indexes {
		columns = append(columns, "t."+index.Name)
	}
	for _, plain := range table.Reads {
		columns = append(columns, "CAST(t."+plain+" AS text)")
	}
	keys := "t." + strings.Join(table.Key, ", t.")
	condition, arguments := behind(table, s.store.IsPostgres(), to)
	if after != nil {
		condition += " AND (" + keys + ") > (" + places(len(after)) + ")"
		arguments = append(arguments, after...)
	}
	statement := "SELECT " + strings.Join(columns, ", ") + " FROM " + table.Name + " AS t " + table.Join + " WHERE " + condition +
		" ORDER BY " + keys + " LIMIT ?"
	rows, err := s.store.Reader(ctx).Raw(statement, append(arguments, batchSize)...).Rows()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", table.Name, err)
	}
	defer func() { _ = rows.Close() }()
	var found []*stored
	for rows.Next() {
		row, err := s.scan(table, rows)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", table.Name, err)
		}
		found = append(found, row)
	}
	return found, rows.Err()
}

// scan reads a row and opens what is sealed in it.
func (s *Service) scan(table sealed.Table, rows store.Scanner) (*stored, error) {
	row := &stored{
		key: make([]any, len(table.Key)), boxes: make([][]byte, len(table.Columns)), indexes: make([]*string, len(table.Indexes)),
		row: sealed.Row{Plain: map[string]string{}, Opened: map[string][]byte{}},
	}
	borrowed, plain := make([][]byte, len(table.Borrowed)), make([]*string, len(table.Reads))
	var into []any
	for position := range row.key {
		into = append(into, &row.key[position])
	}
	for position := range row.boxes {
		into = append(into, &row.boxes[position])
	}
	for position := range borrowed {
		into = append(into, &borrowed[position])
	}
	for position := range row.indexes {
		into = append(into, &row.indexes[position])
	}
	for position := range plain {
		into = append(into, &plain[position])
	}
	if err := rows.Scan(into...); err != nil {
		return nil, err
	}
	for position, value := range plain {
		if value != nil {
			row.row.Plain[table.Reads[position]] = *value
		}
	}
	if err := s.open(row, table.Columns, row.boxes); err != nil {
		return nil, err
	}
	return row, s.open(row, table.Borrowed, borrowed)
}

func (s *Service) open(row *stored, columns []sealed.Column, boxes [][]byte) error {
	for position, column := range columns {
		if len(boxes[position]) == 0 {
			continue
		}
		plain, err := s.keys.Open(column.Purpose, boxes[position])
		if err != nil {
			return err
		}
		row.row.Opened[column.Name] = plain
	}
	return nil
}

// write puts the new values into the row if it still is as it was read; false: somebody changed it meanwhile.
func write(db *gorm.DB, table sealed.Table, row *stored, changes renewal) (bool, error) {
	var set, guard []string
	var arguments, guards []any
	for position, column := range table.Columns {
		value, changed := changes[column.Name]
		if changed {
			set, arguments = append(set, column.Name+" = ?"), append(arguments, value)
			guard, guards = append(guard, column.Name+" IS NOT DISTINCT FROM ?"), append(guards, boxOrNull(row.boxes[position]))
		}
	}
	for position, index := range table.Indexes {
		value, changed := changes[index.Name]
		if changed {
			set, arguments = append(set, index.Name+" = ?"), append(arguments, value)
		}
		// The index is part of the guard even where it stays: what is filled in belongs to it.
		guard, guards = append(guard, index.Name+" IS NOT DISTINCT FROM ?"), append(guards, row.indexes[position])
	}
	for position, key := range table.Key {
		guard, guards = append(guard, key+" = ?"), append(guards, row.key[position])
	}
	result := db.Exec("UPDATE "+table.Name+" SET "+strings.Join(set, ", ")+" WHERE "+strings.Join(guard, " AND "), append(arguments, guards...)...)
	if result.Error != nil {
		return false, fmt.Errorf("write %s: %w", table.Name, result.Error)
	}
	return result.RowsAffected == 1, nil
}

// boxOrNull keeps a missing value from being taken for an empty one.
func boxOrNull(box []byte) any {
	if box == nil {
		return nil
	}
	return box
}

// count gives how many values stand under each generation.
func (s *Service) count(ctx context.Context, table, column string, index bool) ([]Count, error) {
	expression := generationText(s.store.IsPostgres(), column)
	if index {
		expression = indexText(s.store.IsPostgres(), column)
	}
	var rows []struct {
		Generation string
		Rows       int
	}
	err := s.store.Reader(ctx).Raw("SELECT " + expression + " AS generation, count(*) AS rows FROM " + table + " WHERE " + column +
		" IS NOT NULL GROUP BY 1 ORDER BY 1").Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count %s: %w", table, err)
	}
	counts := make([]Count, 0, len(rows))
	for _, row := range rows {
		counted := Count{Table: table, Column: column, Index: index, Rows: row.Rows}
		format := "%X"
		if index {
			format = "%d"
		}
		if _, err := fmt.Sscanf(row.Generation, format, &counted.Generation); err != nil {
			return nil, fmt.Errorf("count %s.%s: a value that is not sealed", table, column)
		}
		counts = append(counts, counted)
	}
	return counts, nil
}

func places(count int) string { return strings.TrimSuffix(strings.Repeat("?, ", count), ", ") }
