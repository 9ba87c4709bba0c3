// Package app puts the system together: settings in, a running server out. main, the tests and the tools use the same one.
//
// What must always hold: it reads from top to bottom as the whole system; every part is made here by hand and handed what it
// stands on; nothing is global. What must run for ever is started in Run and ends with it, in the opposite order.
package app
