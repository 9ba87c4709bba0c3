// Package graph is the window: GraphQL and nothing else. A resolver says who is asking, calls one service method and gives
// its answer; the schema stands in schema/, the generated code in generated/, the door with its limits in door/.
//
// What must always hold: every type is bound to a room's; no rule lives here; errors leave through one presenter. It calls
// auth, notify and the rooms; server/app puts it together.
package graph
