package delegation

import "onewindow/models"

// Power is what a delegate may do.
type Power string

// Fill in, hand in, follow the progress.
const (
	Fill   Power = "FILL"
	Submit Power = "SUBMIT"
	Track  Power = "TRACK"
)

// State is where a delegation stands.
type State string

// The states of a delegation.
const (
	Offered State = "OFFERED"
	Active  State = "ACTIVE"
	Revoked State = "REVOKED"
	Expired State = "EXPIRED"
)

// Delegation is one person's leave to act for another.
type Delegation struct {
	ID         models.ID
	State      State
	Powers     []Power
	ItemCodes  []string
	Until      models.Date
	DelegateID models.ID
}
