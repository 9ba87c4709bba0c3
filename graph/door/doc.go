// Package door is the window's door: every GraphQL request comes in here, over POST, GET, multipart, Server-Sent Events or a
// graphql-transport-ws socket, and every refusal goes out here.
//
// What must always hold: what is malformed or too large is refused before it is parsed, and what is too complex before it is
// validated; a document is kept only after it validated, in bounded memory; no refusal repeats what was sent or names
// what we are built of; every error has extensions.code; a stream ends when its token does. The door knows nothing of
// residents or applications: the schema and Authenticate are given. server/app assembles it, server/httpapi mounts it.
package door
