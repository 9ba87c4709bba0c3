// Package catalogue holds what can be applied for: departments, the dictionary of materials, service items with their
// forms, conditions, materials and steps, the bundles of one matter in life, the synonyms people type, and the city's
// calendar; all read from a folder in the catalogue exchange format.
//
// What must always hold: a folder is taken whole or not at all, and every fault in it is reported at once; a loaded
// catalogue never changes, so that whoever reads takes no lock; an item that changes becomes a new version, and an
// application keeps the version that it began with; rules are three-valued, and nothing that has not been answered yet
// makes a condition unmet or a material superfluous.
//
// Casework, material and identity read it, the window shows it, the assembly installs it at the start.
package catalogue
