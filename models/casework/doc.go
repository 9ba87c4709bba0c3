// Package casework is the life of an application: the table of what may happen to it, the steps of the departments, the
// tasks of their staff, the supplement notices, the decision, and the line of progress that everybody reads.
//
// What must always hold: a case moves only through the table in machine.go; each move is one transaction with its event,
// clock, tasks, messages and idempotency record; nothing changes without an event; a case row is locked and its revision
// grows with every change; due dates are derived from segments, limits and calendar and never believed when stored.
// The window (graph) and the department protocol call it; it calls catalogue, material, resident, calendar and audit.
package casework
