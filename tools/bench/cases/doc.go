// Package cases makes the database that speed is measured on: residents, applications with their events, requirements, tasks
// and documents, through the project's own migrations, catalogue, tables and seals.
//
// What must always hold: the same number of cases gives the same cases, but for seals, which are drawn anew, and for the day
// that they end on; every stored value is one that the rooms read back; the events of one case lie apart on disk, as they do
// where cases grow side by side.
package cases
