package graph

import (
	"embed"

	"onewindow/graph/door"
)

// operations are what the clients send, as they stand in the repository when the server is built: those that the clients were
// promised, and those for what the house can do beside.
//
//go:embed testdata/operations/*.graphql documents/*.graphql
var operations embed.FS

// ClientDocuments are the documents of the clients' builds: all that residents and kiosks can send in production.
func ClientDocuments() (*door.Documents, error) { return door.ReadDocuments(operations) }
