// Package models is the vocabulary that every room speaks: identifiers, people who act, moments and days,
// texts in several languages, faults and problems, pages, and the types of sensitive values.
//
// What must always hold: it imports the standard library (and the identifier library) alone, it has no state, and a sensitive
// value never prints as itself. Records and rules live in the rooms below this folder.
package models
