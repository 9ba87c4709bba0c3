package app

import (
	"context"

	"onewindow/models/catalogue"
)

// sayCatalogue tells the operator which catalogue is on offer, and how to bring back one that a start does not.
func (a *App) sayCatalogue(ctx context.Context, loaded *catalogue.Loaded, from catalogue.Source) {
	on := loaded.Release
	switch {
	case loaded.IsNew:
		a.logger.InfoContext(ctx, "catalogue taken over", "release", on.Number)
	case loaded.IsSuperseded():
		a.logger.WarnContext(ctx, "the catalogue that this server was started with has been superseded and is not brought back by a start; "+
			"to bring it back: go run ./tools/catalogue load FOLDER", "started_with_release", loaded.Earlier.Number, "on_offer", on.Number, "since", on.LoadedAt)
	case from == catalogue.FromProgram && on.LoadedBy != catalogue.FromProgram:
		a.logger.InfoContext(ctx, "the city's own catalogue is on offer, not the one of the program", "release", on.Number, "since", on.LoadedAt)
	default:
		a.logger.InfoContext(ctx, "catalogue on offer", "release", on.Number, "since", on.LoadedAt)
	}
}

// watchCatalogue goes over to releases that other replicas or a command make.
func (a *App) watchCatalogue(ctx context.Context) {
	a.catalogue.Watch(ctx, func(on catalogue.Release) {
		a.logger.InfoContext(ctx, "went over to a new release of the catalogue", "release", on.Number)
	}, func(err error) { a.logFailure(ctx, "catalogue watch", err) })
}
