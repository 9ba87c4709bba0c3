// Package config reads the settings: environment variables, the few flags that stand beside them, and the key file.
//
// What must always hold: every setting is listed by -help with its type, default and an example; all faults are named at
// once, each by its variable; a secret never prints; outside demo mode nothing that belongs to a demo is accepted and
// nothing that is needed is made up. main and server/app call it.
package config
