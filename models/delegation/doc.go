// Package delegation lets one person act for another: named items, named powers, an end date, revocable at once.
//
// What must always hold: a power that was not given, was taken back or has ended allows nothing, from the moment of the commit
// on every replica, because it is looked up in the transaction that it is used in; who offers learns nothing about the phone
// until its owner accepts. The window and casework call it.
package delegation
