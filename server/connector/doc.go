// Package connector speaks the department protocol, version 1: what OneWindow asks of a department's own system, and
// the events that a department sends back.
//
// What must always hold: every message is signed; a failed, slow or babbling department costs its caller an error and
// at most the connection's timeout, never a panic, a hang or the city's memory; a department that keeps failing is
// left alone for a while. Redirects are not followed, because a signed request with personal data goes to the address
// that an operator wrote down and to no other. Names, numbers, subjects and answers are in no log, error or metric:
// messages print as stars, and errors say which department and what kind of failure, nothing of the content.
//
// Called by the job workers and by the identity binding through the Directory; events.go holds the inbound door.
package connector
