package graph

import (
	"embed"

	"onewindow/graph/door"
)

// operations are what the clients send, as they stand in the repository when the server is built.
//
//go:embed testdata/operations/*.graphql
var operations embed.FS

// ClientDocuments are the documents of the clients' builds: all that residents and kiosks can send in production.
func ClientDocuments() (*door.Documents, error) { return door.ReadDocuments(operations) }
