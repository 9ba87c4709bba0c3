// Package document reads YAML files strictly and complains about everything at once.
//
// What must always hold: each complaint names file, line and the path inside the file; a key that nobody asked for and a
// key that stands twice are complaints; reading goes on after a complaint, with a zero value in its place, so that one
// pass finds all; nothing in a file (deep nesting, aliases that multiply, text that is no YAML) can do more than complain.
//
// Only the catalogue's loader calls it.
package document
