package rekey

import (
	"fmt"

	"onewindow/models/sealed"
)

// target is where everything has to go.
type target struct{ field, index uint32 }

// stored is one row as it was read.
type stored struct {
	key     []any
	boxes   [][]byte  // in the order of the table's Columns
	indexes []*string // in the order of the table's Indexes
	row     sealed.Row
}

// renewal is what has to be written in a row: the new values by column. Nothing: the row is where it should be.
type renewal map[string]any

// renew seals a row's values anew where they stand under another generation, and makes its indexes anew.
func renew(table sealed.Table, keys *sealed.Keyring, row *stored, to target) (renewal, error) {
	changes := renewal{}
	for position, column := range table.Columns {
		box := row.boxes[position]
		if len(box) == 0 || sealed.GenerationOf(box) == to.field {
			continue
		}
		changes[column.Name] = keys.Seal(column.Purpose, row.row.Opened[column.Name])
	}
	for position, index := range table.Indexes {
		held := row.indexes[position]
		if held == nil {
			continue
		}
		unfilled := index.Fill != "" && len(row.row.Opened[index.Fill]) == 0
		if sealed.IndexGenerationOf(*held) == to.index && !unfilled {
			continue
		}
		value, made, err := reindex(index, keys, row, *held, to.index)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", table.Name, index.Name, err)
		}
		if value == "" { // it stays findable by its old index, and keeps that key from being retired
			continue
		}
		if made != *held {
			changes[index.Name] = made
		}
		if unfilled {
			changes[index.Fill] = keys.SealText(fillPurpose(table, index.Fill), value)
		}
	}
	return changes, nil
}

// reindex makes an index anew, from the value that it was made from: where that is not at hand, because the person has had
// another meanwhile, there is none.
func reindex(index sealed.Index, keys *sealed.Keyring, row *stored, held string, to uint32) (value, made string, err error) {
	if value, err = index.Value(row.row); err != nil || value == "" {
		return "", "", err
	}
	same, err := keys.IndexAt(sealed.IndexGenerationOf(held), index.Purpose, value)
	if err != nil || same != held {
		return "", "", err
	}
	made, err = keys.IndexAt(to, index.Purpose, value)
	return value, made, err
}

func fillPurpose(table sealed.Table, name string) string {
	for _, column := range table.Columns {
		if column.Name == name {
			return column.Purpose
		}
	}
	return ""
}

// Count is how many values of a column stand under a generation.
type Count struct {
	Table, Column string
	// Index tells that it is a blind index; its generations are numbered apart from those of sealed values.
	Index      bool
	Generation uint32
	Rows       int
}
