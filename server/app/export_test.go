package app

import (
	"net/http"

	"onewindow/models/casework"
	"onewindow/models/store"
	"onewindow/server/connector"
)

// Wrap lets a story stand between the network and the door; to be called before Run.
func (a *App) Wrap(wrap func(http.Handler) http.Handler) { a.handler = wrap(a.handler) }

// Store lets a story look into the database, to prove that nothing changed.
func (a *App) Store() *store.Store { return a.store }

// Listening lets a story know when a watcher listens: a subscription has no acknowledgement of its own.
func (a *App) Listening() int { return a.hub.Listening() }

// Desk lets figures of departments' events be measured without the network.
func (a *App) Desk() *connector.Desk { return a.desk }

// Cases lets figures be measured without the door.
func (a *App) Cases() *casework.Service { return a.cases }
