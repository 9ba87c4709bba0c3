// Package limit is the server that OneWindow is measured against: net/http and pgx, written by hand for two questions, with no
// GraphQL, no sign-in, no access checks, no masking and no languages. It reads the same tables and gives the same content.
//
// What must always hold: its answers equal OneWindow's as JSON values (the measurement compares samples), and each question is
// one round trip. It borrows what any such server would take over: the catalogue in memory and the days of a deadline.
package limit
