// Package rekey brings everything that is sealed to the newest keys while the house is open: it walks every table that holds
// sealed values or blind indexes, and the files, in batches, and counts what stands under which generation.
//
// What must always hold: a row is written only as it was read, so that nobody's change is lost; what was done is seen by the
// rows themselves, so that a walk can be cut off anywhere and begun again; indexes are switched in the database first, so
// that no number can be bound twice meanwhile (decision 32). The rooms say their tables, server/app calls it.
package rekey
