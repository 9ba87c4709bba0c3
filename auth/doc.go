// Package auth is how people sign in and what they may pass: one-time codes for residents, passwords for staff, access
// tokens and the keys that sign them, refresh tokens, sessions and their end, devices, and the policy table.
//
// What must always hold: a caller learns nothing by asking (every wrong code, password or token of one kind has one
// wording and takes the same time); tries are counted before they are judged; secrets are stored as hashes or sealed; an
// access token says who and which session, never more; what staff may do is read from their account, not from the token;
// a session that has ended is refused on every replica within a second. Time here is the machine's own, also in demo mode:
// a demo whose clock is moved keeps its people signed in.
//
// The window and the HTTP server call it; it calls resident and store.
package auth
