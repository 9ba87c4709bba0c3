// Package identity proves once who a resident is and links that identity at every department: the consents, the question
// to the identity authority, the links and their later answers.
//
// What must always hold: a name and a number prove nothing by themselves; all refusals have one wording; one person is one
// identity; no request leaves for a department without grounds, which are made here at the moment of asking and nowhere else; what
// people said about a purpose is never overwritten; departments are asked outside any transaction, all at once, and none of them can fail the resident's request.
// The window calls it; it calls resident, and asks departments through what server/app hands to it.
package identity
