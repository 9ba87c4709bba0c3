// Package callcentre is the desk of the hotline's agents: every look-up belongs to a call, and what is shown grows with how
// well the caller is known.
//
// What must always hold: masked by default; a field is revealed with a reason and leaves a record. So far it holds the shapes
// that the window shows; its operations answer UNAVAILABLE with the reason until its use cases are here. The window calls it.
package callcentre
