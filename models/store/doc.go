// Package store is the one way to the database: SQLite (embedded) or PostgreSQL, migrations, transactions with one
// fixed instant, keyset cursors, jobs that stand or fall with a transaction, and the memory of requests done before.
//
// What must always hold: a change, its record and what it causes are saved in one InTx; nothing is announced before the
// commit has returned (AfterCommit); a transaction's instant is one (Tx.Now); both dialects behave alike. Every room calls
// it; it calls none.
package store
