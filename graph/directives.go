package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"onewindow/auth"
)

// Access opens a field to the callers of its @access directive and to nobody else. It asks the one policy table; a
// directive without roles, or with one that the table does not know, opens to nobody.
func Access(ctx context.Context, _ any, next graphql.Resolver, to []auth.AccessRole) (any, error) {
	if err := auth.Check(ActorFrom(ctx), to); err != nil {
		return nil, err
	}
	return next(ctx)
}
