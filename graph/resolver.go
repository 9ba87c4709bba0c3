package graph

import (
	"onewindow/auth"
	"onewindow/models/audit"
	"onewindow/models/bundle"
	"onewindow/models/casework"
	"onewindow/models/catalogue"
	"onewindow/models/delegation"
	"onewindow/models/export"
	"onewindow/models/identity"
	"onewindow/models/material"
	"onewindow/models/resident"
	"onewindow/notify"
)

// Resolver introduces people to rooms: it knows the services and nothing else.
type Resolver struct {
	Auth        *auth.Service
	Residents   *resident.Service
	Identities  *identity.Service
	Catalogue   *catalogue.Service
	Materials   *material.Service
	Casework    *casework.Service
	Bundles     *bundle.Service
	Notify      *notify.Service
	Audit       *audit.Service
	Delegations *delegation.Service
	Exports     *export.Service
}
