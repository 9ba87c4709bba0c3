// Package delegation lets one person act for another: named items, named powers, an end date, revocable at once.
//
// What must always hold: a power that was not given or has ended allows nothing. So far it holds the shapes that the window
// shows; granting answers UNAVAILABLE with the reason until its use cases are here. The window calls it.
package delegation
