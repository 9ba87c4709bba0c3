// Package calendar knows the city's working days, and what a deadline is: one pure function of the day it began, the
// limits, what stopped or moved the clock, and today.
//
// What must always hold: nothing here asks for the time or keeps state; a Calendar never changes once made, so it may be
// read from everywhere at once; a due date is derived, never stored alone; every counted day, every wait and every
// skipped day between the start and the due date can be named. Two conventions (StartDayCounts, ResumptionDayCounts)
// are ours and stand here as constants, because the law speaks of working days but not of the edges.
//
// Casework computes deadlines, the catalogue loads the published years, notify plans reminders with it.
package calendar
