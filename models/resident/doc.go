// Package resident is the people: an account for each phone that signs in, what the authorities say of a person once the
// identity is bound, the minors whom the register gives to a guardian, and whom a caller may act for.
//
// What must always hold: name, number, phone, address and everything else that describes a person is sealed in the
// database and found by blind index alone; what leaves here is masked unless the caller reveals it on purpose.
// auth, identity, casework, notify and the window call it.
package resident
