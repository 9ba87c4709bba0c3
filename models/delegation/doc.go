// Package delegation lets one person act for another: named items, named powers, an end date, revocable at once. Volunteers of
// service points act by delegations too, with a caseload and a time in which what they hand in can be cancelled.
//
// What must always hold: a power that was not given, was taken back or has ended allows nothing, from the moment of the commit
// on every replica, because it is looked up in the transaction that it is used in; who offers or asks learns nothing about the
// phone until its owner says yes; a code is good for its own matter alone. The window and casework call it.
package delegation
