// Package conform is the conformance kit of the department protocol. It plays OneWindow's side against a department's server
// (System) and a department's side against OneWindow (Window), a check for each sentence of the protocol.
//
// What must always hold: a check fails on a server that breaks its sentence and passes on one that keeps it, whatever else
// that server does; nothing that a person said or that a server answered about one is in a Result, only statuses and codes;
// every check ends within its time. What cannot be tried without more being known is skipped, and says what is missing.
//
// It imports the simulated departments in its tests alone. Used by the command tools/departments and by the tests that hold the simulated departments and the real door to the protocol.
package conform
