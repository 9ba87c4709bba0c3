// Package sim is the simulated departments of demo mode: for every department of the catalogue a system of its own on
// a loopback port, which speaks the department protocol over real HTTP and knows the sample residents.
//
// What must always hold: it behaves as a real department would be allowed to (signatures checked and made, the same
// case twice does nothing twice, events sent until they are taken, a killed process goes on where it stopped); it
// learns of OneWindow only what the protocol sends; what it keeps on disk holds no personal data. Demo conventions:
// the proof token ProofToken proves any known resident; secrets are new at each start and live in memory alone.
//
// Called by the assembly of demo mode and by tests. It does not exist outside demo mode.
package sim
