package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"
)

// KeyState is what the replicas agree on about the keys of sealed values.
type KeyState struct {
	// IndexGeneration is the one that blind indexes are written by; 0: the oldest of the key file, none was ever replaced.
	IndexGeneration uint32
	// FieldsDone and IndexDone are the generations that everything was last brought to; 0: none yet.
	FieldsDone, IndexDone uint32
}

// IndexGeneration is the generation that blind indexes are written by, in this transaction and, until it has ended, in every
// other: of two accounts for one number, one under an old index and one under a new one, the database could not know. It must
// be read before a value is looked for that may then be written.
func (tx *Tx) IndexGeneration() (uint32, error) {
	if tx.indexGeneration != nil {
		return *tx.indexGeneration, nil
	}
	statement := "SELECT index_generation FROM store_key_state WHERE id = 1"
	if tx.IsPostgres() {
		statement += " FOR SHARE" // with SQLite one transaction writes at a time
	}
	generation, err := readGeneration(tx.DB, statement)
	if err == nil {
		tx.indexGeneration = &generation
	}
	return generation, err
}

// IndexGeneration is the same outside a transaction, for looking only.
func (s *Store) IndexGeneration(ctx context.Context) (uint32, error) {
	return readGeneration(s.Reader(ctx), "SELECT index_generation FROM store_key_state WHERE id = 1")
}

func readGeneration(db *gorm.DB, statement string) (uint32, error) {
	var generation uint32
	if err := One(db.Raw(statement).Scan(&generation)); err != nil {
		return 0, fmt.Errorf("read index generation: %w", err)
	}
	return generation, nil
}

// SwitchIndex makes indexes be written by another generation, once every transaction that wrote by the former one has ended.
func (tx *Tx) SwitchIndex(generation uint32) error {
	tx.indexGeneration = nil
	if err := One(tx.DB.Exec("UPDATE store_key_state SET index_generation = ? WHERE id = 1", generation)); err != nil {
		return fmt.Errorf("switch index generation: %w", err)
	}
	return nil
}

// KeyState reads what the replicas agree on.
func (s *Store) KeyState(ctx context.Context) (state KeyState, err error) {
	err = One(s.Reader(ctx).Raw("SELECT index_generation, fields_done, index_done FROM store_key_state WHERE id = 1").Scan(&state))
	if err != nil {
		err = fmt.Errorf("read key state: %w", err)
	}
	return state, err
}

// KeysDone notes that everything has been brought to these generations.
func (tx *Tx) KeysDone(fields, index uint32) error {
	if err := One(tx.DB.Exec("UPDATE store_key_state SET fields_done = ?, index_done = ? WHERE id = 1", fields, index)); err != nil {
		return fmt.Errorf("note key state: %w", err)
	}
	return nil
}
