package bundle

import (
	"onewindow/models"
	"onewindow/models/casework"
	"onewindow/models/catalogue"
	"onewindow/models/material"
)

// State is where a bundle case stands.
type State string

// The states of a bundle case.
const (
	Draft      State = "DRAFT"
	InProgress State = "IN_PROGRESS"
	Completed  State = "COMPLETED"
)

// Case is the applications of one bundle.
type Case struct {
	ID           models.ID
	State        State
	Applications []*casework.Application
	Form         []*casework.FormField
	Missing      []*material.RequirementView
}

// Suggestion is an item whose conditions a resident is known to meet and has not used.
type Suggestion struct {
	Item   *catalogue.Item
	Reason models.Text
}
