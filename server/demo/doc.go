// Package demo holds the data of demo mode: the sample residents with their households, guardians and agents, and the
// demo staff, volunteers and kiosks. Everything in it is fictitious.
//
// What must always hold: the files are read strictly (an unknown or repeated key is a fault), every fault is named at
// once, every identity number passes its own check, and every reference leads somewhere. Nothing here exists outside
// demo mode: only the assembly of demo mode, the simulated departments, the seeding tool and tests call it.
package demo
