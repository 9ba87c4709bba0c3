package kiosk

import "time"

// Kiosk is one device.
type Kiosk struct{ Code, Place string }

// DeviceSession is the device's own session.
type DeviceSession struct {
	AccessToken string
	ExpiresAt   time.Time
}

// Session is a person's short session on a device.
type Session struct {
	AccessToken string
	ExpiresAt   time.Time
	// IdleSeconds is how long it lasts without a touch.
	IdleSeconds int
}

// PairingCode is shown on the device and read by the person's phone.
type PairingCode struct {
	Code, QRText string
	ExpiresAt    time.Time
}

// PairingState is where a pairing stands.
type PairingState string

// The states of a pairing.
const (
	PairingWaiting PairingState = "WAITING"
	PairingPaired  PairingState = "PAIRED"
	PairingExpired PairingState = "EXPIRED"
)

// Pairing is how far a phone and a device have come.
type Pairing struct {
	State   PairingState
	Session *Session
}
