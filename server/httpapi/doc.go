// Package httpapi is everything that is served over HTTP beside GraphQL itself: the mux with its middleware, health, files,
// keys, the schema, the departments' door and the demo's clock, and the operations server with metrics and profiles.
//
// What must always hold: no path with a token, no query string, no body and no address reaches the log; every refusal
// outside GraphQL is problem+json (RFC 9457) without a word on what we are built of; nothing of a person is cached.
// What it serves is given as functions; server/app puts them in.
package httpapi
