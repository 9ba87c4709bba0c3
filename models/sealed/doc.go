// Package sealed keeps what must not be readable in the database: it encrypts fields and makes keyed blind indexes by which
// an encrypted value can still be found, with AES-256-GCM and HMAC-SHA-256 or with SM4-GCM and HMAC-SM3; and it makes the
// tokens of links and sessions, of which the digest alone is kept.
//
// What must always hold: a sealed value and a blind index name their generation, and with it their suite, so that keys can be
// replaced while old values stay readable; a sealed value is bound to its place (the purpose, e.g. "resident.phone"), so that
// it cannot be moved elsewhere; keys never print; every sealed column stands in a Table, by which rekey finds it.
// Rooms that store personal data call it; server/app makes the keyring from the key file and follows that file.
package sealed
