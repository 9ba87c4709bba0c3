// Package kiosk is the devices in community centres: how a device signs in and how a person's short session on it begins
// and ends.
//
// What must always hold: the next person never sees the one before. So far it holds the shapes that the window shows; its
// mutations answer UNAVAILABLE with the reason until its use cases are here. The window calls it.
package kiosk
