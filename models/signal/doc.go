// Package signal tells live watchers, on every replica, that something has changed: a Redis channel with a fan-out in the
// process. A signal carries identifiers only; who receives one reads the database and is checked again.
//
// What must always hold: a signal may be lost (watchers look for themselves from time to time) and never blocks who sends
// it; it is sent after the commit, never before. casework and notify publish, subscriptions of the window listen.
package signal
