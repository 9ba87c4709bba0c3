package payload

import (
	"onewindow/models"
	"onewindow/models/audit"
	"onewindow/models/bundle"
	"onewindow/models/casework"
	"onewindow/models/catalogue"
	"onewindow/models/delegation"
	"onewindow/models/material"
	"onewindow/notify"
)

// The lists of the schema: one shape for all (Relay connections).
type (
	ServiceItemEdge            = models.Edge[*catalogue.Item]
	ServiceItemConnection      = models.Page[*catalogue.Item]
	DocumentEdge               = models.Edge[*material.Document]
	DocumentConnection         = models.Page[*material.Document]
	ApplicationEdge            = models.Edge[*casework.Application]
	ApplicationConnection      = models.Page[*casework.Application]
	ApplicationEventEdge       = models.Edge[*casework.Event]
	BundleCaseConnection       = models.Page[*bundle.Case]
	BundleCaseEdge             = models.Edge[*bundle.Case]
	ApplicationEventConnection = models.Page[*casework.Event]
	TaskEdge                   = models.Edge[*casework.Task]
	TaskConnection             = models.Page[*casework.Task]
	InterventionEdge           = models.Edge[*casework.Intervention]
	InterventionConnection     = models.Page[*casework.Intervention]
	TransferEdge               = models.Edge[*casework.Transfer]
	TransferConnection         = models.Page[*casework.Transfer]
	AccessRecordEdge           = models.Edge[*audit.Record]
	AccessRecordConnection     = models.Page[*audit.Record]
	VolunteerEdge              = models.Edge[*delegation.Volunteer]
	VolunteerConnection        = models.Page[*delegation.Volunteer]
	InboxMessageEdge           = models.Edge[*notify.Message]
	StaffNoticeEdge            = models.Edge[*notify.StaffNotice]
	UnreachedMessageEdge       = models.Edge[*notify.Unreached]
	UnreachedMessageConnection = models.Page[*notify.Unreached]
)
