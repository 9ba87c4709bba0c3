// Package export gives people the copy of their data that they may ask for (Personal Information Protection Law, Article 45): a link
// that works for ten minutes and for one reader.
//
// What must always hold: only the person asks; the token is stored as its digest alone; whoever is told of a link is the person.
// What the copy holds is put together by server/app when the link is opened, and kept nowhere.
package export
