// Package rule evaluates the catalogue's rules: CEL expressions over a form's answers, the persons concerned, the
// channel and today.
//
// What must always hold: a rule is compiled and type-checked when the catalogue is loaded, never while a person waits;
// an evaluation has a bounded cost and no effects; an answer that has not been given makes a rule unknown, neither true
// nor false, and the outcome names exactly the answers that would decide it; a hidden field's answer does not exist, and
// a rule that needs it all the same does not hold.
//
// Only the catalogue calls it.
package rule
