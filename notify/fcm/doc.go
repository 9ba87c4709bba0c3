// Package fcm pushes messages to phones and browsers through Firebase Cloud Messaging.
//
// What must always hold: what is pushed says no more than that there is news and where to read it; each message has its end
// and what it replaces, in the words of each platform; a token that Firebase does not know any more is reported as such.
//
// The assembly makes it and notify calls it for each push.
package fcm
