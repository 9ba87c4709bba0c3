// Package caller carries through the context who is asking, in which language, and by which request.
//
// What must always hold: an actor that was never set is a stranger; the context carries these and nothing that a room
// needs as an argument. The door puts them in, resolvers and scalars take them out; rooms never read them.
package caller

import (
	"context"

	"onewindow/models"
)

type (
	actorKey   struct{}
	localeKey  struct{}
	requestKey struct{}
)

// WithActor says who is asking.
func WithActor(ctx context.Context, actor models.Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, actor)
}

// ActorFrom gives who is asking; a stranger where nobody was set.
func ActorFrom(ctx context.Context) models.Actor {
	if actor, found := ctx.Value(actorKey{}).(models.Actor); found {
		return actor
	}
	return models.Actor{Kind: models.Anonymous, Locale: LocaleFrom(ctx)}
}

// WithLocale says in which language to answer.
func WithLocale(ctx context.Context, locale models.Locale) context.Context {
	return context.WithValue(ctx, localeKey{}, locale)
}

// LocaleFrom gives the language to answer in; Chinese where none was set.
func LocaleFrom(ctx context.Context) models.Locale {
	if locale, found := ctx.Value(localeKey{}).(models.Locale); found {
		return locale
	}
	return models.Chinese
}

// WithRequestID names the request for the log.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestKey{}, id)
}

// RequestID gives the request's name; empty outside a request.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}
