package graph

import (
	"context"

	"onewindow/graph/caller"
	"onewindow/graph/door"
	"onewindow/models"
)

// Config is what the window's handler needs; see door.Config.
type Config = door.Config

// NewHandler serves GraphQL over every transport. Close it to end open streams before the server stops.
func NewHandler(config Config) *door.Door { return door.New(config) }

// ActorFrom gives who is asking; a stranger where nobody signed in.
func ActorFrom(ctx context.Context) models.Actor { return caller.ActorFrom(ctx) }

// WithActor says who is asking: for tests and tools, the door does it for requests.
func WithActor(ctx context.Context, actor models.Actor) context.Context {
	return caller.WithActor(ctx, actor)
}

// LocaleFrom gives the language to answer in.
func LocaleFrom(ctx context.Context) models.Locale { return caller.LocaleFrom(ctx) }
