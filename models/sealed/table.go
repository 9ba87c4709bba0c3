package sealed

// Table describes where a room keeps sealed values, so that they can be sealed anew when keys are replaced. Every room
// that seals says its tables; a test holds them against the schema.
type Table struct {
	Name string
	// Key are the columns of the primary key, in order.
	Key     []string
	Columns []Column
	Indexes []Index
	// Join adds another table, as "x", whose columns are read too: "LEFT JOIN … AS x ON x.id = t.owner". The table itself is "t".
	Join string
	// Reads are plain columns that an index is made from, and Borrowed sealed ones of the joined table ("x.particulars").
	Reads    []string
	Borrowed []Column
}

// Column is a sealed column and the purpose that its values were sealed for.
type Column struct{ Name, Purpose string }

// Index is a column with a blind index.
type Index struct {
	Name, Purpose string
	// Value gives the text whose index the row holds. What is not there is "", and the row is left as it is.
	Value func(row Row) (string, error)
	// Fill names a sealed column that is empty in rows from before it existed, and takes Value.
	Fill string
}

// Row is what an index is made from.
type Row struct {
	// Plain are the columns of Reads.
	Plain map[string]string
	// Opened are the sealed columns, opened; those that were empty are not in it.
	Opened map[string][]byte
}
