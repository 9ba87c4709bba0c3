// Package bundle is one matter in life: several applications that are begun together, from one shared form and one set of
// materials, each with its own clock and result.
//
// What must always hold: one member's refusal does not undo the others. So far it holds the shapes that the window shows;
// starting a bundle answers UNAVAILABLE with the reason until its use cases are here. The window calls it.
package bundle
