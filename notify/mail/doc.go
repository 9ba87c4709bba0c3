// Package mail sends email by SMTP.
//
// What must always hold: a connection ends with its context; nothing is said before the line is encrypted, unless the server
// is on this machine; addresses and texts stand in no error.
//
// The assembly makes it and notify calls it for each email.
package mail
