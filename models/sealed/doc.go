// Package sealed keeps what must not be readable in the database: it encrypts fields (AES-256-GCM) and makes keyed blind
// indexes (HMAC-SHA-256) by which an encrypted value can still be found.
//
// What must always hold: a sealed value names its key, so that keys can be replaced while old values stay readable; it is
// bound to its place (the purpose, e.g. "resident.phone"), so that it cannot be moved elsewhere; keys never print.
// Rooms that store personal data call it; server/app makes the keyring from the key file.
package sealed
