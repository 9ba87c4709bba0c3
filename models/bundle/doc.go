// Package bundle is one matter in life: several applications that are begun together, from one shared form and one set of
// materials, each with its own clock and result.
//
// What must always hold: an answer or a document given for one member reaches every other draft that asks for the same, in
// the same transaction, and never moves that draft's revision. A member that needs another's result waits for it, is never
// asked for it, and is handed in by the house on the applicant's wish when it is there. One member's refusal does not undo
// the others; whoever cannot go on without the result is told why and what can be done. What happens in a bundle is settled
// by one pass over its members (settle.go), inside the transaction of the change that set it off.
//
// The window calls the use cases; casework calls Changed. Decisions 21 and 22 say why it is so.
package bundle
