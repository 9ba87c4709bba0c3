// Package material is what an application needs and what a resident has: requirements and how each is met, the wallet of
// documents with trust, source and expiry, and the files behind them, encrypted at rest.
//
// What must always hold: whichever channel meets a requirement closes it for all; a file is deduplicated within one person
// only; its name on disk is ours, its type is sniffed and never believed; nobody but its owner and those who work the case
// reads it. casework calls it inside its own transactions; the window calls it for uploads and the wallet.
package material
