// Package audit keeps who looked at what of a person and why, and shows it to that person.
//
// What must always hold: the record is written in the transaction of the look or of the act that needed it; it names
// fields, never values; it is never changed. Every room that shows one person's data to another calls it.
package audit
