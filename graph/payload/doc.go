// Package payload holds the shapes that belong to the window alone: what mutations take and answer with, where no room has
// a type of its own for it. It has no logic. The generated code binds to it; resolvers fill it.
package payload
