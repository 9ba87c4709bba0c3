package identity

import "time"

// Status is whether the identity is proven.
type Status string

// The states of an identity.
const (
	Unbound Status = "UNBOUND"
	Bound   Status = "BOUND"
)

// LinkStatus is whether a department knows the person.
type LinkStatus string

// LINKED, still being asked, unknown there, or given up after 72 hours.
const (
	Linked       LinkStatus = "LINKED"
	Pending      LinkStatus = "PENDING"
	LinkNotFound LinkStatus = "NOT_FOUND"
	Failed       LinkStatus = "FAILED"
)

// ProofKind is the second proof.
type ProofKind string

// A face check by the authority, or a window clerk.
const (
	Face   ProofKind = "FACE"
	Window ProofKind = "WINDOW"
)

// Binding is the identity as its owner sees it: masked.
type Binding struct {
	Status           Status
	MaskedName       *string
	MaskedNationalID *string
	BoundAt          *time.Time
	Groups           []string
	Links            []*Link
}

// Link is where one department knows the person. The department's own subject id never leaves this room but to connectors.
type Link struct {
	DepartmentCode string
	Status         LinkStatus
	LinkedAt       *time.Time
}
